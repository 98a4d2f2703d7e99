"""A loop that already runs in the thread: a clear error, nothing hangs, nothing is left."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import BACKENDS, every_backend, needs_trio, use
from .recording import Record, run_class, run_tests
from .surroundings import Neighbour


class _Sample(Neighbour, AsyncTestCase):
    __test__ = False

    async def test_1_async(self) -> None:
        await anyio.sleep(0)

    def test_2_sync(self) -> None:
        self.assertTrue(self.id())


def _inside(outer: str, function: Callable[[], Record]) -> Record:
    async def main() -> Record:
        return function()

    if outer == "trio":
        import trio

        record: Record = trio.run(main)
        return record
    return asyncio.run(main())


@pytest.mark.parametrize(
    ("outer", "backend"),
    [
        pytest.param(outer.values[0], inner.values[0], marks=[*outer.marks, *inner.marks])  # type: ignore[attr-defined]
        for outer in BACKENDS[:2]
        for inner in BACKENDS
        if (outer.values[0], inner.values[0]) not in (("trio", "asyncio"), ("trio", "asyncio+uvloop"))  # type: ignore[attr-defined]
    ],
)
def test_running_loop_is_a_clear_error(outer: str, backend: str) -> None:
    """The asynchronous test is an error that says what is wrong, the synchronous one passes, and later all is well."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = _inside(outer, lambda: run_class(_Sample, backend=backend))
        gc.collect()
    ((kind, detail),) = record.of("test_1_async")
    assert kind == "error"
    assert detail.startswith("BackendError: ")
    assert "already running in this thread" in detail
    assert "thread of their own" in detail
    assert record.kinds("test_2_sync") == ["success"]
    assert not caught
    assert run_class(_Sample, backend=backend).wasSuccessful()


@every_backend
def test_failing_hooks_in_a_running_loop(backend: str) -> None:
    """Each asynchronous phase is an error of its own, synchronous teardown and cleanups still run."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            self.addCleanup(log.append, "cleanup")

        async def asyncSetUp(self) -> None:
            log.append("asyncSetUp")

        async def test(self) -> None:
            log.append("test")

        def tearDown(self) -> None:
            log.append("tearDown")

    outer = "trio" if backend == "trio" else "asyncio"
    record = _inside(outer, lambda: run_class(Sample, backend=backend))
    assert record.kinds("test") == ["error"]
    assert log == ["tearDown", "cleanup"]


@needs_trio
@pytest.mark.parametrize("backend", ["asyncio", "asyncio+uvloop"])
def test_asyncio_inside_trio_works(backend: str) -> None:
    """An asyncio loop can run inside a trio task, so the tests do."""
    pytest.importorskip("uvloop" if backend == "asyncio+uvloop" else "asyncio")

    class Sample(AsyncTestCase):
        async def asyncSetUp(self) -> None:
            await asyncio.sleep(0.001)

        async def test_1_async(self) -> None:
            self.assertEqual(await asyncio.create_task(asyncio.sleep(0.001, "done")), "done")

        def test_2_sync(self) -> None:
            self.assertTrue(self.id())

        async def test_3_next(self) -> None:
            self.assertEqual(len(asyncio.all_tasks()), 1)

    record = _inside("trio", lambda: run_class(Sample, backend=backend))
    assert [event.kind for event in record.events if event.kind not in ("start", "stop")] == ["success"] * 3


@every_backend
def test_case_run_inside_a_case(backend: str) -> None:
    """A synchronous test may run other cases, as tests of test tools do; an asynchronous one gets the error."""
    inner: dict[str, Any] = {}

    class Inner(AsyncTestCase):
        async def test(self) -> None:
            await anyio.sleep(0)

    class Outer(Neighbour, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            await anyio.sleep(0)

        def test_1_sync(self) -> None:
            inner["sync"] = run_tests([Inner("test")]).of("test")

        async def test_2_async(self) -> None:
            inner["async"] = run_tests([Inner("test")]).of("test")
            await anyio.sleep(0)

    use(backend, Inner, Outer)
    record = run_class(Outer)
    assert [event.kind for event in record.events if event.kind not in ("start", "stop")] == ["success"] * 3
    ((kind, detail),) = inner["async"]
    assert (kind, detail[:13]) == ("error", "BackendError:")
    if backend == "trio":
        # Between its phases the outer test stays in its trio run.
        ((kind, detail),) = inner["sync"]
        assert (kind, detail[:13]) == ("error", "BackendError:")
    else:
        assert inner["sync"] == [("success", "")]


@needs_trio
def test_trio_run_in_a_synchronous_method_of_a_trio_test() -> None:
    """It is refused by trio itself, as documented; asyncio.run is not."""

    class Sample(Neighbour, AsyncTestCase):
        backend = "trio"

        async def asyncSetUp(self) -> None:
            await anyio.sleep(0)

        def test_1_trio(self) -> None:
            import trio

            with self.assertRaisesRegex(RuntimeError, "run"):
                trio.run(anyio.sleep, 0)

        def test_2_asyncio(self) -> None:
            self.assertEqual(asyncio.run(asyncio.sleep(0, "done")), "done")

    record = run_class(Sample)
    assert [event.kind for event in record.events if event.kind not in ("start", "stop")] == ["success"] * 3
