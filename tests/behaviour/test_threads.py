"""Cases that run in several threads at once, or in a thread that is not the main one."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, DeadlineExceeded

from .backends import INSTALLED, every_backend, use
from .recording import Record
from .samples import PHASES, make_class
from .surroundings import MARK, Neighbour

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock


def run_in_threads(*batches: list[Any]) -> list[Record]:
    """Run each batch of cases in a thread of its own, all at the same time."""
    start = threading.Barrier(len(batches))

    def run(cases: list[Any]) -> Record:
        record = Record()
        start.wait()
        for case in cases:
            case.run(record)
        return record

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(run, batches))


def test_many_threads_and_backends_at_once() -> None:
    """Each test runs all its phases in one thread, in the context that it alone has; none disturbs another."""
    seen: dict[str, list[tuple[int, str]]] = {}

    def make(name: str, backend: str) -> Any:
        log = seen.setdefault(name, [])

        async def body() -> None:
            MARK.set(name)
            for _ in range(3):
                await anyio.sleep(0.0005)
            assert MARK.get() == name
            log.append((threading.get_ident(), MARK.get()))

        return make_class(AsyncTestCase, {"body": body, "tearDown": lambda: log.append((threading.get_ident(), name))},
                          [], backend=backend)("test_1_sample")  # fmt: skip

    batches = [
        [make(f"{number} {backend} {turn}", backend) for turn in range(20)]
        for backend in INSTALLED
        for number in range(2)
    ]
    records = run_in_threads(*batches)
    for record in records:
        assert {event.kind for event in record.events} == {"start", "success", "stop"}, record.events
        assert record.testsRun == 20
    for name, entries in seen.items():
        assert len(entries) == 2, name
        assert len(set(entries)) == 1, name
    assert len({entries[0][0] for entries in seen.values()}) == len(batches)


@every_backend
def test_every_phase_runs_in_another_thread(backend: str) -> None:
    """A case in another thread runs and fails as it does in the main one, and the next one is not disturbed."""
    log: list[str] = []
    cls = make_class(AsyncTestCase, {"asyncTearDown": "error"}, log, backend=backend)
    (record,) = run_in_threads([cls("test_1_sample"), cls("test_9_next")])
    assert record.of("test_1_sample") == [("error", "ValueError: asyncTearDown")]
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    assert [entry[2:] for entry in log if entry.startswith("1")] == list(PHASES)


@pytest.mark.parametrize("kind", ["async", "blocking", "sync"])
@every_backend
def test_deadline_in_another_thread(backend: str, kind: str) -> None:
    """The deadline ends a test in any thread; one that runs beside it at the same time is not touched."""

    class Sample(Neighbour, AsyncTestCase):
        timeout = 0.2

        async def test_async(self) -> None:
            await anyio.sleep(60)

        async def test_blocking(self) -> None:
            doze(60)

        def test_sync(self) -> None:
            doze(60)

    class Patient(AsyncTestCase):
        async def test(self) -> None:
            await anyio.sleep(0.6)

    use(backend, Sample, Patient)
    record, beside = run_in_threads([Sample(f"test_{kind}"), Sample("test_9_next")], [Patient("test")])
    assert record.kinds(f"test_{kind}") == ["failure"], record.events
    error = record.only_exception()
    assert isinstance(error, DeadlineExceeded)
    assert f"in {Sample.__qualname__}.test_{kind}" in str(error)
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    assert beside.kinds("test") == ["success"]


def doze(seconds: float) -> None:
    """Sleep in small steps: a thread can be interrupted between two of them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.parametrize("ends_first", [False, True])
@pytest.mark.parametrize("backends", [(one, other) for one in INSTALLED for other in INSTALLED])
def test_leaked_thread_is_not_blamed_on_a_test_beside_it(backends: tuple[str, str], *, ends_first: bool) -> None:
    """Threads carry no mark of who started them: of two tests at the same time, the innocent one is not blamed."""
    ready, ended, done = threading.Event(), threading.Event(), threading.Event()
    leaked = threading.Thread(target=done.wait, args=(60,), name="sample of a leak")

    class Leaking(AsyncTestCase):
        async def test(self) -> None:
            await anyio.sleep(0.02)
            leaked.start()
            ready.set()
            await anyio.sleep(0 if ends_first else 0.1)

        def run(self, result: Any = None) -> Any:
            try:
                return super().run(result)
            finally:
                ended.set()

    class Innocent(AsyncTestCase):
        leaked_threads = "fail"

        async def test(self) -> None:
            while not (ended if ends_first else ready).is_set():
                await anyio.sleep(0.005)

    use(backends[0], Leaking)
    use(backends[1], Innocent)
    try:
        _, innocent = run_in_threads([Leaking("test")], [Innocent("test")])
    finally:
        done.set()
        leaked.join(20)
    assert innocent.kinds("test") == ["success"], innocent.events
