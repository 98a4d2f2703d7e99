"""What a test needs when it runs: loaded with the first class that has tests, not with the class to derive from."""

from __future__ import annotations

from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING

from test_framework._case._entering import methods_of
from test_framework._case._groups import RaisedGroup
from test_framework._case._host import carry_over, missing_arguments
from test_framework._case._module_fixtures import refuse_async_module_fixtures
from test_framework._case._names import name_of_cleanup, place_of
from test_framework._case._outcomes import (
    add_note,
    deadline_error,
    first_leaf,
    is_all_cancellation,
    only_leaf,
    raise_unchained,
)
from test_framework._case._policy import policy_of
from test_framework._case._scope import subject_of
from test_framework._case._scopes import close_scope, open_scope, scope_for
from test_framework._case._session import Session, run_inside
from test_framework._case._standing import is_set_up, is_torn_down, was_interrupted
from test_framework._case._unrun import refuse_uncalled, refuse_unrun
from test_framework.errors import BackendError, MissingFixturesError
from test_framework.guards import Deadline, discard_refused
from test_framework.runners import PhaseAborted, discard_awaitable, runner_class

if TYPE_CHECKING:
    from test_framework._case._standard import StandardCase

__all__ = [
    "BackendError",
    "Deadline",
    "MissingFixturesError",
    "PhaseAborted",
    "RaisedGroup",
    "add_note",
    "carry_over",
    "close_scope",
    "deadline_error",
    "discard_awaitable",
    "discard_refused",
    "first_leaf",
    "is_all_cancellation",
    "is_set_up",
    "is_torn_down",
    "load_runner",
    "methods_of",
    "missing_arguments",
    "name_of_cleanup",
    "only_leaf",
    "open_scope",
    "open_session",
    "place_of",
    "policy_of",
    "raise_unchained",
    "refuse_async_module_fixtures",
    "refuse_uncalled",
    "refuse_unrun",
    "run_inside",
    "scope_for",
    "subject_of",
    "was_interrupted",
]

__unittest = True


def load_runner(backend: str) -> None:
    """Load what runs tests on a backend, if it is there: later a test, or a fixture, may have patched what that needs.

    Args:
        backend: its name.
    """
    with suppress(BackendError):
        runner_class(backend)


def open_session(case: StandardCase) -> Session:
    """Return a new session for a test case that is about to run.

    Args:
        case: the instance.

    Raises:
        BackendError: its backend is not there, or not that of its class's fixtures.
    """
    cls = type(case)
    policy = policy_of(cls, getattr(case, case._testMethodName, None))
    host = case._framework_host
    if host is not None and host.backend is not None:
        policy = policy._replace(backend=host.backend)
    scope = scope_for(cls)
    if scope is None:
        return Session(policy, copy_context(), case.loop_factory)
    return scope.session_for_test(policy, case.loop_factory)
