"""Reads the fields of an event from whatever a message is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from test_framework.errors import FrameworkError
from test_framework.events._times import seconds_of

__all__ = ["SPELLINGS", "EventFormatError", "read_fields"]

__tracebackhide__ = True

SPELLINGS: dict[str, tuple[str, ...]] = {
    "type": ("type", "event_type", "event", "message_type", "kind"),
    "user_id": ("user_id", "user"),
    "run_id": ("run_id", "run", "agent_run_id"),
    "thread_id": ("thread_id", "thread"),
    "timestamp": ("timestamp", "time", "ts", "timestamp_ms", "created_at", "occurred_at", "sent_at", "emitted_at"),
    "tool_name": ("tool_name", "tool"),
    "tool_call_id": ("tool_call_id", "call_id", "tool_use_id", "tool_execution_id", "tool_id"),
    "event_id": ("event_id", "message_id"),
}
"""The names of each field, in order of precedence; also in camel case, with hyphens or in capitals."""

_NESTED = ("payload", "data")
_ENVELOPES = frozenset({"event", "message", "notification"})
"""Types that say nothing about the event inside."""
_TIMES = "epoch seconds or milliseconds, ISO 8601 text or a datetime"


class EventFormatError(FrameworkError, ValueError):
    """Raised when something cannot be read as an event.

    Attributes:
        faults: one text for each fault.
        where: what could not be read ("line 3", "events[4]"); empty if it was the only one.
    """

    def __init__(self, faults: tuple[str, ...], where: str = "") -> None:
        super().__init__(faults, where)
        self.faults = faults
        self.where = where

    def __str__(self) -> str:
        subject = self.where or "this event"
        if len(self.faults) == 1:
            return f"{subject} cannot be read: {self.faults[0]}"
        return f"{subject} cannot be read:" + "".join(f"\n  - {fault}" for fault in self.faults)


def read_fields(source: object) -> dict[str, Any]:
    """Return the arguments for an Event.

    Args:
        source: a mapping, JSON text or an object with attributes.

    Raises:
        EventFormatError: it cannot be read; all faults at once.
    """
    message = _mapping_of(source)
    nested = [value for key, value in message.items() if isinstance(value, Mapping) and _is_nested(key)]
    layers = [_folded(layer) for layer in (message, *nested)]
    faults: list[str] = []
    values: dict[str, Any] = {}
    for name, reader in _READERS.items():
        try:
            values[name] = reader(name, layers)
        except ValueError as exc:
            faults.append(str(exc))
    if faults:
        raise EventFormatError(tuple(faults))
    values["data"] = _rest(message, nested)
    return values


def _mapping_of(source: object) -> Mapping[str, Any]:
    if isinstance(source, (str, bytes, bytearray)):
        return _mapping_of_json(source)
    if isinstance(source, Mapping):
        return source
    found = _attributes(source)
    if not found:
        kind = type(source).__name__
        raise EventFormatError((f"it is of type {kind}; write a mapping, JSON text or an object with attributes",))
    return found


def _mapping_of_json(text: str | bytes | bytearray) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        raise EventFormatError((f"it is not JSON ({exc.msg}, at character {exc.pos})",)) from None
    except (ValueError, RecursionError) as exc:
        why = "not UTF-8" if isinstance(exc, UnicodeDecodeError) else "nested too deeply or with too long a number"
        raise EventFormatError((f"it is not JSON ({why})",)) from None
    if not isinstance(value, dict):
        raise EventFormatError((f"it is a JSON {_json_name(value)}; write a JSON object",))
    return value


def _json_name(value: object) -> str:
    names: dict[type, str] = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _attributes(source: object) -> dict[str, Any]:
    """Return the attributes of a dataclass, a named tuple, a model or any other object with fields of its own."""
    if isinstance(source, type):
        return {}
    if is_dataclass(source):
        return {field.name: getattr(source, field.name) for field in fields(source)}
    for method in ("_asdict", "model_dump"):
        if callable(getattr(type(source), method, None)):
            return dict(getattr(source, method)())
    slots = [name for kind in type(source).__mro__ for name in _names(vars(kind).get("__slots__", ()))]
    properties = [name for kind in type(source).__mro__ for name, value in vars(kind).items() if _is_known(name, value)]
    names = [name for name in (*getattr(source, "__dict__", {}), *slots, *properties) if not name.startswith("_")]
    return {name: getattr(source, name) for name in names if hasattr(source, name)}


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _is_known(name: str, value: object) -> bool:
    return isinstance(value, property) and (_fold(name) in _KNOWN or _fold(name) in _NESTED)


@lru_cache(maxsize=1024)
def _fold(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


_FOLDED = {name: tuple(_fold(spelling) for spelling in spellings) for name, spellings in SPELLINGS.items()}
_KNOWN = frozenset(spelling for spellings in _FOLDED.values() for spelling in spellings)


def _is_nested(key: object) -> bool:
    return isinstance(key, str) and (_fold(key) in _NESTED or _fold(key) == "event")


def _folded(layer: Mapping[Any, Any]) -> dict[str, Any]:
    return {_fold(key): value for key, value in layer.items() if isinstance(key, str) and value is not None}


def _candidates(name: str, layers: list[dict[str, Any]]) -> Iterator[Any]:
    for layer in layers:
        for spelling in _FOLDED[name]:
            if spelling in layer:
                yield layer[spelling]


def _type(name: str, layers: list[dict[str, Any]]) -> str:
    found = [value.value if isinstance(value, Enum) else value for value in _candidates(name, layers)]
    found = [value for value in found if not isinstance(value, Mapping)]
    if not found:
        spelled = ", ".join(f'"{spelling}"' for spelling in SPELLINGS["type"][:3])
        raise ValueError(f"the type is missing; write it as one of {spelled}")
    inner = [value for value in found if not isinstance(value, str) or value.lower() not in _ENVELOPES]
    chosen = inner[0] if inner else found[0]
    if not isinstance(chosen, str):
        raise ValueError(f"the type is of type {type(chosen).__name__}; write text")  # noqa: TRY004 - a fault of input
    if not chosen.strip():
        raise ValueError("the type is blank; write the event's name")
    return chosen


def _id(name: str, layers: list[dict[str, Any]]) -> str | None:
    for value in _candidates(name, layers):
        # "user": {"id": ...}, "tool": {"name": ..., "id": ...}
        inner = _inner(name, value)
        if inner is None:
            continue
        if isinstance(inner, Enum):
            inner = inner.value
        if isinstance(inner, bool) or not isinstance(inner, (str, int, UUID)):
            raise ValueError(f"{name} is of type {type(inner).__name__}; write text")  # noqa: TRY004 - a fault of input
        if not str(inner).strip():
            raise ValueError(f"{name} is blank; write an id, or leave it out")
        return str(inner)
    return None


def _inner(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    inside = _folded(value)
    return inside.get("name") if name == "tool_name" else inside.get("id", inside.get(_fold(name)))


def _time(name: str, layers: list[dict[str, Any]]) -> float | None:
    for value in _candidates(name, layers):
        try:
            return seconds_of(value)
        except (ValueError, OverflowError, OSError):
            shown = repr(value)[:40] if isinstance(value, (str, int, float)) else f"of type {type(value).__name__}"
            raise ValueError(f"{name} is {shown}; write {_TIMES}") from None
    return None


_READERS: dict[str, Any] = dict.fromkeys(SPELLINGS, _id) | {"type": _type, "timestamp": _time}


def _rest(message: Mapping[Any, Any], nested: list[Mapping[Any, Any]]) -> dict[str, Any]:
    rest = {str(key): value for key, value in message.items() if not _is_read(key, value)}
    for layer in nested:
        rest.update((str(key), value) for key, value in layer.items())
    return rest


def _is_read(key: object, value: object) -> bool:
    if isinstance(value, Mapping) and _is_nested(key):
        return True
    return isinstance(key, str) and _fold(key) in _KNOWN and not isinstance(value, Mapping)
