"""A line of what ``doctor`` says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked for.

    Attributes:
        name: what.
        found: what it is, or what is the matter with it.
        cure: what to do about it; empty if there is nothing to do.
        fault: whether something that was asked for does not work, and not just an option that is not there.
    """

    name: str
    found: str
    cure: str = ""
    fault: bool = False
