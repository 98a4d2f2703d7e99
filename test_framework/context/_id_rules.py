"""What an id may be, and the roles that ids have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from test_framework.context._rule import MISSING, Rule, is_text, type_name

__all__ = [
    "ID_FIELDS",
    "ID_RULES",
    "MAX_ID_LENGTH",
    "PLACEHOLDERS",
    "REQUIRED",
    "ROLES",
    "is_plain_id",
    "name_fault",
]

MAX_ID_LENGTH = 255
"""The most characters an id may have."""

REQUIRED = ("user_id", "thread_id", "run_id")
ROLES = (*REQUIRED, "websocket_client_id", "request_id")
ID_FIELDS = (*ROLES, "parent_request_id")

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


ID_RULES: tuple[Rule, ...] = (
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
)  # fmt: skip
"""The rules of ids, in the order in which they are tried."""


def name_fault(value: Any) -> str:
    """Return what is wrong with the name of an operation, or ""; a name may be any one line of visible text."""
    checks = (_not_text, _empty, _blank, _unseen, _long)
    return next((fault for check in checks if (fault := check(value, "user_id", {}))), "")
