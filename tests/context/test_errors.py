"""Errors about contexts: their texts, and that they survive the way through another process."""

from __future__ import annotations

import copy
import pickle

import pytest

from test_framework.context import ContextIsolationError, InvalidContextError, NoCurrentContextError, _errors
from test_framework.errors import FrameworkError

TEXTS: list[tuple[FrameworkError, str]] = [
    (InvalidContextError("Context", ("user_id is missing",)), "Context cannot be made:\n  - user_id is missing"),
    (
        InvalidContextError("Context", ("user_id is missing", "run_id is empty"), 'Context(\n    run_id="r",\n)'),
        (
            "Context cannot be made:\n"
            "  - user_id is missing\n"
            "  - run_id is empty\n"
            "Write, for instance:\n"
            "    Context(\n"
            '        run_id="r",\n'
            "    )"
        ),
    ),
    (
        ContextIsolationError(("a.x is b.x (a list)", "a saw b's context")),
        "the users are not isolated:\n  - a.x is b.x (a list)\n  - a saw b's context",
    ),
    (
        NoCurrentContextError(),
        "no context is current here; enter one with use_context(context), or run the code with run_isolated()",
    ),
]
_TABLE = pytest.mark.parametrize(("error", "text"), TEXTS, ids=[type(error).__name__ for error, _ in TEXTS])


@_TABLE
def test_text(error: FrameworkError, text: str) -> None:
    """Each error makes its own text from its data."""
    assert str(error) == text


@_TABLE
def test_another_process(error: FrameworkError, text: str) -> None:
    """An error arrives whole, pickled by any protocol or copied."""
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    for other in [*(pickle.loads(pickle.dumps(error, number)) for number in protocols), copy.deepcopy(error)]:
        assert (type(other), str(other), vars(other)) == (type(error), text, vars(error))


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (InvalidContextError, (TypeError, ValueError)),
        (ContextIsolationError, (AssertionError,)),
        (NoCurrentContextError, (LookupError,)),
    ],
)
def test_standard_bases(error: type[FrameworkError], bases: tuple[type[Exception], ...]) -> None:
    """Code that knows only the standard exceptions handles ours as what they are."""
    assert error.__bases__ == (FrameworkError, *bases)
    assert (error.__doc__ or "").startswith("Raised when ")


def test_every_error_has_a_text_in_the_table() -> None:
    """A new error needs a line in the table above."""
    assert {type(error).__name__ for error, _ in TEXTS} == set(_errors.__all__)
