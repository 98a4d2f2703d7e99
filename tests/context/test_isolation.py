"""`assert_isolated`: whatever two users share is found and named by its path, and nothing else is."""

from __future__ import annotations

import asyncio
import enum
import functools
import ipaddress
import logging
import pathlib
import re
import sqlite3
import threading
import types
import uuid
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple
from unittest.mock import AsyncMock, MagicMock
from zoneinfo import ZoneInfo

import attrs
import pydantic
import pytest
from hypothesis import given, strategies as st

from test_framework.context import (
    ContextIsolationError,
    UserExecutionContext,
    UserExecutionContextBuilder,
    assert_isolated,
)
from tests.context.shapes import TARGETS, PlainContext


class Point(NamedTuple):
    x: Any
    y: Any


Colour = enum.Enum("Colour", "RED")
Colour.RED.__dict__["names"] = ["red"]


class Box:
    """An object with attributes of its own."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def method(self) -> None: ...


class Slots:
    __slots__ = ("_private", "empty", "value")

    def __init__(self, value: Any) -> None:
        self.value = self._private = value


@dataclass(frozen=True)
class Frozen:
    value: Any = None


@attrs.frozen
class FrozenAttrs:
    value: Any = None


class FrozenModel(pydantic.BaseModel, frozen=True):
    value: Any = None


def context(number: int, **fields: Any) -> UserExecutionContext:
    """Return the context of a user."""
    return UserExecutionContext(f"u{number}", f"t{number}", f"r{number}", **fields)


def findings(contexts: Any, **options: Any) -> tuple[str, ...]:
    """Return what is shared."""
    with pytest.raises(ContextIsolationError) as caught:
        assert_isolated(contexts, **options)
    return caught.value.findings


def holding(first: Any, second: Any) -> dict[str, Any]:
    """Return two contexts whose metadata holds two values."""
    return {"a": Box(agent_context={"it": first}), "b": Box(agent_context={"it": second})}


# -- ids and sessions ---------------------------------------------------------------------------------


def test_contexts_that_share_nothing() -> None:
    """A hundred users with contexts of their own are isolated; so is one."""
    builder = UserExecutionContextBuilder().with_unique_ids().with_metadata(history=[{"a": [1]}], tags={"x"})
    assert_isolated(builder.build_many(100))
    assert_isolated([context(1)])
    assert_isolated(iter([context(1), context(2)]))


@pytest.mark.parametrize("used_up", [[], {}, iter(())])
def test_no_contexts(used_up: Any) -> None:
    """Where there is nothing to compare, nothing is proved: that is an error, not a pass."""
    with pytest.raises(ValueError, match="no contexts were given, so nothing was compared"):
        assert_isolated(used_up)


def test_shared_ids() -> None:
    """An id of two users is named by both paths, also where its roles differ."""
    first, second = UserExecutionContext("u", "t1", "x", request_id="q"), UserExecutionContext("u", "x", "r2")
    assert findings({"a": first, "b": second}) == (
        "a.user_id and b.user_id are both 'u'",
        "a.run_id and b.thread_id are both 'x'",
    )


def test_an_id_of_many() -> None:
    """The first few are named, and the number of the others."""
    many = [UserExecutionContext("u", f"t{number}", f"r{number}") for number in range(9)]
    assert findings(many) == ("contexts[0].user_id, contexts[1].user_id, contexts[2].user_id and 6 more are all 'u'",)


def test_the_same_context_twice() -> None:
    """One object for two users is found, with its ids."""
    one = context(1)
    found = findings({"a": one, "b": one})
    assert "a.user_id and b.user_id are both 'u1'" in found
    assert "a.agent_context is b.agent_context (a dict)" in found


def test_names_of_the_product() -> None:
    """Fields that a class names differently are compared when the names are given."""
    users = [Box(uid="u", conn=object()), Box(uid="u")]
    assert_isolated(users)
    assert findings(users, names={"user_id": "uid"}) == ("contexts[0].uid and contexts[1].uid are both 'u'",)
    session = object()
    users = [Box(conn=session), Box(conn=session)]
    assert findings(users, names={"db_session": "conn"}) == ("contexts[0].conn is contexts[1].conn (an object)",)


@pytest.mark.parametrize("session", [object(), MagicMock(), sqlite3.connect(":memory:"), lambda: None, (1,)])
def test_a_shared_session(session: Any) -> None:
    """A session is found whatever it is."""
    (found,) = findings({"a": context(1, db_session=session), "b": context(2, db_session=session)})
    assert found.startswith("a.db_session is b.db_session (")


def test_what_sessions_hold_is_their_affair() -> None:
    """Two sessions of one engine are two sessions."""
    engine = Box(pool=[])
    assert_isolated([context(1, db_session=Box(bind=engine)), context(2, db_session=Box(bind=engine))])
    assert_isolated([context(1, db_session=MagicMock()), context(2, db_session=AsyncMock())])


# -- what is shared -----------------------------------------------------------------------------------

MUTABLE: list[Any] = [[], {}, set(), bytearray(), deque(), defaultdict(list), OrderedDict(), Box(), Slots(1),
           threading.Lock(), iter([]),
           sqlite3.connect(":memory:"), MagicMock(), asyncio.Event(), re.finditer("a", "a"),
           TARGETS[0]("u", "t", "r"),
           TARGETS[1]("u", "t", "r"), TARGETS[2](user_id="u", thread_id="t", run_id="r"), ValueError()]  # fmt: skip


@pytest.mark.parametrize("value", MUTABLE, ids=lambda value: type(value).__name__)
def test_a_mutable_object(value: Any) -> None:
    """A container, an object with attributes and a handle of the system are found."""
    name = type(value).__name__
    article = "an" if name[0].lower() in "aeio" else "a"
    assert findings(holding(value, value)) == (f'a.agent_context["it"] is b.agent_context["it"] ({article} {name})',)


SHARED: list[Any] = []
PATHS: list[tuple[Any, str]] = [
    ({"k": SHARED}, '["k"]'),
    ({1: SHARED}, "[1]"),
    ({None: SHARED}, "[None]"),
    ({'say "hi"': SHARED}, '["say \\"hi\\""]'),
    ({"it's": SHARED}, '["it\'s"]'),
    ({"a\nb": SHARED}, '["a\\nb"]'),
    ({"x" * 100: SHARED}, f'["{"x" * 60}..."]'),
    ({(1, 2): SHARED}, "[<tuple>]"),
    ([0, SHARED], "[1]"),
    ((0, (SHARED,)), "[1][0]"),
    (Point(0, SHARED), ".y"),
    (deque([SHARED]), "[0]"),
    (types.MappingProxyType({"k": SHARED}), '["k"]'),
    (Box(deep=Box(er=SHARED)), ".deep.er"),
    (Slots(SHARED), "._private"),
    (Frozen(SHARED), ".value"),
    (FrozenAttrs(SHARED), ".value"),
    (FrozenModel.model_construct(value=SHARED), ".value"),
    (functools.partial(print, SHARED), ".args[0]"),
    (functools.partial(print, end=SHARED), '.keywords["end"]'),
    (Box(f=Box(a=SHARED).method), ".f.__self__.a"),
    (type("MyList", (list,), {})([SHARED]), "[0]"),
]


@pytest.mark.parametrize(("value", "path"), PATHS, ids=lambda value: type(value).__name__)
def test_the_path(value: Any, path: str) -> None:
    """What is shared is named as a program would write it, through every kind of container."""
    (found,) = findings(holding(value, Box(here=SHARED)) if not isinstance(value, FrozenModel) else
                        holding(value, Box(here=value.value)))  # fmt: skip
    assert found == f'a.agent_context["it"]{path} is b.agent_context["it"].here (a list)'


def test_keys_and_elements() -> None:
    """An object that is the key of a dict or lies in a set is found."""
    shared = Box()
    assert findings(holding({shared: 1}, {shared})) == (
        'list(a.agent_context["it"])[0] is list(b.agent_context["it"])[0] (a Box)',
    )


@pytest.mark.parametrize("target", TARGETS)
def test_contexts_of_any_class(target: Any) -> None:
    """The product's own classes are looked into like ours: dataclass, attrs, pydantic, plain and tuple."""
    history: list[int] = []
    users = {
        label: target(user_id=label, thread_id=f"t-{label}", run_id=f"r-{label}", agent_context={"history": [history]})
        for label in "ab"
    }
    if target is TARGETS[2]:
        users["a"].agent_context["history"] = users["b"].agent_context["history"] = [history]
    (found,) = findings(users)
    assert found.startswith('a.agent_context["history"]')


