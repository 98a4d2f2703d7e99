"""What reports call a cleanup, and where it is defined."""

from __future__ import annotations

import inspect
from functools import partial
from types import CodeType
from typing import Any

__all__ = ["name_of_cleanup", "place_of"]

__unittest = True


def name_of_cleanup(function: Any, *args: Any) -> str:
    """Return how a cleanup is called in reports.

    Args:
        function: was passed to ``addCleanup``, or stands for what is in its first argument.
        args: its arguments.
    """
    try:
        if args and str(getattr(function, "__module__", "")).startswith("test_framework._case."):
            function = args[0]
        while isinstance(function, partial):
            function = function.func
        name = getattr(function, "__qualname__", None)
    except Exception:
        # Objects may answer a question about their attributes by any error, and the cleanup is to run all the same.
        name = None
    return f"cleanup {name if isinstance(name, str) else type(function).__qualname__}"


def place_of(function: Any) -> str:
    """Return the file and line where a function, or the function of a coroutine, is defined; empty if it has none.

    Args:
        function: whatever was to be called.
    """
    try:
        while isinstance(function, partial):
            function = function.func
        code = getattr(function, "cr_code", None) or getattr(inspect.unwrap(function), "__code__", None)
    except Exception:
        return ""
    return f'File "{code.co_filename}", line {code.co_firstlineno}' if isinstance(code, CodeType) else ""
