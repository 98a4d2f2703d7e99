"""What the tests of one class share: a loop and a context."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn, TypeVar

from test_framework._case._hooks import CLASS_HOOKS
from test_framework._case._outcomes import deadline_error, is_all_cancellation, only_leaf, raise_unchained
from test_framework._case._policy import Policy, policy_of
from test_framework._case._session import Session
from test_framework.errors import BackendError
from test_framework.guards import Deadline
from test_framework.runners import PhaseAborted, Runner, discard_awaitable

__all__ = ["Scope", "subject_of"]

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
        self._cls = cls
        self._owner = owner or cls.__qualname__
        self._label = owner or f"class fixtures of {cls.__qualname__}"
        self._test_id = owner or f"{cls.__module__}.{cls.__qualname__} (class fixtures)"
        self.context = copy_context()
        self._base: dict[ContextVar[Any], Any] = dict(self.context)
        # The threads in which tests or fixtures run; more than once where one runs inside another.
        self._users: list[int] = []
        self._process = os.getpid()
        # Each fixture has a clock of its own.
        self.session = Session(self.policy._replace(timeout=None), self.context, cls.loop_factory)

    def run(self, awaitable: Awaitable[T], name: str) -> T:
        """Run an asynchronous class fixture.

        Args:
            awaitable: the fixture.
            name: what it is, for the report when it takes too long.
        """
        try:
            self._enter()
        except BackendError:
            discard_awaitable(awaitable)
            raise
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
        finally:
            self.leave()

    def _run_in_time(self, awaitable: Awaitable[T], name: str) -> T:
        runner = self.session.runner
        runner.subject = subject_of(self._owner, name)
        if self.policy.timeout is None:
            return runner.run(awaitable)
        deadline = Deadline(runner, self.policy.grace, runner.subject)
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
            self.refuse(policy)
        self._enter()
        return self.session.runner

    def refuse(self, policy: Policy) -> NoReturn:
        """Raise BackendError about tests of another backend.

        Args:
            policy: theirs.
        """
        raise BackendError(
            f"{self.name} live on {self.policy.backend!r}, so the tests that use them cannot run on "
            f"{policy.backend!r}: write one class for each backend"
        )

    def _enter(self) -> None:
        here = threading.get_ident()
        if any(ident != here for ident in self._users):
            raise BackendError(
                f"{self._owner} runs in several threads at once, but its asynchronous class fixtures have one loop: "
                "run each class in one thread"
            )
        self._users.append(here)

    def leave(self) -> None:
        """Note that a test, or a fixture, of this thread has ended."""
        self._users.remove(threading.get_ident())

    def session_for_test(self, policy: Policy, loop_factory: Callable[[], Any] | None) -> Session:
        """Return a session for a test, on the loop of the class.

        Args:
            policy: the test's policy.
            loop_factory: of the class.
        """
        runner = self.runner_for(policy)
        try:
            return _TestSession(self, policy, self.context_for_test(), loop_factory, runner)
        except BaseException:
            self.leave()
            raise

    def context_for_test(self) -> Context:
        """Return a new context with what the class's asynchronous fixtures have set."""
        context = copy_context()
        for variable, value in self.context.items():
            if self._base.get(variable, _UNSET) is not value:
                context.run(variable.set, value)
        return context

    def give_up(self) -> None:
        """End what still runs on the loop, at the end of the process; after a fork it is the parent's."""
        if self._process == os.getpid():
            with suppress(Exception):
                self.session.close()

    def close(self) -> None:
        """Take stock of what the fixtures left, and give up the loop."""
        try:
            findings = self.session.finish()
            if findings:
                # What fails is reported for the class; its summary alone does not say so.
                named = [
                    finding._replace(text=f"{self._label}: {finding.text}")
                    if self.policy.levels[finding.guard] == "fail"
                    else finding
                    for finding in findings
                ]
                self.session.report(named, self._test_id, None if self.lent else _place_of(self._cls))
        finally:
            self.session.close()


def subject_of(class_name: str, fixture: str) -> str:
    """Return what reports call a fixture of a class."""
    return f"{class_name}.{fixture}" if fixture in CLASS_HOOKS else f"{fixture} of {class_name}"


def _place_of(cls: type) -> tuple[str, int] | None:
    """Return the file and line of a class's first fixture; of the class itself if it has none."""
    for name in CLASS_HOOKS:
        function = inspect.unwrap(getattr(getattr(cls, name), "__func__", None) or _place_of)
        if "__unittest" not in getattr(function, "__globals__", {"__unittest": True}):
            return function.__code__.co_filename, function.__code__.co_firstlineno
    try:
        return inspect.getsourcefile(cls) or "<unknown>", inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return None


class _TestSession(Session):
    """The session of a test on the loop of its class."""

    def __init__(self, scope: Scope, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._scope: Scope | None = scope

    def close(self) -> None:
        """See `Session.close`; the next test may begin then."""
        try:
            super().close()
        finally:
            scope, self._scope = self._scope, None
            if scope is not None:
                scope.leave()
