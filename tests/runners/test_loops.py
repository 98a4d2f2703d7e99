"""Stock loops are handed on only when they are proved to hold nothing."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from test_framework.runners import _loops

from .loop_changes import CHANGES, UNDONE, Kept

# What the proof leaves out: it follows from what it looks at, or no code of a test can change it through the interface.
NOT_COMPARED = {
    "_clock_resolution",
    "_coroutine_origin_tracking_enabled",
    "_coroutine_origin_tracking_saved_depth",
    "_csock",
    "_old_agen_hooks",
    "_ssock",
}
if sys.version_info >= (3, 14):
    # Waits for child processes, whose transports the proof looks at.
    NOT_COMPARED.add("_watcher")
READ_OTHERWISE = {"_asyncgens", "_debug", "_ready", "_selector", "_transports"}
reuses = pytest.mark.skipif(sys.version_info >= (3, 16), reason="not compared with this Python's event loop yet")


@pytest.fixture
def kept() -> Iterator[Kept]:
    """Keep alive what a change needs, and clean up after it."""
    things: Kept = []
    yield things
    for thing in things:
        if isinstance(thing, asyncio.Transport):
            # Its loop is closed and cannot close it any more.
            thing._sock = None  # type: ignore[attr-defined]
        elif isinstance(thing, socket.socket | asyncio.Server):
            thing.close()
        elif isinstance(thing, TemporaryDirectory):
            thing.cleanup()


def script(text: str) -> subprocess.CompletedProcess[str]:
    """Run a script in an interpreter of its own, where every warning is an error."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(text)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


# -- reuse ----------------------------------------------------------------------------------------


@reuses
def test_a_loop_is_handed_on() -> None:
    """On the Pythons that the proof knows, a loop that nobody touched is really used again: all speed rests on it."""
    loop = _loops.acquire()
    _loops.release(loop)
    assert _loops.acquire() is loop


@reuses
@pytest.mark.parametrize("name", UNDONE)
def test_what_leaves_nothing(name: str, kept: Kept) -> None:
    """Ordinary work, and what a test has put back, does not cost the loop."""
    loop = _loops.acquire()
    UNDONE[name](loop, kept)
    assert _loops.is_pristine(loop)
    _loops.release(loop)
    assert _loops.acquire() is loop


def test_the_proof_knows_every_attribute_of_a_loop() -> None:
    """An attribute that a future Python adds has to be looked at, or to be listed here with the others."""
    loop = _loops.acquire()
    assert set(vars(loop)) - NOT_COMPARED == set(_loops._FRESH) | READ_OTHERWISE


@reuses
@pytest.mark.parametrize("attribute", sorted(_loops._FRESH))
def test_every_compared_attribute_counts(attribute: str) -> None:
    """Each value that the proof compares is enough to spoil it."""
    loop = _loops.acquire()
    value = getattr(loop, attribute)
    setattr(loop, attribute, "changed")
    try:
        assert not _loops.is_pristine(loop)
    finally:
        setattr(loop, attribute, value)
    assert _loops.is_pristine(loop)


def test_one_idle_loop_for_each_thread() -> None:
    """A second loop that comes back is closed."""
    first, second = _loops.acquire(), _loops.acquire()
    assert first is not second
    _loops.release(first)
    _loops.release(second)
    assert second.is_closed()
    assert _loops.acquire() is first


def test_threads_do_not_share() -> None:
    """Each thread has an idle loop of its own."""
    mine = _loops.acquire()
    _loops.release(mine)
    found: list[object] = []

    def other() -> None:
        loop = _loops.acquire()
        _loops.release(loop)
        found.extend((loop, _loops.acquire()))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found[0] is found[1]
    assert found[0] is not mine
    assert _loops.acquire() is mine


def test_loops_of_threads_that_ended() -> None:
    """A thread that ends takes its idle loop with it: threads by the hundred do not use up the process's files."""

    def once() -> None:
        _loops.release(_loops.acquire())

    for _ in range(10):
        thread = threading.Thread(target=once)
        thread.start()
        thread.join()
    _loops.release(_loops.acquire())
    assert len(_loops._born) <= 2