def test_private_attributes_of_models() -> None:
    """What pydantic keeps apart, private attributes and extra fields, is looked into."""

    class Model(pydantic.BaseModel, extra="allow"):
        _cache: Any = pydantic.PrivateAttr(None)

    one, two = Model.model_validate({"extra_one": 1}), Model()
    shared: list[Any] = []
    one._cache = two._cache = shared
    (found,) = findings({"a": one, "b": two})
    assert found == 'a.__pydantic_private__["_cache"] is b.__pydantic_private__["_cache"] (a list)'


def test_only_the_top_of_what_is_shared() -> None:
    """A shared object is one finding, not one for each part of it."""
    tree = {"a": [1, {"b": [2]}], "c": Box(d=[3])}
    assert len(findings(holding(tree, tree))) == 1


def test_one_object_of_many() -> None:
    """What many users share is one finding, which names the first few."""
    cache = Box()
    users = [Box(cache=cache) for _ in range(10)]
    assert findings(users) == (
        "contexts[0].cache is contexts[1].cache, contexts[2].cache, contexts[3].cache and 6 more (a Box)",
    )


def test_a_mutable_attribute_of_the_class() -> None:
    """A default that all instances have in common is found, though no instance holds it."""

    class Careless:
        history: list[str] = []  # noqa: RUF012 - the mistake
        LIMITS: dict[str, int] = {}  # noqa: RUF012
        registry: ClassVar[list[str]] = []
        _cache: dict[str, int] = {}  # noqa: RUF012

    assert findings({"a": Careless(), "b": Careless()}) == (
        "a.history is b.history (a list, an attribute of the class)",
    )
    one, two = Careless(), Careless()
    one.history = []
    assert_isolated([one, two])


