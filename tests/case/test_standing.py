"""Classes that are set up when Ctrl-C ends the run."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import pytest

from test_framework import AsyncTestCase
from test_framework._case import _standing

MODULE = """
import sys
import anyio
from test_framework import AsyncTestCase

def write(text):
    print(text, file=sys.stderr)

class Sample(AsyncTestCase):
    backend = "{backend}"
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(write, "class cleanup")
        super().setUpClass()
    @classmethod
    async def asyncSetUpClass(cls):
        cls.addAsyncClassCleanup(cls.close)
    @classmethod
    async def close(cls):
        await anyio.sleep(0)
        write("asynchronous class cleanup")
        raise OSError("while closing")
    @classmethod
    async def asyncTearDownClass(cls):
        await anyio.sleep(0)
        write("asyncTearDownClass")
    @classmethod
    def tearDownClass(cls):
        write("tearDownClass")
    async def test_it(self):
        await anyio.sleep(0)
        raise KeyboardInterrupt
    async def test_next(self):
        write("next")
"""
ORDER = ["asyncTearDownClass", "tearDownClass", "asynchronous class cleanup", "class cleanup"]


@pytest.mark.parametrize("runner", ["unittest", "pytest"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_class_is_torn_down_when_the_process_ends(backend: str, runner: str, tmp_path: Path) -> None:
    """Unittest tears nothing down after Ctrl-C: its class fixtures end once, on their loop, and nothing is lost."""
    if backend == "trio":
        pytest.importorskip("trio")
    (tmp_path / "test_sample.py").write_text(MODULE.format(backend=backend), "utf-8")
    options = ["-s", "-p", "no:cacheprovider", "-p", "no:randomly"] if runner == "pytest" else []
    process = subprocess.run(
        [sys.executable, "-m", runner, *options, "test_sample" + (".py" if runner == "pytest" else "")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [line for line in process.stderr.splitlines() if line in {*ORDER, "next"}]
    assert lines == ORDER, process.stdout + process.stderr
    assert "OSError: while closing" in process.stdout + process.stderr
    assert "pending" not in process.stderr
    # pytest takes the failure for one of its own.
    assert process.returncode in ({1, 2} if runner == "pytest" else {130, -2})


def interrupted() -> tuple[type[Any], list[str]]:
    """Return a class whose run was ended by Ctrl-C, and what it has written down."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        @classmethod
        def tearDownClass(cls) -> None:
            log.append("tearDownClass")

        async def test_it(self) -> None:
            raise KeyboardInterrupt

        async def test_next(self) -> None:
            log.append("next")

    return Sample, log


def test_a_runner_that_goes_on_tears_it_down_itself() -> None:
    """A class is torn down once."""
    cls, log = interrupted()
    result: Any = unittest.TestResult()
    with pytest.raises(KeyboardInterrupt):
        unittest.TestSuite([cls("test_it")]).run(result)
    result._testRunEntered = False
    unittest.TestSuite([cls("test_next")]).run(result)
    _standing.tear_down_interrupted()
    assert log == ["next", "tearDownClass"]


def test_a_class_that_was_never_set_up() -> None:
    """Where a test runs by itself, its class has nothing to tear down."""
    cls, log = interrupted()
    with pytest.raises(KeyboardInterrupt):
        cls("test_it").run(unittest.TestResult())
    _standing.tear_down_interrupted()
    assert log == []


def test_what_fails_is_printed_and_the_rest_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback has the lines of the suite alone."""
    cls, log = interrupted()
    cls.addClassCleanup(log.append, "cleanup")

    def fail() -> None:
        raise OSError("no server")

    cls.tearDownClass = fail
    with pytest.raises(KeyboardInterrupt):
        unittest.TestSuite([cls("test_it")]).run(unittest.TestResult())
    _standing.tear_down_interrupted()
    text = capsys.readouterr().err
    assert "Sample, torn down after Ctrl-C:" in text
    assert "OSError: no server" in text
    assert log == ["cleanup"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_tears_nothing_down() -> None:
    """What it shares with its parent is the parent's."""
    cls, log = interrupted()
    with pytest.raises(KeyboardInterrupt):
        unittest.TestSuite([cls("test_it")]).run(unittest.TestResult())
    child = os.fork()
    if child == 0:
        _standing.tear_down_interrupted()
        os._exit(len(log))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    _standing.tear_down_interrupted()
    assert log == ["tearDownClass"]
