"""Modules that are loaded with the first class that has tests: what looks at the tests of a class, what runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_framework._lazy import LazyModule

if TYPE_CHECKING:
    from test_framework._case import _methods as methods, _running as running
else:
    methods = LazyModule("test_framework._case._methods")
    running = LazyModule("test_framework._case._running")

__all__ = ["methods", "running"]
