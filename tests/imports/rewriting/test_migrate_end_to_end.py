"""A suite whose tests fail, or pass without having run; one command; the same tests pass, having run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "pyproject.toml": """\
[tool.test_framework.migrate]
files = ["test_*.py"]

[tool.test_framework.migrate.context."app.context:UserExecutionContext"]
required = { user_id = "new_id('user')", thread_id = "new_id('thread')", run_id = "new_id('run', $thread_id)" }
optional = ["websocket_client_id"]
imports = ["app.ids:new_id"]
""",
    "app/__init__.py": "",
    "app/ids.py": """\
from uuid import uuid4


def new_id(kind, of=""):
    return f"{kind}_{of}_{uuid4().hex}"
""",
    "app/context.py": """\
class UserExecutionContext:
    def __init__(self, user_id, thread_id, run_id, websocket_client_id=None):
        for value in (user_id, thread_id, run_id):
            if value in ("test", "default", "1") or value.startswith(("placeholder_", "test_")):
                raise ValueError(f"{value!r} is a placeholder")
        if thread_id not in run_id:
            raise ValueError("the run is not of the thread")
        self.user_id, self.thread_id, self.run_id = user_id, thread_id, run_id
        self.websocket_client_id = websocket_client_id
""",
    "tests/__init__.py": "",
    "tests/ran.py": """\
import os


def ran(name):
    with open(os.environ["RAN"], "a", encoding="utf-8") as file:
        file.write(name + "\\n")
""",
    "tests/base.py": '''\
class SSotAsyncTestCase:
    """It has been replaced: neither pytest nor unittest would call its set-up, and it has no assertions."""

    def setUp(self):
        self.names = []
''',
    "tests/test_factory.py": """\
import asyncio

from tests.base import SSotAsyncTestCase
from tests.ran import ran


class TestFactoryIsGone(SSotAsyncTestCase):
    def setUp(self):
        super().setUp()
        self.names = ["manager"]

    def test_import(self):
        with self.assertRaises(ImportError):
            import app.factory  # noqa: F401
        ran("import")

    def test_names(self):
        assert self.names == ["manager"]
        ran("names")

    async def test_manager(self):
        await asyncio.sleep(0)
        self.assertIn("manager", self.names)
        ran("manager")
""",
    "tests/test_runs.py": """\
import asyncio
import unittest
from unittest import IsolatedAsyncioTestCase

import pytest

from tests.ran import ran


class PlainTest(unittest.TestCase):
    async def test_plain(self):
        await asyncio.sleep(0)
        ran("plain")


class HookTest(IsolatedAsyncioTestCase):
    async def setUp(self):
        super().setUp()
        await asyncio.sleep(0)
        self.ready = True

    async def test_hook(self):
        self.assertTrue(self.ready)
        ran("hook")


class TestBare:
    @pytest.mark.asyncio
    async def test_bare(self):
        await asyncio.sleep(0)
        ran("bare")
""",
    "tests/test_contexts.py": """\
import unittest

import test_framework
from app.context import UserExecutionContext
from tests.ran import ran


class ContextTest(unittest.TestCase):
    def test_client(self):
        context = UserExecutionContext(user_id="alice", websocket_client_id="c1")
        self.assertIn(context.thread_id, context.run_id)
        ran("client")

    def test_thread(self):
        context = UserExecutionContext(
            user_id="alice",
            thread_id="conversation-1",  # the one of yesterday
        )
        self.assertEqual("conversation-1", context.thread_id)
        ran("thread")

    def test_ours(self):
        context = test_framework.UserExecutionContext(user_id="alice", websocket_client_id="c1")
        self.assertIn(context.thread_id, context.run_id)
        ran("ours")

    def test_many(self):
        contexts = [UserExecutionContext(user_id=f"user-{i}") for i in range(3)]
        self.assertEqual(3, len({context.thread_id for context in contexts}))
        ran("many")

    def test_missing(self):
        with self.assertRaises(TypeError):
            UserExecutionContext(user_id="alice")
""",
}
NAMES = {"import", "names", "manager", "plain", "hook", "bare", "client", "thread", "ours", "many"}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Return a folder with the suite, in a git repository."""
    for path, text in FILES.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    if shutil.which("git") is None:
        pytest.skip("git is not there")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the suite."""
    environment = {**os.environ, "RAN": str(folder.parent / "ran.txt"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "ignore", "-m", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def outcome(folder: Path, *words: str) -> tuple[str, set[str]]:
    """Run the tests; return the last lines of the report, and the tests whose last line was reached."""
    record = folder.parent / "ran.txt"
    record.write_text("", "utf-8")
    done = run(folder, *words)
    return done.stdout[-1500:] + done.stderr[-1500:], set(record.read_text("utf-8").split())


PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:trio", "-p", "no:randomly")
UNITTEST = ("unittest", "discover", "-t", ".", "-s", "tests")


def test_ten_tests_pass_after_one_command(suite: Path) -> None:
    """None of ten tests gets to its end, one of them although it passes; migrated, all do, under both runners."""
    report, ran = outcome(suite, *PYTEST)
    assert ran == set()
    assert re.search(r"\b9 failed, 2 passed\b", report), report
    report, ran = outcome(suite, *UNITTEST)
    assert ran == set(), report

    shown = run(suite, "test_framework", "migrate", "tests")
    assert shown.returncode == 1, shown.stderr
    written = run(suite, "test_framework", "migrate", "tests", "--write")
    assert written.returncode == 0, written.stderr
    assert "it is in a block of assertRaises, so it may be meant to fail" in written.stdout

    report, ran = outcome(suite, *PYTEST)
    assert "11 passed" in report, report
    assert ran == NAMES
    report, ran = outcome(suite, *UNITTEST)
    assert "Ran 11 tests" in report, report
    assert report.rstrip().endswith("OK"), report
    assert ran == NAMES
    again = run(suite, "test_framework", "migrate", "tests", "--force", "--write")
    assert (again.returncode, "0 files" in again.stdout or "Nothing to change" in again.stdout) == (0, True), (
        again.stdout
    )


def test_what_changed_is_what_was_shown(suite: Path) -> None:
    """The diff, applied by git, makes the same files as --write; comments and the caught error are as they were."""
    diff = run(suite, "test_framework", "migrate", "tests").stdout
    subprocess.run(["git", "apply", "-"], cwd=suite, input=diff, text=True, check=True, capture_output=True)
    applied = {path: (suite / path).read_text("utf-8") for path in FILES}
    subprocess.run(["git", "checkout", "-q", "."], cwd=suite, check=True, capture_output=True)
    run(suite, "test_framework", "migrate", "tests", "--write")
    assert {path: (suite / path).read_text("utf-8") for path in FILES} == applied
    contexts = applied["tests/test_contexts.py"]
    assert (
        'thread_id="conversation-1",  # the one of yesterday\n            run_id=new_id(\'run\', "conversation-1"),'
        in contexts
    )
    assert contexts.endswith('            UserExecutionContext(user_id="alice")\n')
    assert "SSotAsyncTestCase" in applied["tests/base.py"]
    assert "from test_framework.ssot.base_test_case import SSotAsyncTestCase" in applied["tests/test_factory.py"]
