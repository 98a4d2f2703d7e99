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
    before = _state()
    yield
    _loops.close_idle()
    assert _state() == before


def _state() -> dict[str, object]:
    trio = sys.modules.get("trio")
    return {
        "running loop": asyncio._get_running_loop(),
        "in a trio run": trio is not None and trio.lowlevel.in_trio_run(),
        "SIGINT": signal.getsignal(signal.SIGINT),
        "hooks": sys.get_asyncgen_hooks(),
        "origins": sys.get_coroutine_origin_tracking_depth(),
    }
