"""Copies of metadata, so that no two contexts share the caller's containers."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["MAX_NESTING", "NestedTooDeeplyError", "copied"]

MAX_NESTING = 100
"""How deep containers may lie in containers; what is deeper can neither be pickled nor printed safely."""

_Memo = dict[int, Any]


class NestedTooDeeplyError(ValueError):
    """Raised when containers lie deeper in each other than `MAX_NESTING`."""


def copied(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as a dict that shares no container with the original.

    The standard containers are copied at every depth, cycles included. Whatever else lies in them (a client, a
    lock, a model of the product) is kept as it is: only its author knows how to copy it, or whether it can be.

    Args:
        metadata: any mapping.

    Raises:
        NestedTooDeeplyError: containers lie deeper in each other than `MAX_NESTING`.
    """
    copy: dict[str, Any] = {}
    memo: _Memo = {id(metadata): copy}
    for key, value in metadata.items():
        copy[key] = value if type(value) in _PLAIN else _copy(value, memo, 1)
    return copy


_PLAIN = frozenset({str, int, float, bool, type(None), bytes})


def _copy(value: Any, memo: _Memo, depth: int) -> Any:
    kind: type[Any] = type(value)
    if kind in _PLAIN:
        return value
    if id(value) in memo:
        return memo[id(value)]
    copier = _COPIERS.get(kind)
    if copier is None:
        copier = _copy_tuple if issubclass(kind, tuple) and hasattr(kind, "_make") else None
    if copier is None:
        return value
    if depth > MAX_NESTING:
        raise NestedTooDeeplyError
    return copier(value, memo, depth + 1)


def _copy_mapping(value: Any, memo: _Memo, depth: int) -> Any:
    # Its own copy() keeps the order, the default factory and the type.
    new = memo[id(value)] = value.copy()
    for key, item in value.items():
        if type(item) not in _PLAIN:
            new[key] = _copy(item, memo, depth)
    return new


def _copy_sequence(value: Any, memo: _Memo, depth: int) -> Any:
    new = memo[id(value)] = value.copy()
    for index, item in enumerate(value):
        new[index] = _copy(item, memo, depth)
    return new


def _copy_tuple(value: Any, memo: _Memo, depth: int) -> Any:
    items = [_copy(item, memo, depth) for item in value]
    if id(value) in memo:
        # A cycle led back here while the items were copied.
        return memo[id(value)]
    unchanged = all(new is old for new, old in zip(items, value, strict=True))
    make: Callable[[list[Any]], Any] = getattr(type(value), "_make", tuple)
    new = memo[id(value)] = value if unchanged else make(items)
    return new


def _copy_flat(value: Any, memo: _Memo, _depth: int) -> Any:
    # What a set holds is hashable: a value, or an object that is kept as it is.
    new = memo[id(value)] = value.copy()
    return new


_COPIERS: dict[type[Any], Callable[[Any, _Memo, int], Any]] = {
    dict: _copy_mapping,
    OrderedDict: _copy_mapping,
    defaultdict: _copy_mapping,
    Counter: _copy_mapping,
    list: _copy_sequence,
    deque: _copy_sequence,
    tuple: _copy_tuple,
    set: _copy_flat,
    bytearray: _copy_flat,
}
