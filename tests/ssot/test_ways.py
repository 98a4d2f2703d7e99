"""Ways of passing without having run: each passes on a standard class, and not on ours."""

from __future__ import annotations

import contextlib
import gc
import io
import subprocess
import sys
import types
import unittest
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.assets.ssot.ways import WAYS, Way

OURS = ("SSotBaseTestCase", "from test_framework.ssot.base_test_case import SSotBaseTestCase")
PLUGINS = ("-p", "no:asyncio", "-p", "no:trio", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def _any_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ways use marks that this run does not know."""
    monkeypatch.setattr(pytest.mark, "_config", None)


def by_unittest(way: Way, base: str, imports: str) -> tuple[bool, str]:
    """Run a way by unittest; return whether it passed, and the report."""
    module = types.ModuleType(f"way_{way.name}")
    report = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        sys.modules[module.__name__] = module
        try:
            exec(compile(way.source(base, imports), f"{way.name}.py", "exec", dont_inherit=True), vars(module))
            classes = [
                value
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__name__ == "WayTest"
            ]
            suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase, classes))
            assert suite.countTestCases(), "there is no test"
            result = unittest.TextTestRunner(report, verbosity=2).run(suite)
        except TypeError as error:
            return False, f"{error}"
        finally:
            del sys.modules[module.__name__]
            # What the standard class drops is collected here, where its warnings are expected.
            module.__dict__.clear()
            gc.collect()
    return result.wasSuccessful(), report.getvalue()


def run_by_pytest(folder: Path, base_of: Callable[[Way], tuple[str, str]]) -> dict[str, tuple[bool, str]]:
    """Run all ways by pytest; return for each whether it passed, and the report."""
    for way in WAYS:
        (folder / f"way_{way.name}.py").write_text(way.source(*base_of(way)), "utf-8")
    settings = ["[pytest]", "python_files = way_*.py", "filterwarnings =", "  ignore", "markers =", "  asyncio: a mark"]
    (folder / "pytest.ini").write_text("\n".join(settings), "utf-8")
    options = ["-q", *PLUGINS, "--continue-on-collection-errors", "--junitxml=report.xml"]
    command = [sys.executable, "-m", "pytest", *options, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    outcomes: dict[str, tuple[bool, str]] = {}
    for case in ET.parse(folder / "report.xml").iter("testcase"):
        name = (case.get("classname") or case.get("name") or "").partition(".")[0] or str(case.get("name"))
        faults = [f"{fault.get('message')}\n{fault.text}" for fault in case if fault.tag in {"failure", "error"}]
        passed, text = outcomes.get(name, (True, ""))
        outcomes[name] = (passed and not faults, text + "\n".join(faults))
    return {way.name: outcomes[f"way_{way.name}"] for way in WAYS}


def imports_of(way: Way) -> tuple[str, str]:
    """Return the standard class of a way; `unittest` is imported already."""
    return way.standard, ""


@pytest.fixture(scope="module")
def ours_by_pytest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, str]]:
    """Return how all ways end on ours under pytest."""
    return run_by_pytest(tmp_path_factory.mktemp("ours"), lambda way: OURS)


@pytest.fixture(scope="module")
def standard_by_pytest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, str]]:
    """Return how all ways end on the standard classes under pytest."""
    return run_by_pytest(tmp_path_factory.mktemp("standard"), imports_of)


def test_there_are_more_than_forty() -> None:
    """Each has a name of its own, and there are at least as many as promised."""
    assert max(Counter(way.name for way in WAYS).values()) == 1
    assert len(WAYS) >= 40


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_it_passes_on_the_standard_class(way: Way, standard_by_pytest: dict[str, tuple[bool, str]]) -> None:
    """The way is real: on the standard class the test passes."""
    if way.name == "anyio_mark" and tuple(map(int, version("anyio").split(".")[:2])) < (4, 13):
        pytest.skip("anyio's plugin leaves classes of unittest alone before 4.13")
    passed, report = by_unittest(way, *imports_of(way)) if way.runner == "unittest" else standard_by_pytest[way.name]
    assert passed, report


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("runner", ["unittest", "pytest"])
def test_it_does_not_pass_on_ours(way: Way, runner: str, ours_by_pytest: dict[str, tuple[bool, str]]) -> None:
    """It fails or is an error, under both runners, and the report says that the check ran or what to write."""
    passed, report = by_unittest(way, *OURS) if runner == "unittest" else ours_by_pytest[way.name]
    assert not passed, report
    assert way.cure in report
