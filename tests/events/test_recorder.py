"""The recorder: any source, both backends, deadlines, ends and errors, bounded memory."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import unittest
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import anyio
import pytest

from test_framework import (
    AsyncTestCase,
    CriticalEvent,
    Event,
    EventFormatError,
    EventNotReceivedError,
    EventRecorder,
    EventTimeoutError,
    GoldenPathError,
    RecordedEvents,
    assert_golden_path,
    on_backends,
)
from tests.events.making import event, run


@pytest.fixture(params=["asyncio", "trio"])
def on(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    """Return a function that runs another one on each backend."""
    if request.param == "trio":
        pytest.importorskip("trio")
    return lambda function: anyio.run(function, backend=request.param)


async def stream(*items: object) -> AsyncIterator[object]:
    """Yield messages; raise those that are exceptions, wait for those that are events of the backend."""
    for item in items:
        if isinstance(item, anyio.Event):
            await item.wait()
        elif isinstance(item, BaseException):
            raise item
        else:
            yield item
        await anyio.lowlevel.checkpoint()


class Receiving:
    """An object with an asynchronous recv()."""

    def __init__(self, *items: object) -> None:
        self._items = stream(*items)

    async def recv(self) -> object:
        return await anext(self._items)


def test_it_records_until_the_block_is_left(on: Any) -> None:
    """What an iterator yields is recorded in order, and stays after the block."""

    async def main() -> None:
        async with EventRecorder(stream(*run())) as recorder:
            assert await recorder.wait_for(CriticalEvent.AGENT_COMPLETED) == run()[-1]
        assert recorder.events == tuple(run())
        recorder.assert_golden_path("alice")
        assert recorder.timeline().events == recorder.events
        assert repr(recorder) == "<EventRecorder closed: 5 events, 0 dropped>"

    on(main)


@pytest.mark.parametrize("shape", [dict, str, bytes])
def test_messages_are_read_from_recv(on: Any, shape: Any) -> None:
    """An object with recv() is asked for one message after the other, of any kind."""
    made: dict[Any, Callable[[Event], object]] = {
        dict: Event.to_dict,
        str: lambda e: json.dumps(e.to_dict()),
        bytes: lambda e: json.dumps(e.to_dict()).encode(),
    }

    async def main() -> None:
        async with EventRecorder(Receiving(*map(made[shape], run()))) as recorder:
            await recorder.wait_for("agent_completed")
        assert recorder.events == tuple(run())

    on(main)


def test_a_memory_stream_is_a_source(on: Any) -> None:
    """A stream with receive() works, and its end is a normal one."""

    async def main() -> None:
        send, receive = anyio.create_memory_object_stream[object](10)
        async with send, receive, EventRecorder(receive) as recorder:
            await send.send(run()[0])
            await recorder.wait_for("agent_started")
            await send.aclose()
            with pytest.raises(EventNotReceivedError, match="agent_completed did not come: the source has ended"):
                await recorder.wait_for("agent_completed")

    on(main)


def test_events_can_be_fed(on: Any) -> None:
    """Without a source, messages are handed over, before the block, in it, or with no block at all."""

    async def main() -> None:
        recorder = EventRecorder()
        recorder.feed(run()[0])
        async with recorder:
            assert recorder.feed(run()[1].to_dict()) == run()[1]
            assert await recorder.wait_for("agent_thinking") == run()[1]
        with pytest.raises(RuntimeError, match="takes no more events: the recorder's block was left"):
            recorder.feed(run()[2])
        bare = EventRecorder()
        bare.feed(run()[0])
        assert await bare.wait_for("agent_started") == run()[0]

    on(main)


def test_several_wait_at_once(on: Any) -> None:
    """Each of several tasks gets the event that it waits for, for its user, run and number."""

    async def main() -> None:
        recorder = EventRecorder()
        got: dict[str, Event] = {}
        async with anyio.create_task_group() as group:

            async def wait(name: str, *args: Any, **kwargs: Any) -> None:
                got[name] = await recorder.wait_for(*args, **kwargs)

            group.start_soon(lambda: wait("first", "agent_completed"))
            group.start_soon(lambda: wait("bob", "agent_completed", user_id="bob"))
            group.start_soon(lambda: wait("run", "agent_completed", 5.0, None, "run-3"))
            group.start_soon(lambda: wait("second", "agent_completed", timeout=None, count=2))
            await anyio.wait_all_tasks_blocked()
            for each in [*run(), *run("bob", "run-2"), *run("bob", "run-3")]:
                recorder.feed(each)
        assert {name: each.run_id for name, each in got.items()} == {
            "first": "run-1",
            "bob": "run-2",
            "run": "run-3",
            "second": "run-2",
        }
        assert recorder.for_user("bob") == (*run("bob", "run-2"), *run("bob", "run-3"))
        assert recorder.for_run("run-3") == tuple(run("bob", "run-3"))
        assert recorder._waiters == []

    on(main)


@pytest.mark.parametrize(
    ("came", "wanted", "hint"),
    [
        ("agent_completed", "agent_complete", "; did you mean agent_completed?"),
        ("agent-completed", "agent_completed", "; did you mean agent-completed?"),
        ("tool_executing", "tool_completed", ""),
        ("agent_started", "agent_completed", ""),
        ("progress", "progres", "; did you mean progress?"),
        ("progress", "something", ""),
    ],
)
def test_a_name_that_is_misspelt(on: Any, came: str, wanted: str, hint: str) -> None:
    """When an event does not come, the error names the one that may be meant; for one of the five no other of them."""

    async def main() -> None:
        recorder = EventRecorder()
        recorder.feed(event(came))
        with pytest.raises(EventTimeoutError) as caught:
            await recorder.wait_for(wanted, timeout=0)
        assert str(caught.value).splitlines()[0] == f"{wanted} did not come: 0 s have passed{hint}"

    on(main)


def test_a_deadline_shows_what_there_was(on: Any) -> None:
    """When the time is over the error has the timeline of the events that it is about."""

    async def main() -> None:
        recorder = EventRecorder()
        for each in [*run()[:2], event("agent_started", user_id="bob", run_id="run-2", data={"token": "hunter2"})]:
            recorder.feed(each)
        with pytest.raises(EventTimeoutError) as caught:
            await recorder.wait_for("tool_executing", timeout=0.01, user_id="alice")
        assert str(caught.value) == (
            "tool_executing for user 'alice' did not come: 0.01 s have passed\n"
            "\n"
            "3 events recorded, 2 of them shown:\n"
            "  #0  +0.000 s  agent_started\n"
            "  #1  +1.000 s  agent_thinking"
        )
        with pytest.raises(TimeoutError, match=r"agent_completed number 2 of run 'run-2' did not come"):
            await recorder.wait_for("agent_completed", 0, run_id="run-2", count=2)
        assert recorder._waiters == []

    on(main)


def test_the_end_of_the_source_is_told_at_once(on: Any) -> None:
    """Who waits when the source ends does not wait for the deadline, and neither does who asks later."""

    async def main() -> None:
        with anyio.fail_after(5):
            async with EventRecorder(stream(*run()[:2])) as recorder:
                for _ in range(2):
                    with pytest.raises(EventNotReceivedError, match="the source has ended") as caught:
                        await recorder.wait_for("agent_completed", timeout=None)
                    assert not isinstance(caught.value, TimeoutError)
                assert await recorder.wait_for("agent_thinking") == run()[1]

    on(main)


def test_an_error_of_the_source_is_told_at_once(on: Any) -> None:
    """Every waiter gets the error as the cause of its own, and it is not raised once more at the end."""

    async def main() -> None:
        lost = OSError("connection lost")
        failures: list[EventNotReceivedError] = []

        async def wait(recorder: EventRecorder, kind: str) -> None:
            with pytest.raises(EventNotReceivedError) as caught:
                await recorder.wait_for(kind, timeout=None)
            failures.append(caught.value)

        with anyio.fail_after(5):
            go = anyio.Event()
            async with EventRecorder(stream(*run()[:2], go, lost)) as recorder, anyio.create_task_group() as group:
                group.start_soon(wait, recorder, "agent_completed")
                group.start_soon(wait, recorder, "tool_executing")
                await anyio.wait_all_tasks_blocked()
                go.set()
        assert [failure.__cause__ for failure in failures] == [lost, lost]
        assert "did not come: the source failed: OSError: connection lost" in str(failures[0])
        assert recorder.error is lost

    on(main)


def test_an_error_that_nobody_saw_is_raised_at_the_end(on: Any) -> None:
    """A source that failed while nobody waited fails the block, as itself and not in a group."""

    async def main() -> None:
        with pytest.raises(OSError, match="connection lost") as caught:
            async with EventRecorder(stream(run()[0], OSError("connection lost"))):
                await anyio.wait_all_tasks_blocked()
        assert caught.value.__notes__ == ["from the source of an EventRecorder, after 1 events"]

    on(main)


def test_the_blocks_own_exception_comes_out_as_it_is(on: Any) -> None:
    """What the block raises is not wrapped, and has the source's failure as a note."""
    mine = ValueError("mine")

    async def block(*items: object) -> None:
        async with EventRecorder(stream(*items)):
            await anyio.wait_all_tasks_blocked()
            raise mine

    async def main() -> None:
        with pytest.raises(ValueError) as caught:
            await block(anyio.Event())
        assert caught.value is mine
        assert not hasattr(mine, "__notes__")
        with pytest.raises(ValueError) as caught:
            await block(OSError("lost"))
        assert mine.__notes__ == ["besides, in an EventRecorder after 0 events, the source failed: OSError: lost"]

    on(main)


