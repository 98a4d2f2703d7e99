"""Ids of other users, found in what a user got."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from test_framework.context._reachable import Node, path_of, walk
from test_framework.context._rule import is_text

__all__ = ["foreign_ids"]

_WORD = re.compile(r"[\w.:@+-]+")
_LONG_ENOUGH = 12


def foreign_ids(results: Mapping[str, Any], users: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    """Return a text for each id of another user in what a user's function returned.

    Args:
        results: what it returned, by the label of its user.
        users: the context of each user, by label.
        fields: what the contexts call the field of each role.
    """
    owners: dict[str, tuple[str, str]] = {}
    for label, context in users.items():
        for role, field in fields.items():
            value = getattr(context, field, None)
            if is_text(value):
                owners[str.__str__(value)] = (label, role)
    findings: list[str] = []

    def search(label: str) -> Callable[[Node], bool]:
        def enter(node: Node) -> bool:
            for text in _texts(node.value):
                owner, role = owners.get(text, (label, ""))
                if owner != label:
                    path = path_of(node, f"results[{label!r}]")
                    findings.append(f"{label} saw {owner}'s {role} {text!r} in {path}")
            return True

        return enter

    for label, result in results.items():
        walk(result, search(label))
    return findings


def _texts(value: Any) -> set[str]:
    """Return a text, and the words in it that are long enough to be nothing but an id."""
    if isinstance(value, (bytes, bytearray)):
        value = value.decode("utf-8", "replace")
    if not is_text(value):
        return set()
    text = str.__str__(value)
    return {text, *(word for word in _WORD.findall(text) if len(word) >= _LONG_ENOUGH)}
