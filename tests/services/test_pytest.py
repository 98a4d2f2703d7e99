"""Fixtures and reports under pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework.services import requires_services
from tests.services.test_requires import run

SAMPLE = """
from test_framework import AsyncTestCase
from test_framework.services._wire import Connection

def ask(dsn, sql):
    connection = Connection(dsn.address())
    try:
        return connection.execute(sql)
    finally:
        connection.close()

def test_quiet_failure(postgres_dsn):
    assert ask(postgres_dsn, "SELECT 'QUIET'") == []

def test_server_and_dsn_are_of_one_server(postgres_server, postgres_dsn, redis_url):
    assert postgres_server.dsn.host == postgres_dsn.host

def test_noisy_failure(postgres_dsn):
    ask(postgres_dsn, "SELECT noisy_function()")

class Case(AsyncTestCase):
    async def test_method(self, postgres_dsn):
        other = await self.postgres_database(template="CREATE TABLE t ()")
        self.assertNotEqual(postgres_dsn, other)
        ask(other, "SELECT * FROM t, no_such_table")
"""


@requires_services("postgres", "redis")
def test_the_log_joins_the_report_of_the_test_that_failed(tmp_path: Path) -> None:
    """Each failing test shows what the server wrote during it, and only that; others show nothing."""
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    nothing = {"TEST_FRAMEWORK_POSTGRES_BIN": "none", "TEST_FRAMEWORK_REDIS_BIN": "none"}
    report = run(tmp_path, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:asyncio", **nothing)
    assert "3 failed, 1 passed" in report, report
    quiet, noisy, method = report.partition("short test summary")[0].split("________ ")[1:]
    assert "log of" not in quiet
    assert noisy.count("ERROR:  function noisy_function() does not exist") == 1
    assert "no_such_table" not in noisy
    assert "log of <PostgresServer" in method
    assert 'ERROR:  relation "no_such_table" does not exist' in method
    assert "noisy_function" not in method


def test_the_option_is_described(pytester: pytest.Pytester) -> None:
    """The option and the fixtures are in pytest's own help."""
    pytester.runpytest("--help", "-p", "no:asyncio").stdout.fnmatch_lines(["*--require-services*"])
    help_text = pytester.runpytest("--fixtures", "-p", "no:asyncio").stdout.str()
    for name in ("postgres_server", "postgres_template", "postgres_dsn", "redis_url"):
        assert name in help_text
