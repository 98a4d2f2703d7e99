"""Ending the synchronous code of a thread, and noticing that somebody is debugging it."""

from __future__ import annotations

import bdb
import pdb  # noqa: T100 - it is what is to be noticed
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from test_framework.guards import _interruption as module
from test_framework.guards._interruption import debugger_attached, interrupt, prepare, stack_of
from test_framework.runners import PhaseAborted

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

needs_signal = pytest.mark.skipif(not hasattr(signal, "SIGURG"), reason="this system has no SIGURG")


@pytest.fixture
def default() -> Iterator[None]:
    """Begin with the default handler, and go back to what was there."""
    before = signal.signal(signal.SIGURG, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGURG, before)


def soon(action: Callable[[], object], seconds: float = 0.05) -> threading.Timer:
    """Do something in another thread in a moment."""
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


# -- the main thread ------------------------------------------------------------------------------


@needs_signal
@pytest.mark.usefixtures("default")
def test_prepare() -> None:
    """The handler is installed where the default one is, and once."""
    prepare()
    assert signal.getsignal(signal.SIGURG) is module._on_signal
    prepare()
    assert signal.getsignal(signal.SIGURG) is module._on_signal


@needs_signal
@pytest.mark.usefixtures("default")
@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_prepare_with_a_handler_of_the_application(handler: Any) -> None:
    """An application that uses the signal itself keeps it."""
    signal.signal(signal.SIGURG, handler)
    prepare()
    assert signal.getsignal(signal.SIGURG) is handler


@needs_signal
@pytest.mark.usefixtures("default")
def test_prepare_in_another_thread() -> None:
    """Only the main thread may set handlers."""
    thread = threading.Thread(target=prepare)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGURG) is signal.SIG_DFL


@needs_signal
@pytest.mark.usefixtures("default")
@pytest.mark.parametrize(
    "block",
    [lambda: time.sleep(30), lambda: threading.Event().wait(30), lambda: spin(30)],
    ids=["sleep", "lock", "busy"],
)
def test_interrupting_the_main_thread(block: Callable[[], object]) -> None:
    """The main thread is interrupted wherever it is, also in a system call."""
    prepare()
    timer = soon(lambda: interrupt(threading.main_thread().ident or 0, lambda: True))
    started = time.monotonic()
    with pytest.raises(PhaseAborted):
        block()
    assert time.monotonic() - started < 5
    timer.join()


