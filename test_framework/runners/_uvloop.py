"""The asyncio runner on uvloop's event loop."""

from __future__ import annotations

import asyncio

import uvloop

from test_framework.errors import BackendError
from test_framework.runners._asyncio import AsyncioRunner

__all__ = ["UvloopRunner"]

__unittest = True


class UvloopRunner(AsyncioRunner):
    """Runs the phases of one test in one task of a uvloop event loop; each test gets a new loop."""

    backend = "asyncio+uvloop"

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        loop = uvloop.new_event_loop() if self._factory is None else self._factory()
        if not isinstance(loop, uvloop.Loop):
            loop.close()
            raise BackendError(f"backend 'asyncio+uvloop' needs a uvloop event loop, but loop_factory made {loop!r}")
        return loop
