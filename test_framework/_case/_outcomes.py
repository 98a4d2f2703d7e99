"""From the exception that ended a phase to the one that the test is reported with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn, cast

from test_framework.errors import DeadlineExceeded
from test_framework.guards import Deadline
from test_framework.runners import PhaseAbandoned, PhaseAborted, Runner

__all__ = ["add_note", "deadline_error", "first_leaf", "is_all_cancellation", "only_leaf", "raise_unchained"]

__unittest = True


def only_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """Return the exception inside nested groups if there is exactly one, with a note on where it was.

    Args:
        group: an exception group that left a phase.
    """
    leaf: BaseException = group
    names = []
    while isinstance(leaf, BaseExceptionGroup):
        if len(leaf.exceptions) != 1:
            return None
        names.append(f"{type(leaf).__name__}({leaf.message!r})")
        leaf = leaf.exceptions[0]
    if not _is_skip_of_pytest(leaf):
        # Under pytest a note would be part of the reason that its summary shows.
        add_note(leaf, f"It was the only exception in {' in '.join(reversed(names))}{_where(group)}.")
    return leaf


def _is_skip_of_pytest(exception: BaseException) -> bool:
    pytest: Any = sys.modules.get("pytest")
    return pytest is not None and isinstance(exception, pytest.skip.Exception)


def _where(group: BaseException) -> str:
    """Return where test code let the group out."""
    traceback = group.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if "__unittest" not in frame.f_globals:
            code = frame.f_code
            return f', which left {code.co_qualname} at File "{code.co_filename}", line {traceback.tb_lineno}'
        traceback = traceback.tb_next
    return ""


def first_leaf(exception: BaseException) -> BaseException:
    """Return the first exception inside nested groups."""
    while isinstance(exception, BaseExceptionGroup):
        exception = exception.exceptions[0]
    return exception


def is_all_cancellation(exception: BaseException, runner: Runner | None) -> bool:
    """Return whether an exception, or every one in a group, is a cancellation: the backend's or a deadline's."""

    def is_cancellation(leaf: BaseException) -> bool:
        return isinstance(leaf, PhaseAborted) or (runner is not None and runner.is_cancellation(leaf))

    if isinstance(exception, BaseExceptionGroup):
        return exception.split(is_cancellation)[1] is None
    return is_cancellation(exception)


def raise_unchained(exception: BaseException) -> NoReturn:
    """Raise *exception* with the context that it has, rather than the one of the caller."""
    context = exception.__context__
    try:
        raise exception
    finally:
        # Past the exception's own __setattr__: a frozen one refuses.
        cast("Any", BaseException).__context__.__set__(exception, context)
        del exception


def add_note(exception: BaseException, note: str) -> None:
    """Add a note to an exception, unless it cannot take one."""
    with suppress(Exception):
        exception.add_note(note)


def deadline_error(
    deadline: Deadline, phase: str, aborted: BaseException, runner: Runner | None, notes: Sequence[str] = ()
) -> DeadlineExceeded:
    """Return the failure for a phase that its deadline has ended.

    Args:
        deadline: has expired.
        phase: the name of the phase.
        aborted: what ended the phase: `PhaseAborted`, whose cause is what the phase raised while it was being
            cancelled, or what the phase made of it.
        runner: tells a cancellation from an exception of the test; None where nothing can be cancelled.
        notes: what else there is to say about the same mistake.
    """
    report = deadline.report
    if isinstance(aborted, PhaseAbandoned):
        report += f"\n\nIt did not end within {deadline.grace:g} s of being cancelled and was abandoned."
    for note in notes:
        title, _, stack = note.partition("\n")
        report += f"\n\n{title if stack in report else note}"
    error = DeadlineExceeded(deadline.seconds, phase, report)
    cause = aborted.__cause__ if isinstance(aborted, PhaseAborted) else aborted
    if cause is not None and not isinstance(cause, PhaseAborted) and not is_all_cancellation(cause, runner):
        error.__cause__ = cause
    error.__suppress_context__ = True
    return error
