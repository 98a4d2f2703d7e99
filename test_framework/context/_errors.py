"""Errors about users' contexts."""

from __future__ import annotations

from test_framework.errors import FrameworkError

__all__ = ["ContextIsolationError", "InvalidContextError", "NoCurrentContextError"]

_SHOWN = 20


class InvalidContextError(FrameworkError, TypeError, ValueError):
    """Raised when a context cannot be made of what was given; names everything that is missing or wrong.

    Attributes:
        subject: what could not be made, usually the name of a class.
        faults: one text for each thing that is missing or wrong.
        correction: a call that works, ready to paste; empty where there is none to show.
    """

    def __init__(self, subject: str, faults: tuple[str, ...], correction: str = "") -> None:
        super().__init__(subject, faults, correction)
        self.subject = subject
        self.faults = faults
        self.correction = correction

    def __str__(self) -> str:
        lines = [f"{self.subject} cannot be made:", *(f"  - {fault}" for fault in self.faults)]
        if self.correction:
            lines += ["Write, for instance:", *(f"    {line}" for line in self.correction.splitlines())]
        return "\n".join(lines)


class ContextIsolationError(FrameworkError, AssertionError):
    """Raised when users share an id, a session or a mutable object, or when one saw what is another's.

    Attributes:
        findings: one text for each thing shared or seen.
    """

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        lines = ["the users are not isolated:", *(f"  - {finding}" for finding in self.findings[:_SHOWN])]
        if len(self.findings) > _SHOWN:
            lines.append(f"  and {len(self.findings) - _SHOWN} more")
        return "\n".join(lines)


class NoCurrentContextError(FrameworkError, LookupError):
    """Raised when code asks for the current context where none is set."""

    def __str__(self) -> str:
        return "no context is current here; enter one with use_context(context), or run the code with run_isolated()"
