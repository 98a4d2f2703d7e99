"""Closing a session when Ctrl-C comes at the worst moment."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextvars import copy_context
from typing import Any

import pytest

from test_framework import AsyncTestCase
from test_framework._case._policy import policy_of
from test_framework._case._session import Session


class Sample(AsyncTestCase):
    """Has the policy of a class that says nothing."""


def test_an_interruption_while_a_session_is_closed_closes_the_loop() -> None:
    """A session that was not finished is finished when it is closed; Ctrl-C then must not leave the loop open."""
    session = Session(policy_of(Sample), copy_context())
    kept: list[Any] = []

    async def interrupted() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise KeyboardInterrupt

    async def test() -> None:
        kept.append(asyncio.create_task(interrupted()))
        await asyncio.sleep(0)

    session.runner.run(test())
    loop = session.runner.loop
    with pytest.raises(KeyboardInterrupt):
        session.close()
    assert isinstance(kept[0].exception(), KeyboardInterrupt)
    assert loop.is_closed()
    kept.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del session, loop
        gc.collect()
