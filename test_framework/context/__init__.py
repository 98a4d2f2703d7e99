"""Who runs what: contexts of users, how to build them, and the proof that users are isolated."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.context._builder import UserExecutionContextBuilder, build_test_context
    from test_framework.context._concurrent import IsolatedRun, run_isolated
    from test_framework.context._context import UserExecutionContext
    from test_framework.context._current import current_context, use_context
    from test_framework.context._errors import ContextIsolationError, InvalidContextError, NoCurrentContextError
    from test_framework.context._ids import fresh_run_id, fresh_thread_id, fresh_user_id
    from test_framework.context._isolation import assert_isolated

__all__ = [
    "ContextIsolationError",
    "InvalidContextError",
    "IsolatedRun",
    "NoCurrentContextError",
    "UserExecutionContext",
    "UserExecutionContextBuilder",
    "assert_isolated",
    "build_test_context",
    "current_context",
    "fresh_run_id",
    "fresh_thread_id",
    "fresh_user_id",
    "run_isolated",
    "use_context",
]

_HOMES = {
    "_builder": ("UserExecutionContextBuilder", "build_test_context"),
    "_concurrent": ("IsolatedRun", "run_isolated"),
    "_context": ("UserExecutionContext",),
    "_current": ("current_context", "use_context"),
    "_errors": ("ContextIsolationError", "InvalidContextError", "NoCurrentContextError"),
    "_ids": ("fresh_run_id", "fresh_thread_id", "fresh_user_id"),
    "_isolation": ("assert_isolated",),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"test_framework.context.{module}" for module, names in _HOMES.items() for name in names},
        distribution="ssot-test-framework",
    )
