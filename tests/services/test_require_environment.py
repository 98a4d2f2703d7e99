"""Tests without their environment: skipped with the reason, or errors where that is asked for, under both runners."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_framework import AuthServer
from tests.services.elsewhere import closed_port, listening, over_tls, saying

SAMPLE = """
import unittest
from test_framework import (
    AsyncTestCase, AuthTestConfig, SSotAsyncTestCase, WebSocketAuthTester, require_environment, requires_environment,
)

@require_environment("staging")
class ByClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print("setUpClass ran")
    def test_it(self):
        print("it ran")

@requires_environment("staging")
class ByAsyncClass(AsyncTestCase):
    @classmethod
    async def setUpClass(cls):
        print("asynchronous setUpClass ran")
    @classmethod
    async def asyncSetUpClass(cls):
        print("asyncSetUpClass ran")
    async def test_it(self):
        print("it ran")

class ByMethod(SSotAsyncTestCase):
    def setUp(self):
        print("setUp ran")
    @require_environment("staging")
    async def test_async(self):
        print("it ran")
    @requires_environment("staging")
    def test_sync(self):
        print("it ran")

class ByCall(AsyncTestCase):
    async def test_it(self):
        require_environment("staging")
        print("it ran")
"""
FOR_PYTEST = """
import pytest

@require_environment("staging")
def test_function(tmp_path):
    print("it ran")

@require_environment("staging")
class TestPlain:
    def test_it(self, tmp_path):
        print("it ran")

@pytest.fixture
def needing():
    require_environment("staging")

def test_fixture(needing):
    print("it ran")
