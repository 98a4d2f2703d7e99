"""pytest's own outcomes and marks: as on the standard class."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED, every_backend
from .pytest_runs import PytestRun, run_pytest

OUTCOMES: dict[str, Any] = {
    "skip": lambda: pytest.skip("skipped by pytest"),
    "fail": lambda: pytest.fail("failed by pytest"),
    "xfail": lambda: pytest.xfail("expected by pytest"),
    "importorskip": lambda: pytest.importorskip("module_that_is_not_there"),
}
PHASES = ("setUp", "asyncSetUp", "body", "asyncTearDown", "tearDown", "cleanup")


def make_outcome(
    base: type[unittest.TestCase], phase: str, outcome: str, *, group: bool, **attributes: Any
) -> type[Any]:
    """Return a class one phase of which raises an outcome of pytest, in a task group if it can."""

    async def act() -> None:
        await anyio.sleep(0)
        if group:
            async with anyio.create_task_group():
                OUTCOMES[outcome]()
        OUTCOMES[outcome]()

    class Sample(base):  # type: ignore[misc, valid-type]
        def setUp(self) -> None:
            self.addAsyncCleanup(self.step, "cleanup")
            if phase == "setUp":
                OUTCOMES[outcome]()

        async def asyncSetUp(self) -> None:
            await self.step("asyncSetUp")

        async def test_1(self) -> None:
            await self.step("body")

        async def test_9_next(self) -> None:
            await anyio.sleep(0)

        async def asyncTearDown(self) -> None:
            await self.step("asyncTearDown")

        def tearDown(self) -> None:
            if phase == "tearDown" and self._testMethodName == "test_1":
                OUTCOMES[outcome]()

        async def step(self, here: str) -> None:
            if here == phase and self._testMethodName == "test_1":
                await act()

    for name, value in attributes.items():
        setattr(Sample, name, value)
    return Sample


def classes() -> dict[str, type[Any]]:
    """Return all classes; called in the process that runs pytest."""
    found = {}
    for phase in PHASES:
        for outcome in OUTCOMES:
            part = f"{phase}_{outcome}"
            found[f"standard_{part}"] = make_outcome(
                unittest.IsolatedAsyncioTestCase, phase, outcome, group=False, __module__="test_samples"
            )
            for backend in INSTALLED:
                for group in (False, True):
                    name = f"{backend.replace('+', '_')}_{part}{'_group' * group}"
                    parts = {"backend": backend, "__module__": "test_samples"}
                    found[name] = make_outcome(AsyncTestCase, phase, outcome, group=group, **parts)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PytestRun:
    """Run all of them in one run of pytest."""
    source = f"from {__name__} import classes; globals().update(classes())"
    (run,) = run_pytest(tmp_path_factory.mktemp("outcomes"), source, [("--tb=native", "test_samples.py")])
    return run


@every_backend
@pytest.mark.parametrize("group", [False, True], ids=["plain", "group"])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("phase", PHASES)
def test_outcomes_of_pytest(run: PytestRun, phase: str, outcome: str, backend: str, *, group: bool) -> None:
    """skip, fail, xfail and importorskip in any phase are reported as on the standard class, in a task group too."""
    name = f"{backend.replace('+', '_')}_{phase}_{outcome}{'_group' * group}"
    oracle = run.of(f"standard_{phase}_{outcome}::test_1")
    assert oracle
    ours = run.of(f"{name}::test_1")
    assert [report[:2] for report in ours] == [report[:2] for report in oracle], run.of(f"{name}::test_1")
    assert [report[2].rpartition("/")[2] for report in ours] == [report[2].rpartition("/")[2] for report in oracle]
    assert run.outcome(f"{name}::test_9_next") == run.outcome(f"standard_{phase}_{outcome}::test_9_next")


MARKS = """
import unittest
import anyio
import pytest
from test_framework import AsyncTestCase

LOG = []

@pytest.fixture
def noting():
    LOG.append("fixture")
    yield
    LOG.append("fixture ended")

def make(base, **attributes):
    class Sample(base):
        @pytest.mark.skip(reason="by mark")
        async def test_skip(self):
            raise AssertionError

        @pytest.mark.skipif("sys.platform != ''", reason="by condition")
        async def test_skipif(self):
            raise AssertionError

        @pytest.mark.xfail(reason="by mark")
        async def test_xfail(self):
            await anyio.sleep(0)
            self.fail("as expected")

        @pytest.mark.xfail(strict=True)
        async def test_strict(self):
            await anyio.sleep(0)

        @pytest.mark.xfail(raises=ValueError)
        async def test_raises(self):
            raise ValueError("expected")

        @pytest.mark.xfail(raises=KeyError)
        async def test_raises_other(self):
            raise ValueError("not expected")

        @pytest.mark.usefixtures("noting")
        async def test_fixture(self):
            await anyio.sleep(0)
            self.assertEqual(LOG[-1], "fixture")

        async def test_next(self):
            self.assertNotEqual(LOG[-1:], ["fixture"])

    for name, value in attributes.items():
        setattr(Sample, name, value)
    Sample.__module__ = __name__
    return Sample

Standard = make(unittest.IsolatedAsyncioTestCase)
for backend in BACKENDS:
    globals()["Sample_" + backend.replace("+", "_")] = make(AsyncTestCase, backend=backend)
"""


def test_marks_of_pytest(tmp_path: Path) -> None:
    """skip, skipif, xfail and usefixtures on asynchronous tests do what they do on the standard class."""
    (run,) = run_pytest(tmp_path, MARKS.replace("BACKENDS", repr(INSTALLED)), [("--tb=native", "test_samples.py")])
    standard = [report[1:] for report in run.reports if report.test.startswith("Standard::")]
    assert len({report[1] for report in standard}) > 3, standard
    for backend in INSTALLED:
        name = f"Sample_{backend.replace('+', '_')}"
        assert [report[1:] for report in run.reports if report.test.startswith(f"{name}::")] == standard


def test_exit_ends_the_run(tmp_path: Path) -> None:
    """pytest.exit in a test ends the run at once, as on the standard class."""
    source = """
import pytest, unittest
from test_framework import AsyncTestCase

class Sample(BASE):
    async def test_1(self):
        pytest.exit("enough")
    async def test_2(self):
        pass
"""
    modules = {
        "test_standard": source.replace("BASE", "unittest.IsolatedAsyncioTestCase"),
        **{
            f"test_{backend.replace('+', '_')}": source.replace("BASE", "AsyncTestCase")
            + f"    backend = {backend!r}\n"
            for backend in INSTALLED
        },
    }
    runs = run_pytest(tmp_path, modules, [(f"{name}.py",) for name in modules])
    seen = {(run.code, run.reports) for run in runs}
    assert len(seen) == 1, seen