def test_a_message_that_is_no_event_ends_it(on: Any) -> None:
    """What cannot be read is an error like any other of the source, and shows no payload."""

    async def main() -> None:
        async with EventRecorder(stream(run()[0], {"token": "hunter2"})) as recorder:
            with pytest.raises(EventNotReceivedError) as caught:
                await recorder.wait_for("agent_completed")
        assert "the source sent what is no event: EventFormatError: this event cannot be read" in str(caught.value)
        assert isinstance(caught.value.__cause__, EventFormatError)
        assert "hunter2" not in str(caught.value)
        fed = EventRecorder()
        with pytest.raises(EventFormatError):
            fed.feed("oops")

    on(main)


@pytest.mark.parametrize("fails", [False, True])
def test_a_generator_is_closed(on: Any, fails: bool) -> None:
    """A generator that was left in the middle cleans up before the block is left; what goes wrong then is raised."""
    closed: list[bool] = []

    async def generator() -> AsyncIterator[object]:
        try:
            yield "no event"
        finally:
            closed.append(True)
            if fails:
                raise OSError("not closed")

    async def main() -> None:
        recorder = EventRecorder(generator())
        with pytest.raises(EventFormatError) as caught:
            async with recorder:
                await anyio.wait_all_tasks_blocked()
        assert closed == [True]
        assert ("besides, closing the source failed: OSError: not closed" in caught.value.__notes__) is fails

    async def later() -> None:
        async with EventRecorder(generator(), unreadable="skip") as recorder:
            await anyio.wait_all_tasks_blocked()
        assert recorder.skipped == 1

    on(main)
    with pytest.raises(OSError, match="not closed") if fails else nullcontext():
        on(later)


