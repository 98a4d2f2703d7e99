"""The five events that a user of an agent must see."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CRITICAL_EVENTS", "CriticalEvent"]


class CriticalEvent(StrEnum):
    """An event that every run of an agent sends to its user; equal to its name as text."""

    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"


CRITICAL_EVENTS: tuple[CriticalEvent, ...] = tuple(CriticalEvent)
"""All of them, in the order of the simplest run."""
