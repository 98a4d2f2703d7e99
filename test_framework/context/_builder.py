"""`UserExecutionContextBuilder`: contexts in steps, of any class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, cast, overload

from test_framework.context._assembly import FRESH, PerContext, Recipe, assembled
from test_framework.context._context import FIELDS, UserExecutionContext
from test_framework.context._metadata import NestedTooDeeplyError, copied
from test_framework.context._targets import default_target, target_name

__all__ = ["UserExecutionContextBuilder", "build_test_context"]

__tracebackhide__ = True

T = TypeVar("T")
_UNIQUE = ("user_id", "thread_id", "run_id", "request_id")
Id = str | Callable[[int], str] | None


@dataclass(frozen=True, init=False, repr=False, eq=False)
class UserExecutionContextBuilder(Generic[T]):
    """Builds contexts in steps. Each step returns a new builder, so a half-built one can be shared.

    It builds `UserExecutionContext`, the class that the setting ``user_execution_context`` names, or any class given
    as target: a dataclass, an attrs class, a pydantic model, a NamedTuple, one with an ``__init__`` of its own, or a
    function. The target gets what its signature asks for.

    Args:
        target: what to build; None for the class of the settings.
        names: where the target names a parameter differently: ``{"user_id": "uid"}``.
    """

    _target: Callable[..., T] | None
    _recipe: Recipe

    @overload
    def __init__(
        self: UserExecutionContextBuilder[UserExecutionContext],
        target: None = None,
        *,
        names: Mapping[str, str] | None = None,
    ) -> None: ...
    @overload
    def __init__(self, target: Callable[..., T], *, names: Mapping[str, str] | None = None) -> None: ...
    def __init__(self, target: Callable[..., T] | None = None, *, names: Mapping[str, str] | None = None) -> None:
        given: Any = target
        if given is not None and not callable(given):
            hint = "; a path to one is for the settings" if isinstance(given, str) else ""
            raise TypeError(f"target must be a class or a function, not {given!r}{hint}")
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_recipe", Recipe(dict(names or {})))

    def with_user(self, user_id: Id = None) -> Self:
        """Set ``user_id``.

        Args:
            user_id: the id; a function that makes it from the number of the context, from 0; None for a unique one.
        """
        return self._with(user_id=_made(user_id))

    def with_thread(self, thread_id: Id = None) -> Self:
        """Set ``thread_id``, like `with_user`."""
        return self._with(thread_id=_made(thread_id))

    def with_run(self, run_id: Id = None) -> Self:
        """Set ``run_id``, like `with_user`."""
        return self._with(run_id=_made(run_id))

    def with_websocket_client(self, websocket_client_id: Id = None) -> Self:
        """Set ``websocket_client_id``, like `with_user`."""
        return self._with(websocket_client_id=_made(websocket_client_id))

    def with_request(self, request_id: Id = None) -> Self:
        """Set ``request_id``, like `with_user`."""
        return self._with(request_id=_made(request_id))

    def with_parent(self, parent_request_id: str, *, operation_depth: int = 1) -> Self:
        """Make it the context of a child.

        Args:
            parent_request_id: the request of the parent.
            operation_depth: how deep the child is, 1 to 10.
        """
        return self._with(parent_request_id=parent_request_id, operation_depth=operation_depth)

    def with_metadata(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """Add to ``agent_context``. Each context built gets containers of its own.

        Args:
            values: what to add.
            **more: the same, as keywords.
        """
        return self._with(agent_context=self._merged("agent_context", values, more))

    def with_audit_metadata(self, values: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """Add to ``audit_metadata``, like `with_metadata`."""
        return self._with(audit_metadata=self._merged("audit_metadata", values, more))

    def with_session(self, db_session: Any = None, *, factory: Callable[[int], Any] | None = None) -> Self:
        """Set ``db_session``.

        Args:
            db_session: the session of every context that is built.
            factory: makes a session for each context instead, from its number, from 0.
        """
        return self._with(db_session=db_session if factory is None else PerContext(factory))

    def with_fields(self, **values: Any) -> Self:
        """Set any fields of a context, and any other parameters of the target, by name.

        Args:
            **values: the values; a container is copied for each context built.
        """
        extra = {name: value for name, value in values.items() if name not in FIELDS}
        known = {name: value for name, value in values.items() if name in FIELDS}
        recipe = self._recipe
        return self._but(recipe._replace(values={**recipe.values, **known}, extra={**recipe.extra, **extra}))

    def with_unique_ids(self) -> Self:
        """Give each context built unique ids where none are set: user, thread, run and request."""
        return self._but(self._recipe._replace(unique=_UNIQUE))

    def with_seed(self, seed: int | str) -> Self:
        """Make the unique ids reproducible, and fill in all that are not set, like `with_unique_ids`.

        Args:
            seed: the same seed gives the same ids, in every process and Python; ``created_at`` is still the time.
        """
        return self._but(self._recipe._replace(unique=self._recipe.unique or _UNIQUE, seed=seed))

    def build(self) -> T:
        """Return the context.

        Raises:
            InvalidContextError: naming everything that is missing or wrong, and what to call.
            SettingsError: the setting ``user_execution_context`` names what cannot be imported.
        """
        return self._build(0)

    def build_many(self, count: int) -> list[T]:
        """Return several contexts. Ids that were set stay the same in all of them; unique ones differ.

        Args:
            count: how many.

        Raises:
            InvalidContextError: naming everything that is missing or wrong, and what to call.
            SettingsError: the setting ``user_execution_context`` names what cannot be imported.
            TypeError: the count is no whole number.
            ValueError: the count is negative.
        """
        given: Any = count
        if not isinstance(given, int) or isinstance(given, bool):
            raise TypeError(f"count must be a whole number, not {given!r}")
        if count < 0:
            raise ValueError(f"count must be 0 or more, not {count}")
        return [self._build(index) for index in range(count)]

    def _build(self, index: int) -> T:
        return assembled(self._target or cast("Callable[..., T]", default_target()), self._recipe, index)

    def _with(self, **values: Any) -> Self:
        return self._but(self._recipe._replace(values={**self._recipe.values, **values}))

    def _but(self, recipe: Recipe) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(_target=self._target, _recipe=recipe)
        return other

    def _merged(self, field: str, values: Any, more: dict[str, Any]) -> Any:
        # What is wrong with it is reported when a context is built, with all else that is wrong.
        before = self._recipe.values.get(field, {})
        if not isinstance(before, Mapping):
            return before
        if values is not None and not isinstance(values, Mapping):
            return values
        merged = {**before, **({} if values is None else values), **more}
        try:
            return copied(merged)
        except NestedTooDeeplyError:
            return merged

    def __repr__(self) -> str:
        recipe = self._recipe
        target = "default" if self._target is None else target_name(self._target)
        parts = [f"target={target}", *recipe.values, *recipe.extra, *["unique ids"] * bool(recipe.unique)]
        return f"<{type(self).__name__}: {', '.join(parts)}>"


def build_test_context(**overrides: Any) -> Any:
    """Return a valid context with unique ids, of the class that the settings name.

    Args:
        **overrides: fields of a context, and other parameters of the class, that are not to be made up.

    Raises:
        InvalidContextError: naming everything that is wrong with the overrides.
        SettingsError: the setting ``user_execution_context`` names what cannot be imported.
    """
    return complete_builder().with_fields(**overrides).build()


def complete_builder() -> UserExecutionContextBuilder[Any]:
    """Return a builder for the class that the settings name, with unique ids in every role that it takes."""
    return UserExecutionContextBuilder()._but(Recipe({}, unique=(*_UNIQUE, "websocket_client_id")))


def _made(value: Id) -> Any:
    return FRESH if value is None else PerContext(value) if callable(value) else value
