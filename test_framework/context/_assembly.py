"""One context put together: values and fresh ids, matched with what the target takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from test_framework.context._context import FIELDS
from test_framework.context._correction import nearest
from test_framework.context._errors import InvalidContextError
from test_framework.context._id_rules import ROLES
from test_framework.context._ids import fresh_id, seeded_id
from test_framework.context._metadata import MAX_NESTING, NestedTooDeeplyError, copied
from test_framework.context._rules import faults_of
from test_framework.context._targets import Parameters, parameters_of, target_name

__all__ = ["FRESH", "PerContext", "Recipe", "assembled"]

__tracebackhide__ = True

T = TypeVar("T")

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_STEPS = {
    "user_id": "with_user",
    "thread_id": "with_thread",
    "run_id": "with_run",
    "websocket_client_id": "with_websocket_client",
    "request_id": "with_request",
    "parent_request_id": "with_parent",
    "db_session": "with_session",
}
# What a target that requires it gets if it was not set.
_DEFAULTS: dict[str, Callable[[], Any]] = {
    "created_at": lambda: datetime.now(UTC),
    "agent_context": dict,
    "audit_metadata": dict,
    "operation_depth": int,
}


class _Fresh(Enum):
    """An id that is to be made when the context is."""

    ID = "fresh"


FRESH = _Fresh.ID


class PerContext(NamedTuple):
    """A value that a function makes from the number of the context."""

    function: Callable[[int], Any]


class Recipe(NamedTuple):
    """What a builder knows. None of it is ever changed.

    Attributes:
        names: the target's parameter of each field that it names differently.
        values: the fields that were set.
        extra: other parameters of the target that were set.
        unique: the fields that get a fresh id where the target takes them and none is set.
        seed: what fresh ids are derived from; None for random ones.
    """

    names: Mapping[str, str]
    values: Mapping[str, Any] = _NOTHING
    extra: Mapping[str, Any] = _NOTHING
    unique: tuple[str, ...] = ()
    seed: int | str | None = None


def assembled(target: Callable[..., T], recipe: Recipe, index: int) -> T:
    """Return what a target makes of a recipe.

    Args:
        target: a class or function.
        recipe: what is known.
        index: the number of the context, from 0.

    Raises:
        InvalidContextError: naming everything that is missing or wrong.
    """
    parameters = parameters_of(target)
    maker = _Maker(target_name(target), parameters, recipe, index)
    arguments = maker.arguments()
    if maker.faults:
        raise InvalidContextError(maker.target, tuple(maker.faults))
    positional = [arguments.pop(name) for name in parameters.by_position if name in arguments]
    try:
        return target(*positional, **arguments)
    except Exception as exc:
        exc.add_note(f"raised by {maker.target}, which was given {', '.join([*parameters.by_position, *arguments])}")
        raise


class _Maker:
    """Finds the arguments for one context, and all that is wrong with them."""

    def __init__(self, target: str, parameters: Parameters, recipe: Recipe, index: int) -> None:
        self.target = target
        self.faults: list[str] = []
        self._takes = parameters
        self._recipe = recipe
        self._index = index
        self._fields = {recipe.names.get(field, field): field for field in FIELDS}

    def arguments(self) -> dict[str, Any]:
        """Return the arguments by the names of their parameters."""
        self._check_names()
        values, extra = self._given()
        self._check_taken(values, extra)
        for field in self._recipe.unique:
            if field not in values and self._parameter(field) in self._takes.names:
                values[field] = self._fresh(field)
        self._fill_required(values, extra)
        in_order = {field: values[field] for field in FIELDS if field in values}
        self.faults += [f"{field} {fault}" for field, fault in faults_of(in_order).items()]
        named = {self._parameter(field): value for field, value in in_order.items()}
        if self.faults:
            return {}
        return {name: self._own(name, value) for name, value in {**named, **extra}.items()}

    def _parameter(self, field: str) -> str:
        return self._recipe.names.get(field, field)

    def _check_names(self) -> None:
        for field, parameter in self._recipe.names.items():
            if field not in FIELDS:
                self.faults.append(f"names: {field!r} is no field of a context{_meant(field, FIELDS)}")
            elif not self._takes.any_name and parameter not in self._takes.names:
                known = _meant(parameter, self._takes.names)
                self.faults.append(f"names: {self.target} has no parameter {parameter!r}{known}")

    def _given(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what was set, as fields and as other parameters."""
        values = {field: self._made(field, value) for field, value in self._recipe.values.items()}
        extra: dict[str, Any] = {}
        for name, value in self._recipe.extra.items():
            field = self._fields.get(name)
            if field is None:
                extra[name] = value
            elif field in values:
                self.faults.append(f"{name} is set twice: it is the name that {self.target} has for {field}")
            else:
                values[field] = value
        return values, extra

    def _made(self, field: str, value: Any) -> Any:
        if value is FRESH:
            return self._fresh(field)
        return value.function(self._index) if isinstance(value, PerContext) else value

    def _fresh(self, field: str) -> str:
        seed = self._recipe.seed
        return fresh_id(field) if seed is None else seeded_id(field, seed, self._index)

    def _check_taken(self, values: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        if self._takes.any_name:
            return
        for field in values:
            parameter = self._parameter(field)
            if parameter not in self._takes.names and field not in self._recipe.names:
                cure = f'names={{"{field}": "..."}}'
                self.faults.append(f"{self.target} has no parameter {parameter}; name the one that it has with {cure}")
        for name in extra:
            if name not in self._takes.names:
                known = _meant(name, (*self._takes.names, *FIELDS))
                self.faults.append(f"{self.target} has no parameter {name}{known}")

    def _fill_required(self, values: dict[str, Any], extra: Mapping[str, Any]) -> None:
        for parameter in self._takes.names:
            field = self._fields.get(parameter)
            if parameter not in self._takes.required or parameter in extra or field in values:
                continue
            if field in _DEFAULTS:
                values[field] = _DEFAULTS[field]()
            elif field is not None and field in ROLES and self._recipe.unique:
                values[field] = self._fresh(field)
            elif field is not None:
                unique = ", or .with_unique_ids() for all ids that are not set" if field in ROLES else ""
                self.faults.append(f"{field} is missing; call .{_STEPS[field]}(...){unique}")
            else:
                self.faults.append(self._unfilled(parameter, values))

    def _unfilled(self, parameter: str, values: Mapping[str, Any]) -> str:
        used = {*values, *self._recipe.names, *self._takes.names}
        meant = "" if parameter in FIELDS else nearest(parameter, [field for field in FIELDS if field not in used])
        cure = f'; or, if it is the {meant}, give names={{"{meant}": "{parameter}"}}' if meant else ""
        return f"{self.target} requires {parameter}; call .with_fields({parameter}=...){cure}"

    def _own(self, name: str, value: Any) -> Any:
        if self._fields.get(name) == "db_session":
            return value
        try:
            return copied({name: value})[name]
        except NestedTooDeeplyError:
            self.faults.append(f"{name} is nested more than {MAX_NESTING} deep")
            return value


def _meant(name: str, known: tuple[str, ...]) -> str:
    meant = nearest(name, known)
    return f"; did you mean {meant}?" if meant else ""
