"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.auth import AuthServer
from tests.websocket.backends import RUNS


@pytest.fixture(params=list(RUNS))
def run(request: pytest.FixtureRequest) -> Any:
    """Return what runs a coroutine function, on each backend."""
    return RUNS[request.param]


@pytest.fixture
def server() -> Iterator[AuthServer]:
    """Return a running server with two users."""
    with AuthServer() as running:
        running.add_user("alice", email="alice@example.test", tier="pro", permissions=["broadcast"], scopes=["chat"])
        running.add_user("bob")
        yield running
