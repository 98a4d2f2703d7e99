"""Coroutines that were made in a test and never awaited."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import gc
import os
import signal
import sys
import threading
import unittest
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from test_framework import AsyncTestCase, UnawaitedCoroutineWarning
from test_framework.guards import CoroutineWatch


async def forgotten() -> None:
    """Do nothing."""


# For checkers, which would find the missing await at once.
drop: Any = forgotten


@contextmanager
def watching() -> Iterator[list[str]]:
    """Watch while the block runs; the list holds what was found afterwards."""
    found: list[str] = []
    watch = CoroutineWatch()
    try:
        yield found
    finally:
        found += watch.stop(collect=False)


def line_of(text: str) -> int:
    """Return the number of the line of this file that holds *text* and nothing else."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


def test_nothing() -> None:
    """Coroutines that are awaited, closed or kept are no findings."""

    async def main() -> None:
        await forgotten()
        forgotten().close()

    with watching() as found:
        asyncio.run(main())
        kept = forgotten()
    assert found == []
    kept.close()


def test_a_coroutine() -> None:
    """A coroutine that is dropped is found, with its name, where it was dropped and where it is defined."""
    with watching() as found:
        drop()  # dropped here
    (text,) = found
    assert text.splitlines() == [
        "coroutine 'forgotten' was never awaited",
        f'  dropped in File "{__file__}", line {line_of("drop()  # dropped here")}, in test_a_coroutine',
        f'  defined in File "{__file__}", line {line_of("async def forgotten() -> None:")}',
    ]


def test_no_warning_besides() -> None:
    """What the watch reports is not warned about by the interpreter too."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with watching() as found:
            drop()
    assert (len(found), caught) == (1, [])


def test_without_a_watch() -> None:
    """Outside of tests the interpreter's own warning is as ever."""
    with watching():
        pass
    with pytest.warns(RuntimeWarning, match="coroutine 'forgotten' was never awaited"):
        drop()


def test_origins() -> None:
    """Where origins are tracked, as in asyncio's debug mode, the place where it was made is named instead."""
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(1)
    try:
        with watching() as found:
            made = forgotten()  # made here
            del made
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)
    lines = found[0].splitlines()
    assert (
        lines[1] == f'  made in File "{__file__}", line {line_of("made = forgotten()  # made here")}, in test_origins'
    )
    assert not any(line.startswith("  dropped") for line in lines)


def test_origins_of_a_whole_test() -> None:
    """In asyncio's debug mode, which keeps ten frames, those of the machinery below the test are left out."""

    class Sample(AsyncTestCase):
        loop_debug = True

        async def test_x(self) -> None:
            kept = self.make()
            del kept

        def make(self) -> object:
            return forgotten()

    with pytest.warns(UnawaitedCoroutineWarning) as caught:
        Sample("test_x").run(unittest.TestResult())
    made = [line for line in str(caught[0].message).splitlines() if line.startswith("  made in ")]
    assert [line.rpartition(" in ")[2] for line in made] == ["test_x", "make"]


def test_several() -> None:
    """Each of them is a finding."""
    with watching() as found:
        for _ in range(3):
            drop()
    assert len(found) == 3


def test_cycles() -> None:
    """A coroutine in a reference cycle is found where the young garbage is asked for."""

    def cycle() -> None:
        thing = [forgotten()]
        thing.append(thing)  # type: ignore[arg-type]

    gc.collect()
    gc.disable()
    try:
        watch = CoroutineWatch()
        cycle()
        assert len(watch.stop(collect=True)) == 1
        with watching() as found:
            cycle()
        assert found == []
        with pytest.warns(RuntimeWarning, match="never awaited"):
            gc.collect()
    finally:
        gc.enable()


# -- the test's own business ----------------------------------------------------------------------


def test_assert_warns() -> None:
    """A test that expects the warning gets it, with the interpreter's own text, and nothing is found."""
    case = unittest.TestCase()
    with watching() as found, case.assertWarnsRegex(RuntimeWarning, "^coroutine 'forgotten' was never awaited$"):
        drop()
    assert found == []


def test_pytest_warns() -> None:
    """The same holds for pytest's way to expect it."""
    with watching() as found, pytest.warns(RuntimeWarning, match="^coroutine 'forgotten' was never awaited$"):
        drop()
    assert found == []


