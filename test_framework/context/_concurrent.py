"""Many users at once, each in a task of its own, and the proof that none saw what is another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

from test_framework.context._current import CURRENT, WATCH, use_context
from test_framework.context._errors import ContextIsolationError
from test_framework.context._foreign_ids import foreign_ids
from test_framework.context._id_rules import ROLES
from test_framework.context._isolation import assert_isolated, joined, labelled_contexts, shared_objects
from test_framework.context._rule import is_text, type_name

__all__ = ["IsolatedRun", "run_isolated"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import anyio

__unittest = True

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class IsolatedRun(Generic[T]):
    """What came of a run of several users.

    Attributes:
        results: what each user's function returned, by label.
        errors: what it raised instead.
    """

    results: Mapping[str, T]
    errors: Mapping[str, Exception]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.results)} results, {len(self.errors)} errors>"


async def run_isolated(
    contexts: Iterable[C] | Mapping[str, C],
    function: Callable[[C], Awaitable[T]],
    *,
    variable: ContextVar[Any] | None = None,
    observe: Callable[[], Any] | None = None,
    errors: Literal["raise", "return"] = "raise",
    names: Mapping[str, str] | None = None,
    allow: Iterable[Any] = (),
    timeout: float | None = None,
) -> IsolatedRun[T]:
    """Run a function once per user, all at the same time, and prove that no user saw what is another's.

    Each user has a task, in which `current_context` returns that user's context. The functions start when all tasks
    are there. Then these are compared with whose task it is: what `current_context` returns there, whenever it is
    called; the variable and what *observe* returns, before and after the function; and every id of another user in
    what the function returned. Contexts and results may not share a mutable object. Runs on asyncio and trio.

    Args:
        contexts: a context of any class for each user, or a mapping from the labels that messages name users by;
            without labels users are called by their ``user_id``.
        function: takes the context; what it returns is the user's result.
        variable: a ContextVar of the product that is to hold the context too.
        observe: returns the context or the ``user_id`` that the product takes for the current one.
        errors: "raise" for an ExceptionGroup if functions failed, "return" for leaving them in the result.
        names: where a class names a field differently: ``{"user_id": "uid"}``.
        allow: objects and classes that users share by design.
        timeout: how long all of it may take, in seconds; None for no limit.

    Returns:
        The results and errors of all users.

    Raises:
        ContextIsolationError: naming who saw whose; errors of functions are its cause.
        ValueError: there are no contexts, so nothing would be compared.
        ExceptionGroup: functions failed; each error has a note with its user.
        TimeoutError: the time was over.
    """
    __tracebackhide__ = True
    if errors not in ("raise", "return"):
        raise ValueError(f"errors must be 'raise' or 'return', not {errors!r}")
    allowed = list(allow)
    users = _labelled(contexts, (names or {}).get("user_id", "user_id"))
    assert_isolated(users, names=names, allow=allowed)
    run: _Run[C, T] = _Run(users, names or {}, variable, observe)
    await run.of(function, timeout)
    run.findings += foreign_ids(run.results, users, run.fields)
    run.findings += shared_objects(users, session=(names or {}).get("db_session", "db_session"), allow=allowed)
    run.findings += shared_objects(
        {f"results[{label!r}]": value for label, value in run.results.items()}, allow=[*allowed, *users.values()]
    )
    failed = run.failures()
    if run.findings:
        raise ContextIsolationError(tuple(dict.fromkeys(run.findings))) from failed
    if failed is not None and errors == "raise":
        raise failed
    return IsolatedRun(MappingProxyType(run.results), MappingProxyType(run.errors))


def _labelled(contexts: Iterable[C] | Mapping[str, C], user_id: str) -> dict[str, C]:
    if isinstance(contexts, Mapping):
        return labelled_contexts(contexts)
    given = list(contexts)
    ids = [getattr(context, user_id, None) for context in given]
    plain = all(map(is_text, ids)) and len(set(ids)) == len(ids)
    return dict(zip(map(str, ids), given, strict=True)) if plain else labelled_contexts(given)


class _Run(Generic[C, T]):
    """One run: who is who, and what was found."""

    def __init__(
        self,
        users: Mapping[str, C],
        names: Mapping[str, str],
        variable: ContextVar[Any] | None,
        observe: Callable[[], Any] | None,
    ) -> None:
        self.results: dict[str, T] = {}
        self.errors: dict[str, Exception] = {}
        self.findings: list[str] = []
        self.fields = {role: names.get(role, role) for role in ROLES}
        self._users = users
        self._variable = variable
        self._observe = observe
        self._tasks: dict[int, str] = {}
        self._waiting = len(users)

    async def of(self, function: Callable[[C], Awaitable[T]], timeout: float | None) -> None:
        """Run the function for every user."""
        import anyio

        all_there = anyio.Event()
        with anyio.move_on_after(timeout) as scope:
            async with anyio.create_task_group() as group:
                for label in self._users:
                    group.start_soon(self._one, label, function, all_there, name=f"user {label}")
        # In the order in which users were given, not in that in which they ended.
        self.results = {label: self.results[label] for label in self._users if label in self.results}
        self.errors = {label: self.errors[label] for label in self._users if label in self.errors}
        if scope.cancelled_caught:
            late = [label for label in self._users if label not in self.results and label not in self.errors]
            rest = f", and found before: {'; '.join(self.findings)}" if self.findings else ""
            message = (
                f"{len(late)} of {len(self._users)} users had not finished after {timeout:g} s: {joined(late)}{rest}"
            )
            raise TimeoutError(message) from self.failures()

    def failures(self) -> ExceptionGroup[Exception] | None:
        """Return the errors of all users as one, if there are any."""
        errors = list(self.errors.values())
        return ExceptionGroup(f"{len(errors)} of {len(self._users)} users failed", errors) if errors else None

    async def _one(self, label: str, function: Callable[[C], Awaitable[T]], all_there: anyio.Event) -> None:
        import anyio

        task = anyio.get_current_task().id
        self._tasks[task] = label
        try:
            await self._started(self._users[label], label, function, all_there)
        finally:
            # The id may be given to another task as soon as this one has ended.
            del self._tasks[task]

    async def _started(
        self, context: C, label: str, function: Callable[[C], Awaitable[T]], all_there: anyio.Event
    ) -> None:
        WATCH.set(self._watch)
        if self._variable is not None:
            self._variable.set(context)
        with use_context(context):
            self._waiting -= 1
            if not self._waiting:
                all_there.set()
            await all_there.wait()
            self._look(label, "before")
            try:
                self.results[label] = await function(context)
            except Exception as exc:
                exc.add_note(f"user {label!r}")
                self.errors[label] = exc
            self._look(label, "after")

    def _watch(self, context: Any) -> None:
        """Compare a context that was asked for with the user whose task asked."""
        from anyio import get_current_task

        try:
            task = get_current_task()
        except Exception:  # a thread, or no event loop: there is no task to tell whose it is
            return
        owner = self._tasks.get(task.id) or self._tasks.get(task.parent_id or 0)
        if owner is not None and context is not self._users[owner]:
            finding = f"{owner} saw {self._whose(context)} as the current context"
            self.findings.append(finding)
            raise ContextIsolationError((finding,))

    def _look(self, label: str, when: str) -> None:
        context = self._users[label]
        views: list[tuple[str, Callable[[], Any]]] = [("current_context()", lambda: CURRENT.get(None))]
        if self._variable is not None:
            variable = self._variable
            views.append((f"the variable {variable.name!r}", lambda: variable.get(None)))
        if self._observe is not None:
            views.append(("observe()", self._observe))
        for name, view in views:
            try:
                seen = view()
            except Exception as exc:
                self.findings.append(f"{name} raised {type(exc).__name__} for {label} {when} the function ran")
                continue
            if seen is not context and not self._is_user_id(seen, context):
                self.findings.append(f"{label} saw {self._whose(seen)} in {name} {when} its function ran")

    def _is_user_id(self, seen: Any, context: Any) -> bool:
        own = getattr(context, self.fields["user_id"], None)
        return is_text(own) and (seen == own if is_text(seen) else getattr(seen, self.fields["user_id"], None) == own)

    def _whose(self, seen: Any) -> str:
        for label, context in self._users.items():
            if seen is context or self._is_user_id(seen, context):
                return f"{label}'s context"
        return "no context" if seen is None else f"{type_name(seen)} that is no user's context"
