"""Waiting, limits and assertions for asynchronous tests, on both kinds of loop."""

from __future__ import annotations

import inspect
import re
import time
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any
from unittest.mock import MagicMock

import anyio
import pytest

from test_framework import AsyncTestCase
from tests.behaviour.backends import needs_trio

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

Main = Callable[[AsyncTestCase], Awaitable[Any]]
both = pytest.mark.parametrize("backend", ["asyncio", pytest.param("trio", marks=needs_trio)])


def run(backend: str, main: Main, case: AsyncTestCase | None = None) -> Any:
    """Run a coroutine function with an instance of the class."""
    return anyio.run(main, case or AsyncTestCase(), backend=backend)


class Countdown:
    """A condition that holds at the third look."""

    def __init__(self, before: Any = False) -> None:
        self.looks = 0
        self.before = before

    def __call__(self) -> Any:
        self.looks += 1
        if self.looks >= 3:
            return f"look {self.looks}"
        if isinstance(self.before, Exception):
            raise self.before
        return self.before

    async def later(self) -> Any:
        """The same, asynchronously."""
        await anyio.sleep(0)
        return self()


async def never() -> bool:
    """Be false."""
    return False


async def answer(seconds: float = 0.0) -> int:
    """Return something after a while."""
    await anyio.sleep(seconds)
    return 42


# -- wait_for_condition ---------------------------------------------------------------------------


@both
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("before", [False, None, 0, "", []])
def test_waiting(backend: str, asynchronous: bool, before: object) -> None:
    """The wait ends when the condition is true, with its value; until then it may be anything false."""
    countdown = Countdown(before)
    predicate = countdown.later if asynchronous else countdown
    assert run(backend, lambda case: case.wait_for_condition(predicate, interval=0.001)) == "look 3"
    assert countdown.looks == 3


@both
def test_waiting_for_what_holds_already(backend: str) -> None:
    """A condition that holds is looked at once, also without any time to wait."""
    assert run(backend, lambda case: case.wait_for_condition(lambda: "yes", timeout=0, interval=60)) == "yes"


@both
@pytest.mark.parametrize("predicate", [lambda: False, never])
def test_waiting_in_vain(backend: str, predicate: Callable[[], Any]) -> None:
    """A condition that does not come to hold is a TimeoutError that names it."""
    started = time.monotonic()
    name = re.escape(predicate.__qualname__)
    with pytest.raises(TimeoutError, match=rf"^{name} was not true within 0\.05 s; last value: False$"):
        run(backend, lambda case: case.wait_for_condition(predicate, timeout=0.05, interval=0.01))
    assert 0.04 <= time.monotonic() - started < 3


@both
def test_own_error_message(backend: str) -> None:
    """The text of the error can be given."""
    with pytest.raises(TimeoutError, match=r"^no order came$"):
        run(backend, lambda case: case.wait_for_condition(lambda: 0, 0.01, 0.001, error_message="no order came"))


@both
def test_interval(backend: str) -> None:
    """The interval is the time between two looks."""
    countdown = Countdown()
    started = time.monotonic()
    run(backend, lambda case: case.wait_for_condition(countdown, interval=0.05))
    assert 0.09 <= time.monotonic() - started < 3


@both
def test_a_condition_that_fails(backend: str) -> None:
    """An exception of the condition comes through, an AssertionError too: it is no "not yet"."""
    for error in (ValueError("x"), AssertionError("x")):
        with pytest.raises(type(error), match="x"):
            run(backend, lambda case, error=error: case.wait_for_condition(Countdown(error)))  # type: ignore[misc]


@both
def test_a_condition_that_hangs(backend: str) -> None:
    """An asynchronous condition that never answers is cancelled when the time is over."""

    async def hang() -> None:
        await anyio.sleep(60)

    with pytest.raises(TimeoutError, match=r"hang was not true within 0\.02 s: it had not returned$"):
        run(backend, lambda case: case.wait_for_condition(hang, timeout=0.02))


