"""`run_isolated`: many users at once, and whoever sees what is another's is named."""

from __future__ import annotations

import asyncio
import functools
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Any

import anyio
import anyio.to_thread
import pytest

from test_framework.context import (
    ContextIsolationError,
    IsolatedRun,
    UserExecutionContext,
    UserExecutionContextBuilder,
    current_context,
    run_isolated,
    use_context,
)
from test_framework.context._current import CURRENT
from tests.context.shapes import PlainContext

ALICE = UserExecutionContext("alice", "thread-of-alice", "run-of-alice", websocket_client_id="socket-of-alice")
BOB = UserExecutionContext("bob", "thread-of-bob", "run-of-bob", websocket_client_id="socket-of-bob")
BOTH = (ALICE, BOB)
BACKENDS = [
    "asyncio",
    pytest.param("trio", marks=pytest.mark.skipif(find_spec("trio") is None, reason="trio is not installed")),
]


@pytest.fixture(params=BACKENDS)
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return what runs `run_isolated` on a backend."""

    def run_it(*arguments: Any, **options: Any) -> Any:
        return anyio.run(functools.partial(run_isolated, *arguments, **options), backend=request.param)

    return run_it


def findings(run: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[str, ...]:
    """Return what a run found."""
    with pytest.raises(ContextIsolationError) as caught:
        run(*arguments, **options)
    return caught.value.findings


async def own_id(context: Any) -> str:
    """Return the user's own id, as the task sees it after others have run."""
    await anyio.sleep(0)
    seen: str = current_context().user_id
    return seen


# -- runs that keep users apart -----------------------------------------------------------------------


def test_each_user_has_a_result(run: Callable[..., Any]) -> None:
    """Every task sees its own context, and results are by user."""
    users = UserExecutionContextBuilder().with_unique_ids().with_websocket_client().build_many(50)
    result = run(users, own_id)
    assert isinstance(result, IsolatedRun)
    assert result.results == {context.user_id: context.user_id for context in users}
    assert result.errors == {}
    assert repr(result) == "<IsolatedRun: 50 results, 0 errors>"


def test_without_users(run: Callable[..., Any]) -> None:
    """A run of nobody proves nothing, so it is an error."""
    with pytest.raises(ValueError, match="nothing was compared"):
        run([], own_id)


def test_all_are_there_before_one_starts(run: Callable[..., Any]) -> None:
    """The functions overlap: each can wait for all others."""
    arrived: list[str] = []

    async def meet(context: UserExecutionContext) -> None:
        arrived.append(context.user_id)
        with anyio.fail_after(10):
            while len(arrived) < 20:
                await anyio.sleep(0)

    run(UserExecutionContextBuilder().with_unique_ids().build_many(20), meet)
    assert len(set(arrived)) == 20


def test_children_and_threads_see_the_users_context(run: Callable[..., Any]) -> None:
    """The context is current in tasks and threads that a user's task starts."""

    async def work(context: UserExecutionContext) -> list[bool]:
        seen = [await anyio.to_thread.run_sync(current_context) is context]

        async def child() -> None:
            seen.append(current_context() is context)

        async with anyio.create_task_group() as group:
            group.start_soon(child)
        return seen

    assert set(map(tuple, run(BOTH, work).results.values())) == {(True, True)}


def test_labels(run: Callable[..., Any]) -> None:
    """Users are called by their labels, else by their ids, else by their places."""
    assert set(run({"a": ALICE, "b": BOB}, own_id).results) == {"a", "b"}
    assert set(run(iter(BOTH), own_id).results) == {"alice", "bob"}
    anonymous = [type("Anonymous", (), {})() for _ in range(2)]

    async def nothing(_context: object) -> None: ...

    assert set(run(anonymous, nothing).results) == {"contexts[0]", "contexts[1]"}


