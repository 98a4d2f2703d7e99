"""Fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.helpers.auth_helpers import WebSocketAuthTester
from tests.websocket.backends import RUNS


@pytest.fixture(params=list(RUNS))
def run(request: pytest.FixtureRequest) -> Any:
    """Return what runs a coroutine function, on each backend."""
    if request.param == "trio":
        # Before the test has made anything that would be left behind.
        pytest.importorskip("trio", reason="needs the extra trio")
    return RUNS[request.param]


@pytest.fixture
def tester() -> Iterator[WebSocketAuthTester]:
    """Return a tester with an embedded server, made in synchronous code."""
    with WebSocketAuthTester() as made:
        yield made