# -- what spoils a loop ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_loop_is_closed(name: str, kept: Kept) -> None:
    """Whatever a test leaves on the loop or changes about it, the next test gets another loop."""
    loop = _loops.acquire()
    CHANGES[name](loop, kept)
    assert not _loops.is_pristine(loop)
    _loops.release(loop)
    assert loop.is_closed()
    assert _loops.acquire() is not loop


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_loop_changed_while_idle_is_closed(name: str, kept: Kept) -> None:
    """Code that kept the loop of an earlier test cannot change the loop of a later one."""
    loop = _loops.acquire()
    _loops.release(loop)
    CHANGES[name](loop, kept)
    other = _loops.acquire()
    assert other is not loop
    assert loop.is_closed()


def test_a_running_loop_is_not_pristine() -> None:
    """A loop that runs is never handed on, nor closed under whoever runs it."""
    loop = _loops.acquire()

    async def give_back() -> tuple[bool, bool]:
        proved = _loops.is_pristine(loop)
        _loops.release(loop)
        return proved, loop.is_closed()

    assert loop.run_until_complete(give_back()) == (False, False)
    assert _loops.acquire() is not loop
    loop.close()


def test_a_loop_of_somebody_else_is_never_pristine() -> None:
    """A loop that did not come from here may be of any make; it is closed."""
    loop = asyncio.new_event_loop()
    assert not _loops.is_pristine(loop)
    _loops.release(loop)
    assert loop.is_closed()


def test_a_loop_without_the_private_attributes_is_never_pristine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proof does not find what it reads, as on a future Python, nothing is proved."""
    loop = _loops.acquire()
    ready = vars(loop).pop("_ready")
    assert not _loops.is_pristine(loop)
    vars(loop)["_ready"] = ready
    # The number of attributes is as it was.
    vars(loop)["_transports"] = object()
    assert not _loops.is_pristine(loop)


@pytest.mark.skipif(sys.version_info >= (3, 16), reason="there are no event loop policies any more")
@pytest.mark.filterwarnings("ignore:.*is deprecated and slated for removal in Python 3.16:DeprecationWarning")
def test_a_policy_set_in_the_meantime_is_followed() -> None:
    """A suite that installs an event loop policy gets that policy's loops, whatever ran before it."""
    _loops.release(_loops.acquire())

    class OwnLoop(asyncio.SelectorEventLoop):
        pass

    class OwnPolicy(asyncio.DefaultEventLoopPolicy):
        def new_event_loop(self) -> asyncio.AbstractEventLoop:
            return OwnLoop()

    before = asyncio.get_event_loop_policy()  # type: ignore[deprecated]
    asyncio.set_event_loop_policy(OwnPolicy())  # type: ignore[deprecated]
    try:
        loop = _loops.acquire()
        kind = type(loop)
        _loops.release(loop)
    finally:
        asyncio.set_event_loop_policy(before)  # type: ignore[deprecated]
    assert kind is OwnLoop
    assert loop.is_closed()


def test_discard_leaves_a_closed_loop_alone() -> None:
    """A loop that a test has closed is only forgotten."""
    loop = _loops.acquire()
    loop.close()
    _loops.discard(loop)
    assert loop not in _loops._born


# -- the first turn -------------------------------------------------------------------------------


def test_first_turn_runs_what_is_due() -> None:
    """The first turn runs the one callback that is due, in a running loop with its hooks."""
    loop = _loops.acquire()
    seen: list[object] = []
    loop.call_soon(lambda: seen.extend((asyncio.get_running_loop(), loop.is_running(), sys.get_asyncgen_hooks()[0])))
    assert _loops.first_turn(loop)
    assert seen == [loop, True, loop._asyncgen_firstiter_hook]  # type: ignore[attr-defined]
    assert _loops.is_pristine(loop)


def test_first_turn_puts_everything_back_after_an_exception() -> None:
    """What a callback raises through the loop comes out, and the loop does not run any more."""
    loop = _loops.acquire()

    def leave() -> None:
        raise SystemExit(3)

    loop.call_soon(leave)
    with pytest.raises(SystemExit):
        _loops.first_turn(loop)
    assert not loop.is_running()
    assert asyncio._get_running_loop() is None
    assert loop.run_until_complete(asyncio.sleep(0, "works")) == "works"


