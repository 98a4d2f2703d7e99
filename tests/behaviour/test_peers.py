"""Marks of other asynchronous plugins, with these plugins loaded: every test runs once, with its setUp and tearDown."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from .backends import INSTALLED
from .pytest_runs import PytestRun, run_pytest

PHASES = ["setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown"]

MODULE = """
import asyncio
import pytest
from test_framework import AsyncTestCase
from tests.behaviour.samples import LOGS

MODULE_MARK

class Phases:
    def note(self, phase):
        LOGS.setdefault(f"{__name__} {type(self).__name__} {self._testMethodName}", []).append(phase)
    def setUp(self):
        self.note("setUp")
    async def asyncSetUp(self):
        self.note("asyncSetUp")
        self.ready = True
    async def test_async(self):
        self.check()
        self.note("test")
    def test_sync(self):
        self.check()
        self.note("test")
    def check(self):
        assert self.ready
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        assert (loop is not None) == (self.backend != "trio" and "async" in self._testMethodName)
    async def asyncTearDown(self):
        self.note("asyncTearDown")
    def tearDown(self):
        self.note("tearDown")

def make(name, backend, mark):
    if mark == "method":
        async def test_async(self):
            await Phases.test_async(self)
        parts = {"test_async": getattr(pytest.mark, MARK)(test_async)}
    else:
        parts = {}
    cls = type(name, (Phases, AsyncTestCase), {"backend": backend, "__module__": __name__, **parts})
    return getattr(pytest.mark, MARK)(cls) if mark == "class" else cls

for backend in BACKENDS:
    for level in LEVELS:
        name = level + "_" + backend.replace("+", "_")
        globals()[name] = make(name, backend, level)

async def test_their_own_function_runs(FIXTURES):
    LOGS[f"{__name__} function"] = ["test"]
if not MODULE_LEVEL:
    test_their_own_function_runs = getattr(pytest.mark, MARK)(test_their_own_function_runs)
"""

# The mark, the plugin that it belongs to, a fixture that its functions need, and options.
MARKS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "anyio": ("anyio", "anyio", "anyio_backend", ()),
    "asyncio": ("asyncio", "pytest_asyncio", "", ("-o", "asyncio_mode=strict")),
    "asyncio_auto": ("asyncio", "pytest_asyncio", "", ("-o", "asyncio_mode=auto")),
    "trio": ("trio", "pytest_trio", "", ()),
    "trio_auto": ("trio", "pytest_trio", "", ("-o", "trio_mode=true")),
}
LEVELS = {"inner": ["class", "method", "unmarked"], "module": ["module"]}


def module_of(name: str, level: str) -> str:
    """Return the source of the module with a mark on the classes and methods, or on the module."""
    mark, _, fixture, _ = MARKS[name]
    parts = {
        "MODULE_MARK": f"pytestmark = pytest.mark.{mark}" if level == "module" else "",
        "MODULE_LEVEL": level == "module",
        "LEVELS": LEVELS[level],
        "BACKENDS": INSTALLED,
        "FIXTURES": fixture,
        "MARK": repr(mark),
    }
    source = MODULE
    for key, value in parts.items():
        source = source.replace(key, str(value))
    return source


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PytestRun]:
    """Run every module, each with the plugin that its mark belongs to beside all others."""
    cases = {
        f"test_{name}_{level}": (module_of(name, level), (*MARKS[name][3], f"test_{name}_{level}.py"))
        for name in MARKS
        for level in LEVELS
        if find_spec(MARKS[name][1]) is not None
    }
    cases["test_selected"] = (module_of("anyio", "inner"), ("-m", "anyio", "test_selected.py"))
    found = run_pytest(
        tmp_path_factory.mktemp("peers"),
        {module: source for module, (source, _) in cases.items()},
        [("--tb=short", *arguments) for _, arguments in cases.values()],
        peers=True,
    )
    return dict(zip(cases, found, strict=True))


def phases_of(run: PytestRun, module: str) -> dict[str, list[str]]:
    """Return what each test of a module has written down."""
    return {key.partition(" ")[2]: phases for key, phases in run.logs.items() if key.partition(" ")[0] == module}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", MARKS)
def test_marked_tests_run_once_with_all_their_phases(runs: dict[str, PytestRun], name: str, level: str) -> None:
    """A mark on the method, the class or the module changes nothing; the plugin still runs functions of its own."""
    module = f"test_{name}_{level}"
    if module not in runs:
        pytest.skip(f"{MARKS[name][1]} is not installed")
    run = runs[module]
    phases = phases_of(run, module)
    assert phases.pop("function", None) == ["test"], run.reports
    assert len(phases) == 2 * len(INSTALLED) * len(LEVELS[level]), phases
    assert {test: ran for test, ran in phases.items() if ran != PHASES} == {}
    calls = [report for report in run.reports if report.when == "call" and "::" in report.test]
    assert len(calls) == len({report.test for report in calls}) == len(phases)
    assert {report.outcome for report in run.reports} == {"passed"}, run.reports
    assert not [warning for warning in run.warnings if "never awaited" in warning[2]]


def test_mark_still_selects(runs: dict[str, PytestRun]) -> None:
    """``-m anyio`` selects the tests that carry the mark, and no others."""
    phases = phases_of(runs["test_selected"], "test_selected")
    assert {test.partition("_")[0] for test in phases} == {"class", "method", "function"}
