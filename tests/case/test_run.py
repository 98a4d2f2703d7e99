"""The short way to run a test is the standard way, outcome for outcome."""

from __future__ import annotations

import sys
import unittest
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from test_framework import AsyncTestCase
from test_framework._case import _run
from test_framework._case._run import is_plain, run_plain
from tests.behaviour.recording import Record

from . import run_samples as samples
from .run_samples import ACTIONS, PHASES, Action


class Recorder(Record):
    """A record of durations and of the whole texts too."""

    def __init__(self, *, failfast: bool = False) -> None:
        super().__init__()
        self.failfast = failfast

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        assert 0 <= elapsed < 60
        self._note("duration", test)


def story(cls: type[Any], plan: dict[str, Action], how: Callable[[Any, Any], Any], **options: Any) -> dict[str, Any]:
    """Return everything that can be seen of a run."""
    log: list[str] = []
    case = cls("test_x")
    case.plan, case.log = plan, log
    result = Recorder(**options)
    came_out: object = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            assert how(case, result) is result
        except BaseException as exc:
            came_out = repr(exc)
    return {
        "log": log,
        "events": result.events,
        "texts": [text for _, text in result.errors + result.failures],
        "skipped": [reason for _, reason in result.skipped],
        "raised": came_out,
        "warnings": [(str(warning.message), warning.category) for warning in caught],
        "stop": result.shouldStop,
        "outcome": case._outcome,
        "cleanups": len(case._cleanups),
    }


def plans() -> list[dict[str, Action]]:
    """Return a plan for every action in every phase, and for each pair of phases that fail."""
    single = [{phase: action} for phase, action in product(PHASES, ACTIONS.values())]
    kinds = [ACTIONS[name] for name in ("fail", "error", "skip", "subtests", "KeyboardInterrupt")]
    pairs = [
        {one: first, other: second}
        for index, one in enumerate(PHASES)
        for other in PHASES[index + 1 :]
        for first, second in product(kinds, kinds)
    ]
    return single + pairs


@pytest.mark.parametrize("failfast", [False, True])
def test_the_same_as_the_standard_class(failfast: bool) -> None:
    """For every outcome of every phase, and for pairs of them, a result is told the same in the same order."""
    for plan in plans():
        expected = story(samples.Plain, plan, unittest.TestCase.run, failfast=failfast)
        assert story(samples.Plain, plan, run_plain, failfast=failfast) == expected, plan


@pytest.mark.parametrize("cls", [samples.Ours, samples.OursAsync])
def test_our_class_on_the_standard_way(cls: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Our class tells the same by the short way and by the standard one."""
    short = [story(cls, plan, lambda case, result: case.run(result)) for plan in plans()]
    monkeypatch.setattr(_run, "_COMPARED", False)
    long = [story(cls, plan, lambda case, result: case.run(result)) for plan in plans()]
    for plan, one, other in zip(plans(), short, long, strict=True):
        assert one == other, plan


# -- when the standard way is taken ---------------------------------------------------------------


@pytest.fixture
def standard_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each test that the standard method runs."""
    seen: list[str] = []
    original = unittest.TestCase.run

    def spy(self: unittest.TestCase, result: Any = None) -> Any:
        seen.append(self._testMethodName)
        return original(self, result)

    monkeypatch.setattr(unittest.TestCase, "run", spy)
    return seen


@pytest.mark.parametrize(
    ("case", "kinds", "standard"),
    [
        (samples.Marked("test_plain"), ["duration", "success"], False),
        (samples.Marked("test_skip"), ["duration", "skip"], True),
        (samples.Marked("test_expected"), ["duration", "expected failure"], True),
        (samples.Marked("test_unexpected"), ["duration", "unexpected success"], True),
        (samples.Skipped("test_plain"), ["duration", "skip"], True),
        (samples.Expected("test_plain"), ["duration", "expected failure"], True),
    ],
)
def test_marks(standard_runs: list[str], case: AsyncTestCase, kinds: list[str], standard: bool) -> None:
    """Tests that are skipped or expected to fail are the standard method's business; the others are not."""
    result = Recorder()
    case.run(result)
    assert bool(standard_runs) is standard or sys.version_info >= (3, 16)
    assert is_plain(case, result) is not bool(standard_runs)
    assert sorted(set(result.kinds(case._testMethodName)) | {"duration"}) == sorted(kinds)


def test_a_mark_on_the_instance(standard_runs: list[str]) -> None:
    """A mark that is put on an instance counts too."""
    case = samples.Marked("test_plain")
    case.__unittest_expecting_failure__ = True  # type: ignore[attr-defined, unused-ignore]
    result = Recorder()
    case.run(result)
    assert standard_runs == ["test_plain"]
    assert "unexpected success" in result.kinds("test_plain")


def test_without_a_result(standard_runs: list[str]) -> None:
    """Without a result the standard method makes one."""
    result = samples.Marked("test_plain").run()
    assert result is not None
    assert result.wasSuccessful()
    assert standard_runs == ["test_plain"]
    assert not is_plain(samples.Marked("test_plain"), None)


def test_without_a_method() -> None:
    """A case that was made without a test method fails to run as ever."""
    with pytest.raises(AttributeError, match="runTest"):
        AsyncTestCase().run(Recorder())


def test_another_python(standard_runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Python whose own method has not been compared with this one that method is used."""
    monkeypatch.setattr(_run, "_COMPARED", False)
    samples.Marked("test_plain").run(Recorder())
    assert standard_runs == ["test_plain"]


def test_which_pythons_were_compared() -> None:
    """The short way is taken on those Pythons only on which these tests have run."""
    assert (sys.version_info[:2] in {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}) == _run._COMPARED


def test_a_result_of_another_make() -> None:
    """A result that knows neither sub-tests nor durations is told what it can be told."""

    class Small:
        """As small as a result may be."""

        failfast = False

        def __init__(self) -> None:
            self.seen: list[str] = []

        def __getattr__(self, name: str) -> Any:
            if name in {"addSubTest", "addDuration"} or name.startswith("_"):
                raise AttributeError(name)
            return lambda *args: self.seen.append(name)

    told = []
    for how in (unittest.TestCase.run, run_plain):
        case: Any = samples.Plain("test_x")
        case.plan, case.log = {"body": ACTIONS["fail"], "tearDown": ACTIONS["error"]}, []
        result: Any = Small()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            how(case, result)
        told.append((result.seen, [str(warning.message) for warning in caught]))
    assert told[0] == told[1]
    assert "addFailure" in told[0][0]
