"""Copies of metadata: no container of the caller is shared, whatever else is."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict, deque
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from test_framework.context._metadata import MAX_NESTING, NestedTooDeeplyError, copied


class Point(NamedTuple):
    x: Any
    y: Any


LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner), max_leaves=20
)


@pytest.mark.parametrize(
    "value",
    [
        [1, [2]],
        {"a": {"b": [1]}},
        {1, 2},
        bytearray(b"x"),
        deque([[1]], maxlen=3),
        OrderedDict(a=[1]),
        defaultdict(list, a=[1]),
        Counter("aab"),
        ([1], 2),
        Point([1], 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_container_is_copied(value: Any) -> None:
    """The copy is equal, of the same type, and another object."""
    copy = copied({"it": value})["it"]
    assert copy == value
    assert type(copy) is type(value)
    assert copy is not value


def test_what_containers_are_besides_their_items_is_kept() -> None:
    """A deque keeps its length, a defaultdict its factory, a named tuple its names."""
    copy = copied({"deque": deque([1], maxlen=3), "dict": defaultdict(list), "point": Point([1], 2)})
    assert (copy["deque"].maxlen, copy["dict"].default_factory, copy["point"].x) == (3, list, [1])


def test_at_every_depth() -> None:
    """A change deep in the original does not reach the copy."""
    original = {"a": [{"b": ({"c": [1]},)}]}
    copy = copied(original)
    original["a"][0]["b"][0]["c"].append(2)
    assert copy == {"a": [{"b": ({"c": [1]},)}]}


def test_other_objects_are_kept() -> None:
    """A lock, a client or a model of the product is not copied."""
    lock = threading.Lock()
    point = (1, "x")
    copy = copied({"locks": [lock], "tuple": point})
    assert copy["locks"][0] is lock
    assert copy["tuple"] is point


def test_cycles_and_shared_parts() -> None:
    """What is one object in the original is one in the copy, also where it contains itself."""
    inner: list[Any] = []
    loop: tuple[Any, ...] = (inner,)
    inner.append(loop)
    original: dict[str, Any] = {"loop": loop, "again": inner}
    original["self"] = original
    copy = copied(original)
    assert copy["self"] is copy
    assert copy["loop"][0] is copy["again"]
    assert copy["again"][0] is copy["loop"]
    assert copy["again"] is not inner


def test_any_mapping_becomes_a_dict() -> None:
    """A context has a dict that is its own."""
    assert type(copied(MappingProxyType({"a": 1}))) is dict


def test_the_limit() -> None:
    """Containers may lie as deep as the limit says, and no deeper."""
    value: Any = 1
    for _ in range(MAX_NESTING):
        value = [value]
    assert copied({"deep": value}) == {"deep": value}
    with pytest.raises(NestedTooDeeplyError):
        copied({"deep": [value]})


@given(st.dictionaries(st.text(), VALUES))
def test_a_copy_is_equal(metadata: dict[str, Any]) -> None:
    """Whatever the containers hold, the copy holds the same."""
    assert copied(metadata) == metadata