def test_catch_warnings() -> None:
    """The same holds for the standard library's way to record it, and to ignore it."""
    with watching() as found:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            drop()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drop()
        drop()
    assert [str(warning.message) for warning in caught] == ["coroutine 'forgotten' was never awaited"]
    assert len(found) == 1


# -- whose coroutine ------------------------------------------------------------------------------


def test_nested() -> None:
    """A test that runs other tests is told its own coroutines only, before and after them."""
    with watching() as outer:
        drop()
        with watching() as inner:
            drop()
            drop()
        drop()
    assert (len(outer), len(inner)) == (2, 2)


def test_other_threads() -> None:
    """A coroutine that is dropped in a thread without a test is put down to the only test there is."""
    thread = threading.Thread(target=forgotten, name="helper")
    with watching() as found:
        run_to_end(thread)
    (text,) = found
    assert text.splitlines()[1].startswith("  dropped in thread 'helper' in File ")


def test_other_threads_while_several_tests_run() -> None:
    """Where several tests run at once nobody is blamed for what another thread drops."""
    thread = threading.Thread(target=forgotten)
    found = []

    def work() -> None:
        with watching() as own:
            run_to_end(thread)
        found.append(own)

    with pytest.warns(RuntimeWarning, match="never awaited"), watching() as outer:
        run_to_end(threading.Thread(target=work))
    assert (found, outer) == ([[]], [])


def run_to_end(thread: threading.Thread) -> None:
    """Start a thread and wait for it."""
    thread.start()
    thread.join()


def test_threads_with_watches() -> None:
    """Tests in two threads are each told their own."""
    counts: list[int] = []

    def work() -> None:
        with watching() as found:
            barrier.wait(5)
            drop()
            barrier.wait(5)
        counts.append(len(found))

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1, 1]


def test_machinery_is_not_the_place() -> None:
    """Where a framework's code drops it the place is the line of the test that called it."""
    space: dict[str, object] = {"__unittest": True, "__name__": "machinery", "make": forgotten}
    with watching() as found:
        exec(compile("make()", "machinery.py", "exec"), space)
    assert "machinery.py" not in found[0]
    assert f'  dropped in File "{__file__}"' in found[0]


def test_things_without_code() -> None:
    """What has neither a name nor code, as a compiled coroutine may, is found all the same."""
    from test_framework.guards._coroutines import _description

    thing = object()
    assert _description(thing, "") == f"coroutine {repr(thing)!r} was never awaited"


def test_chaining(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that somebody has put into the warnings module before is called for what is not a test's."""
    from test_framework.guards import _coroutines

    seen: list[object] = []
    monkeypatch.setattr(_coroutines, "_installed", [])
    monkeypatch.setattr(warnings, "_warn_unawaited_coroutine", lambda coroutine: seen.append(coroutine.__name__))
    with watching() as found:
        drop()
    drop()
    assert (len(found), seen) == (1, ["forgotten"])


def test_a_python_without_the_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the interpreter has no such hook nothing is watched and nothing breaks."""
    from test_framework.guards import _coroutines

    monkeypatch.setattr(_coroutines, "_installed", [])
    monkeypatch.delattr(warnings, "_warn_unawaited_coroutine")
    with watching() as found:
        pass
    assert found == []
    assert not hasattr(warnings, "_warn_unawaited_coroutine")


def test_an_interrupt_during_a_collection_is_not_lost() -> None:
    """Ctrl-C that comes while garbage is collected is raised after it: no code of ours runs inside, to swallow it."""
    # Without a line of Python, so that the signal is still pending when the collection ends.
    kill = ctypes.CDLL(None).kill
    kill.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.py_object)

    class Cycle:
        pass

    # Hypothesis has a callback of Python, once a property has been tested.
    others = [call for call in gc.callbacks if "hypothesis" in str(getattr(call, "__module__", ""))]
    for call in others:
        gc.callbacks.remove(call)
    # What other tests have left may have finalisers of Python.
    gc.collect()
    try:
        with watching():
            cycle: Any = Cycle()
            cycle.itself = cycle
            interrupt: Any = functools.partial(kill, os.getpid(), signal.SIGINT)
            watched = weakref.ref(cycle, interrupt)
            del cycle
            with pytest.raises(KeyboardInterrupt):
                gc.collect()
            assert watched() is None
    finally:
        gc.callbacks.extend(others)