def test_messages_that_are_no_events_can_be_skipped(on: Any) -> None:
    """By choice they are passed over and counted, and a deadline says so."""

    async def main() -> None:
        source = stream("ping", run()[0], b"\xff", anyio.Event())
        async with EventRecorder(source, unreadable="skip") as recorder:
            with pytest.raises(EventTimeoutError, match="1 event recorded, 2 skipped:"):
                await recorder.wait_for("agent_completed", timeout=0.05)
        assert recorder.skipped == 2
        assert recorder.events == (run()[0],)

    on(main)


@pytest.mark.parametrize("error", [None, OSError("gone")])
def test_a_fed_recorder_can_be_closed(on: Any, error: OSError | None) -> None:
    """Whoever feeds it can say that no more will come, and why; those who wait are told at once."""

    async def main() -> None:
        recorder = EventRecorder()
        async with anyio.create_task_group() as group:

            async def wait() -> None:
                with pytest.raises(EventNotReceivedError) as caught:
                    await recorder.wait_for("agent_started", timeout=None)
                assert caught.value.__cause__ is error
                assert ("closed" if error is None else "OSError: gone") in caught.value.reason

            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            recorder.close(error)
            recorder.close()
        assert recorder.error is error

    on(main)


def test_leaving_the_block_tells_those_who_wait(on: Any) -> None:
    """A task that waits on when the block is left fails then, and does not hang."""

    async def main() -> None:
        reasons: list[str] = []

        async def wait(recorder: EventRecorder) -> None:
            try:
                await recorder.wait_for("agent_completed", timeout=None)
            except EventNotReceivedError as exc:
                reasons.append(exc.reason)

        async with anyio.create_task_group() as group, EventRecorder(stream(anyio.Event())) as recorder:
            group.start_soon(wait, recorder)
            await anyio.wait_all_tasks_blocked()
        assert reasons == ["the recorder's block was left"]

    on(main)


