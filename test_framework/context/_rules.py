"""What a context may be made of: one table, which validation runs and the documentation prints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from test_framework.context._id_rules import ID_RULES, name_fault
from test_framework.context._metadata import MAX_NESTING, NestedTooDeeplyError, copied
from test_framework.context._rule import MISSING, Rule, is_text, type_name

__all__ = ["MAX_OPERATION_DEPTH", "RULES", "child_faults", "faults_of"]

MAX_OPERATION_DEPTH = 10
"""How many times a child context can have a child."""


_METADATA = ("agent_context", "audit_metadata")

_PRINTABLE = 10**6


def _wrong_time(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    if value is None:
        return ""
    if not issubclass(type(value), datetime):
        return f"is {type_name(value)}, not a datetime"
    if value.utcoffset() is None:
        return "has no time zone; write datetime.now(UTC)"
    try:
        value.astimezone(UTC)
    except OverflowError:
        return "is out of range in UTC"
    return ""


def _no_mapping(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    if value is None or isinstance(value, Mapping):
        return ""
    return f"is {type_name(value)}, not a mapping"


def _wrong_keys(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    wrong: object = next((key for key in value or () if not is_text(key)), MISSING)
    return "" if wrong is MISSING else f"has a key that is {type_name(wrong)}, not a str"


def _too_deep(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    try:
        copied(value or {})
    except NestedTooDeeplyError:
        return f"is nested more than {MAX_NESTING} deep"
    return ""


def _wrong_depth(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    if type(value) is not int:
        return f"is {type_name(value)}, not an int"
    # Not every int can be written out.
    if value < 0:
        return f"is {value}; it begins at 0" if value > -_PRINTABLE else "is hugely negative; it begins at 0"
    if value > MAX_OPERATION_DEPTH:
        return f"is {value if value < _PRINTABLE else 'huge'}; at most {MAX_OPERATION_DEPTH} are allowed"
    return ""


def _orphaned(value: Any, _name: str, values: Mapping[str, Any]) -> str:
    depth = values.get("operation_depth")
    if type(depth) is not int or (value is not None and not is_text(value)):
        return ""
    if value is None and depth > 0:
        return f"is missing, but operation_depth is {depth if depth < _PRINTABLE else 'huge'}: a child has a parent"
    return "is given, but operation_depth is 0: only a child has a parent" if value is not None and depth == 0 else ""


RULES: tuple[Rule, ...] = (
    *ID_RULES,
    Rule(("parent_request_id",), "missing in a child, given where `operation_depth` is 0", _orphaned),
    Rule(("created_at",), "anything but a `datetime` with a time zone", _wrong_time),
    Rule(_METADATA, "anything but a mapping", _no_mapping),
    Rule(_METADATA, "a key that is no string", _wrong_keys),
    Rule(_METADATA, f"containers more than {MAX_NESTING} deep in each other", _too_deep),
    Rule(("operation_depth",), f"anything but an `int` from 0 to {MAX_OPERATION_DEPTH}", _wrong_depth),
)  # fmt: skip
"""Every rule, in the order in which they are tried; of each field the first fault is reported."""


def faults_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with each field that is given, by its name, in the order of the fields.

    Args:
        values: the fields; `MISSING` for a required one that was not given. Fields that are absent are not judged.
    """
    faults: dict[str, str] = {}
    for field, value in values.items():
        for rule in RULES:
            if field in rule.fields and (fault := _judged(rule, field, value, values)):
                faults[field] = fault
                break
    return faults


def _judged(rule: Rule, field: str, value: Any, values: Mapping[str, Any]) -> str:
    try:
        return rule.check(value, field, values)
    except Exception as exc:  # an argument may be of any class, with any method broken
        return f"cannot be examined: {type(exc).__name__}"


def child_faults(operation_name: Any, depth: int, metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is wrong with the arguments of a child context.

    Args:
        operation_name: what the child does.
        depth: how many parents its parent has.
        metadata: what is added to that of its parent, by the name of the argument.
    """
    faults = [f"operation_name {fault}"] if (fault := name_fault(operation_name)) else []
    faults += [f"{name} is {type_name(value)}, not a mapping"
               for name, value in metadata.items() if not isinstance(value, Mapping)]  # fmt: skip
    if depth >= MAX_OPERATION_DEPTH:
        faults.append(f"its parent is {depth} deep; at most {MAX_OPERATION_DEPTH} are allowed")
    return tuple(faults)
