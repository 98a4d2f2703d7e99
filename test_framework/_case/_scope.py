"""What the tests of one class share: a loop and a context."""

from __future__ import annotations

from collections.abc import Awaitable
from contextvars import Context, ContextVar, copy_context
from dataclasses import replace
from typing import Any, TypeVar

from test_framework._case._outcomes import deadline_error, is_all_cancellation, only_leaf, raise_unchained
from test_framework._case._policy import Policy, policy_of
from test_framework._case._session import Session
from test_framework.errors import BackendError
from test_framework.guards import Deadline
from test_framework.runners import PhaseAborted, Runner

__all__ = ["Scope", "close_scope", "end_scope", "keep_scope", "lend_scope", "open_scope", "scope_for"]

__unittest = True

T = TypeVar("T")
_UNSET: Any = object()


class Scope:
    """The loop and the context of one class, from its first asynchronous fixture to its last cleanup.

    Args:
        cls: the class.
        owner: what the loop is opened for, if not for this class alone.

    Attributes:
        kept: whether it outlives the class's cleanups, for fixtures that a runner tears down after them.
    """

    kept = False

    def __init__(self, cls: Any, owner: str = "") -> None:
        self.policy = policy_of(cls)
        self.name = owner or f"the asynchronous class fixtures of {cls.__qualname__}"
        self.lent = bool(owner)
        self.test_id = owner or f"{cls.__module__}.{cls.__qualname__} (class fixtures)"
        function: Any = getattr(getattr(cls, "asyncSetUpClass", None), "__func__", None)
        self._code = None if owner else getattr(function, "__code__", None)
        self.context = copy_context()
        self._base: dict[ContextVar[Any], Any] = dict(self.context)
        # Each fixture has a clock of its own.
        self.session = Session(replace(self.policy, timeout=None), self.context, cls.loop_factory)

    def run(self, awaitable: Awaitable[T], name: str) -> T:
        """Run an asynchronous class fixture.

        Args:
            awaitable: the fixture.
            name: what it is, for the report when it takes too long.
        """
        try:
            return self._run_in_time(awaitable, name)
        except BaseException as exc:
            leaf = only_leaf(exc) if isinstance(exc, BaseExceptionGroup) else exc
            if is_all_cancellation(leaf or exc, self.session.runner):
                # Runners end the whole run at what is no Exception; only Ctrl-C and the like should do that.
                raise RuntimeError(f"{name} was cancelled") from exc
            if leaf is None or leaf is exc:
                raise
            raise_unchained(leaf)

    def _run_in_time(self, awaitable: Awaitable[T], name: str) -> T:
        runner = self.session.runner
        if self.policy.timeout is None:
            return runner.run(awaitable)
        deadline = Deadline(runner, self.policy.grace)
        deadline.start(self.policy.timeout)
        deadline.in_phase = True
        try:
            value = runner.run(awaitable)
            if deadline.has_passed():
                raise PhaseAborted  # noqa: TRY301 - the fixture swallowed the one that was raised in it
        except PhaseAborted as aborted:
            raise deadline_error(deadline, name, aborted, runner) from None
        else:
            return value
        finally:
            deadline.in_phase = False
            deadline.stop()

    def runner_for(self, policy: Policy) -> Runner:
        """Return the runner whose loop a test is to share.

        Args:
            policy: the test's policy.

        Raises:
            BackendError: the test runs on another backend than the class's fixtures.
        """
        if policy.backend != self.policy.backend:
            raise BackendError(
                f"{self.name} live on {self.policy.backend!r}, so the tests that use them cannot run on "
                f"{policy.backend!r}: write one class for each backend"
            )
        return self.session.runner

    def context_for_test(self) -> Context:
        """Return a new context with what the class's asynchronous fixtures have set."""
        context = copy_context()
        for variable, value in self.context.items():
            if self._base.get(variable, _UNSET) is not value:
                context.run(variable.set, value)
        return context

    def close(self) -> None:
        """Take stock of what the fixtures left, and give up the loop."""
        try:
            self.session.report(self.session.finish(), self.test_id, self._code)
        finally:
            self.session.close()


_scopes: dict[type, Scope] = {}


def scope_for(cls: type) -> Scope | None:
    """Return the scope of a class if it has asynchronous fixtures."""
    return _scopes.get(cls) if _scopes else None


def open_scope(cls: type) -> Scope:
    """Return the scope of a class, opened on first use."""
    scope = _scopes.get(cls)
    if scope is None:
        scope = _scopes[cls] = Scope(cls)
    return scope


def close_scope(cls: type) -> None:
    """Take stock of what the class's fixtures left, and give up the loop, unless it is kept or lent.

    Raises:
        LeftBehindError: they left something behind and a guard says "fail".
    """
    scope = _scopes.get(cls)
    if scope is not None and not scope.kept and not scope.lent:
        del _scopes[cls]
        scope.close()


def keep_scope(cls: type) -> Scope:
    """Return the scope of a class, which now stays open until `end_scope`."""
    scope = open_scope(cls)
    scope.kept = True
    return scope


def lend_scope(cls: type, scope: Scope) -> None:
    """Let a class and its tests use the loop of wider fixtures, until `end_scope`.

    Args:
        cls: the class.
        scope: what was opened for those fixtures.

    Raises:
        BackendError: the class has opened another loop before.
    """
    if _scopes.setdefault(cls, scope) is not scope:
        raise BackendError(
            f"{scope.name} live on one event loop, and {_scopes[cls].name} on another that was opened before: "
            "let every test of the class use them, by @pytest.mark.usefixtures on the class"
        )


def end_scope(cls: type) -> None:
    """Close the scope of a class that was kept; part with one that was lent."""
    scope = _scopes.pop(cls, None)
    if scope is not None and not scope.lent:
        scope.close()