def test_first_turn_that_ctrl_c_ends_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C that comes when the turn is over does not leave a loop that seems to run for ever."""
    loop = _loops.acquire()
    hooks = sys.get_asyncgen_hooks()

    class Interrupted:
        """Module `events`, where Ctrl-C is raised after the loop has been taken away."""

        def _set_running_loop(self, running: Any) -> None:
            asyncio._set_running_loop(running)
            if running is None:
                raise KeyboardInterrupt

    loop.call_soon(lambda: None)
    with monkeypatch.context() as patched:
        patched.setattr(_loops, "events", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            _loops.first_turn(loop)
    sys.set_asyncgen_hooks(*hooks)
    assert not loop.is_running()
    assert asyncio._get_running_loop() is None
    assert loop.run_until_complete(asyncio.sleep(0, "works")) == "works"


def _two_callbacks(loop: Any) -> None:
    loop.call_soon(print)
    loop.call_soon(print)


@pytest.mark.parametrize(
    "prepare",
    [lambda loop: None, _two_callbacks, lambda loop: loop.set_debug(True), lambda loop: loop.close()],
    ids=["nothing due", "two callbacks", "debug", "closed"],
)
def test_no_first_turn(prepare: Any) -> None:
    """The short cut is taken only where it does what the loop itself would do."""
    loop: Any = _loops.acquire()
    prepare(loop)
    due = list(loop._ready)
    assert not _loops.first_turn(loop)
    assert list(loop._ready) == due
    loop._ready.clear()


def test_no_first_turn_of_a_foreign_loop() -> None:
    """A loop that did not come from here is run by its own code."""
    loop = asyncio.new_event_loop()
    loop.call_soon(print)
    assert not _loops.first_turn(loop)
    loop.close()


# -- the end of the process, and the beginning of another ------------------------------------------


def test_idle_loops_are_closed_at_exit() -> None:
    """The end of the process brings no ResourceWarning, from the main thread's loop or from others'."""
    done = script(
        """
        import threading
        from test_framework.runners import _loops

        def use():
            _loops.release(_loops.acquire())

        use()
        stay = threading.Event()
        threading.Thread(target=lambda: (use(), stay.wait()), daemon=True).start()
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_measure_of_exits_sees_a_warning() -> None:
    """The check above can fail: a loop that nobody closes is seen."""
    done = script("import asyncio; loop = asyncio.new_event_loop(); del loop")
    assert "ResourceWarning" in done.stderr


FORK = """
    import asyncio, os, sys, threading
    from test_framework.runners import _loops

    idle = _loops.acquire()
    held = _loops.acquire()
    _loops.release(idle)
    child = os.fork()
    if not child:
        fresh = _loops.acquire()
        fresh.run_until_complete(asyncio.sleep(0.001))
        _loops.release(fresh)
        again = _loops.acquire() is fresh
        ok = fresh not in (idle, held) and idle.is_closed() and held.is_closed() and again
        _loops.release(fresh)
        sys.exit(0 if ok else 3)
    _, status = os.waitpid(child, 0)
    print("child", os.waitstatus_to_exitcode(status))
    for loop in (held, _loops.acquire()):
        # Another thread wakes the loop up through what parent and child shared.
        timer = threading.Timer(0.05, loop.call_soon_threadsafe, [loop.stop])
        timer.start()
        guard = loop.call_later(5, print, "not woken up")
        guard.cancel()
        loop.call_later(5, lambda: (print("not woken up"), loop.stop()))
        loop.run_forever()
        timer.join()
    print("parent", _loops.acquire() is not idle)
"""


@pytest.mark.skipif(not hasattr(sys.modules["os"], "fork"), reason="this system has no fork")
def test_fork() -> None:
    """A forked child has loops of its own, and the parent's loops still wake up after it."""
    done = script(FORK)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["child", "0", "parent", "True"]
