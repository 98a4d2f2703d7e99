"""Which message of the embedded server answers which: pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["answer_to"]

_ACKNOWLEDGED = frozenset({"ack", "broadcast", "queue", "whoami"})


def answer_to(message: str | bytes | Mapping[str, Any]) -> Callable[[Any], bool] | None:
    """Return what tells the answer to a message; None where its ``"id"`` does.

    Args:
        message: as it is sent.
    """
    content = _decoded(message)
    if not isinstance(content, dict):
        return lambda answer: bool(answer == content)
    if isinstance(content.get("id"), str | int):
        return None
    kind = content.get("type")
    if kind == "agent_request":
        run = content.get("run_id")
        return lambda answer: (
            isinstance(answer, dict)
            and answer.get("type") == "agent_completed"
            and (not run or answer.get("run_id") == run)
        )
    if isinstance(kind, str) and kind in _ACKNOWLEDGED:
        return lambda answer: isinstance(answer, dict) and answer.get("type") == f"{kind}_ok"
    return lambda answer: bool(answer == content)


def _decoded(message: str | bytes | Mapping[str, Any]) -> Any:
    if isinstance(message, Mapping):
        # As JSON has it: tuples are lists, and numbers as keys are texts.
        return json.loads(json.dumps(dict(message)))
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return message
