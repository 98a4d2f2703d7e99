"""The sample suite ends as it says, under every runner."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

# The suite calls what the classes of the other rooms here define; under another Python those are enough.
pytestmark = pytest.mark.any_python

SUITE = Path(__file__).parent.parent / "assets" / "ssot" / "usage_suite.py"
LINE = re.compile(r"^(\w+) \(usage_suite\.(\w+)\.\w+\) \.\.\. (ok|FAIL|ERROR|skipped|expected failure)", re.MULTILINE)
WORDS = {"ok": "passed", "FAIL": "failed", "ERROR": "failed", "expected failure": "xfailed"}
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "TEST_FRAMEWORK"))}


def stated() -> dict[str, str]:
    """Return how each test of the suite ends, as the suite says."""
    spec = importlib.util.spec_from_file_location("usage_suite_as_written", SUITE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    outcomes = {}
    for name, cls in vars(module).items():
        if isinstance(cls, type) and issubclass(cls, unittest.TestCase) and cls.__module__ == module.__name__:
            for method in unittest.defaultTestLoader.getTestCaseNames(cls):
                outcomes[f"{name}.{method}"] = getattr(getattr(cls, method), "ends", "passed")
    return outcomes


def run(*arguments: str) -> str:
    """Run a module of Python in the folder of the suite; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=SUITE.parent, env=PLAIN, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def by_unittest() -> tuple[dict[str, str], str]:
    """Return how each test ends under unittest, and the report."""
    report = run("unittest", "-v", SUITE.stem)
    outcomes = {f"{cls}.{name}": WORDS.get(word, word) for name, cls, word in LINE.findall(report)}
    for name, cls in re.findall(r"^(?:FAIL|ERROR): (\w+) \(usage_suite\.(\w+)\.", report, re.MULTILINE):
        # Of failing sub-tests the line of the test itself says nothing.
        outcomes[f"{cls}.{name}"] = "failed"
    return outcomes, report


def by_pytest(folder: Path, *options: str) -> tuple[dict[str, str], str]:
    """Return how each test ends under pytest, and the report."""
    report = folder / "report.xml"
    plain = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:trio", "-c", os.devnull, "--rootdir=.")
    output = run("pytest", *plain, f"--junitxml={report}", "-W", "error", *options, SUITE.name)
    outcomes: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        key = f"{str(case.get('classname')).rpartition('.')[2]}.{case.get('name')}"
        outcome = "passed"
        for child in case:
            if child.tag in {"failure", "error"}:
                outcome = "failed"
            elif child.tag == "skipped":
                outcome = _skip(child)
        if outcomes.get(key) != "failed":
            outcomes[key] = outcome
    return outcomes, output


def _skip(element: Any) -> str:
    return "xfailed" if element.get("type") == "pytest.xfail" else "skipped"


def test_unittest_ends_as_stated() -> None:
    """``python -m unittest`` runs each test once, with the stated outcome."""
    outcomes, report = by_unittest()
    assert outcomes == stated(), report


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["pytest", "pytest -n 2"])
def test_pytest_ends_as_stated(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Pytest runs the same tests with the same outcomes, and warns of nothing."""
    outcomes, report = by_pytest(tmp_path, *options)
    assert outcomes == stated(), report
    assert "warning" not in report, report


def test_pytest_without_our_plugin_ends_as_stated(tmp_path: Path) -> None:
    """Hooks run once also where plugins are not loaded by themselves."""
    outcomes, report = by_pytest(tmp_path, "-p", "no:test_framework")
    assert outcomes == stated(), report
