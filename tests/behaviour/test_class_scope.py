"""Asynchronous fixtures of a class: on the loop of its tests, however setUpClass is written."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, on_backends

from .backends import every_backend, needs_trio, use
from .recording import Record, run_class, run_tests


def loop_now() -> object:
    """Return what stands for the loop that is running."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        import trio

        return trio.lowlevel.current_root_task()


def successes(record: Record) -> list[str]:
    """Return the kinds of all outcomes."""
    return [event.kind for event in record.events if event.kind not in ("start", "stop")]


@every_backend
def test_order_of_everything(backend: str) -> None:
    """setUpClass, asyncSetUpClass, tests, asyncTearDownClass, tearDownClass, then cleanups, last added first."""
    log: list[str] = []

    async def note(text: str) -> None:
        await anyio.sleep(0)
        log.append(text)

    class Manager:
        async def __aenter__(self) -> str:
            await note("enter")
            return "entered"

        async def __aexit__(self, *args: object) -> None:
            await note(f"exit {args == (None, None, None)}")

    class Sample(AsyncTestCase):
        @classmethod
        def setUpClass(cls) -> None:
            log.append("setUpClass")
            cls.addClassCleanup(log.append, "cleanup 1")
            cls.addAsyncClassCleanup(note, "cleanup 2")

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await note("asyncSetUpClass")
            log.append(await cls.enterAsyncClassContext(Manager()))
            cls.addClassCleanup(log.append, "cleanup 3")
            cls.addClassCleanup(note, "cleanup 4")

        async def asyncSetUp(self) -> None:
            log.append("asyncSetUp")

        async def test_1(self) -> None:
            log.append("test_1")

        def test_2(self) -> None:
            log.append("test_2")

        @classmethod
        async def asyncTearDownClass(cls) -> None:
            await note("asyncTearDownClass")

        @classmethod
        def tearDownClass(cls) -> None:
            log.append("tearDownClass")

    assert successes(run_class(Sample, backend=backend)) == ["success"] * 2
    expected = (
        "setUpClass asyncSetUpClass enter entered asyncSetUp test_1 asyncSetUp test_2 asyncTearDownClass tearDownClass"
    )
    assert log[:10] == expected.split()
    assert log[10:] == ["cleanup 4", "cleanup 3", "exit True", "cleanup 2", "cleanup 1"]


