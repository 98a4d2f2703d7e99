"""Whose fault it is: leaks in any phase, beside any other outcome, several at once."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework import LeftBehindError

from .backends import every_backend
from .beginning import LEFT_BEHIND
from .leaking import QUIET, every, first_of_each, make, run
from .leaks import CATEGORIES, LEAKS, Leak
from .samples import PHASES
from .stories import happens, run_plan

pytestmark = [pytest.mark.usefixtures("threads_are_released"), pytest.mark.clock]
FAILED = ("failure", LEFT_BEHIND)
ASYNC_PHASES = ("asyncSetUp", "body", "asyncTearDown", "async cleanup")
BY_NAME = {leak.name: leak for leak in LEAKS}
QUICK = [BY_NAME[name] for name in ("task", "task_group_that_is_not_left", "failed_task", "coroutine")]


def leaking(leak: Leak) -> Any:
    """Return an action that leaks; none of the functions used here needs the case."""

    async def leave() -> None:
        await leak.function(_Holder())

    return leave


class _Holder:
    """Stands where a leak may keep something."""


@pytest.mark.parametrize("phase", ASYNC_PHASES)
@every(QUICK)
def test_leak_in_each_phase(leak: Leak, phase: str, backend: str) -> None:
    """Whichever phase leaves something, all phases run, the test gets the warning and then its verdict."""
    story = happens({phase: leaking(leak)}, backend=backend)
    assert story == (list(PHASES), [("warning", CATEGORIES[leak.guard]), ("success", "")])


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("action", ["fail", "error", "skip", "expected failure", "KeyboardInterrupt"])
@every_backend
def test_leak_beside_another_outcome(action: str, phase: str, backend: str) -> None:
    """A guard speaks beside a failure, an error, a skip or Ctrl-C, in any phase; it neither hides nor is hidden."""
    without, _ = run_plan({phase: action}, backend=backend)
    with_leak, _ = run_plan({phase: action}, backend=backend, setUp=_leaking_set_up, unawaited_coroutines="fail")
    assert with_leak.phases == without.phases
    ours = [entry for entry in with_leak.told if entry != FAILED]
    if action == "expected failure" and phase == "body":
        # The failure that was expected does not excuse what was left behind.
        assert with_leak.told == [FAILED]
    else:
        assert ours == [entry for entry in without.told if entry[0] != "success"]
        assert with_leak.told.count(FAILED) == 1


def _leaking_set_up(self: Any) -> None:
    self.addCleanup(self.at, "cleanup")
    self.addAsyncCleanup(self.async_at, "async cleanup")
    if self._testMethodName == "test_1_sample":
        self.addAsyncCleanup(BY_NAME["coroutine"].function, self)
    self.at("setUp")


@every_backend
def test_unexpected_success_that_leaks(backend: str) -> None:
    """A test that was expected to fail, and leaves something instead, fails for that and is no unexpected success."""
    story = happens({"body": "unexpected success"}, backend=backend, setUp=_leaking_set_up, unawaited_coroutines="fail")
    assert story.told == [FAILED]


@every_backend
def test_many_leaks_of_one_kind(backend: str) -> None:
    """Each one is told of by itself: one warning each, or one failure with all of them."""
    leak = BY_NAME["coroutine"]

    async def three(case: Any) -> None:
        for _ in range(3):
            await leak.function(case)

    many = leak._replace(function=three)
    record = run(make(many), backend)
    assert record.kinds("test_1_leaks") == ["warning"] * 3 + ["success"]
    assert len(record.texts) == 3
    record = run(make(many, unawaited_coroutines="fail"), backend)
    error = record.only_exception()
    assert isinstance(error, LeftBehindError)
    assert len(error.findings) == 3
    record = run(make(many), backend, filters=("always", "error::test_framework.GuardWarning"))
    error = record.only_exception()
    assert record.kinds("test_1_leaks") == ["error"]
    assert str(error).count("was never awaited") == 3


@every_backend
def test_everything_at_once(backend: str) -> None:
    """A test that leaves one of each kind gets one failure that lists them all, or one warning of each category."""
    leaks = [BY_NAME[name] for name in ("task_group_that_is_not_left", "coroutine", "thread")]
    if backend != "trio":
        leaks.append(BY_NAME["failed_task"])

    async def leave_all(case: Any) -> None:
        for leak in leaks:
            await leak.function(case)

    everything = BY_NAME["thread"]._replace(function=leave_all)
    record = run(make(everything, strict=True, blocking_calls="ignore"), backend)
    assert record.of("test_1_leaks") == [FAILED]
    error = record.only_exception()
    assert isinstance(error, LeftBehindError)
    text = str(error)
    assert all(leak.shows[0] in text for leak in leaks), text
    record = run(make(everything), backend)
    warned = sorted(detail for kind, detail in record.of("test_1_leaks") if kind == "warning")
    assert warned == sorted(CATEGORIES[leak.guard] for leak in leaks)
    assert record.kinds("test_1_leaks")[-1] == "success"


@first_of_each
def test_two_tests_leak(leak: Leak, backend: str) -> None:
    """Each of two tests in a row that leave the same thing is told of it, with its own name; a repeat is not hushed."""
    cls: Any = make(leak, **{**QUIET, leak.guard: "warn"})

    async def test_2_leaks_too(self: Any) -> None:
        await leak.function(self)

    cls.test_2_leaks_too = test_2_leaks_too
    for _ in range(2):
        # The default filter shows a warning once for each place; every test's own must be shown.
        record = run(cls, backend, filters=("default",))
        assert record.kinds("test_1_leaks") == ["warning", "success"]
        assert record.kinds("test_2_leaks_too") == ["warning", "success"]
        assert ["test_1_leaks" in text for text in record.texts] == [True, False]


@first_of_each
def test_leak_of_a_synchronous_test(leak: Leak, backend: str) -> None:
    """What a synchronous test leaves is found too, where it can leave it."""
    if leak.guard not in ("unawaited_coroutines", "leaked_threads"):
        pytest.skip("needs a running loop")
    cls: Any = make(leak)

    def test_1_leaks(self: Any) -> None:
        # None of these functions waits for anything.
        with pytest.raises(StopIteration):
            leak.function(self).send(None)

    cls.test_1_leaks = test_1_leaks
    record = run(cls, backend)
    assert record.of("test_1_leaks") == [("warning", CATEGORIES[leak.guard]), ("success", "")]