def test_a_cancelled_block_is_left(on: Any) -> None:
    """A timeout around the block ends it, and so does one around a wait, which leaves nothing behind."""

    async def main() -> None:
        with anyio.move_on_after(0.01) as outer:
            async with EventRecorder(stream(anyio.Event())):
                await anyio.sleep_forever()
        assert outer.cancelled_caught
        async with EventRecorder(stream(anyio.Event())) as recorder:
            with anyio.move_on_after(0.01) as inner:
                await recorder.wait_for("agent_started", timeout=None)
            assert inner.cancelled_caught
            assert recorder._waiters == []

    on(main)


def test_asyncios_own_cancellation_gets_through() -> None:
    """asyncio.timeout() and Task.cancel() around the block work as around any other."""

    async def block() -> None:
        async with EventRecorder(stream(anyio.Event())):
            await asyncio.sleep(60)

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await block()
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        other = asyncio.create_task(block())
        await anyio.wait_all_tasks_blocked()
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
        assert asyncio.all_tasks() == {task}

    asyncio.run(main())


# -- bounded memory -----------------------------------------------------------------------------------


def test_the_oldest_events_are_dropped_and_counted() -> None:
    """Memory is bounded, and what was recorded says how much of it is gone."""
    recorder = EventRecorder(max_events=3)
    for each in run():
        recorder.feed(each)
    assert recorder.events == tuple(run()[2:])
    assert (recorder.dropped, recorder.events.dropped, recorder.for_user("alice").dropped) == (2, 2, 2)
    assert repr(recorder) == "<EventRecorder recording: 3 events, 2 dropped>"


def test_no_golden_path_is_proved_over_a_gap() -> None:
    """Where events were dropped the check fails, also if those that are left are valid, and however it is called."""
    recorder = EventRecorder(max_events=5)
    for each in [*run("bob", "run-0"), *run()]:
        recorder.feed(each)
    checks: list[Callable[[], None]] = [
        lambda: recorder.assert_golden_path("alice"),
        lambda: assert_golden_path(recorder.events),
        lambda: assert_golden_path(recorder.for_run("run-1")),
        lambda: assert_golden_path(pickle.loads(pickle.dumps(recorder.events))),
    ]
    for check in checks:
        with pytest.raises(GoldenPathError) as caught:
            check()
        assert caught.value.rule == "nothing_dropped"
        assert caught.value.expected == "every event, and 5 were dropped; raise max_events"
    recorder.assert_golden_path("alice", without="nothing_dropped")


