"""Each test starts without an idle loop and leaves none."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator

import pytest

from test_framework.runners import _loops


@pytest.fixture(autouse=True)
def _fresh_thread() -> Iterator[None]:
    _loops.close_idle()
    _leave_trio()
    before = _state()
    yield
    _loops.close_idle()
    assert _state() == before


def _leave_trio() -> None:
    """Free the thread of a run that a test before has failed to end, so that one failure does not bring others."""
    if "trio" in sys.modules:
        from trio._core._run import GLOBAL_RUN_CONTEXT

        if vars(GLOBAL_RUN_CONTEXT):
            GLOBAL_RUN_CONTEXT.__dict__.clear()
            sys.set_asyncgen_hooks(None, None)


def _state() -> dict[str, object]:
    trio = sys.modules.get("trio")
    return {
        "running loop": asyncio._get_running_loop(),
        "in a trio run": trio is not None and trio.lowlevel.in_trio_run(),
        "SIGINT": signal.getsignal(signal.SIGINT),
        "hooks": sys.get_asyncgen_hooks(),
        "origins": sys.get_coroutine_origin_tracking_depth(),
    }
