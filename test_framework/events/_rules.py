"""The rules of the golden path, by name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["GOLDEN_PATH_RULES", "rules_without"]

__tracebackhide__ = True

GOLDEN_PATH_RULES: dict[str, str] = {
    "some_events": "there are events of at least one run",
    "started_first": "a run begins with agent_started",
    "one_run": "a run starts once and stays in one thread",
    "no_foreign_user": "every event is for the one user that the run belongs to",
    "thinking_before_tools": "agent_thinking comes before the first tool",
    "tools_paired": "every tool_executing has its one tool_completed, after it and before the run's end",
    "all_present": "agent_thinking, tool_executing and tool_completed have come before the run's end",
    "completed_last": "a run ends with agent_completed",
    "nothing_after_end": "nothing of a run comes after its agent_completed",
    "no_duplicates": "no event comes twice",
    "time_forward": "within a run, time does not go backwards",
    "no_extra": "there are only the five critical events (asked for with extra='refuse')",
    "nothing_dropped": "the recording is whole: no event was dropped for want of room",
}
"""Each rule and what it says."""


def rules_without(without: str | Iterable[str], *, extra: str, no_tools: str) -> frozenset[str]:
    """Return the rules that hold.

    Args:
        without: the names of those switched off.
        extra: "allow" or "refuse" events of other types.
        no_tools: "allow" or "refuse" runs without tools.

    Raises:
        ValueError: a name or choice is unknown; all faults at once.
    """
    names = (without,) if isinstance(without, str) else tuple(without)
    faults = [_unknown(name) for name in names if name not in GOLDEN_PATH_RULES]
    for argument, value in (("extra", extra), ("no_tools", no_tools)):
        if value not in ("allow", "refuse"):
            faults.append(f"{argument} is {value!r}; write 'allow' or 'refuse'")
    if faults:
        raise ValueError("; ".join(faults))
    off = {*names, *(("no_extra",) if extra == "allow" else ())}
    return frozenset(GOLDEN_PATH_RULES) - off


def _unknown(name: object) -> str:
    close = get_close_matches(str(name), GOLDEN_PATH_RULES, n=1)
    instead = f"did you mean {close[0]!r}?" if close else f"the rules are {', '.join(GOLDEN_PATH_RULES)}"
    return f"there is no rule {name!r}; {instead}"
