"""What can be reached from an object, and by which path: iterative, with cycles, at any depth."""

from __future__ import annotations

import functools
import sys
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar, Token
from enum import Enum
from typing import Any, NamedTuple

__all__ = ["Node", "is_mutable", "path_of", "walk"]


class Node(NamedTuple):
    """An object and how it was reached.

    Attributes:
        value: the object.
        parent: the node that leads to it; None for the root.
        step: what to write after the parent's path, with ``{}`` for that path where it goes around it.
        key: the key or name that the step ends in.
    """

    value: Any
    parent: Node | None = None
    step: str = ""
    key: Any = None


# One of a process, shared by design: no user's state is in them.
_BY_DESIGN: Any = (
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.CodeType,
    types.GenericAlias,
    types.UnionType,
    weakref.ref,
    ContextVar,
    Token,
    property,
    staticmethod,
    classmethod,
    functools.cached_property,
    Enum,
)
# Names, since importing their modules would cost every user.
_BY_DESIGN_NAMES = {
    "asyncio.events.AbstractEventLoop",
    "logging.Filterer",
    "logging.Manager",
    "typing._Final",
    "unittest.mock._SentinelObject",
    "string.Template",
}
_IMMUTABLE_MODULES = {"datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo", "_zoneinfo", "re"}
_ATOMS = frozenset({str, int, float, complex, bool, bytes, range, slice, type(None), type(...), type(NotImplemented)})
_IMMUTABLE_CONTAINERS = (tuple, frozenset, types.MappingProxyType, functools.partial, types.MethodType)
_SHOWN_OF_A_KEY = 60
# Notes of pydantic on what was given to a model, of mocks on what they stand for: libraries share them.
_NOT_STATE = {"__pydantic_fields_set__", "_mock_methods", "_spec_asyncs", "_spec_signature"}
_CONTAINERS = (dict, list, set, deque, bytearray)


def walk(root: Any, enter: Callable[[Node], bool]) -> None:
    """Visit a root and what can be reached from it, each object once, without recursion.

    Args:
        root: where it starts.
        enter: gets each node; returns whether to go on to what its value holds.
    """
    seen: dict[int, Any] = {}
    waiting = deque([Node(root)])
    while waiting:
        node = waiting.popleft()
        value = node.value
        if type(value) not in _ATOMS:
            if id(value) in seen:
                continue
            # The reference keeps the id from being given to another object.
            seen[id(value)] = value
        if enter(node):
            waiting.extend(_held_by(node))


def path_of(node: Node, label: str) -> str:
    """Return how a program would write the way to a node, from the label of its root."""
    steps: list[Node] = []
    while node.parent is not None:
        steps.append(node)
        node = node.parent
    path = label
    for step in reversed(steps):
        key = _in_brackets(step.key) if step.step.endswith("[{}]") else step.key
        path = step.step.format(path, key)
    return path


def _in_brackets(key: Any) -> str:
    if type(key) is str:
        shown = key if len(key) <= _SHOWN_OF_A_KEY else f"{key[:_SHOWN_OF_A_KEY]}..."
        # Only a finding needs it; what JSON escapes, Python reads.
        from json import dumps

        return dumps(shown, ensure_ascii=False)
    return repr(key) if type(key) in (int, float, bool, type(None)) else f"<{type(key).__name__}>"


def is_mutable(value: Any) -> bool:
    """Return whether an object has state of its own that its holder can change."""
    kind: Any = type(value)
    if kind in _ATOMS or kind is object:
        return False
    if isinstance(value, _CONTAINERS):
        return True
    immutable = isinstance(value, _IMMUTABLE_CONTAINERS) or kind.__module__.partition(".")[0] in _IMMUTABLE_MODULES
    if immutable or _is_by_design(kind) or _is_frozen(kind):
        return False
    if _has_attributes(kind):
        return True
    if all(base is object or "__slots__" in vars(base) for base in kind.__mro__):
        return False
    # Of other types the language's own rule tells: what can be hashed by its value does not change it.
    rule: Any = kind.__hash__
    return rule is None or rule is object.__hash__