@both
@pytest.mark.parametrize(("first", "end"), [(0, "; last value: 0"), (AssertionError("x"), "")])
def test_a_condition_that_hangs_later(backend: str, first: Any, end: str) -> None:
    """What it said before it hung is told of too."""
    looks: list[int] = []

    async def hang() -> object:
        if looks:
            await anyio.sleep(60)
        looks.append(1)
        if isinstance(first, Exception):
            raise first
        return first

    text = rf"hang was not true within 0\.05 s: it had not returned when it was last called{end}$"
    with pytest.raises(AssertionError, match=text) as caught:
        run(backend, lambda case: case.assertEventually(hang, timeout=0.05, interval=0.001))
    assert caught.value.__cause__ is (first or None)


class Unspeakable(list[int]):
    """Something false that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "None"), ("", "''"), (type("Long", (list,), {"__repr__": lambda self: "x" * 500})(), "x{80} "),
     (Unspeakable(), "<.*Unspeakable object at")],
)  # fmt: skip
def test_the_last_value(value: object, shown: str) -> None:
    """It is cut short, and shown somehow whatever it is."""
    with pytest.raises(AssertionError, match=rf" within 0\.01 s; last value: {shown}"):
        run("asyncio", lambda case: case.assertEventually(lambda: value, timeout=0.01, interval=0.001))


def test_a_condition_that_is_a_generator() -> None:
    """It would be true without having run."""

    async def condition() -> AsyncGenerator[bool]:
        yield False

    with pytest.raises(TypeError, match=r"condition returned a generator, so its body has not run"):
        run("asyncio", lambda case: case.assertEventually(condition))


def test_a_condition_that_is_a_mock() -> None:
    """A mock has every attribute, and is as good a value as any."""
    found = MagicMock()
    assert run("asyncio", lambda case: case.assertEventually(lambda: found)) is found


# -- arguments that cannot be meant ---------------------------------------------------------------


@pytest.mark.parametrize("title", ["assertEventually", "wait_for_condition"])
def test_what_is_no_condition(title: str) -> None:
    """The error says what to write; a coroutine is closed and does not warn besides."""
    again = f"{title}() calls a function again and again, and"
    once = f"{title}() calls the function again and again, so it takes the function, not the coroutine of one call"
    for given, text in (
        (True, f"{again} True cannot be called: write {title}(lambda: ...) around the expression"),
        ([1], f"{again} [1] cannot be called: write {title}(lambda: ...) around the expression"),
        (answer(), f"{once}: write {title}(answer), or {title}(lambda: answer(...)) with arguments"),
    ):
        with warnings.catch_warnings(action="error"), pytest.raises(TypeError) as caught:
            run("asyncio", lambda case, given=given: getattr(case, title)(given))  # type: ignore[misc]
        assert str(caught.value) == text


@pytest.mark.parametrize("value", ["1", True, float("nan"), [1], None])
def test_what_is_no_number_of_seconds(value: Any) -> None:
    """The error names the argument; None is no limit where nothing is asserted by it."""
    no_limit: Any = None
    rest = rf" must be a number of seconds, such as 5\.0, not {re.escape(repr(value))}$"

    def fails(what: str, main: Main) -> None:
        with pytest.raises(TypeError, match=f"^{re.escape(what)}{rest}"):
            run("asyncio", main)

    async def block(case: AsyncTestCase) -> None:
        case.assertCompletesWithin(value)

    fails("the limit of assertCompletesWithin()", block)
    fails("the interval of assertEventually()", lambda case: case.assertEventually(lambda: 1, interval=value))
    if value is not None:
        fails("the timeout of assertEventually()", lambda case: case.assertEventually(lambda: 1, value))
        fails("the timeout of wait_for_condition()", lambda case: case.wait_for_condition(lambda: 1, value))
        fails("the timeout of run_with_timeout()", lambda case: case.run_with_timeout(answer(), value))
    else:
        assert run("asyncio", lambda case: case.run_with_timeout(answer(), no_limit)) == 42


@pytest.mark.parametrize(
    ("given", "text"),
    [(answer, "takes what a call returns, not the function answer: write run_with_timeout(answer())"),
     (lambda: answer(), "takes what a call returns, not the function <lambda>: write run_with_timeout(function())"),
     (42, "takes something to await, such as run_with_timeout(function()), not 42")],
)  # fmt: skip
def test_what_cannot_be_awaited(given: Any, text: str) -> None:
    """A function in the place of what it returns is told apart from the rest."""
    with pytest.raises(TypeError) as caught:
        run("asyncio", lambda case: case.run_with_timeout(given))
    assert str(caught.value) == f"run_with_timeout() {text}"


@both
def test_a_condition_without_a_name(backend: str) -> None:
    """What has no name is shown as it is."""

    class Condition:
        def __call__(self) -> bool:
            return False

        def __repr__(self) -> str:
            return "Condition(7)"

    with pytest.raises(TimeoutError, match=r"^Condition\(7\) was not true"):
        run(backend, lambda case: case.wait_for_condition(Condition(), timeout=0.01, interval=0.001))


@both
def test_an_outer_timeout(backend: str) -> None:
    """A timeout around the wait is not mistaken for the wait's own."""

    async def main(case: AsyncTestCase) -> str:
        with anyio.move_on_after(0.02):
            await case.wait_for_condition(never, timeout=60)
        return "outer"

    assert run(backend, main) == "outer"


