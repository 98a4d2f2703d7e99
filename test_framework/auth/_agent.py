"""The agent of the server: five events for each request, and a memory for each thread: pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["Agent"]

_TURNS_KEPT = 100
_TOOL = "echo"


class Agent:
    """Answers requests; what was said before in a thread of a user stays in view.

    Args:
        clock: seconds since 1970-01-01 UTC.
        new_id: makes an id that is not used elsewhere.
    """

    __slots__ = ("_clock", "_new_id", "_threads")

    def __init__(self, clock: Callable[[], float], new_id: Callable[[str], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._threads: dict[str, dict[str, deque[Any]]] = {}

    def run(self, user_id: str, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the five critical events of one run, in order.

        Args:
            user_id: whose request it is.
            request: ``message`` is what the user says; ``thread_id``, ``run_id``, ``id``, ``tool_name`` may be given.
        """
        thread_id = _text(request.get("thread_id")) or self._new_id("thread")
        said = self._threads.setdefault(user_id, {}).setdefault(thread_id, deque(maxlen=_TURNS_KEPT))
        before = [*said]
        said.append(request.get("message"))
        common = {
            "user_id": user_id,
            "thread_id": thread_id,
            "run_id": _text(request.get("run_id")) or self._new_id("run"),
        }
        tool = {"tool_name": _text(request.get("tool_name")) or _TOOL, "tool_call_id": self._new_id("call")}
        message = request.get("message")
        steps: list[tuple[str, dict[str, Any]]] = [
            ("agent_started", {}),
            ("agent_thinking", {"context": before}),
            ("tool_executing", {**tool, "arguments": message}),
            ("tool_completed", {**tool, "result": message}),
            ("agent_completed", {"result": message, "turn": len(before) + 1, "history": [*before, message]}),
        ]
        # The last event is the answer to the request, if it has an id.
        answer = {} if request.get("id") is None else {"id": request["id"]}
        for name, details in steps:
            last = answer if name == "agent_completed" else {}
            yield {"type": name, **common, "timestamp": self._clock(), **details, **last}

    def forget(self, user_id: str) -> None:
        """Forget what a user has said."""
        self._threads.pop(user_id, None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