@functools.lru_cache(maxsize=1024)
def _is_by_design(kind: type[Any]) -> bool:
    if issubclass(kind, _BY_DESIGN):
        return True
    if kind.__module__ == "builtins" and kind.__name__.endswith(("descriptor", "wrapper")):
        return True
    return any(f"{base.__module__}.{base.__qualname__}" in _BY_DESIGN_NAMES for base in kind.__mro__)


@functools.lru_cache(maxsize=1024)
def _has_attributes(kind: type[Any]) -> bool:
    return any(_slots(base) or "__dict__" in vars(base) for base in kind.__mro__)


@functools.lru_cache(maxsize=1024)
def _is_frozen(kind: type[Any]) -> bool:
    """Return whether the library that made a class says that its instances do not change."""
    standard = getattr(kind, "__dataclass_params__", None)
    if standard is not None and standard.frozen:
        return True
    if hasattr(kind, "__attrs_attrs__"):
        return getattr(kind.__setattr__, "__name__", "") == "_frozen_setattrs"
    config = getattr(kind, "model_config", None)
    return hasattr(kind, "__pydantic_validator__") and isinstance(config, dict) and bool(config.get("frozen"))


def _held_by(node: Node) -> Iterator[Node]:
    value = node.value
    kind: Any = type(value)
    if kind in _ATOMS or _is_by_design(kind) or kind.__module__.partition(".")[0] in _IMMUTABLE_MODULES:
        return
    held = next((held for kinds, held in _HOLDERS if isinstance(value, kinds)), None)
    if held is not None:
        yield from held(node)
    if not isinstance(value, types.MethodType):
        for name, item in _attributes(value, kind):
            yield Node(item, node, "{}.{}", name)


def _held_by_mapping(node: Node) -> Iterator[Node]:
    mapping = node.value
    items: Any = dict.items(mapping) if isinstance(mapping, dict) else mapping.items()
    for index, (key, item) in enumerate(list(items)):
        if type(key) not in _ATOMS:
            yield Node(key, node, "list({})[{}]", index)
        yield Node(item, node, "{}[{}]", key)


def _held_by_sequence(node: Node) -> Iterator[Node]:
    names: Any = getattr(type(node.value), "_fields", ()) if isinstance(node.value, tuple) else ()
    for index, item in enumerate(list(node.value)):
        named = isinstance(names, tuple) and index < len(names)
        yield Node(item, node, "{}.{}", names[index]) if named else Node(item, node, "{}[{}]", index)


def _held_by_set(node: Node) -> Iterator[Node]:
    for index, item in enumerate(list(node.value)):
        yield Node(item, node, "list({})[{}]", index)


def _held_by_partial(node: Node) -> Iterator[Node]:
    for name in ("func", "args"):
        yield Node(getattr(node.value, name), node, "{}.{}", name)
    for key, item in node.value.keywords.items():
        yield Node(item, node, "{}.keywords[{}]", key)


def _held_by_method(node: Node) -> Iterator[Node]:
    yield Node(node.value.__self__, node, "{}.{}", "__self__")


_HOLDERS: tuple[tuple[tuple[type, ...], Callable[[Node], Iterator[Node]]], ...] = (
    ((dict, types.MappingProxyType), _held_by_mapping),
    ((list, tuple, deque), _held_by_sequence),
    ((set, frozenset), _held_by_set),
    ((functools.partial,), _held_by_partial),
    ((types.MethodType,), _held_by_method),
)


def _attributes(value: Any, kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield what the attributes of an object hold; no property is read, since it could compute or connect."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except Exception:
        own = None
    if type(own) is dict:
        yield from [(str(name), item) for name, item in list(own.items()) if name not in _NOT_STATE]
    for base in kind.__mro__:
        for name, member in _slots(base):
            try:
                yield name, member.__get__(value, kind)
            except Exception:  # noqa: S112 - an empty slot has no value to look at
                continue


@functools.lru_cache(maxsize=1024)
def _slots(base: type) -> tuple[tuple[str, Any], ...]:
    members: Mapping[str, Any] = vars(base)
    if "__slots__" not in members or base.__module__ in sys.builtin_module_names:
        return ()
    return tuple(
        (name, member)
        for name, member in members.items()
        if type(member) is types.MemberDescriptorType and name not in _NOT_STATE
    )
