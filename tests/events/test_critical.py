"""The five critical events."""

from __future__ import annotations

import json

from test_framework import CRITICAL_EVENTS, CriticalEvent


def test_there_are_five_in_the_order_of_the_simplest_run() -> None:
    """The five names are those of the contract, in order."""
    names = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]
    assert names == list(CRITICAL_EVENTS)


def test_each_is_its_name() -> None:
    """A member equals its name, shows itself as it, and is written as it."""
    name: str = CriticalEvent.AGENT_STARTED
    assert name == "agent_started"
    assert f"{CriticalEvent.AGENT_STARTED}" == "agent_started"
    assert json.dumps(CriticalEvent.AGENT_STARTED) == '"agent_started"'
    assert "tool_completed" in CRITICAL_EVENTS
    assert CriticalEvent("agent_completed") is CriticalEvent.AGENT_COMPLETED
