"""What reports call a cleanup, and where it and other functions are defined."""

from __future__ import annotations

import inspect
from functools import partial
from types import CodeType, FunctionType
from typing import Any

__all__ = ["code_of", "name_of_cleanup", "place_of"]

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
        function = _without_partials(function)
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
        function = _without_partials(function)
        code = getattr(function, "cr_code", None)
    except Exception:
        return ""
    code = code if type(code) is CodeType else code_of(function)
    return "" if code is None else f'File "{code.co_filename}", line {code.co_firstlineno}'


def _without_partials(function: Any) -> Any:
    while isinstance(function, partial):
        function = function.func
    return function


def code_of(value: Any) -> CodeType | None:
    """Return the code of what is written in Python, decorated or not; None for anything else.

    Args:
        value: whatever stands in a class.
    """
    if type(value) is FunctionType and not value.__dict__:
        # Nearly all are such, and unwrapping takes most of the time of all these checks.
        return value.__code__
    try:
        value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        code = getattr(inspect.unwrap(value), "__code__", None) if callable(value) else None
    except Exception:
        # Objects may answer a question about their attributes by any error, as proxies of what is not there do.
        return None
    # A mock of code says that it is of its class.
    return code if type(code) is CodeType else None
