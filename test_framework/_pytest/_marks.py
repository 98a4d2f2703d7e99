"""Marks by which other plugins take the body of a test away from its class."""

from __future__ import annotations

import pytest

__all__ = ["hidden_marks"]

# The names that the plugins are registered by; the mark that each looks for has the same name. anyio's and
# pytest-asyncio's replace marked asynchronous functions when they are collected, pytest-trio's when they are called.
_TAKERS = ("anyio", "asyncio", "trio")


def hidden_marks(config: pytest.Config) -> frozenset[str]:
    """Return the marks that the items of this package do not show when asked for the nearest one.

    ``-m`` and ``iter_markers()`` still see them.

    Args:
        config: says which plugins are there.
    """
    return frozenset(name for name in _TAKERS if config.pluginmanager.hasplugin(name))