@every_backend
def test_same_loop_for_everything(backend: str) -> None:
    """Fixtures of the class and all phases of its tests run on one loop."""
    loops: list[object] = []

    class Sample(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            loops.append(loop_now())

        async def asyncSetUp(self) -> None:
            loops.append(loop_now())

        async def test_1(self) -> None:
            loops.append(loop_now())

        async def test_2(self) -> None:
            loops.append(loop_now())

        async def asyncTearDown(self) -> None:
            loops.append(loop_now())

        @classmethod
        async def asyncTearDownClass(cls) -> None:
            loops.append(loop_now())

    class Other(Sample):
        pass

    run_class(Sample, backend=backend)
    assert len(loops) == 8
    assert len(set(loops)) == 1
    first = list(loops)
    run_class(Other, backend=backend)
    # A loop that is proved unchanged may be handed on.
    assert len(loops) == 2 * len(first)
    assert len(set(loops[len(first) :])) == 1


@every_backend
def test_background_task_of_the_class_serves_its_tests(backend: str) -> None:
    """A task that asyncSetUpClass starts runs while tests do: the way of a server that is started once."""

    class Sample(AsyncTestCase):
        strict = True
        blocking_calls = "ignore"
        requests: Any
        answers: Any

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.requests, requests = anyio.create_memory_object_stream[int](10)
            answers, cls.answers = anyio.create_memory_object_stream[int](10)
            group = await cls.enterAsyncClassContext(anyio.create_task_group())
            group.start_soon(cls.serve, requests, answers)

        @classmethod
        async def serve(cls, requests: Any, answers: Any) -> None:
            async with requests, answers:
                async for number in requests:
                    await answers.send(number * 2)

        async def ask(self, number: int) -> None:
            await self.requests.send(number)
            self.assertEqual(await self.answers.receive(), number * 2)

        async def asyncSetUp(self) -> None:
            await self.ask(1)

        async def test_1(self) -> None:
            await self.ask(2)

        async def test_2(self) -> None:
            await self.ask(3)

        @classmethod
        async def asyncTearDownClass(cls) -> None:
            cls.requests.close()
            cls.answers.close()

    assert successes(run_class(Sample, backend=backend)) == ["success"] * 2


class _Mixin:
    """A mixin that knows nothing of us and calls nobody."""

    log: list[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.log.append("mixin setUpClass")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.log.append("mixin tearDownClass")


class _Base(AsyncTestCase):
    __test__ = False
    log: list[str]

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        await anyio.sleep(0)
        cls.log.append("asyncSetUpClass")

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await anyio.sleep(0)
        cls.log.append("asyncTearDownClass")

    async def test(self) -> None:
        self.log.append("test")


def _without_super() -> type[Any]:
    class Sample(_Base):
        @classmethod
        def setUpClass(cls) -> None:
            cls.log.append("setUpClass")

        @classmethod
        def tearDownClass(cls) -> None:
            cls.log.append("tearDownClass")

    return Sample


def _with_super() -> type[Any]:
    class Sample(_without_super()):  # type: ignore[misc]
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            cls.log.append("more setUpClass")

        @classmethod
        def tearDownClass(cls) -> None:
            cls.log.append("more tearDownClass")
            super().tearDownClass()

    return Sample


def _static() -> type[Any]:
    class Sample(_Base):
        @staticmethod
        def setUpClass() -> None:
            Sample.log.append("setUpClass")

        @staticmethod
        def tearDownClass() -> None:
            Sample.log.append("tearDownClass")

    return Sample


def _async_with_super() -> type[Any]:
    class Sample(_without_super()):  # type: ignore[misc]
        @classmethod
        async def setUpClass(cls) -> None:
            super().setUpClass()
            await anyio.sleep(0)
            cls.log.append("async setUpClass")

        @classmethod
        async def tearDownClass(cls) -> None:
            await anyio.sleep(0)
            cls.log.append("async tearDownClass")
            super().tearDownClass()

    return Sample


MIDDLE = ["asyncSetUpClass", "test", "asyncTearDownClass"]
WAYS: dict[str, tuple[Any, list[str]]] = {
    "without super": (_without_super, ["setUpClass", *MIDDLE, "tearDownClass"]),
    "with super": (
        _with_super, ["setUpClass", "more setUpClass", *MIDDLE, "more tearDownClass", "tearDownClass"],
    ),
    "mixin ahead": (
        lambda: type("Sample", (_Mixin, _Base), {}), ["mixin setUpClass", *MIDDLE, "mixin tearDownClass"],
    ),
    "mixin behind": (lambda: type("Sample", (_Base, _Mixin), {}), MIDDLE),
    "static": (_static, ["setUpClass", *MIDDLE, "tearDownClass"]),
    "async with super": (
        _async_with_super, ["setUpClass", "async setUpClass", *MIDDLE, "async tearDownClass", "tearDownClass"],
    ),
}  # fmt: skip


@every_backend
@pytest.mark.parametrize("way", WAYS)
def test_however_set_up_class_is_written(way: str, backend: str) -> None:
    """Overridden without super(), with it, in a mixin, static or async: each hook runs once, in order."""
    make, expected = WAYS[way]
    cls = make()
    cls.log = []
    assert successes(run_class(cls, backend=backend)) == ["success"]
    assert cls.log == expected
    # A second run of the same class is like the first.
    run_class(cls, backend=backend)
    assert cls.log == expected * 2


@every_backend
def test_subclass_has_fixtures_of_its_own(backend: str) -> None:
    """Each class that inherits asyncSetUpClass gets its own run of it, and may extend it."""
    seen: list[tuple[str, str]] = []

    class Parent(AsyncTestCase):
        resource: str

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.resource = f"of {cls.__name__}"

        async def test(self) -> None:
            seen.append((type(self).__name__, self.resource))

    class Child(Parent):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await super().asyncSetUpClass()
            cls.resource += " and more"

    use(backend, Parent, Child)
    record = run_tests([Parent("test"), Child("test"), Parent("test")])
    assert successes(record) == ["success"] * 3
    assert seen == [("Parent", "of Parent"), ("Child", "of Child and more"), ("Parent", "of Parent")]


@every_backend
def test_class_that_fails_does_not_disturb_the_next(backend: str) -> None:
    """After a class whose fixtures fail in every way, the next one finds a loop of its own."""

    class Broken(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.addAsyncClassCleanup(cls.fail_later)
            raise ValueError("set-up")

        @classmethod
        async def fail_later(cls) -> None:
            raise LookupError("cleanup")

        async def test(self) -> None:
            raise AssertionError("must not run")

    class Next(AsyncTestCase):
        event: anyio.Event

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.event = anyio.Event()

        async def test(self) -> None:
            self.event.set()
            await self.event.wait()

    use(backend, Broken, Next)
    record = run_tests([Broken("test"), Next("test")])
    assert [(event.kind, event.detail) for event in record.events if event.kind not in ("start", "stop")] == [
        ("error", "ValueError: set-up"), ("error", "LookupError: cleanup"), ("success", ""),
    ]  # fmt: skip


@needs_trio
def test_backends_and_class_fixtures_are_refused_clearly() -> None:
    """The fixtures of a class live on one loop, so its tests cannot run on two backends; the error says what to do."""

    class Sample(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            pass

        @on_backends("asyncio", "trio")
        async def test(self) -> None:
            pass

    record = run_class(Sample)
    assert record.of("test__asyncio") == [("success", "")]
    ((kind, detail),) = record.of("test__trio")
    assert kind == "error"
    assert "write one class for each backend" in detail


@every_backend
def test_no_class_fixture_no_shared_loop(backend: str) -> None:
    """Without asynchronous class fixtures nothing is shared: a task of one test is not there in the next."""

    class Sample(AsyncTestCase):
        leaked_tasks = "ignore"

        async def test_1(self) -> None:
            self.task = asyncio.ensure_future(asyncio.sleep(600)) if backend != "trio" else None

        async def test_2(self) -> None:
            if backend != "trio":
                self.assertEqual(len(asyncio.all_tasks()), 1)

    assert successes(run_class(Sample, backend=backend)) == ["success"] * 2
