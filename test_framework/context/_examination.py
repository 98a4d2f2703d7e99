"""What a context is given, examined: the slow way, which finds everything that is wrong."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from test_framework.context._correction import corrected_call, nearest, unknown_text
from test_framework.context._errors import InvalidContextError
from test_framework.context._id_rules import ID_FIELDS, REQUIRED
from test_framework.context._metadata import copied
from test_framework.context._rule import MISSING
from test_framework.context._rules import faults_of

__all__ = ["examined"]

__tracebackhide__ = True


def examined(subject: str, positional: tuple[Any, ...], values: dict[str, Any], unknown: dict[str, Any]) -> list[Any]:
    """Return the values of all fields, normalised.

    Args:
        subject: the name of the class.
        positional: what was given by position.
        values: every field by name, as far as it was given.
        unknown: what was given by a name that is no field.

    Raises:
        InvalidContextError: naming everything that is missing or wrong.
    """
    faults: list[str] = []
    if len(positional) > len(REQUIRED):
        faults.append(f"{len(positional)} arguments are given by position; {', '.join(REQUIRED)} may be, others not")
    for name, value in zip(REQUIRED, positional, strict=False):
        if values[name] is MISSING:
            values[name] = value
        else:
            faults.append(f"{name} is given twice, by position and by name")
    for name, value in unknown.items():
        faults.append(unknown_text(name, values))
        meant = nearest(name, values)
        if meant and (values[meant] is None or values[meant] is MISSING):
            values[meant] = value
    wrong = faults_of(values)
    faults += [f"{name} {fault}" for name, fault in wrong.items()]
    if faults:
        raise InvalidContextError(subject, tuple(faults), corrected_call(subject, values, wrong))
    for name in ("agent_context", "audit_metadata"):
        values[name] = copied(values[name] or {})
    if values["created_at"] is not None:
        # In its own zone it could be an hour that does not exist, or exists twice, which text and pickles forget.
        values["created_at"] = values["created_at"].astimezone(UTC)
    return [str.__str__(value) if name in ID_FIELDS and value is not None else value for name, value in values.items()]
