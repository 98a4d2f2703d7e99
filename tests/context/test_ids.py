"""Fresh ids, as users make them."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework import UserExecutionContext, fresh_run_id, fresh_thread_id, fresh_user_id


def test_fresh_ids_make_a_valid_context() -> None:
    """The class takes them, each in its role."""
    thread = fresh_thread_id()
    context = UserExecutionContext(user_id=fresh_user_id(), thread_id=thread, run_id=fresh_run_id(thread))
    assert context.user_id.startswith("user-")
    assert context.thread_id.startswith("thread-")


def test_fresh_ids_are_unique() -> None:
    """No two are the same, also of one thread."""
    ids = [make() for make in (fresh_user_id, fresh_thread_id, lambda: fresh_run_id("t")) for _ in range(100)]
    assert len({*ids}) == 300


def test_a_run_names_its_thread() -> None:
    """Whoever reads the id of a run sees the thread."""
    assert fresh_run_id("thread-1").startswith("run-thread-1-")


def test_the_longest_thread_has_runs() -> None:
    """A run of a thread with an id as long as ids may be is valid too."""
    thread = "t" * 255
    assert UserExecutionContext(user_id="u", thread_id=thread, run_id=fresh_run_id(thread)).thread_id == thread


@pytest.mark.parametrize("wrong", [None, 1, b"t"])
def test_a_thread_is_a_string(wrong: Any) -> None:
    """Anything else is an error that shows it."""
    with pytest.raises(TypeError, match="thread_id must be a str, not"):
        fresh_run_id(wrong)
