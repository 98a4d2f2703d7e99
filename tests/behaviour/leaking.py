"""Sample classes whose first test leaves something behind."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED
from .leaks import CATEGORIES, LEAKS, Leak
from .recording import Record, run_class
from .surroundings import Neighbour

__all__ = ["QUIET", "every", "first_of_each", "make", "run"]

QUIET = dict.fromkeys(CATEGORIES, "ignore")
# Each of these takes time to be done and to be found, so what is the same on every backend is shown on one.
_SLOW = ("leaked_threads", "blocking_calls")


def every(leaks: list[Leak], *, quick: bool = False) -> pytest.MarkDecorator:
    """Parametrize with each leak on each backend where it can be done.

    Args:
        leaks: all of them.
        quick: show slow ones on one backend only.
    """
    pairs = [
        (leak, backend)
        for leak in leaks
        for backend in (leak.backends[:1] if quick and leak.guard in _SLOW else leak.backends)
        if backend in INSTALLED
    ]
    return pytest.mark.parametrize(("leak", "backend"), pairs, ids=[f"{leak}-{backend}" for leak, backend in pairs])


first_of_each = every(list({leak.guard: leak for leak in reversed(LEAKS)}.values()), quick=True)


def make(leak: Leak, **attributes: Any) -> type[AsyncTestCase]:
    """Return a class whose first test leaves something behind, and whose other one must not notice."""

    class Sample(Neighbour, AsyncTestCase):
        grace_period = 1.0
        blocking_threshold = 0.2

        async def test_1_leaks(self) -> None:
            await leak.function(self)

        async def test_9_next(self) -> None:
            # A thread that is let alone is there in the next test too.
            if leak.guard != "leaked_threads":
                await super().test_9_next()
            # Whatever is collected only now is not the fault of this test.
            gc.collect()

    for name, value in attributes.items():
        setattr(Sample, name, value)
    return Sample


def run(cls: type[AsyncTestCase], backend: str, **options: Any) -> Record:
    """Run all tests of a class; the last one must not notice."""
    record = run_class(cls, backend=backend, **options)
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    return record
