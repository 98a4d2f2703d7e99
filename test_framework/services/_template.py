"""What a database is made of before a test gets it."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias, cast

from test_framework.services._both import in_worker_thread
from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError

__all__ = ["Template", "build", "digest", "is_of_texts"]

Step: TypeAlias = "str | os.PathLike[str] | Callable[[str], Awaitable[object] | object]"
Template: TypeAlias = "Step | Sequence[Step]"


def _steps(template: Template) -> Iterator[Step]:
    """Yield SQL texts, files and functions, in order; a folder stands for its ``*.sql`` files, sorted by name."""
    for step in cast("Sequence[Step]", template if _is_sequence(template) else [template]):
        if isinstance(step, os.PathLike) and Path(step).is_dir():
            files = sorted(Path(step).glob("*.sql"))
            if not files:
                raise ValueError(f"{os.fspath(step)} has no *.sql files to make a template of")
            yield from files
        elif isinstance(step, str | os.PathLike) or callable(step):
            yield step
        else:
            raise TypeError(
                "a template is SQL text, a pathlib.Path of a file or folder, a function that takes the DSN, or a list "
                f"of these, not {step!r}"
            )


def _is_sequence(template: Template) -> bool:
    return isinstance(template, Sequence) and not isinstance(template, str)


def digest(template: Template) -> str:
    """Return what tells a template from others: a hash of its texts, and which functions it calls.

    Args:
        template: SQL text, files or functions.
    """
    sums = hashlib.sha256()
    for step in _steps(template):
        if isinstance(step, str):
            content = b"text" + step.encode()
        elif isinstance(step, os.PathLike):
            content = b"file" + Path(step).read_bytes()
        else:
            content = f"function {id(step)}".encode()
        sums.update(hashlib.sha256(content).digest())
    return sums.hexdigest()[:16]


def is_of_texts(template: Template) -> bool:
    """Return whether a template is SQL texts and files only: its digest then says all, in every process.

    Args:
        template: SQL text, files or functions.
    """
    return all(isinstance(step, str | os.PathLike) for step in _steps(template))


def build(template: Template, database: Database, execute: Callable[[str], object]) -> None:
    """Fill a database.

    Args:
        template: SQL text, files or functions.
        database: its address, which functions are given.
        execute: runs SQL in it.

    Raises:
        ServiceError: the server refuses a text or a file; it names the file.
    """
    for step in _steps(template):
        if isinstance(step, str):
            _execute(execute, step, "the template's SQL")
        elif isinstance(step, os.PathLike):
            _execute(execute, Path(step).read_text("utf-8"), os.fspath(step))
        else:
            _settle(step(database))


def _execute(execute: Callable[[str], object], sql: str, name: str) -> None:
    try:
        execute(sql)
    except ServiceError as exc:
        raise ServiceError(f"{name}: {exc.message}", code=exc.code) from None


def _settle(value: object) -> None:
    """Await what a function returned, in the event loop of the test if there is one."""
    if not inspect.isawaitable(value):
        return

    async def settle() -> None:
        await value

    if in_worker_thread():
        from anyio import from_thread

        from_thread.run(settle)
    else:
        import asyncio

        asyncio.run(settle())
