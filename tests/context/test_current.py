"""The current context: per task, for a block, and an error where there is none."""

from __future__ import annotations

import contextvars

import pytest

from test_framework.context import NoCurrentContextError, UserExecutionContext, current_context, use_context

CONTEXT = UserExecutionContext("u", "t", "r")


def test_there_is_none() -> None:
    """Without one the error says how to get one; it is a LookupError."""
    with pytest.raises(LookupError, match=r"enter one with use_context\(context\), or run the code with run_isolated"):
        current_context()


def test_for_a_block() -> None:
    """A context is current in its block, also where blocks are nested or end in an error."""
    with use_context(CONTEXT) as entered:
        assert entered is current_context() is CONTEXT
        with use_context("another"):
            assert current_context() == "another"
        assert current_context() is CONTEXT
        with pytest.raises(OSError, match="inside"), use_context("another"):
            raise OSError("inside")
        assert current_context() is CONTEXT
    with pytest.raises(NoCurrentContextError):
        current_context()


def test_other_execution_contexts_do_not_see_it() -> None:
    """What runs elsewhere has none."""
    elsewhere = contextvars.copy_context()
    with use_context(CONTEXT), pytest.raises(NoCurrentContextError):
        elsewhere.run(current_context)
