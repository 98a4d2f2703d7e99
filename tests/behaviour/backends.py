"""The backends that are installed, as parameters for tests."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

__all__ = ["ASYNCIO_BACKENDS", "BACKENDS", "INSTALLED", "every_backend", "needs_trio", "on_asyncio", "use"]

_NEEDS = {"asyncio": "asyncio", "trio": "trio", "asyncio+uvloop": "uvloop"}

INSTALLED = tuple(backend for backend, module in _NEEDS.items() if find_spec(module) is not None)


def _parameter(backend: str) -> object:
    skip = pytest.mark.skipif(backend not in INSTALLED, reason=f"{_NEEDS[backend]} is not installed")
    return pytest.param(backend, marks=skip)


BACKENDS = tuple(_parameter(backend) for backend in _NEEDS)
ASYNCIO_BACKENDS = tuple(_parameter(backend) for backend in _NEEDS if backend != "trio")


def use(backend: str, *classes: type) -> None:
    """Let classes run on a backend."""
    for cls in classes:
        setattr(cls, "backend", backend)  # noqa: B010 - an attribute of their base


every_backend = pytest.mark.parametrize("backend", BACKENDS)
on_asyncio = pytest.mark.parametrize("backend", ASYNCIO_BACKENDS)
needs_trio = pytest.mark.skipif("trio" not in INSTALLED, reason="trio is not installed")
