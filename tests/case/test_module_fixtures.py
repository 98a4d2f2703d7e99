"""Asynchronous fixtures of a module under unittest: refused, since nobody would await them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import unittest
from test_framework import AsyncTestCase
async def nobody_awaits(*names): raise OSError("not run")
"""
CLASS = """
class Sample(AsyncTestCase):
    async def test(self): {body}
"""


def run(folder: Path, source: str) -> tuple[int, str]:
    """Run a module under unittest; return the exit status and what it printed."""
    (folder / "sample.py").write_text(HEAD + source, "utf-8")
    command = [sys.executable, "-m", "unittest", "sample"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("fixture", ["setUpModule", "tearDownModule"])
def test_fixtures(tmp_path: Path, fixture: str) -> None:
    """The tests of a module do not run without its fixture, and the report says what to write."""
    status, text = run(tmp_path, f"{fixture} = nobody_awaits\n" + CLASS.format(body="print('ran')"))
    assert status == 1
    assert f"TypeError: sample.{fixture} is asynchronous, and no event loop belongs to a module: " in text
    assert "Ran 0 tests" in text


def test_both(tmp_path: Path) -> None:
    """Both fixtures stand in one report."""
    status, text = run(tmp_path, "setUpModule = tearDownModule = nobody_awaits\n" + CLASS.format(body="pass"))
    assert status == 1
    assert "sample.setUpModule and sample.tearDownModule are asynchronous" in text


def test_cleanups(tmp_path: Path) -> None:
    """So it is with cleanups, whether the module or a test adds them."""
    add = "unittest.addModuleCleanup(nobody_awaits)"
    for source in (f"def setUpModule(): {add}\n{CLASS.format(body='pass')}", CLASS.format(body=add)):
        status, text = run(tmp_path, source)
        assert status == 1
        assert "TypeError: module cleanup nobody_awaits is asynchronous" in text


def test_plain_ones(tmp_path: Path) -> None:
    """Plain fixtures and cleanups run as ever."""
    source = """
def setUpModule():
    print("set up")
    unittest.addModuleCleanup(print, "cleaned up")
def tearDownModule(): print("torn down")
"""
    (tmp_path / "sample.py").write_text(HEAD + source + CLASS.format(body="print('test')"), "utf-8")
    command = [sys.executable, "-m", "unittest", "sample"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["set up", "test", "torn down", "cleaned up", ""]
