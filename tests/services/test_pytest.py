"""Fixtures and reports under pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework.services import PostgresServer, requires_services
from tests.services.test_requires import run

ASK = """
from test_framework.services._wire import Connection

def ask(dsn, sql):
    connection = Connection(dsn.address())
    try:
        return connection.execute(sql)
    finally:
        connection.close()
"""
SAMPLE = """
from test_framework import AsyncTestCase

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
    (tmp_path / "test_sample.py").write_text(ASK + SAMPLE, "utf-8")
    nothing = {"TEST_FRAMEWORK_POSTGRES_BIN": "none", "TEST_FRAMEWORK_REDIS_BIN": "none"}
    report = run(tmp_path, "-m", "pytest", "-q", **nothing)
    assert "3 failed, 1 passed" in report, report
    quiet, noisy, method = report.partition("short test summary")[0].split("________ ")[1:]
    assert "log of" not in quiet
    assert noisy.count("ERROR:  function noisy_function() does not exist") == 1
    assert "no_such_table" not in noisy
    assert "log of <PostgresServer" in method
    assert 'ERROR:  relation "no_such_table" does not exist' in method
    assert "noisy_function" not in method


def test_a_run_inside_of_a_test_leaves_the_servers_alone(
    postgres_server: PostgresServer, pytester: pytest.Pytester
) -> None:
    """They belong to the run that was first."""
    pytester.makepyfile("def test_it(postgres_dsn): pass")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)
    with postgres_server.database() as database:
        assert database.dbname


UNDER_UNITTEST = """
from test_framework import AsyncTestCase, on_backends
from test_framework.services import postgres

@on_backends("asyncio", "trio")
class Case(AsyncTestCase):
    async def test_1_noisy(self):
        ask(await self.postgres_database(), "SELECT noisy_function()")

    def test_2_quiet(self):
        self.fail("quiet")

    async def test_3_caught(self):
        try:
            ask(await self.postgres_database(), "SELECT caught_function()")
        except Exception:
            pass

    async def test_4_in_a_sub_test(self):
        dsn = await self.postgres_database()
        with self.subTest("first"):
            ask(dsn, "SELECT first_function()")
        ask(dsn, "SELECT second_function()")

    def test_5_a_server_of_its_own(self):
        with postgres() as server, server.database() as dsn:
            ask(dsn, "SELECT own_function()")

    async def test_6_skipped(self):
        ask(await self.postgres_database(), "DO $$ BEGIN RAISE WARNING 'while_skipped'; END $$")
        self.skipTest("why not")
"""


@requires_services("postgres")
def test_the_log_joins_the_report_under_unittest_too(tmp_path: Path) -> None:
    """What the servers wrote during a test that failed is in its report once, and in no other, on both backends."""
    pytest.importorskip("trio")
    (tmp_path / "test_sample.py").write_text(ASK + UNDER_UNITTEST, "utf-8")
    report = run(tmp_path, "-m", "unittest", "test_sample", TEST_FRAMEWORK_POSTGRES_BIN="none")
    assert "FAILED (failures=2, errors=8, skipped=2)" in report, report
    quiet = [part for part in report.split("=" * 70) if "FAIL: test_2_quiet" in part]
    assert len(quiet) == 2
    assert report.count("log of <PostgresServer") == 8
    assert "log of" not in "".join(quiet)
    for name in ("noisy", "first", "second", "own"):
        assert report.count(f"ERROR:  function {name}_function() does not exist") == 2
    assert "caught_function" not in report
    assert "while_skipped" not in report


def test_the_option_is_described(pytester: pytest.Pytester) -> None:
    """The option and the fixtures are in pytest's own help."""
    pytester.runpytest("--help", "-p", "no:asyncio").stdout.fnmatch_lines(["*--require-services*"])
    help_text = pytester.runpytest("--fixtures", "-p", "no:asyncio").stdout.str()
    for name in ("postgres_server", "postgres_template", "postgres_isolation", "postgres_dsn", "redis_url"):
        assert name in help_text
    assert "fresh_redis_url" in help_text


ISOLATED = """
import pytest
from test_framework.services._resp import RedisConnection

@pytest.fixture(scope="session")
def postgres_template():
    return "CREATE TABLE t (n int)"

@pytest.fixture(scope="session")
def postgres_isolation():
    return ISOLATION

seen = []

@pytest.mark.parametrize("number", range(3))
def test_rows(postgres_dsn, number):
    seen.append(postgres_dsn)
    expected = str(number) if ISOLATION == "none" else "0"
    assert ask(postgres_dsn, "SELECT count(*) FROM t") == [[expected]]
    ask(postgres_dsn, "INSERT INTO t VALUES (1)")
    assert len(set(seen)) == (len(seen) if ISOLATION == "database" else 1)

def test_redis(redis_url, fresh_redis_url):
    assert redis_url.path != fresh_redis_url.path
    for url in (redis_url, fresh_redis_url):
        connection = RedisConnection(url)
        connection.execute("SET", "key", "1")
        assert connection.execute("DBSIZE") == 1
        connection.close()
"""


@requires_services("postgres", "redis")
@pytest.mark.parametrize("isolation", ["database", "truncate", "none"])
def test_fixtures_choose_how_tests_are_kept_apart(tmp_path: Path, isolation: str) -> None:
    """A fixture says whether tests have a database each, one after the other, or together."""
    (tmp_path / "test_sample.py").write_text(f"ISOLATION = {isolation!r}\n{ASK}{ISOLATED}", "utf-8")
    nothing = {"TEST_FRAMEWORK_POSTGRES_BIN": "none", "TEST_FRAMEWORK_REDIS_BIN": "none"}
    report = run(tmp_path, "-m", "pytest", "-q", **nothing)
    assert "4 passed" in report, report


EARLY = """
from test_framework.services import _shared

BEGUN_FIRST = _shared._redis._begun is not None, _shared._postgres._begun is not None

def test_begun(NAME):
    assert BEGUN_FIRST == EXPECTED
"""


@requires_services("redis")
@pytest.mark.parametrize(
    ("name", "expected", "options", "conftest"),
    [
        ("redis_url", "(True, False)", (), ""),
        ("redis_url", "(False, False)", ("-k", "begun"), ""),
        ("redis_url", "(False, False)", (), "import pytest\n@pytest.fixture\ndef redis_url():\n    return 1\n"),
    ],
)
def test_servers_start_while_tests_are_collected(
    tmp_path: Path, name: str, expected: str, options: tuple[str, ...], conftest: str
) -> None:
    """Before the module is imported whose tests take a fixture of ours; not where fewer tests may run."""
    (tmp_path / "test_sample.py").write_text(EARLY.replace("NAME", name).replace("EXPECTED", expected), "utf-8")
    (tmp_path / "conftest.py").write_text(conftest, "utf-8")
    report = run(tmp_path, "-m", "pytest", "-q", *options, TEST_FRAMEWORK_REDIS_BIN="none")
    assert "1 passed" in report, report
