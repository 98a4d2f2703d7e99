"""Guards and deadlines set from outside the tests, under the real runner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .backends import every_backend
from .pytest_runs import environment

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

MODULE = """
import asyncio

import anyio

from test_framework import AsyncTestCase

# Its first use imports the backend, which blocks the loop for a moment; strict tests would fail for that.
anyio.run(anyio.sleep, 0)

class Sample(AsyncTestCase):
    BACKEND

    async def test_1_forgets(self):
        anyio.sleep(1)

    async def test_2_hangs(self):
        if LIMIT:
            await anyio.sleep(60)

    async def test_3_next(self):
        await anyio.sleep(0)

class Lenient(AsyncTestCase):
    BACKEND
    strict = False
    unawaited_coroutines = "ignore"

    async def test_1_forgets(self):
        anyio.sleep(1)
"""


def run(folder: Path, backend: str, *, limit: bool = False, **variables: str) -> str:
    """Run the module under ``python -m unittest``; return what it printed about each test, and the warnings."""
    source = MODULE.replace("BACKEND", f"backend = {backend!r}").replace("LIMIT", str(limit))
    (folder / "test_module.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-v", "test_module"],
        cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stderr


def verdicts(output: str) -> dict[str, str]:
    """Return the last word about each test."""
    found: dict[str, str] = {}
    name = ""
    for line in output.splitlines():
        if line.startswith("test_") and " (test_module." in line:
            name = line.partition(" (test_module.")[2].partition(")")[0]
        for word in ("ok", "FAIL", "ERROR"):
            if name and (line == word or line.endswith(f"... {word}")):
                found[name] = word
                name = ""
    return found


@every_backend
def test_default(tmp_path: Path, backend: str) -> None:
    """A forgotten await is a warning, printed once, and every test is ok."""
    output = run(tmp_path, backend)
    assert set(verdicts(output).values()) == {"ok"}, output
    assert output.count("UnawaitedCoroutineWarning") == 1
    assert "test_module.Sample.test_1_forgets: coroutine 'sleep' was never awaited" in output


@pytest.mark.parametrize(
    ("variables", "table"),
    [
        ({"TEST_FRAMEWORK_STRICT": "1"}, ""),
        ({"TEST_FRAMEWORK_UNAWAITED_COROUTINES": "fail"}, ""),
        ({}, "strict = true"),
        ({}, 'unawaited_coroutines = "fail"'),
        ({"TEST_FRAMEWORK_STRICT": "1"}, "strict = false"),
    ],
)
def test_strict_from_outside(tmp_path: Path, variables: dict[str, str], table: str) -> None:
    """The environment and pyproject.toml make guards fail; a class that says otherwise wins over both."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.test_framework]\n{table}\n", encoding="utf-8")
    keywords: dict[str, Any] = dict(variables)
    output = run(tmp_path, "asyncio", **keywords)
    found = verdicts(output)
    assert found.pop("Sample.test_1_forgets") == "FAIL", output
    assert set(found.values()) == {"ok"}, output
    assert len(found) == 3
    assert "LeftBehindError" in output


@every_backend
def test_timeout_from_outside(tmp_path: Path, backend: str) -> None:
    """A limit from the environment ends the test that hangs, and no other."""
    output = run(tmp_path, backend, limit=True, TEST_FRAMEWORK_TIMEOUT="0.5")
    found = verdicts(output)
    assert found.pop("Sample.test_2_hangs") == "FAIL", output
    assert set(found.values()) == {"ok"}, output
    assert "await anyio.sleep(60)" in output
