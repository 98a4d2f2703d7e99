"""The words that attributes of a class, decorators and settings take."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["BACKENDS", "GUARDS", "LEVELS", "Backend", "GuardLevel"]

GuardLevel = Literal["ignore", "warn", "fail"]
LEVELS: tuple[str, ...] = get_args(GuardLevel)
GUARDS = ("leaked_tasks", "background_exceptions", "unawaited_coroutines", "leaked_threads", "blocking_calls")
Backend = Literal["asyncio", "trio", "asyncio+uvloop"]
BACKENDS: tuple[str, ...] = get_args(Backend)
