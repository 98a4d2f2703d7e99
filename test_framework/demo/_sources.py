"""The source of the modules that hold the demo's tests."""

from __future__ import annotations

from textwrap import dedent, indent

from test_framework.demo._mistakes import MISTAKES, Backend

__all__ = ["module_source"]

_HEAD = '''\
"""Tests that make a mistake each, but the last."""

{imports}


async def save(order):
    """Save an order."""


async def fail(text):
    """Do something that goes wrong."""
    raise OSError(text)


async def poll():
    """Look for news, for ever."""
    while True:
        await sleep(0.05)
'''
_ON_ASYNCIO = """
import asyncio
import threading
import time
from asyncio import sleep
{base}
"""
_ON_TRIO = """
import threading
import time
from contextlib import asynccontextmanager
{base}

import trio
from trio import sleep
"""
_TASKS_ON_ASYNCIO = '''\
async def swallow_cancellation():
    """Run on whatever happens."""
    while True:
        try:
            await sleep(0.05)
        except asyncio.CancelledError:
            pass


async def answer(requests, replies):
    """Answer every request in a queue."""
    while await requests.get():
        await replies.put("pong")
'''
_TASKS_ON_TRIO = '''\
async def answer(requests, replies):
    """Answer every request of a channel."""
    async for _ in requests:
        await replies.send("pong")


@asynccontextmanager
async def time_limit(seconds):
    """Limit what happens inside."""
    with trio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimeoutError
'''
_PARTS: dict[Backend, tuple[str, str]] = {
    "asyncio": (_ON_ASYNCIO, _TASKS_ON_ASYNCIO),
    "trio": (_ON_TRIO, _TASKS_ON_TRIO),
}


def module_source(module: str, base: str, backend: Backend) -> str:
    """Return the source of one of the test modules.

    Args:
        module: its name.
        base: the statement that imports the base class, under the name ``TestCase``.
        backend: which backend it is for.
    """
    imports, tasks = _PARTS[backend]
    parts = [_HEAD.format(imports=imports.strip().format(base=base)), tasks]
    for mistake in MISTAKES:
        body = dedent(mistake.body_for(backend)).strip("\n")
        if mistake.module == module and body:
            docstring = f'"""A test that {mistake.title}."""\n\n'
            parts.append(f"class {mistake.name}(TestCase):\n{indent(docstring + body, '    ')}\n")
    return "\n\n".join(parts)