def test_recorded_events_are_a_tuple() -> None:
    """What was recorded compares and behaves as a tuple of events."""
    assert RecordedEvents(run()) == tuple(run())
    assert RecordedEvents().dropped == 0


# -- wrong use ----------------------------------------------------------------------------------------


class Blocking:
    """A connection whose recv() is not asynchronous."""

    def recv(self) -> str:
        return "{}"


@pytest.mark.parametrize(
    ("source", "kind"),
    [([], "list"), (5, "int"), (stream, "function; call it first"), (Receiving, "type; call it first")],
)
def test_what_is_no_source_is_refused(source: object, kind: str) -> None:
    """The error says what a source is."""
    with pytest.raises(TypeError) as caught:
        EventRecorder(source)
    wanted = "EventRecorder() takes an object with an asynchronous recv(), or an asynchronous iterator, not "
    assert str(caught.value) == wanted + kind


def test_a_blocking_connection_is_refused(on: Any) -> None:
    """A recv() that returns a message instead of waiting for it would block the loop."""

    async def main() -> None:
        with pytest.raises(TypeError, match=r"Blocking.recv\(\) is not asynchronous; pass an asynchronous connection"):
            async with EventRecorder(Blocking()):
                await anyio.wait_all_tasks_blocked()

    on(main)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"max_events": 0}, "max_events is 0; write a whole number from 1"),
        ({"unreadable": "drop"}, "unreadable is 'drop'; write 'refuse' or 'skip'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], text: str) -> None:
    """A choice that there is not is named."""
    with pytest.raises(ValueError) as caught:
        EventRecorder(**options)
    assert str(caught.value) == text


def test_wrong_questions_are_refused(on: Any) -> None:
    """Waiting for nothing, for the none-th event, or before anything can come is an error at once."""

    async def main() -> None:
        recorder = EventRecorder()
        with pytest.raises(TypeError, match="takes a CriticalEvent or the name of another event, not None"):
            await recorder.wait_for(None)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="count is 0; write a whole number from 1"):
            await recorder.wait_for("agent_started", count=0)
        unentered = EventRecorder(stream())
        with pytest.raises(RuntimeError, match="enter it first: async with EventRecorder"):
            await unentered.wait_for("agent_started")
        async with unentered:
            pass
        with pytest.raises(RuntimeError, match="entered once"):
            await unentered.__aenter__()
        with pytest.raises(RuntimeError, match="is not entered"):
            await unentered.__aexit__(None, None, None)

    on(main)


# -- in a test case, and on real sockets --------------------------------------------------------------


def results(case: type[AsyncTestCase]) -> tuple[int, list[str]]:
    """Run a class; return how many tests ran and what failed."""
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    result = unittest.TestResult()
    suite.run(result)
    gc.collect()
    return result.testsRun, [text for _, text in [*result.failures, *result.errors]]


def test_it_works_in_a_strict_test_case() -> None:
    """In asyncSetUp or in the test, on both backends, with every guard at "fail", it leaves nothing behind."""
    pytest.importorskip("trio")

    @on_backends("asyncio", "trio")
    class Strict(AsyncTestCase):
        strict = True
        timeout = 20.0

        async def asyncSetUp(self) -> None:
            self.recorder = await self.enterAsyncContext(EventRecorder(stream(*run(), anyio.Event())))

        async def test_it(self) -> None:
            await self.recorder.wait_for(CriticalEvent.AGENT_COMPLETED)
            self.recorder.assert_golden_path("alice")

        async def test_a_block(self) -> None:
            async with EventRecorder(stream(*run(), anyio.Event())) as recorder:
                await recorder.wait_for(CriticalEvent.AGENT_COMPLETED)

        async def test_a_deadline(self) -> None:
            with self.assertRaises(EventTimeoutError):
                await self.recorder.wait_for("never", timeout=0.01)

    assert results(Strict) == (6, [])