# -- assertEventually -----------------------------------------------------------------------------


@both
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("before", [False, AssertionError("not yet")])
def test_eventually(backend: str, asynchronous: bool, before: object) -> None:
    """A condition may say "not yet" by a false value or by an AssertionError."""
    countdown = Countdown(before)
    predicate = countdown.later if asynchronous else countdown
    assert run(backend, lambda case: case.assertEventually(predicate, interval=0.001)) == "look 3"


@both
def test_never(backend: str) -> None:
    """A condition that does not come to hold is a failure, caused by what it said last."""
    error = AssertionError("still not")

    def refuse() -> None:
        raise error

    with pytest.raises(AssertionError) as caught:
        run(backend, lambda case: case.assertEventually(refuse, timeout=0.02, interval=0.005))
    assert str(caught.value) == f"{refuse.__qualname__} was not true within 0.02 s"
    assert caught.value.__cause__ is error


@both
def test_the_cause_is_of_the_last_look(backend: str) -> None:
    """A condition that failed at first and was merely false later has no failure as its cause."""
    answers = iter([AssertionError("at first")])

    def changing() -> bool:
        for error in answers:
            raise error
        return False

    with pytest.raises(AssertionError) as caught:
        run(backend, lambda case: case.assertEventually(changing, timeout=0.03, interval=0.005))
    assert caught.value.__cause__ is None


@both
def test_other_errors_of_a_condition(backend: str) -> None:
    """Only AssertionErrors mean "not yet"."""
    with pytest.raises(ValueError, match="x"):
        run(backend, lambda case: case.assertEventually(Countdown(ValueError("x"))))


def test_messages_of_eventually() -> None:
    """A message is added to the failure, or replaces it, as in other assertions."""
    case = AsyncTestCase()
    for long, text in ((True, r" was not true within 0\.01 s; last value: False : mine$"), (False, "^mine$")):
        case.longMessage = long
        with pytest.raises(AssertionError, match=text):
            run("asyncio", lambda case: case.assertEventually(never, timeout=0.01, interval=0.005, msg="mine"), case)


# -- run_with_timeout -----------------------------------------------------------------------------


@both
def test_in_time(backend: str) -> None:
    """What ends in time gives its value."""
    assert run(backend, lambda case: case.run_with_timeout(answer(0.001))) == 42


@both
def test_too_late(backend: str) -> None:
    """What takes too long is cancelled, and a TimeoutError names it."""
    log = []

    async def slow() -> None:
        try:
            await anyio.sleep(60)
        finally:
            log.append("cancelled")

    name = re.escape(slow.__qualname__)
    with pytest.raises(TimeoutError, match=rf"^{name} did not complete within 0\.02 s$"):
        run(backend, lambda case: case.run_with_timeout(slow(), timeout=0.02))
    assert log == ["cancelled"]


