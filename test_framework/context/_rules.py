"""What a context may be made of: one table, which validation runs and the documentation prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeGuard

from test_framework.context._metadata import MAX_NESTING, NestedTooDeeplyError, copied

__all__ = [
    "ID_FIELDS",
    "MAX_ID_LENGTH",
    "MAX_OPERATION_DEPTH",
    "MISSING",
    "PLACEHOLDERS",
    "REQUIRED",
    "ROLES",
    "RULES",
    "Rule",
    "faults_of",
    "is_plain_id",
    "is_text",
    "name_fault",
    "type_name",
]

MISSING: Final = object()
"""Stands for a required argument that was not given."""

MAX_ID_LENGTH = 255
"""The most characters an id may have."""
MAX_OPERATION_DEPTH = 10
"""How many times a child context can have a child."""

REQUIRED = ("user_id", "thread_id", "run_id")
ROLES = (*REQUIRED, "websocket_client_id", "request_id")
ID_FIELDS = (*ROLES, "parent_request_id")
_METADATA = ("agent_context", "audit_metadata")

PLACEHOLDERS = (
    "-1",
    "0",
    "changeme",
    "default",
    "false",
    "fixme",
    "n/a",
    "nan",
    "nil",
    "none",
    "null",
    "placeholder",
    "tbd",
    "todo",
    "true",
    "undefined",
    "unknown",
    "xxx",
)
"""Words that stand where an id was forgotten, in any case. Short ids such as "test" or "1" are none of them."""

_PRINTABLE = 10**6
_TEMPLATES = {"<": ">", "[": "]", "{": "}", "${": "}", "%(": ")s", "{{": "}}"}
# Cc, Cf, Cs, Zl and Zp: what cannot be seen in a log, changes the lines of one, or cannot be sent as UTF-8.
_UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000110bd\\U000110cd\\U00013430-\\U0001343f"
    "\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0001\\U000e0020-\\U000e007f]"
)
# The words above; a shape that the rest of the pattern cannot have is left out of it.
_WORDS = "|".join(map(re.escape, PLACEHOLDERS))
is_plain_id = re.compile(rf"(?![<\[{{$%]|(?i:{_WORDS})\Z)[!-~]{{1,{MAX_ID_LENGTH}}}").fullmatch
"""Matches most good ids in one pass. What it does not match goes through the rules, which have the last word."""


class Rule(NamedTuple):
    """One line of the table of rules.

    Attributes:
        fields: the fields it holds for.
        refuses: what it refuses, for the documentation.
        check: takes the value, the name of the field and all values; returns what is wrong, or "".
    """

    fields: tuple[str, ...]
    refuses: str
    check: Callable[[Any, str, Mapping[str, Any]], str]


def type_name(value: object) -> str:
    """Return how an error names what something is, with its article."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a string."""
    return issubclass(type(value), str)


def _missing(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
    return "is missing" if value is MISSING else ""


def _not_text(value: Any, name: str, _values: Mapping[str, Any]) -> str:
    if value is None:
        return "is None, not a str" if name in REQUIRED else ""
    if is_text(value):
        return ""
    cure = f"; write str({name})" if type(value).__name__ in {"UUID", "int"} else ""
    return f"is {type_name(value)}, not a str{cure}"


def _on_text(judge: Callable[[str], str]) -> Callable[[Any, str, Mapping[str, Any]], str]:
    def check(value: Any, _name: str, _values: Mapping[str, Any]) -> str:
        return judge(str.__str__(value)) if is_text(value) else ""

    return check


@_on_text
def _empty(value: str) -> str:
    return "" if value else "is empty"


@_on_text
def _blank(value: str) -> str:
    if not value.strip():
        return "is blank"
    return "begins or ends with white space" if value != value.strip() else ""


@_on_text
def _unseen(value: str) -> str:
    found = _UNSEEN.search(value)
    if found is None:
        return ""
    return f"contains the control or invisible character U+{ord(found[0]):04X} at index {found.start()}"


@_on_text
def _long(value: str) -> str:
    return f"has {len(value)} characters; at most {MAX_ID_LENGTH} are allowed" if len(value) > MAX_ID_LENGTH else ""


@_on_text
def _placeholder(value: str) -> str:
    return f"is the placeholder {value!r}, not an id" if value.lower() in PLACEHOLDERS else ""


@_on_text
def _template(value: str) -> str:
    # The value is not shown: it may be the repr of an object with all that it holds.
    for start, end in _TEMPLATES.items():
        if value.startswith(start) and value.endswith(end):
            return f"is an unfilled template or the repr of an object: it begins with {start} and ends with {end}"
    return ""


def _reused(value: Any, name: str, values: Mapping[str, Any]) -> str:
    if not is_text(value):
        return ""
    for earlier in ID_FIELDS[: ID_FIELDS.index(name)]:
        other = values.get(earlier)
        if is_text(other) and str.__eq__(other, value):
            return f"is the same as {earlier}: an id has one role"
    return ""


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
    Rule(REQUIRED, "missing", _missing),
    Rule(ID_FIELDS, "anything but a string (`None` where it is optional)", _not_text),
    Rule(ID_FIELDS, "an empty string", _empty),
    Rule(ID_FIELDS, "a blank one, and white space at either end", _blank),
    Rule(ID_FIELDS, "control characters, line separators, surrogates and invisible characters", _unseen),
    Rule(ID_FIELDS, f"more than {MAX_ID_LENGTH} characters", _long),
    Rule(ID_FIELDS, "a placeholder, in any case: " + ", ".join(f"`{word}`" for word in PLACEHOLDERS), _placeholder),
    Rule(ID_FIELDS, "an unfilled template or the repr of an object: "
         + ", ".join(f"`{start}...{end}`" for start, end in _TEMPLATES.items()), _template),
    Rule(ID_FIELDS[1:], "an id that has another role already", _reused),
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


def name_fault(value: Any) -> str:
    """Return what is wrong with the name of an operation, or ""; a name may be any one line of visible text."""
    checks = (_not_text, _empty, _blank, _unseen, _long)
    return next((fault for check in checks if (fault := check(value, "user_id", {}))), "")