def test_a_deadline_is_a_failure_and_no_error() -> None:
    """A test whose event does not come has failed, as with any other assertion."""

    class Late(AsyncTestCase):
        async def test_it(self) -> None:
            async with EventRecorder(stream(anyio.Event())) as recorder:
                await recorder.wait_for("never", timeout=0.01)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Late).run(result)
    assert (len(result.failures), len(result.errors)) == (1, 0)
    assert "never did not come: 0.01 s have passed" in result.failures[0][1]


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_a_real_websocket_is_a_source(code: int) -> None:
    """Events arrive over a socket; a normal close ends the recording well, another is the cause of the failure."""
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import ServerConnection, serve

    async def send(connection: ServerConnection) -> None:
        for each in run():
            await connection.send(json.dumps(each.to_dict()))
        await connection.recv()
        await connection.close(code)

    async def main() -> None:
        async with serve(send, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}") as socket, EventRecorder(socket) as recorder:
                await recorder.wait_for(CriticalEvent.AGENT_COMPLETED)
                await socket.send("done")
                with pytest.raises(EventNotReceivedError) as caught:
                    await recorder.wait_for("another", timeout=10)
        recorder.assert_golden_path("alice")
        assert str(code) in caught.value.reason
        normal = code != 1011
        assert caught.value.reason.startswith(
            "the source has ended (" if normal else "the source failed: ConnectionClosedError"
        )
        assert (recorder.error is None) is normal

    asyncio.run(main())


def test_a_real_websocket_on_trio_is_a_source() -> None:
    """The same on trio, with the client of websockets for it."""
    trio = pytest.importorskip("trio")
    from websockets.trio.client import connect
    from websockets.trio.server import ServerConnection, serve

    async def send(connection: ServerConnection) -> None:
        for each in run():
            await connection.send(json.dumps(each.to_dict()))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            server = await nursery.start(partial(serve, send, 0, host="127.0.0.1"))
            port = server.listeners[0].socket.getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}") as socket, EventRecorder(socket) as recorder:
                await recorder.wait_for(CriticalEvent.AGENT_COMPLETED)
                with pytest.raises(EventNotReceivedError, match="the source has ended"):
                    await recorder.wait_for("another", timeout=10)
            nursery.cancel_scope.cancel()
        recorder.assert_golden_path("alice")

    trio.run(main)


def test_fifty_users_that_drop_and_reconnect() -> None:
    """Fifty users on real sockets, some of which drop in the middle and come back: everyone sees a whole run."""
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import ServerConnection, serve

    sent: dict[str, int] = {}

    async def send(connection: ServerConnection) -> None:
        assert connection.request is not None
        user = connection.request.path.strip("/")
        events = run(user, f"run-of-{user}", tools=("search", "write"))
        while sent.get(user, 0) < len(events):
            place = sent.get(user, 0)
            sent[user] = place + 1
            await connection.send(json.dumps(events[place].to_dict()))
            if place == 3 and user.endswith("7"):
                await connection.close(1012)
                return
        await connection.wait_closed()

    async def one(port: int, user: str, recorder: EventRecorder, reconnected: list[str]) -> None:
        while not any(each.type == "agent_completed" for each in recorder.for_user(user)):
            async with connect(f"ws://127.0.0.1:{port}/{user}") as socket, EventRecorder(socket) as mine:
                try:
                    await mine.wait_for(CriticalEvent.AGENT_COMPLETED, timeout=20)
                except EventNotReceivedError:
                    reconnected.append(user)
            for each in mine.events:
                recorder.feed(each)

    async def main() -> None:
        reconnected: list[str] = []
        everyone = EventRecorder()
        users = [f"user-{number}" for number in range(50)]
        async with serve(send, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with anyio.create_task_group() as group:
                for user in users:
                    group.start_soon(one, port, user, everyone, reconnected)
        assert sorted(reconnected) == sorted(user for user in users if user.endswith("7"))
        everyone.assert_golden_path()
        for user in users:
            assert_golden_path(everyone.for_user(user), user, f"run-of-{user}")
        assert len(everyone.events) == 50 * 7

    asyncio.run(main())
