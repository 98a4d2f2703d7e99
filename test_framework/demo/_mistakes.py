"""The tests that the demo runs: most of them make a mistake that is easy to make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["DEADLINE", "LATE", "MISTAKES", "Backend", "Mistake"]

Backend = Literal["asyncio", "trio"]

DEADLINE = 1.0
"""How long a test may take, in seconds."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One test class, and how its test has to end on `AsyncTestCase`.

    Attributes:
        name: the name of the class.
        title: completes "a test that ...".
        says: what the report of the failure must contain; None where the test has to pass.
        body: the source of the class's body.
        on_trio: another body for trio; empty where the mistake cannot be made there.
        module: the module that holds the class.
        ends: "caught" (as a failure or an error), "skipped" or "passed".
    """

    name: str
    title: str
    says: str | None
    body: str
    on_trio: str | None = None
    module: str = "test_mistakes"
    ends: Literal["caught", "skipped", "passed"] = "caught"

    def body_for(self, backend: Backend) -> str:
        """Return the source of the class's body for a backend; empty if there is none."""
        return self.on_trio if backend == "trio" and self.on_trio is not None else self.body


MISTAKES = (
    Mistake(
        "AwaitForgotten",
        "forgets an await",
        "coroutine 'save' was never awaited",
        """
        async def test_saving(self):
            save("order")
        """,
    ),
    Mistake(
        "SetUpIsAsync",
        "has an `async def setUp`",
        "OSError: no database",
        """
        async def setUp(self):
            await fail("no database")

        async def test_database(self):
            pass
        """,
    ),
    Mistake(
        "CoroutineReturned",
        "is sync, returns a coroutine",
        "OSError: not saved",
        """
        def test_saving(self):
            return fail("not saved")
        """,
    ),
    Mistake(
        "CleanupIsLambda",
        "adds a lambda as async cleanup",
        "OSError: not removed",
        """
        async def test_removing(self):
            self.addCleanup(lambda: fail("not removed"))
        """,
    ),
    Mistake(
        "Generator",
        "contains a yield",
        "contains yield",
        """
        async def test_stream(self):
            yield "first"
            self.fail("the stream is broken")
        """,
        module="test_generator",
    ),
    Mistake(
        "TaskLeaked",
        "leaves a task running",
        "task running: task poller",
        """
        async def test_polling(self):
            self.poller = asyncio.create_task(poll(), name="poller")
        """,
        """
        async def test_polling(self):
            self.group = trio.open_nursery()
            nursery = await self.group.__aenter__()
            nursery.start_soon(poll, name="poller")
        """,
    ),
    Mistake(
        "ExceptionLost",
        "loses the exception of a task",
        "Task exception was never retrieved",
        """
        async def test_connecting(self):
            asyncio.create_task(fail("no connection"))
            await sleep(0.01)
        """,
        "",
    ),
    Mistake(
        "ThreadLeaked",
        "leaves a thread running",
        "thread running: 'worker'",
        """
        async def test_working(self):
            threading.Thread(target=time.sleep, args=(60,), name="worker", daemon=True).start()
        """,
    ),
    Mistake(
        "TaskUncancellable",
        "leaves a task that never stops",
        "refused to be cancelled",
        """
        async def test_worker(self):
            self.worker = asyncio.create_task(swallow_cancellation(), name="worker")
            await sleep(0)
        """,
        "",
    ),
    Mistake(
        "LoopBlocked",
        "blocks the event loop",
        "loop was blocked for",
        """
        async def test_waiting(self):
            time.sleep(0.5)
        """,
    ),
    Mistake(
        "Hang",
        "hangs",
        f"deadline of {DEADLINE:g} s passed",
        """
        async def asyncSetUp(self):
            self.requests, self.replies = asyncio.Queue(), asyncio.Queue()
            self.server = asyncio.create_task(answer(self.requests, self.replies), name="server")
            self.addCleanup(self.server.cancel)

        async def test_reply(self):
            # The request is never sent.
            self.assertEqual("pong", await self.replies.get())
        """,
        """
        async def test_reply(self):
            request, requests = trio.open_memory_channel(1)
            reply, replies = trio.open_memory_channel(1)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(answer, requests, reply, name="server")
                # The request is never sent.
                self.assertEqual("pong", await replies.receive())
        """,
    ),
    Mistake(
        "TimeoutInSetUp",
        "enters a timeout in asyncSetUp",
        "TimeoutError",
        """
        async def asyncSetUp(self):
            await self.enterAsyncContext(asyncio.timeout(0.1))

        async def test_waiting(self):
            await sleep(0.5)
        """,
        """
        async def asyncSetUp(self):
            await self.enterAsyncContext(time_limit(0.1))

        async def test_waiting(self):
            await sleep(0.5)
        """,
    ),
    Mistake(
        "GroupInSetUp",
        "waits for a task that crashed",
        "OSError: connection lost",
        """
        async def asyncSetUp(self):
            self.group = await self.enterAsyncContext(asyncio.TaskGroup())

        async def test_connection(self):
            self.group.create_task(fail("connection lost"))
            await asyncio.Event().wait()
        """,
        """
        async def asyncSetUp(self):
            self.nursery = await self.enterAsyncContext(trio.open_nursery())

        async def test_connection(self):
            self.nursery.start_soon(fail, "connection lost")
            await trio.Event().wait()
        """,
    ),
    Mistake(
        "SkipInGroup",
        "skips inside a task group",
        "no server",
        """
        async def test_server(self):
            async with asyncio.TaskGroup():
                self.skipTest("no server")
        """,
        """
        async def test_server(self):
            async with trio.open_nursery():
                self.skipTest("no server")
        """,
        ends="skipped",
    ),
    Mistake(
        "WithoutMistake",
        "makes no mistake",
        None,
        """
        async def test_nothing(self):
            await sleep(0.01)
        """,
        ends="passed",
    ),
)
LATE = "Hang"
"""The test whose failure is shown in full."""