"""
PYTEST = ("-m", "pytest", "-p", "test_framework.pytest_plugin", "-p", "no:cacheprovider")
REMOTE = 'backend_url = "https://api.staging.example.com"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a project with the samples."""
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a server that runs."""
    with AuthServer() as server:
        yield server.url


def run(folder: Path, table: str, *words: str, **variables: str) -> str:
    """Run the samples with an environment of this table."""
    text = f"[tool.test_framework.environments.staging]\n{table}\n"
    (folder / "pyproject.toml").write_text(text, "utf-8")
    # The other plugins that are installed take longer to load than the tests to run.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    return done.stdout + done.stderr


def test_under_unittest_they_run_where_it_is(folder: Path, address: str) -> None:
    """All of them, with their fixtures, and without a permission for this machine."""
    report = run(folder, f'backend_url = "{address}"', "-m", "unittest", "test_sample")
    assert report.count("it ran") == 5, report
    assert "asynchronous setUpClass ran" in report
    assert re.search(r"Ran 5 tests.*\n\nOK$", report.strip()), report


def test_under_unittest_they_are_skipped(folder: Path) -> None:
    """Before setUp and setUpClass, with the reason; a class is skipped as a whole."""
    with closed_port() as port:
        report = run(folder, f'backend_url = "http://127.0.0.1:{port}"', "-m", "unittest", "-v", "test_sample")
    assert " ran" not in report, report
    assert "OK (skipped=5)" in report
    assert f"environment 'staging': http://127.0.0.1:{port}: not reachable, connection refused" in report


def test_elsewhere_they_are_skipped_without_permission(folder: Path) -> None:
    """The reason says what to set."""
    report = run(folder, REMOTE, "-m", "unittest", "-v", "test_sample")
    assert "OK (skipped=5)" in report, report
    assert "(api.staging.example.com)" in report
    assert "set TEST_FRAMEWORK_ALLOW_REMOTE=staging" in report


def test_the_setting_makes_them_errors(folder: Path) -> None:
    """With require_services nothing is skipped and nothing passes."""
    report = run(folder, REMOTE, "-m", "unittest", "test_sample", TEST_FRAMEWORK_REQUIRE_SERVICES="1")
    assert "it ran" not in report, report
    assert "FAILED (errors=5)" in report
    assert "the environment 'staging' cannot be used" in report


def test_a_certificate_is_no_reason_to_skip(folder: Path) -> None:
    """It is there, and something is wrong with it."""
    with listening(over_tls(saying(b"HTTP/1.1 200 OK\r\n\r\n"), folder)) as port:
        report = run(folder, f'backend_url = "https://localhost:{port}"', "-m", "unittest", "test_sample")
    assert "it ran" not in report, report
    assert "FAILED (errors=5)" in report
    assert "self-signed certificate" in report


def test_a_misspelt_name_is_an_error(folder: Path) -> None:
    """It is no environment that is away."""
    sample = SAMPLE.replace('"staging"', '"stagin"')
    (folder / "test_sample.py").write_text(sample, "utf-8")
    report = run(folder, REMOTE, "-m", "unittest", "test_sample")
    assert "FAILED (errors=5)" in report, report
    assert "there is no environment 'stagin' in the settings; known are staging" in report


def test_the_selected_one(folder: Path, address: str) -> None:
    """Without a name it is the one that the variable names, or none."""
    (folder / "test_sample.py").write_text(SAMPLE.replace('"staging"', ""), "utf-8")
    table = f'backend_url = "{address}"'
    report = run(folder, table, "-m", "unittest", "-v", "test_sample")
    assert "OK (skipped=5)" in report, report
    assert "no environment is selected; set TEST_FRAMEWORK_ENVIRONMENT" in report
    report = run(folder, table, "-m", "unittest", "test_sample", TEST_FRAMEWORK_ENVIRONMENT="staging")
    assert report.count("it ran") == 5, report


def test_under_pytest_they_are_skipped_and_counted(folder: Path) -> None:
    """With fixtures and in plain classes; the summary says how many."""
    (folder / "test_sample.py").write_text(SAMPLE + FOR_PYTEST, "utf-8")
    report = run(folder, REMOTE, *PYTEST, "-q", "-rs", "-s")
    assert " ran" not in report, report
    assert "8 skipped" in report
    assert "8 tests were skipped for want of a service" in report
    assert "set TEST_FRAMEWORK_ALLOW_REMOTE=staging" in report


def test_under_pytest_they_run_where_it_is(folder: Path, address: str) -> None:
    """The header says which environment is selected, and where that is."""
    (folder / "test_sample.py").write_text(SAMPLE + FOR_PYTEST, "utf-8")
    table = f'backend_url = "{address}"'
    report = run(folder, table, *PYTEST, "-s", TEST_FRAMEWORK_ENVIRONMENT="staging")
    assert report.count("it ran") == 8, report
    assert "8 passed" in report
    assert f"environment: staging ({address})" in report


def test_under_pytest_the_option_makes_them_errors(folder: Path) -> None:
    """Nothing is skipped, and nothing passes."""
    (folder / "test_sample.py").write_text(SAMPLE + FOR_PYTEST, "utf-8")
    report = run(folder, REMOTE, *PYTEST, "-q", "--require-services")
    assert "skipped" not in report.splitlines()[-1], report
    assert "passed" not in report.splitlines()[-1]


def test_one_that_decorates_nothing_says_so() -> None:
    """In a module it would guard nothing, and look as if it did."""
    source = "from test_framework import require_environment\n\nrequire_environment('staging')\n"
    with pytest.warns(RuntimeWarning, match="here nothing does; call it in a test") as caught:
        exec(compile(source, "test_chat.py", "exec"), {})
    assert [(warning.filename, warning.lineno) for warning in caught] == [("test_chat.py", 3)]


def test_collecting_sends_nothing(folder: Path) -> None:
    """Only a test that is about to run asks for its environment."""
    heard: list[bytes] = []
    with listening(saying(b"HTTP/1.1 204 No\r\n\r\n", heard=heard)) as port:
        report = run(folder, f'backend_url = "http://127.0.0.1:{port}"', *PYTEST, "--collect-only", "-q")
    assert "5 tests collected" in report, report
    assert heard == []
