"""Cases that are run by hand: twice, without a result, by a suite without a runner, and after a copy."""

from __future__ import annotations

import copy
import gc
import pickle
import unittest
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import every_backend
from .recording import run_tests
from .samples import PHASES, make_class
from .stories import expected_phases
from .surroundings import MARK


class _Pickled(AsyncTestCase):
    """Can be found by name, as pickling needs it."""

    __test__ = False
    ran: list[str] = []  # noqa: RUF012 - shared on purpose

    async def test_async(self) -> None:
        await anyio.sleep(0)
        self.ran.append(f"async {getattr(self, 'note', '')}")

    def test_sync(self) -> None:
        self.ran.append(f"sync {getattr(self, 'note', '')}")

    def passes(self) -> bool:
        result = self.run()
        return result is not None and result.testsRun == 1 and result.wasSuccessful()


@every_backend
@pytest.mark.parametrize("body", ["sync", "async", "waiting"])
def test_same_instance_runs_again(body: str, backend: str) -> None:
    """An instance runs as often as one likes, after a failure too, each time with a context of its own."""
    log: list[str] = []
    outcomes = iter(["pass", "fail", "pass", "error"])

    def act() -> None:
        assert MARK.get() == "untouched"
        MARK.set("changed")
        case.act(next(outcomes), "body")

    async def async_act() -> None:
        act()

    case = make_class(AsyncTestCase, {"body": act if body == "sync" else async_act}, log, body=body, backend=backend)(
        "test_1_sample"
    )
    kinds = [run_tests([case]).kinds("test_1_sample") for _ in range(4)]
    assert kinds == [["success"], ["failure"], ["success"], ["error"]]
    assert log == [f"1 {phase}" for phase in PHASES] * 4


@every_backend
def test_run_without_a_result(backend: str) -> None:
    """`run()` and calling the case make a result of their own kind and return it."""
    cls = make_class(AsyncTestCase, {}, [], backend=backend)
    case = cls("test_1_sample")
    for result in (case.run(), case(), case.run(case.defaultTestResult())):
        assert isinstance(result, unittest.TestResult)
        assert (result.testsRun, result.wasSuccessful()) == (1, True)


def clean_up(case: Any) -> bool:
    """Run the cleanups that are left; a sample's KeyboardInterrupt is not to end this run too."""
    try:
        return bool(case.doCleanups())
    except KeyboardInterrupt:
        return False


@every_backend
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("action", ["pass", "fail", "error", "skip", "KeyboardInterrupt", "CancelledError"])
def test_debug_lets_the_exception_through(action: str, phase: str, backend: str) -> None:
    """`debug()` stops where the exception is, as the standard class does, and what is left can be cleaned up."""
    logs: list[list[str]] = [[], []]
    raised = []
    for base, log in zip((AsyncTestCase, unittest.IsolatedAsyncioTestCase), logs, strict=True):
        case: Any = make_class(base, {phase: action}, log, backend=backend)("test_1_sample")
        try:
            case.debug()
        except BaseException as exc:
            raised.append(repr(exc))
        else:
            raised.append("nothing")
        if base is AsyncTestCase:
            log.append("by hand")
            assert clean_up(case)
            record = run_tests([type(case)("test_9_next")])
            assert record.kinds("test_9_next") == ["success"], record.events
        elif case._asyncioRunner is not None:
            case._tearDownAsyncioRunner()
    ours, standard = logs
    ours = [entry for entry in ours if not entry.startswith("9")]
    assert raised[0] == raised[1]
    at = ours.index("by hand")
    if action != "pass" and phase in ("asyncSetUp", "asyncTearDown"):
        # The correction: tearDown is owed.
        assert ours[:at] == [*standard, "1 tearDown"]
    else:
        assert ours[:at] == standard
    left = [] if action == "pass" else [entry for entry in ("1 async cleanup", "1 cleanup") if entry not in ours[:at]]
    assert ours[at + 1 :] == left


@every_backend
def test_debug_and_run_can_follow_each_other(backend: str) -> None:
    """A run after `debug()`, failed or not, and the other way round, is a run like any other."""
    log: list[str] = []
    case: Any = make_class(AsyncTestCase, {}, log, backend=backend)("test_1_sample")
    failing: Any = make_class(AsyncTestCase, {"body": "fail"}, [], backend=backend)("test_1_sample")
    for _ in range(2):
        case.debug()
        with pytest.raises(AssertionError, match="body"):
            failing.debug()
        assert run_tests([case]).kinds("test_1_sample") == ["success"]
        assert run_tests([failing]).kinds("test_1_sample") == ["failure"]
    assert log == [f"1 {phase}" for phase in PHASES] * 4


@every_backend
def test_suite_built_by_hand(backend: str) -> None:
    """A suite without a runner runs the cases, nested or not, and so does its debug()."""
    log: list[str] = []
    cls = make_class(AsyncTestCase, {"asyncSetUp": "error"}, log, backend=backend)
    suite = unittest.TestSuite([cls("test_1_sample"), unittest.TestSuite([cls("test_9_next")])])
    result = unittest.TestResult()
    suite.run(result)
    assert (result.testsRun, len(result.errors), len(result.failures)) == (2, 1, 0)
    assert [entry[2:] for entry in log if entry.startswith("1")] == expected_phases("asyncSetUp")
    assert len([entry for entry in log if entry.startswith("9")]) == len(PHASES) - 1
    with pytest.raises(ValueError, match="asyncSetUp"):
        unittest.TestSuite([cls("test_1_sample")]).debug()
    # Its loop stays open for a debugger until the case is collected, which must not happen in another test.
    gc.collect()
    unittest.TestSuite([cls("test_9_next")]).debug()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["test_async", "test_sync"])
def test_pickled_case_runs(name: str, protocol: int) -> None:
    """A case can be pickled before and after a run; what comes back is equal, keeps its attributes and runs."""
    case: Any = _Pickled(name)
    case.note = f"pickled {protocol}"
    _Pickled.ran.clear()
    for _ in range(2):
        again: Any = pickle.loads(pickle.dumps(case, protocol))
        assert again == case
        assert run_tests([again]).kinds(name) == ["success"]
        assert run_tests([case]).kinds(name) == ["success"]
    assert _Pickled.ran == [f"{name[5:]} pickled {protocol}"] * 4


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copied_case_runs(duplicate: Any) -> None:
    """A copy is equal, keeps its attributes, and it and the original run."""
    case: Any = _Pickled("test_async")
    case.note = "copied"
    _Pickled.ran.clear()
    for _ in range(2):
        again = duplicate(case)
        assert again == case
        assert hash(again) == hash(case)
        assert run_tests([case, again]).wasSuccessful()
    assert _Pickled.ran == ["async copied"] * 4