def spin(seconds: float) -> None:
    """Be busy."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


@needs_signal
@pytest.mark.usefixtures("default")
def test_what_is_not_wanted_any_more() -> None:
    """The thread itself is asked before anything is raised: a phase that has just ended is not hit."""
    prepare()
    asked: list[str] = []

    def still_wanted() -> bool:
        asked.append(threading.current_thread().name)
        return False

    timer = soon(lambda: interrupt(threading.main_thread().ident or 0, still_wanted))
    time.sleep(0.1)
    timer.join()
    assert asked == [threading.main_thread().name]


@needs_signal
@pytest.mark.usefixtures("default")
def test_two_interruptions_at_once() -> None:
    """One that is not wanted any more does not take the place of one that is."""
    prepare()
    main = threading.main_thread().ident or 0

    def both() -> None:
        interrupt(main, lambda: True)
        interrupt(main, lambda: False)

    timer = soon(both)
    with pytest.raises(PhaseAborted):
        time.sleep(1)
    timer.join()


@needs_signal
@pytest.mark.usefixtures("default")
def test_a_signal_of_somebody_else() -> None:
    """The signal itself, sent by whomever, does nothing."""
    prepare()
    signal.raise_signal(signal.SIGURG)
    assert module._wanted == []


# -- other threads --------------------------------------------------------------------------------


def in_thread(target: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Run something in a thread; return the thread, and what is raised there later."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            target()
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def test_interrupting_another_thread() -> None:
    """A thread that runs Python code is interrupted at its next step."""
    thread, raised = in_thread(lambda: spin(30))
    time.sleep(0.02)
    interrupt(thread.ident or 0, lambda: True)
    thread.join(5)
    assert [type(error) for error in raised] == [PhaseAborted]


def test_another_thread_that_is_not_wanted() -> None:
    """Nothing happens to it."""
    thread, raised = in_thread(lambda: spin(0.05))
    interrupt(thread.ident or 0, lambda: False)
    thread.join(5)
    assert raised == []


@needs_signal
@pytest.mark.usefixtures("default")
def test_the_main_thread_of_an_application_that_uses_the_signal() -> None:
    """Where the signal is taken the main thread is interrupted like any other."""
    signal.signal(signal.SIGURG, signal.SIG_IGN)
    timer = soon(lambda: interrupt(threading.main_thread().ident or 0, lambda: True))
    with pytest.raises(PhaseAborted):
        spin(30)
    timer.join()


def test_a_thread_that_has_ended() -> None:
    """A thread that is gone cannot be interrupted, and that is no error."""
    thread, _ = in_thread(lambda: None)
    thread.join()
    interrupt(thread.ident or 0, lambda: True)


# -- stacks ---------------------------------------------------------------------------------------


def test_stack_of() -> None:
    """The frames go from the outermost to the innermost; a thread that is gone has none."""

    def inner() -> list[FrameType]:
        return stack_of(threading.get_ident())

    names = [frame.f_code.co_name for frame in inner()]
    assert names[-3:] == ["test_stack_of", "inner", "stack_of"]
    assert stack_of(0) == []


# -- debuggers ------------------------------------------------------------------------------------


def frame_in(module_name: object) -> FrameType:
    """Return the frame of a function of some module."""
    space: dict[str, Any] = {"__name__": module_name, "sys": sys}
    exec("def function(): return sys._getframe()", space)
    frame: FrameType = space["function"]()
    return frame


@pytest.fixture
def nobody_traces() -> Iterator[None]:
    """Do without the tool that measures coverage, which may trace this test."""
    before = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(before)


@pytest.mark.usefixtures("nobody_traces")
def test_nobody_debugs() -> None:
    """An ordinary thread is not being debugged, whatever its modules are called."""
    assert not debugger_attached([])
    assert not debugger_attached([frame_in("sample"), frame_in("mypdb"), frame_in("tests.pdb")])
    assert not debugger_attached([frame_in(None), frame_in(3)])


@pytest.mark.parametrize("name", ["pdb", "bdb", "pydevd", "ipdb", "pudb", "debugpy", "debugpy.server", "pudb.debugger"])
def test_a_debugger_at_its_prompt(name: str) -> None:
    """A thread in which a debugger's own code runs is being debugged."""
    assert debugger_attached([frame_in("sample"), frame_in(name), frame_in("sample")])


@pytest.mark.parametrize("debugger", [bdb.Bdb, pdb.Pdb])
def test_a_debugger_that_traces(debugger: type[bdb.Bdb]) -> None:
    """So is one with a breakpoint further on: its frames are traced."""
    frame = frame_in("sample")
    frame.f_trace = debugger().trace_dispatch
    assert debugger_attached([frame_in("sample"), frame])


def test_other_tracers() -> None:
    """A tool that measures coverage is no debugger."""

    class Tracer:
        def __call__(self, *args: object) -> None: ...

    def trace(*args: object) -> None: ...

    for tracer in (trace, Tracer(), print, lambda *args: None):
        frame = frame_in("sample")
        frame.f_trace = tracer
        assert not debugger_attached([frame]), tracer


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python has no monitoring")
def test_a_debugger_by_monitoring() -> None:
    """A debugger that uses the interpreter's monitoring is seen too."""
    monitoring = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    assert not debugger_attached([])
    monitoring.use_tool_id(monitoring.DEBUGGER_ID, "a debugger")
    try:
        assert debugger_attached([])
    finally:
        monitoring.free_tool_id(monitoring.DEBUGGER_ID)
    monitoring.use_tool_id(monitoring.PROFILER_ID, "a profiler")
    try:
        assert not debugger_attached([])
    finally:
        monitoring.free_tool_id(monitoring.PROFILER_ID)
