"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.websocket.backends import RUNS
from tests.websocket.servers import PlainServer


@pytest.fixture(params=list(RUNS))
def run(request: pytest.FixtureRequest) -> Any:
    """Return what runs a coroutine function, on each backend."""
    return RUNS[request.param]


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    """Return a plain server of websockets that echoes."""
    with PlainServer() as server:
        yield server
