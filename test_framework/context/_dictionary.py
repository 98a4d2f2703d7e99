"""A context as a dictionary: written, and read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from test_framework.context._errors import InvalidContextError
from test_framework.context._metadata import copied
from test_framework.context._rule import is_text

__all__ = ["read", "written"]

__tracebackhide__ = True


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a context as they are written down: without the session, metadata as copies.

    Args:
        values: all fields, by name.
    """
    kept = {name: value for name, value in values.items() if name != "db_session"}
    return kept | {
        "created_at": kept["created_at"].isoformat(),
        "agent_context": copied(kept["agent_context"]),
        "audit_metadata": copied(kept["audit_metadata"]),
    }


def read(subject: str, values: Any) -> dict[str, Any]:
    """Return the fields that a dictionary has; whether a context can be made of them is seen later.

    Args:
        subject: the name of the class.
        values: what should be a mapping.

    Raises:
        InvalidContextError: it is none, or has keys that are no strings.
    """
    try:
        given = dict(values)
        wrong = [key for key in given if not is_text(key)]
    except Exception as exc:
        raise InvalidContextError(subject, (f"the values are no mapping: {type(exc).__name__}",)) from exc
    if wrong:
        raise InvalidContextError(subject, ("the values have keys that are no strings",))
    given = {str.__str__(key): value for key, value in given.items()}
    if type(time := given.get("created_at")) is str:
        try:
            given["created_at"] = datetime.fromisoformat(time)
        except ValueError:
            given["created_at"] = time  # the error about it is the constructor's
    return given