@both
def test_what_fails(backend: str) -> None:
    """What fails in time fails as itself, with a TimeoutError of its own too."""
    for error in (ValueError("x"), TimeoutError("its own")):

        async def fail(error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as caught:
            run(backend, lambda case, fail=fail: case.run_with_timeout(fail()))  # type: ignore[misc]
        assert caught.value is error


@both
def test_what_fails_when_cancelled(backend: str) -> None:
    """What raises something else when it is cancelled raises that."""

    async def fail_late() -> None:
        try:
            await anyio.sleep(60)
        finally:
            raise ValueError("while ending")

    with pytest.raises(ValueError, match="while ending"):
        run(backend, lambda case: case.run_with_timeout(fail_late(), timeout=0.01))


@both
def test_what_returns_in_spite_of_it(backend: str) -> None:
    """What swallows the cancellation and returns has its value."""

    async def stubborn() -> str:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.03)
        return "done all the same"

    assert run(backend, lambda case: case.run_with_timeout(stubborn(), timeout=0.01)) == "done all the same"


@both
def test_outer_timeout_around_it(backend: str) -> None:
    """A timeout around it is not mistaken for its own."""

    async def main(case: AsyncTestCase) -> str:
        with anyio.move_on_after(0.02):
            await case.run_with_timeout(answer(60), timeout=50)
        return "outer"

    assert run(backend, main) == "outer"


def test_tasks_and_futures() -> None:
    """A task or a future of asyncio may be given as well; it is cancelled too."""
    import asyncio

    async def main(case: AsyncTestCase) -> bool:
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(TimeoutError, match="Future"):
            await case.run_with_timeout(future, timeout=0.01)
        return future.cancelled()

    assert run("asyncio", main) is True


# -- assertCompletesWithin ------------------------------------------------------------------------


@both
def test_a_block_in_time(backend: str) -> None:
    """A block that ends in time is fine."""

    async def main(case: AsyncTestCase) -> list[int]:
        values = []
        async with case.assertCompletesWithin(5):
            values.append(await answer(0.001))
        return values

    assert run(backend, main) == [42]


@both
def test_a_block_that_takes_too_long(backend: str) -> None:
    """A block that takes too long is cancelled, and a failure."""
    log = []

    async def main(case: AsyncTestCase) -> None:
        async with case.assertCompletesWithin(0.02, "the order"):
            try:
                await anyio.sleep(60)
            finally:
                log.append("cancelled")

    with pytest.raises(AssertionError) as caught:
        run(backend, main)
    assert str(caught.value) == "the block did not complete within 0.02 s : the order"
    assert log == ["cancelled"]


@both
def test_a_block_that_fails(backend: str) -> None:
    """A block that fails fails as itself."""

    async def main(case: AsyncTestCase) -> None:
        async with case.assertCompletesWithin(5):
            raise ValueError("x")

    with pytest.raises(ValueError, match=r"^x$"):
        run(backend, main)


@both
def test_nested_blocks(backend: str) -> None:
    """The limit that passes is the one that fails."""

    async def main(case: AsyncTestCase) -> None:
        async with case.assertCompletesWithin(5), case.assertCompletesWithin(0.01):
            await anyio.sleep(60)

    with pytest.raises(AssertionError, match=r"within 0\.01 s"):
        run(backend, main)


def test_own_failure_exception() -> None:
    """A class with a failure exception of its own gets that one from each assertion."""

    class OwnFailure(AssertionError):
        pass

    class Sample(AsyncTestCase):
        failureException = OwnFailure

    async def block(case: AsyncTestCase) -> None:
        async with case.assertCompletesWithin(0.01):
            await anyio.sleep(60)

    for main in (block, lambda case: case.assertEventually(never, timeout=0.01, interval=0.001)):
        with pytest.raises(OwnFailure):
            run("asyncio", main, Sample())


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("wait_for_condition", {"timeout": 5.0, "interval": 0.1, "error_message": None}),
        ("run_with_timeout", {"timeout": 5.0}),
    ],
)
def test_defaults(name: str, defaults: dict[str, object]) -> None:
    """What is not given is as documented."""
    parameters = inspect.signature(getattr(AsyncTestCase, name)).parameters.values()
    assert {p.name: p.default for p in parameters if p.default is not p.empty} == defaults
