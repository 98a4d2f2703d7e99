"""Stock asyncio event loops, handed from test to test only when proved pristine.

The law of this module: a loop that is given out is indistinguishable from a new one. The proof reads
private attributes of the two stock loop classes; where one of them is missing (a future Python), nothing
is proved and every test gets a loop of its own, which is slower and just as correct.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
import sys
import threading
from asyncio import events, tasks as asyncio_tasks
from operator import itemgetter
from typing import Any, NamedTuple

__all__ = ["COUNTS_TASKS", "acquire", "discard", "first_turn", "forget_stop", "is_pristine", "no_task_alive", "release"]

__unittest = True

_STOCK: type[asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop

# What a loop that nobody used looks like. One C-level lookup of all names keeps the proof under two microseconds.
_FRESH: dict[str, object] = {
    "_exception_handler": None,
    "_task_factory": None,
    "_default_executor": None,
    "_asyncgens_shutdown_called": False,
    "_executor_shutdown_called": False,
    "_stopping": False,
    "_closed": False,
    "_thread_id": None,
    "_current_handle": None,
    "_timer_cancelled_count": 0,
    "_internal_fds": 1,
    "_scheduled": [],
    "_signal_handlers": {},
    "slow_callback_duration": 0.1,
}
if sys.version_info >= (3, 13):
    _FRESH["_unix_server_sockets"] = {}
_values_of = itemgetter(*_FRESH)
_FRESH_VALUES = tuple(_FRESH.values())
_weak_of = itemgetter("_asyncgens", "_transports")


class _Slot:
    """The place for the idle loop of one thread; gone with the thread, and the loop with it."""

    __slots__ = ("__weakref__", "loop")

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None

    def __del__(self) -> None:
        if self.loop is not None:
            discard(self.loop)


class _Idle(threading.local):
    """The one idle loop of each thread."""

    def __init__(self) -> None:
        self.slot = _Slot()


class _Birth(NamedTuple):
    """What a stock loop was when it was new: the rest is the same for all of them."""

    attributes: int
    debug: bool
    policy: object


_idle = _Idle()
# Every stock loop in our hands.
_born: dict[asyncio.AbstractEventLoop, _Birth] = {}


def acquire() -> asyncio.AbstractEventLoop:
    """Return this thread's idle loop, or a new stock loop.

    Returns:
        A loop that holds nothing from any earlier test.
    """
    slot = _idle.slot
    loop = slot.loop
    if loop is not None:
        slot.loop = None
        # It was proved on release, but whoever kept it may have used it since.
        if is_pristine(loop):
            return loop
        discard(loop)
    loop = events.new_event_loop()
    if type(loop) is _STOCK:
        _born[loop] = _Birth(len(vars(loop)), loop.get_debug(), _policy())
    return loop


def _policy() -> object:
    """Return the policy in force without making one: whoever installs another one expects its loops."""
    return getattr(events, "_event_loop_policy", None)


def release(loop: asyncio.AbstractEventLoop, *, proved: bool = False) -> None:
    """Keep *loop* for this thread's next test when it is proved pristine, close it otherwise.

    Args:
        loop: a loop that is not running and that no task uses any more.
        proved: whether `is_pristine` has just said so.
    """
    slot = _idle.slot
    if slot.loop is None and (proved or is_pristine(loop)):
        slot.loop = loop
    else:
        discard(loop)


def discard(loop: asyncio.AbstractEventLoop) -> None:
    """Close *loop* and forget it."""
    if _born.pop(loop, None) is None:
        _remove_signal_handlers(loop)
    if not loop.is_closed() and not loop.is_running():
        loop.close()


def _remove_signal_handlers(loop: asyncio.AbstractEventLoop) -> None:
    """Give back the signals that a foreign loop would forget on close (uvloop does); a stock loop gives them back."""
    if threading.current_thread() is threading.main_thread():
        for number in signal.valid_signals():
            if getattr(signal.getsignal(number), "__self__", None) is loop:
                default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
                signal.signal(number, default)


def is_pristine(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether *loop* is proved to hold nothing and to behave like a new loop."""
    birth = _born.get(loop)
    if birth is None:
        return False
    state = vars(loop)
    try:
        asyncgens, transports = _weak_of(state)
        return (
            not state["_ready"]
            and _values_of(state) == _FRESH_VALUES
            and not asyncgens.data
            and not transports.data
            and state["_debug"] is birth.debug
            and len(state) == birth.attributes
            and _policy() is birth.policy
            and len(state["_selector"]._fd_to_key) == 1
            and (no_task_alive() or not asyncio_tasks.all_tasks(loop))
        )
    except (AttributeError, KeyError):
        return False


def no_task_alive() -> bool:
    """Return whether the process is proved to have no task, without the cost of listing them."""
    return _REGISTRY is not None and not _REGISTRY.data


def _task_registry() -> Any:
    # From 3.14 the C tasks live in lists that Python code cannot see.
    name = "_scheduled_tasks" if sys.version_info >= (3, 12) else "_all_tasks"
    return None if sys.version_info >= (3, 14) else getattr(asyncio.tasks, name, None)


_REGISTRY = _task_registry()
COUNTS_TASKS = _REGISTRY is not None
"""Whether `no_task_alive` can prove anything."""


def first_turn(loop: asyncio.AbstractEventLoop) -> bool:
    """Run the callbacks that are due on an idle stock loop, without polling the selector.

    A test that never waits ends in this turn, at a third of the cost of ``run_forever``.

    Returns:
        Whether the turn was taken; False for a loop that is not known to be idle and stock.
    """
    birth = _born.get(loop)
    if birth is None:
        return False
    state = vars(loop)
    ready = state["_ready"]
    if len(ready) != 1 or state["_debug"] or state["_thread_id"] is not None or state["_closed"]:
        return False
    handle = ready.popleft()
    hooks = sys.get_asyncgen_hooks()
    state["_thread_id"] = threading.get_ident()
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)  # type: ignore[attr-defined]
    events._set_running_loop(loop)
    try:
        handle._run()
    finally:
        # Ctrl-C may come after each call: a loop that seems to run would be in the way of every test that follows.
        state["_thread_id"] = None
        events._set_running_loop(None)
        sys.set_asyncgen_hooks(*hooks)
    return True


def forget_stop(loop: asyncio.AbstractEventLoop) -> None:
    """Take back the ``stop()`` with which a phase ended its turn."""
    vars(loop)["_stopping"] = False


def close_idle() -> None:
    """Close every idle loop of this process; called at exit."""
    for loop in list(_born):
        with contextlib.suppress(RuntimeError):
            discard(loop)
    _idle.slot.loop = None


def forget_after_fork() -> None:
    """Drop the parent's loops in a forked child without touching what both processes share.

    ``loop.close()`` in the child would unregister the self-pipe from the epoll instance that the parent
    still polls, and the parent would no longer wake up. Closing the child's copies of the descriptors
    is harmless.
    """
    _idle.slot.loop = None
    for loop in list(_born):
        state = vars(loop)
        with contextlib.suppress(Exception):
            for name in ("_ssock", "_csock"):
                os.close(state[name].detach())
                state[name] = None
            state["_selector"]._selector.close()
            state["_closed"] = True
    _born.clear()


atexit.register(close_idle)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_after_fork)