def test_the_variable_of_the_product(run: Callable[..., Any]) -> None:
    """The product's own ContextVar holds the context too, and what it says is compared."""
    variable: ContextVar[Any] = ContextVar("request_user")

    async def read(context: Any) -> bool:
        await anyio.sleep(0)
        return variable.get() is context

    assert set(run(BOTH, read, variable=variable).results.values()) == {True}

    async def overwrite(context: Any) -> None:
        variable.set(BOB)

    assert findings(run, BOTH, overwrite, variable=variable) == (
        "alice saw bob's context in the variable 'request_user' after its function ran",
    )


def test_nothing_is_left_behind(run: Callable[..., Any]) -> None:
    """After the run no context is current."""
    run(BOTH, own_id)
    assert CURRENT.get(None) is None


# -- runs that do not ---------------------------------------------------------------------------------


def test_a_global_of_the_product(run: Callable[..., Any]) -> None:
    """A product that keeps the current user in a global shows every user the last one's."""
    current: list[Any] = [None]

    async def handle(context: Any) -> None:
        current[0] = context
        await anyio.sleep(0)

    found = findings(run, BOTH, handle, observe=lambda: current[0])
    # Which of them started first is up to the backend.
    assert {"alice saw no context in observe() before its function ran",
            "bob saw no context in observe() before its function ran"} & {*found}  # fmt: skip
    assert {"alice saw bob's context in observe() after its function ran",
            "bob saw alice's context in observe() after its function ran"} & {*found}  # fmt: skip


def test_observing_an_id(run: Callable[..., Any]) -> None:
    """The product may tell an id, or an equal context, instead of the context; an error in it is a finding."""
    assert run(BOTH, own_id, observe=lambda: current_context().user_id).results
    assert run(BOTH, own_id, observe=lambda: PlainContext(current_context().user_id, "t", "r")).results
    assert findings(run, BOTH, own_id, observe=lambda: "bob") == (
        "alice saw bob's context in observe() before its function ran",
        "alice saw bob's context in observe() after its function ran",
    )
    assert "observe() raised ZeroDivisionError for bob after the function ran" in findings(
        run, BOTH, own_id, observe=lambda: 1 // 0
    )


def test_a_task_that_got_the_context_of_another(run: Callable[..., Any]) -> None:
    """Asking for the current context in a task where it is another's fails there, and is not lost if that is caught."""

    async def confused(context: UserExecutionContext) -> None:
        if context is ALICE:
            with pytest.raises(ContextIsolationError), use_context(BOB):
                current_context()

    assert findings(run, BOTH, confused) == ("alice saw bob's context as the current context",)


def test_a_child_task_that_got_it(run: Callable[..., Any]) -> None:
    """The same in a task that the user's task has started."""

    async def confused(context: UserExecutionContext) -> None:
        async def child() -> None:
            with use_context(BOB):
                current_context()

        async with anyio.create_task_group() as group:
            if context is ALICE:
                group.start_soon(child)

    assert findings(run, BOTH, confused) == ("alice saw bob's context as the current context",)


def test_the_ids_of_another_in_a_result(run: Callable[..., Any]) -> None:
    """A result that holds an id of another user is named with its path, in objects, texts and bytes."""

    async def leak(context: UserExecutionContext) -> Any:
        if context is BOB:
            return None
        return {
            "events": [{"user_id": "bob"}],
            "text": 'sent to {"thread": "thread-of-bob"}',
            "bytes": b"run-of-bob",
            "context": PlainContext("alice", "t", "socket-of-bob"),
            "harmless": "bobsled, or bob in a text",
        }

    assert findings(run, BOTH, leak) == (
        "alice saw bob's thread_id 'thread-of-bob' in results['alice'][\"text\"]",
        "alice saw bob's run_id 'run-of-bob' in results['alice'][\"bytes\"]",
        "alice saw bob's websocket_client_id 'socket-of-bob' in results['alice'][\"context\"].run_id",
        "alice saw bob's user_id 'bob' in results['alice'][\"events\"][0][\"user_id\"]",
    )


def test_results_that_share_an_object(run: Callable[..., Any]) -> None:
    """An object that two users got is named, unless it is allowed."""
    cache: list[int] = []

    async def give(context: UserExecutionContext) -> Any:
        return {"cache": cache}

    assert findings(run, BOTH, give) == ("results['alice'][\"cache\"] is results['bob'][\"cache\"] (a list)",)
    assert run(BOTH, give, allow=[cache]).results


