# Written as such suites are, without types.
# mypy: ignore-errors
"""Fixtures of the sample suite that are defined outside of its module."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(scope="session")
async def pool():
    """Yield a resource of the whole session that works on its own loop only."""
    loop = asyncio.get_running_loop()
    yield loop
    assert asyncio.get_running_loop() is loop


@pytest.fixture(scope="session")
def settings():
    """Return something synchronous."""
    return {"retries": 3}
