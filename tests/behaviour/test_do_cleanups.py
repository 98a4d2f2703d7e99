"""`doCleanups` and `adoCleanups` called by a test."""

from __future__ import annotations

import anyio

from test_framework import AsyncTestCase

from .backends import every_backend, needs_trio, on_asyncio
from .recording import run_class


class Logging(AsyncTestCase):
    """Has cleanups that write themselves down."""

    log: list[str]

    def note(self, text: str) -> None:
        self.log.append(text)

    async def async_note(self, text: str) -> None:
        await anyio.sleep(0)
        self.log.append(text)

    def add_both(self) -> None:
        self.addCleanup(self.note, "sync")
        self.addAsyncCleanup(self.async_note, "async")


def run(cls: type[Logging], backend: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Run the one test of a class; return what it wrote down and what its result was told."""
    cls.log = []
    record = run_class(cls, backend=backend)
    return cls.log, record.of("test")


@on_asyncio
def test_do_cleanups_in_a_synchronous_test_runs_both_kinds(backend: str) -> None:
    """The cleanups run at the call, in order, and not again at the end."""

    class Sample(Logging):
        def test(self) -> None:
            self.add_both()
            self.note(f"returned {self.doCleanups()}")

    assert run(Sample, backend) == (["async", "sync", "returned True"], [("success", "")])


@every_backend
def test_do_cleanups_in_a_synchronous_test_runs_synchronous_ones(backend: str) -> None:
    """Synchronous cleanups alone can be run on every backend."""

    class Sample(Logging):
        def test(self) -> None:
            self.addCleanup(self.note, "sync")
            self.note(f"returned {self.doCleanups()}")

    assert run(Sample, backend) == (["sync", "returned True"], [("success", "")])


def _attempt(case: Logging) -> None:
    case.add_both()
    with case.assertRaises(RuntimeError):
        case.doCleanups()
    case.note("end of test")


@every_backend
def test_do_cleanups_in_a_running_loop_says_so_and_loses_nothing(backend: str) -> None:
    """In a running loop it is an error that runs no cleanup; they run at the end."""

    class Sample(Logging):
        async def test(self) -> None:
            _attempt(self)

    assert run(Sample, backend) == (["end of test", "async", "sync"], [("success", "")])


@needs_trio
def test_do_cleanups_in_a_synchronous_test_on_trio_says_so_and_loses_nothing() -> None:
    """On trio a synchronous method cannot await either."""
    backend = "trio"

    class Sample(Logging):
        def test(self) -> None:
            _attempt(self)

    assert run(Sample, backend) == (["end of test", "async", "sync"], [("success", "")])


@every_backend
def test_do_cleanups_keeps_an_awaitable_that_it_cannot_await(backend: str) -> None:
    """A plain function that returns an awaitable is an error in a running loop, and is awaited at the end."""

    class Sample(Logging):
        async def test(self) -> None:
            self.addCleanup(self.note, "sync")
            self.addCleanup(lambda: self.async_note("awaitable"))
            try:
                self.doCleanups()
            except RuntimeError:
                self.note("refused")

    log, told = run(Sample, backend)
    assert sorted(set(log) - {"refused"}) == ["awaitable", "sync"], (log, told)
    assert "refused" in log or [kind for kind, _ in told] == ["error"]


@every_backend
def test_async_do_cleanups_runs_both_kinds(backend: str) -> None:
    """`await self.adoCleanups()` runs everything at the call, in order, in the test's own task."""

    class Sample(Logging):
        async def test(self) -> None:
            me = anyio.get_current_task().id
            self.addAsyncCleanup(self.check_task, me)
            self.add_both()
            self.note(f"returned {await self.adoCleanups()}")

        async def check_task(self, expected: int) -> None:
            self.assertEqual(expected, anyio.get_current_task().id)
            self.note("same task")

    assert run(Sample, backend) == (["async", "sync", "same task", "returned True"], [("success", "")])


@every_backend
def test_failures_in_the_middle_are_all_reported(backend: str) -> None:
    """Each failing cleanup is reported, the test goes on, and the value says that not all succeeded."""

    class Sample(Logging):
        async def test(self) -> None:
            self.addCleanup(self.fail, "first")
            self.addAsyncCleanup(self.raise_value_error)
            self.note(f"returned {await self.adoCleanups()}")
            self.addCleanup(self.note, "last")

        async def raise_value_error(self) -> None:
            raise ValueError("second")

    told = [("error", "ValueError: second"), ("failure", "AssertionError: first")]
    assert run(Sample, backend) == (["returned False", "last"], told)


@every_backend
def test_cleanups_may_be_any_callable(backend: str) -> None:
    """What a cleanup returns is awaited, whether it is a partial, an object or a lambda."""

    class Closer:
        def __init__(self, case: Logging) -> None:
            self.case = case

        async def __call__(self) -> None:
            await self.case.async_note("object")

    class Sample(Logging):
        async def test(self) -> None:
            self.addCleanup(lambda: self.async_note("lambda"))
            self.addAsyncCleanup(Closer(self))
            self.addCleanup(self.note, "keyword")
            self.addAsyncCleanup(self.function, 1, function=2, self_=3)

        async def function(self, *args: int, **kwargs: int) -> None:
            await self.async_note(f"{args} {kwargs}")

    expected = ["(1,) {'function': 2, 'self_': 3}", "keyword", "object", "lambda"]
    assert run(Sample, backend) == (expected, [("success", "")])


@every_backend
def test_context_managers_are_left_in_order(backend: str) -> None:
    """EnterContext and enterAsyncContext return what was entered and leave it last in, first out."""

    class Manager:
        def __init__(self, case: Logging, name: str) -> None:
            self.case, self.name = case, name

        def __enter__(self) -> str:
            return self.name

        def __exit__(self, *args: object) -> None:
            self.case.note(f"{self.name} {args}")

        async def __aenter__(self) -> str:
            return f"async {self.name}"

        async def __aexit__(self, *args: object) -> None:
            await self.case.async_note(f"async {self.name} {args}")

    class Sample(Logging):
        async def test(self) -> None:
            self.note(self.enterContext(Manager(self, "a")))
            self.note(await self.enterAsyncContext(Manager(self, "b")))

    nothing = (None, None, None)
    expected = ["a", "async b", f"async b {nothing}", f"a {nothing}"]
    assert run(Sample, backend) == (expected, [("success", "")])
