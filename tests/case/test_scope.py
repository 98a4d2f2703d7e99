"""What the tests of one class share."""

from __future__ import annotations

import asyncio
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, DeadlineExceeded, LeakedTaskWarning, LeftBehindError
from test_framework._case import _scopes
from test_framework._case._policy import policy_of
from test_framework._case._scope import Scope
from test_framework._case._scopes import close_scope, open_scope, scope_for
from test_framework.errors import BackendError
from test_framework.guards import _threads
from tests.behaviour.backends import every_backend

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")
OTHER: ContextVar[str] = ContextVar("OTHER", default="unset")


def make(**attributes: Any) -> Any:
    """Return a class."""
    return type("Sample", (AsyncTestCase,), attributes)


@pytest.fixture(autouse=True)
def _nothing_is_open() -> Iterator[None]:
    yield
    left = list(_scopes._scopes)
    # One test that fails does not bring others.
    for cls in left:
        with suppress(Exception):
            close_scope(cls)
    assert left == []


def test_opening_and_closing() -> None:
    """A class has a scope from when it is opened, the same one, until it is closed."""
    cls = make()
    assert scope_for(cls) is None
    scope = open_scope(cls)
    assert open_scope(cls) is scope is scope_for(cls)
    assert scope_for(make()) is None
    close_scope(cls)
    assert scope_for(cls) is None
    close_scope(cls)


@every_backend
def test_running(backend: str) -> None:
    """Fixtures run one after another in one task, on one loop, in the context of the class."""
    cls = make(backend=backend)
    seen: list[object] = []

    async def fixture(text: str) -> str:
        seen.append(anyio.get_current_task().id)
        before = VARIABLE.get()
        VARIABLE.set(text)
        await anyio.sleep(0)
        return before

    scope = open_scope(cls)
    assert scope.run(fixture("one"), "a fixture") == "unset"
    assert scope.run(fixture("two"), "a fixture") == "one"
    assert seen[0] == seen[1]
    assert scope.context[VARIABLE] == "two"
    assert VARIABLE.get() == "unset"
    close_scope(cls)


def test_context_for_tests() -> None:
    """A test sees what is set around it, and over that what the fixtures of its class have set."""
    # The tests that follow are not to see it.
    copy_context().run(look_at_contexts)


def look_at_contexts() -> None:
    """Set variables around a class, in its fixtures and around its test."""
    cls = make()
    VARIABLE.set("around the class")
    OTHER.set("around the class")
    scope = open_scope(cls)

    async def fixture() -> None:
        VARIABLE.set("by the fixture")

    scope.run(fixture(), "a fixture")
    OTHER.set("around the test")
    context = scope.context_for_test()
    assert (context[VARIABLE], context[OTHER]) == ("by the fixture", "around the test")
    context.run(VARIABLE.set, "by the test")
    assert scope.context_for_test()[VARIABLE] == "by the fixture"
    close_scope(cls)


def test_values_that_are_equal() -> None:
    """A fixture that sets an equal, other object has set it."""
    cls = make()
    LIST.set([])
    scope = open_scope(cls)
    mine: list[int] = []

    async def fixture() -> None:
        LIST.set(mine)

    scope.run(fixture(), "a fixture")
    assert scope.context_for_test()[LIST] is mine
    close_scope(cls)


LIST: ContextVar[list[int]] = ContextVar("LIST")


def test_runner_for_a_test() -> None:
    """A test on the same backend shares the runner; one on another backend is an error that says what to do."""
    cls = make()
    scope = open_scope(cls)
    assert scope.runner_for(policy_of(cls)) is scope.session.runner
    with pytest.raises(BackendError) as caught:
        scope.runner_for(policy_of(make(backend="trio")))
    assert str(caught.value) == (
        "the asynchronous class fixtures of Sample live on 'asyncio', so the tests that use them cannot run on 'trio': "
        "write one class for each backend"
    )
    close_scope(cls)


# -- deadlines ------------------------------------------------------------------------------------


@every_backend
def test_a_fixture_that_hangs(backend: str) -> None:
    """A fixture that takes too long fails by its name; the next one has the whole time again."""
    cls = make(backend=backend, timeout=1.0)
    scope = open_scope(cls)
    with pytest.raises(DeadlineExceeded) as caught:
        scope.run(anyio.sleep(60), "asyncSetUpClass")
    assert (caught.value.phase, caught.value.seconds) == ("asyncSetUpClass", 1.0)
    assert caught.value.__cause__ is None
    for _ in range(3):
        scope.run(anyio.sleep(0.4), "a fixture")
    close_scope(cls)


@every_backend
def test_a_fixture_that_swallows_its_deadline(backend: str) -> None:
    """A fixture that goes on as if nothing had happened fails all the same."""

    async def swallow() -> None:
        with suppress(BaseException):
            await anyio.sleep(60)

    cls = make(backend=backend, timeout=0.05)
    scope = open_scope(cls)
    with pytest.raises(DeadlineExceeded):
        scope.run(swallow(), "a fixture")
    with pytest.raises(DeadlineExceeded):
        scope.run(block(), "a fixture")
    close_scope(cls)


async def block() -> None:
    """Swallow the interruption of a blocking call."""
    with suppress(BaseException):
        time.sleep(60)


def test_a_fixture_that_cancels_itself() -> None:
    """A fixture that ends in a cancellation is an error, not the end of the whole run."""

    async def cancel() -> None:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        await asyncio.sleep(60)

    cls = make()
    scope = open_scope(cls)
    with pytest.raises(RuntimeError, match=r"^asyncSetUpClass was cancelled$"):
        scope.run(cancel(), "asyncSetUpClass")
    close_scope(cls)


def test_tests_have_their_own_clock() -> None:
    """The limit of the class is not counted while its tests run."""
    cls = make(timeout=0.05)
    scope = open_scope(cls)
    assert scope.session.deadline is None
    time.sleep(0.1)
    scope.run(anyio.sleep(0), "a fixture")
    close_scope(cls)


# -- the end --------------------------------------------------------------------------------------


def leave_a_task(scope: Scope) -> list[Any]:
    """Leave a task on the loop of a class."""
    kept: list[Any] = []

    async def fixture() -> None:
        kept.append(asyncio.create_task(asyncio.sleep(60)))
        await asyncio.sleep(0)

    scope.run(fixture(), "a fixture")
    return kept


def test_what_fixtures_leave() -> None:
    """What the fixtures leave is reported in the name of the class; its loop is given up in any case."""
    cls = make()
    kept = leave_a_task(open_scope(cls))
    with pytest.warns(LeakedTaskWarning, match=rf"^{__name__}\.Sample \(class fixtures\): left a task running: "):
        close_scope(cls)
    strict = make(strict=True)
    scope = open_scope(strict)
    kept += leave_a_task(scope)
    with pytest.raises(LeftBehindError):
        close_scope(strict)
    assert scope_for(strict) is None
    assert all(task.cancelled() for task in kept)


def test_threads_of_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that the fixtures of a class keep for its tests is no test's fault, and the class's at its end."""
    monkeypatch.setattr(_threads, "_SETTLE_SECONDS", 0.01)
    release = threading.Event()

    class Sample(AsyncTestCase):
        strict = True

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            threading.Thread(target=release.wait, name="of the class", daemon=True).start()

        async def test_x(self) -> None:
            await asyncio.sleep(0)

    result = unittest.TestResult()
    unittest.TestSuite([Sample("test_x")]).run(result)
    release.set()
    assert result.failures == []
    ((where, text),) = result.errors
    assert "Sample" in str(where)
    assert "left a daemon thread running: 'of the class'" in text
