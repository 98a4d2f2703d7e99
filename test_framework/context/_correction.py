"""The corrected call that an error shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from test_framework.context._id_rules import ID_FIELDS, REQUIRED, ROLES
from test_framework.context._ids import fresh_id
from test_framework.context._rule import MISSING, is_text

__all__ = ["corrected_call", "nearest", "unknown_text"]

_SHOWN = 60


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that an unknown one was most likely meant to be, or ""."""
    # Loading it takes longer than most calls; only a mistake needs it.
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    # Abbreviations keep the first letter: uid is user_id, though run_id is as close.
    return next((match for match in close if match[:1] == name[:1]), close[0] if close else "")


def unknown_text(name: str, known: Iterable[str]) -> str:
    """Return what an error says about an argument that does not exist."""
    shown = name if name.isidentifier() and len(name) <= _SHOWN else f"{name[:_SHOWN]!r}"
    meant = nearest(name, known)
    return f"{shown} is not an argument; " + (f"did you mean {meant}?" if meant else f"there are {', '.join(known)}")


def corrected_call(name: str, values: Mapping[str, Any], wrong: Collection[str]) -> str:
    """Return a call of a class that works, ready to paste.

    Good ids stay, others are replaced by fresh ones. What cannot be written out, and metadata, which may hold what
    nobody should print, is left to the reader in a comment.

    Args:
        name: the class.
        values: what was given.
        wrong: the fields that cannot stay.
    """
    lines: list[str] = []
    for field in ROLES:
        given = values.get(field)
        if field in REQUIRED or (given is not None and given is not MISSING):
            kept = str.__str__(given) if is_text(given) and field not in wrong else fresh_id(field)
            lines.append(f"{field}={_quoted(kept)},")
    depth, parent = values.get("operation_depth"), values.get("parent_request_id")
    if type(depth) is int and depth and is_text(parent) and not {"operation_depth", "parent_request_id"} & {*wrong}:
        lines += [f"operation_depth={depth},", f"parent_request_id={_quoted(str.__str__(parent))},"]
    others = [field for field in values if field not in (*ID_FIELDS, "operation_depth") and field not in wrong]
    rest = [field for field in others if values[field] is not None and values[field] is not MISSING]
    if rest:
        lines.append(f"# and, as before: {', '.join(rest)}")
    return "\n".join([f"{name}(", *(f"    {line}" for line in lines), ")"])


def _quoted(text: str) -> str:
    # A good id holds nothing else that would have to be escaped.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