def test_contexts_that_share_an_object(run: Callable[..., Any]) -> None:
    """Shared contexts are refused before the run; what comes to be shared in it is found after it."""
    shared: list[int] = []
    users = [PlainContext(name, f"t-{name}", f"r-{name}", agent_context={}) for name in ("a", "b")]

    async def attach(context: Any) -> None:
        context.agent_context["cache"] = shared

    async def unreachable(context: Any) -> None:
        raise AssertionError

    expected = ('a.agent_context["cache"] is b.agent_context["cache"] (a list)',)
    assert findings(run, users, attach) == expected
    assert findings(run, users, unreachable) == expected
    assert findings(run, [ALICE, ALICE], unreachable)


# -- errors -------------------------------------------------------------------------------------------


async def fails_for_bob(context: UserExecutionContext) -> str:
    """Fail in one of two tasks."""
    await anyio.sleep(0)
    if context is BOB:
        raise OSError("connection lost")
    return await own_id(context)


def test_errors_are_raised_with_their_users(run: Callable[..., Any]) -> None:
    """What failed is raised when all have finished, with the user's name."""
    with pytest.raises(ExceptionGroup, match="1 of 2 users failed") as caught:
        run(BOTH, fails_for_bob)
    (error,) = caught.value.exceptions
    assert (type(error), error.__notes__) == (OSError, ["user 'bob'"])


def test_errors_can_be_returned(run: Callable[..., Any]) -> None:
    """Results and errors are there side by side."""
    result = run(BOTH, fails_for_bob, errors="return")
    assert result.results == {"alice": "alice"}
    assert isinstance(result.errors["bob"], OSError)
    with pytest.raises(ValueError, match="errors must be 'raise' or 'return', not 'ignore'"):
        run(BOTH, fails_for_bob, errors="ignore")


def test_errors_are_the_cause_of_a_finding(run: Callable[..., Any]) -> None:
    """Nothing is lost where users fail and see each other too."""

    async def both(context: UserExecutionContext) -> str:
        return "bob" if context is ALICE else await fails_for_bob(context)

    with pytest.raises(ContextIsolationError, match="alice saw bob's user_id") as caught:
        run(BOTH, both)
    assert isinstance(caught.value.__cause__, ExceptionGroup)


def test_a_time_limit(run: Callable[..., Any]) -> None:
    """Whoever had not finished is named, and errors until then are the cause."""

    async def hang(context: UserExecutionContext) -> None:
        if context is BOB:
            raise OSError
        await anyio.sleep_forever()

    with pytest.raises(TimeoutError, match=r"1 of 2 users had not finished after 0.2 s: alice") as caught:
        run(BOTH, hang, timeout=0.2)
    assert isinstance(caught.value.__cause__, ExceptionGroup)


def test_cancellation_goes_through() -> None:
    """A run that is cancelled from outside ends."""

    async def main() -> None:
        async def hang(context: object) -> None:
            await asyncio.Event().wait()

        task = asyncio.ensure_future(run_isolated(BOTH, hang))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_task_of_asyncio_is_no_ones(run: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    """Where it cannot be told whose a task is, asking for the context is no finding."""
    if "trio" in request.node.name:
        pytest.skip("about asyncio's own tasks")

    async def spawn(context: UserExecutionContext) -> None:
        async def child() -> Any:
            return current_context()

        coroutine: Coroutine[Any, Any, Any] = child()
        assert await asyncio.create_task(coroutine) is context

    run(BOTH, spawn)


def test_importing_brings_no_event_loop() -> None:
    """The package is imported without asyncio, anyio or what it checks lazily."""
    code = (
        "import sys; before = {*sys.modules}; import test_framework.context as c; [getattr(c, n) for n in c.__all__]; "
        "print(*{*sys.modules} - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"anyio", "asyncio", "difflib", "random", "unittest", "pkgutil"} & {*done.stdout.split()} == set()