def test_cycles() -> None:
    """Objects that contain themselves are looked at once."""
    first: dict[str, Any] = {"list": []}
    first["self"] = first
    first["list"].append(first)
    second: dict[str, Any] = {}
    second["self"] = second
    assert_isolated(holding(first, second))
    second["x"] = [first["list"]]
    assert (
        findings(holding(first, second))
        == (
            'a.agent_context["it"]["list"] is b.agent_context["it"]["x"][0] (a list)',
            'a.agent_context["it"] is b.agent_context["it"]["x"][0][0] (a dict)',
        )[:1]
    )


def test_any_depth() -> None:
    """A hundred thousand levels are looked into without recursion."""
    shared: list[Any] = []
    first: Any = [shared]
    second: Any = (shared,)
    for _ in range(100_000):
        first, second = [first], (second,)
    (found,) = findings(holding(first, second))
    assert found.endswith("[0] (a list)")
    # Taken apart, since the interpreter would do it by recursion.
    while first:
        first = first.pop() if first[0] is not shared else None


# -- what may be shared -------------------------------------------------------------------------------


def function() -> None:
    """Do nothing."""


class Holder:
    registry: ClassVar[list[int]] = []


IMMUTABLE: list[Any] = [
    None, True, 1, 10**30, 1.5, 1j, "text", b"bytes", ..., NotImplemented, object(), range(3), slice(1), (),
    (1, ("a",)), frozenset({1}),
    date.today(), datetime.now(UTC), timedelta(1), UTC, ZoneInfo("UTC"),   # noqa: DTZ011
    Decimal(1), Fraction(1, 2), uuid.uuid4(),
    pathlib.Path("x"), re.compile("a"), ipaddress.ip_address("127.0.0.1"), Colour.RED, Colour, Holder,
    logging, function, print,
    len, [].append.__class__, str.join, dict[str, int], int | None, weakref.ref(Holder), ContextVar("x"),
    logging.getLogger("x"),
    logging.getLogger(), logging.NullHandler(), Frozen(1), FrozenAttrs(1), FrozenModel(value=1), Point(1, 2),
    types.MappingProxyType({"a": (1,)}), functools.partial(print, 1), lambda: SHARED,
    property(), staticmethod(function),
    dict.fromkeys, dict.get, Any, asyncio.new_event_loop(), type("T", (), {"__slots__": ()})(),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    for value in (*MUTABLE, *IMMUTABLE):
        if isinstance(value, (sqlite3.Connection, asyncio.AbstractEventLoop)):
            value.close()


@pytest.mark.parametrize("value", IMMUTABLE, ids=lambda value: f"{type(value).__name__}")
def test_what_cannot_change_or_is_one_by_design(value: Any) -> None:
    """Values, constants, classes, functions, modules, enum members, loggers and event loops may be shared."""
    assert_isolated(holding(value, value))


@pytest.mark.parametrize(
    "mock", [MagicMock, AsyncMock, lambda: MagicMock(spec=UserExecutionContext), lambda: MagicMock(return_value=3)]
)
def test_mocks_of_their_own(mock: Any) -> None:
    """Two mocks share only what belongs to the library of mocks, and that does not count; after a call neither."""
    first, second = mock(), mock()
    for one in (first, second):
        called = one.replace(1)
        one.to_dict.assert_not_called()
        if asyncio.iscoroutine(called):
            called.close()
    assert_isolated(holding(first, second))


def test_interned_strings_and_small_numbers() -> None:
    """Equal values are one object in CPython, which means nothing."""
    assert_isolated([context(number, agent_context={"n": 1, "s": "x", "t": (1, "x")}) for number in range(3)])


def test_what_is_allowed() -> None:
    """Objects and classes that are shared by design can be named."""
    cache, other = Box(), Slots(1)
    users = holding([cache, other], (cache, other))
    assert len(findings(users)) == 2
    assert findings(users, allow=[cache]) == ('a.agent_context["it"][1] is b.agent_context["it"][1] (a Slots)',)
    assert_isolated(users, allow=[Box, Slots])


def test_properties_are_not_read() -> None:
    """Looking at a context runs none of its code."""

    class Lazy:
        def __init__(self) -> None:
            self.own: list[int] = []

        @property
        def connection(self) -> Any:
            raise AssertionError("connected")

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(name)

    assert_isolated([Lazy(), Lazy()])


def test_the_error() -> None:
    """It is a failure, lists all findings, and shows the first twenty."""
    error = ContextIsolationError(tuple(f"finding {number}" for number in range(25)))
    assert isinstance(error, AssertionError)
    assert str(error).splitlines()[0] == "the users are not isolated:"
    assert str(error).splitlines()[-2:] == ["  - finding 19", "  and 5 more"]


def test_values_are_not_shown() -> None:
    """A finding names paths and types, not what they hold."""
    secret = {"token": "hunter2"}
    assert "hunter2" not in findings(holding(secret, secret))[0]


TREES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner) | st.builds(Box, x=inner),
    max_leaves=15,
)


@given(TREES, TREES)
def test_trees_of_their_own_are_isolated_until_something_is_put_into_both(one: Any, two: Any) -> None:
    """No two trees that were made apart are found to share anything; an object put into both is found."""
    assert_isolated(holding(one, two))
    shared = PlainContext("u", "t", "r")
    assert findings(holding([one, shared], {"x": two, "y": [shared]})) == (
        'a.agent_context["it"][1] is b.agent_context["it"]["y"][0] (a PlainContext)',
    )
