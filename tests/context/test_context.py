"""`UserExecutionContext`: valid or not made at all, never changed, and equal by its ids."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import pickle
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from test_framework.context import ContextIsolationError, InvalidContextError, UserExecutionContext
from test_framework.context._context import FIELDS
from test_framework.context._rules import MAX_OPERATION_DEPTH, faults_of

IDS: dict[str, Any] = {"user_id": "u", "thread_id": "t", "run_id": "r"}
BY_POSITION = "user_id, thread_id, run_id may be, others not"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300) | st.binary() | st.datetimes()
    | st.datetimes(timezones=st.timezones()) | st.just(object()) | st.builds(lambda: type("Odd", (), {})()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
GOOD_ID = st.from_regex(r"[a-z]{2,8}-[0-9a-f]{2,16}", fullmatch=True)


@st.composite
def valid_arguments(draw: st.DrawFn) -> dict[str, Any]:
    """Draw arguments that make a context, with as many optional ones as it happens."""
    ids = draw(st.lists(GOOD_ID, min_size=6, max_size=6, unique=True))
    arguments: dict[str, Any] = dict(zip(IDS, ids, strict=False))
    if draw(st.booleans()):
        arguments["websocket_client_id"] = ids[3]
    if draw(st.booleans()):
        arguments["request_id"] = ids[4]
    if draw(st.booleans()):
        arguments |= {"operation_depth": draw(st.integers(1, MAX_OPERATION_DEPTH)), "parent_request_id": ids[5]}
    if draw(st.booleans()):
        arguments["created_at"] = draw(st.datetimes(timezones=st.just(UTC) | st.timezones()))
    for name in ("agent_context", "audit_metadata"):
        if draw(st.booleans()):
            json_like = st.lists(st.integers() | st.text()) | st.dictionaries(st.text(), st.booleans())
            arguments[name] = draw(st.dictionaries(st.text(), json_like))
    return arguments


def state(context: UserExecutionContext) -> dict[str, Any]:
    """Return all fields."""
    return {name: getattr(context, name) for name in FIELDS}


def refused(*arguments: Any, **named: Any) -> InvalidContextError:
    """Return the error that a call ends in."""
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(*arguments, **named)
    return caught.value


# -- making one ---------------------------------------------------------------------------------------


def test_the_time_is_kept_in_utc() -> None:
    """An hour that does not exist in its zone, or exists twice, stays the moment that it is."""
    given = datetime(2000, 4, 2, 2, 0, fold=1, tzinfo=ZoneInfo("America/Chicago"))
    context = UserExecutionContext("u", "t", "r", created_at=given)
    assert context.created_at == given.astimezone(UTC)
    assert context.created_at.tzinfo is UTC
    assert pickle.loads(pickle.dumps(context, 0)).created_at == context.created_at


def test_the_defaults() -> None:
    """Three ids are enough; the request and the time are made up, the rest is empty."""
    before = datetime.now(UTC)
    context = UserExecutionContext("u", "t", "r")
    made = state(context)
    assert before <= made.pop("created_at") <= datetime.now(UTC)
    assert len(made.pop("request_id")) == 32
    assert made == {**IDS, "websocket_client_id": None, "agent_context": {}, "audit_metadata": {},
                    "operation_depth": 0, "parent_request_id": None, "db_session": None}  # fmt: skip


def test_by_position_and_by_name() -> None:
    """The three ids may be given either way, or mixed."""
    request: dict[str, Any] = {"request_id": "q"}
    contexts = {
        UserExecutionContext("u", "t", "r", **request),
        UserExecutionContext("u", "t", run_id="r", **request),
        UserExecutionContext(**IDS, **request),
    }
    assert len(contexts) == 1


def test_each_request_is_another() -> None:
    """Two contexts of one run have requests of their own."""
    assert len({UserExecutionContext(**IDS) for _ in range(100)}) == 100


def test_ids_become_plain_strings() -> None:
    """A subclass of str is stored as the text it is, whatever it does to be printed."""

    class Secretive(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "***"

    made = UserExecutionContext(Secretive("u"), "t", "r").user_id
    assert (type(made), made) == (str, "u")


def test_the_call_that_fails_today() -> None:
    """All that is missing or wrong is in one error, which shows a call that works."""
    error = refused(user_id="test", websocket_client_id="test")
    assert isinstance(error, TypeError)
    assert isinstance(error, ValueError)
    assert error.faults == (
        "thread_id is missing",
        "run_id is missing",
        "websocket_client_id is the same as user_id: an id has one role",
    )
    context = eval(error.correction, {"UserExecutionContext": UserExecutionContext})
    assert (type(context), context.user_id) == (UserExecutionContext, "test")
    assert context.websocket_client_id not in (None, "test")


@pytest.mark.parametrize(
    ("arguments", "named", "faults"),
    [
        (("u", "t", "r", "w"), {}, ["4 arguments are given by position; " + BY_POSITION]),
        (("u",), IDS, ["user_id is given twice, by position and by name"]),
        (("u", "t", "r"), {"user_id": "u"}, ["user_id is given twice, by position and by name"]),
        ((), {**IDS, "websocket_id": "w"}, ["websocket_id is not an argument; did you mean websocket_client_id?"]),
        (("u", "t"), {"runid": "r"}, ["runid is not an argument; did you mean run_id?"]),
        ((), {**IDS, "self": 1, "cls": 2}, [f"{name} is not an argument; there are {', '.join(FIELDS)}" for name in
                                            ("self", "cls")]),
        ((), {**IDS, "no name!" * 8: 1},
         [f"{('no name!' * 8)[:60]!r} is not an argument; there are {', '.join(FIELDS)}"]),
        (("u", None, "none"), {"agent_context": 3},
         ["thread_id is None, not a str", "run_id is the placeholder 'none', not an id",
          "agent_context is an int, not a mapping"]),
    ],
)  # fmt: skip
def test_faults_of_a_call(arguments: tuple[Any, ...], named: dict[str, Any], faults: list[str]) -> None:
    """What is given too often, by a wrong name or with a wrong value is named, all of it."""
    assert list(refused(*arguments, **named).faults) == faults


def test_a_corrected_call_keeps_what_was_right() -> None:
    """Good ids stay, what cannot be written out is left to the reader, and no payload is shown."""
    error = refused('say "hi"', "back\\slash", "", request_id="q", websocket_id="w", operation_depth=2,
                    parent_request_id="p", agent_context={"token": "hunter2"}, db_session=object())  # fmt: skip
    assert "hunter2" not in str(error)
    context = eval(error.correction, {"UserExecutionContext": UserExecutionContext})
    assert (context.user_id, context.thread_id, context.request_id) == ('say "hi"', "back\\slash", "q")
    assert (context.websocket_client_id, context.operation_depth, context.parent_request_id) == ("w", 2, "p")
    assert "# and, as before: agent_context, db_session" in error.correction


@given(
    st.lists(ANYTHING | GOOD_ID, max_size=5),
    st.dictionaries(st.sampled_from(FIELDS) | st.text(), ANYTHING | GOOD_ID, max_size=12),
)
def test_anything_makes_a_valid_context_or_that_error(arguments: list[Any], named: dict[str, Any]) -> None:
    """Whatever is given, the outcome is a context without fault or InvalidContextError, never another error."""
    try:
        context = UserExecutionContext(*arguments, **named)
    except InvalidContextError as error:
        assert error.faults
        assert error.correction
        made = eval(error.correction, {"UserExecutionContext": UserExecutionContext})
        assert faults_of(state(made)) == {}
    else:
        assert faults_of(state(context)) == {}


@given(valid_arguments())
def test_what_is_valid_is_taken_as_it_is(arguments: dict[str, Any]) -> None:
    """Valid arguments make a context that has just these values."""
    made = state(UserExecutionContext(**arguments))
    # Times of two zones are never equal where one is in an hour that its zone does not have, or has twice.
    expected = arguments | {name: arguments[name].astimezone(UTC) for name in arguments if name == "created_at"}
    assert {name: made[name] for name in arguments} == expected


class Hostile:
    """Whose every method fails."""

    def __getattribute__(self, name: str) -> Any:
        raise OSError(name)

    def __eq__(self, other: object) -> bool:
        raise OSError("eq")

    def __hash__(self) -> int:
        raise OSError("hash")

    def __bool__(self) -> bool:
        raise OSError("bool")

    def __repr__(self) -> str:
        raise OSError("repr")


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "db_session"])
def test_hostile_arguments(field: str) -> None:
    """An argument that raises whenever it is touched is refused like any other."""
    (fault,) = refused(**{**IDS, field: Hostile()}).faults
    assert fault.startswith(f"{field} ")


def test_a_hostile_session_is_not_touched() -> None:
    """The session is kept as it is; no operation on the context looks at it."""
    session: Any = Hostile()
    context = UserExecutionContext(**IDS, db_session=session)
    for other in (context, copy.copy(context), copy.deepcopy(context), context.replace(user_id="v")):
        assert other.db_session is session
    assert "session" not in repr(context)
    assert "db_session" not in context.to_dict()
    assert pickle.loads(pickle.dumps(context)).db_session is None


def test_a_mapping_that_fails_when_read() -> None:
    """Metadata that cannot be read is a fault, not a crash."""

    class Failing(dict[str, int]):
        def items(self) -> Any:
            raise OSError

    assert refused(**IDS, agent_context=Failing(a=1)).faults == ("agent_context cannot be examined: OSError",)


def test_the_signature() -> None:
    """Completion and help show what can be given, not that anything is taken."""
    signature = inspect.signature(UserExecutionContext)
    assert list(signature.parameters) == list(FIELDS)
    required = [name for name, one in signature.parameters.items() if one.default is inspect.Parameter.empty]
    assert required == list(IDS)
    assert {**inspect.signature(UserExecutionContext).bind("u", "t", "r").arguments} == IDS


# -- it never changes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FIELDS, "anything"])
def test_no_attribute_can_be_set_or_deleted(name: str) -> None:
    """Fields stay, and others cannot be added."""
    context = UserExecutionContext(**IDS)
    with pytest.raises(dataclasses.FrozenInstanceError, match=rf"cannot change {name}: .* use replace\(\)"):
        setattr(context, name, "x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(context, name)
    assert not hasattr(context, "__dict__")


def test_making_it_again_changes_nothing() -> None:
    """A second call of the constructor's methods leaves the context as it was."""
    context = UserExecutionContext(**IDS)
    vars(object)["__init__"](context)
    context.__init__("x", "y", "z")  # type: ignore[call-arg]
    with pytest.raises(dataclasses.FrozenInstanceError):
        vars(UserExecutionContext)["__setstate__"](context, {"user_id": "x", "thread_id": "y", "run_id": "z"})
    assert context.user_id == "u"


def test_it_cannot_be_subclassed() -> None:
    """A subclass could skip the checks; the error says what to do instead."""
    with pytest.raises(TypeError, match=r"target="):
        type("Mine", (UserExecutionContext,), {})


def test_metadata_is_copied_in() -> None:
    """A later change by the caller does not reach the context, at any depth."""
    history: list[Any] = [{"role": "user"}]
    metadata = {"history": history}
    context = UserExecutionContext(**IDS, agent_context=metadata, audit_metadata=metadata)
    history[0]["role"] = "admin"
    metadata["more"] = []
    assert context.agent_context == context.audit_metadata == {"history": [{"role": "user"}]}
    assert context.agent_context["history"] is not context.audit_metadata["history"]


# -- copies, pickles, dicts ---------------------------------------------------------------------------


@given(valid_arguments())
def test_round_trips(arguments: dict[str, Any]) -> None:
    """Pickling, copying, replacing nothing and going through a dict or JSON change nothing and share no container."""
    context = UserExecutionContext(**arguments)
    trips = [
        *(pickle.loads(pickle.dumps(context, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(context),
        copy.deepcopy(context),
        context.replace(),
        dataclasses.replace(context),
        UserExecutionContext.from_dict(context.to_dict()),
        UserExecutionContext.from_dict(json.loads(json.dumps(context.to_dict()))),
    ]
    for other in trips:
        assert state(other) == state(context)
        assert (other, hash(other)) == (context, hash(context))
        assert other.agent_context is not context.agent_context


def test_replacing_validates() -> None:
    """A copy with changes is checked like a new context, by our method and by the standard function."""
    context = UserExecutionContext(**IDS)
    assert context.replace(user_id="v").user_id == "v"
    assert context.replace(user_id="v").request_id == context.request_id
    for replace in (UserExecutionContext.replace, dataclasses.replace):
        with pytest.raises(InvalidContextError, match="user_id is the placeholder 'none'"):
            replace(context, user_id="none")
        with pytest.raises(InvalidContextError, match=r"userid is not an argument; did you mean user_id\?"):
            replace(context, userid="v")


def test_deep_copies_keep_the_session_only() -> None:
    """A deep copy copies the objects in metadata too; the session is one that cannot be copied."""
    item, session = type("Item", (), {})(), object()
    context = UserExecutionContext(**IDS, agent_context={"item": item}, db_session=session)
    other = copy.deepcopy(context)
    assert other.agent_context["item"] is not item
    assert copy.copy(context).agent_context["item"] is item
    assert other.db_session is session


@pytest.mark.parametrize("forged", [{"user_id": "none"}, {"user_id": "a\nb"}, {"operation_depth": 99}, {"extra": 1}])
def test_a_doctored_pickle_is_refused(forged: dict[str, Any]) -> None:
    """A pickle with other values in it is validated, whether it restores the state or calls what pickle calls."""
    context = UserExecutionContext(**IDS)
    function, (values,) = context.__reduce__()
    with pytest.raises(InvalidContextError):
        function({**values, **forged})
    empty = object.__new__(UserExecutionContext)
    with pytest.raises(InvalidContextError):
        empty.__setstate__({**values, **forged})
    assert repr(empty) == "<UserExecutionContext that was never made>"


def test_a_pickle_that_was_edited() -> None:
    """Bytes that name another id give another valid context or an error."""
    data = pickle.dumps(UserExecutionContext("user-1", "t", "r"), 0)
    assert b"user-1" in data
    assert pickle.loads(data.replace(b"user-1", b"user-2")).user_id == "user-2"
    with pytest.raises(InvalidContextError):
        pickle.loads(data.replace(b"user-1", b"null"))


def test_state_without_a_constructor() -> None:
    """What restores a state without our function gets a valid context too."""
    empty = object.__new__(UserExecutionContext)
    empty.__setstate__({**IDS, "request_id": "q"})
    assert empty == UserExecutionContext(**IDS, request_id="q")
    for wrong in (None, 3, [1], {1: 2}, (None, IDS)):
        with pytest.raises(InvalidContextError):
            object.__new__(UserExecutionContext).__setstate__(wrong)


@pytest.mark.parametrize("values", [None, 3, [1], "text", {1: 2}, {**IDS, "created_at": "yesterday"}, {}, Hostile])
def test_dicts_that_describe_none(values: Any) -> None:
    """Whatever is no description of a context is refused with the one error."""
    # pytest looks at parameters, which a hostile one would not survive.
    values = Hostile() if values is Hostile else values
    with pytest.raises(InvalidContextError):
        UserExecutionContext.from_dict(values)


def test_the_dict_is_the_callers() -> None:
    """A change in what to_dict returned does not reach the context."""
    context = UserExecutionContext(**IDS, agent_context={"history": []})
    context.to_dict()["agent_context"]["history"].append(1)
    assert context.agent_context == {"history": []}
    assert list(context.to_dict()) == [name for name in FIELDS if name != "db_session"]


# -- equality and text --------------------------------------------------------------------------------


def test_equality_is_that_of_the_ids() -> None:
    """Time, metadata and session do not count; every id does."""
    ids = {**IDS, "websocket_client_id": "w", "request_id": "q"}
    context = UserExecutionContext(**ids)
    later = UserExecutionContext(**ids, created_at=context.created_at + timedelta(1), agent_context={"a": 1})
    assert context == later
    assert hash(context) == hash(later)
    for name in ids:
        assert context != context.replace(**{name: "x"})
    assert context != tuple(ids.values())


def test_repr_is_short_and_tells_no_secret() -> None:
    """Ids are shown, shortened where they are long; metadata and sessions are not."""
    context = UserExecutionContext("u" * 255, "t", "r", agent_context={"token": "hunter2"}, websocket_client_id="w")
    assert "hunter2" not in repr(context)
    assert len(repr(context)) < 200
    expected = "UserExecutionContext(user_id='u', thread_id='t', run_id='r')"
    assert repr(UserExecutionContext(**IDS)) == expected


def test_it_can_be_referenced_weakly() -> None:
    """Caches and leak checks can hold one without keeping it."""
    context = UserExecutionContext(**IDS)
    assert weakref.ref(context)() is context


# -- children and connections -------------------------------------------------------------------------


def test_a_child() -> None:
    """A child has the ids, session and metadata of its parent, and a request, depth and name of its own."""
    session = object()
    parent = UserExecutionContext(
        **IDS, websocket_client_id="w", agent_context={"a": [1]}, audit_metadata={"b": [2]}, db_session=session
    )
    child = parent.create_child_context("search", additional_agent_context={"c": 3}, additional_audit_metadata={"d": 4})
    assert (child.user_id, child.thread_id, child.run_id, child.websocket_client_id) == ("u", "t", "r", "w")
    assert child.request_id not in (parent.request_id, None)
    assert (child.parent_request_id, child.operation_depth) == (parent.request_id, 1)
    assert child.agent_context == {"a": [1], "c": 3, "operation_name": "search"}
    assert child.audit_metadata == {"b": [2], "d": 4}
    assert child.agent_context["a"] is not parent.agent_context["a"]
    assert child.db_session is session
    assert child.created_at >= parent.created_at
    assert parent.create_child_context("search", request_id="q").request_id == "q"


def test_the_limit_on_depth() -> None:
    """Children of children end at the limit, with an error that says how deep they are."""
    context = UserExecutionContext(**IDS)
    for depth in range(1, MAX_OPERATION_DEPTH + 1):
        context = context.create_child_context("step")
        assert context.operation_depth == depth
    with pytest.raises(InvalidContextError, match="its parent is 10 deep; at most 10 are allowed"):
        context.create_child_context("step")


def test_faults_of_a_child_are_named_together() -> None:
    """A wrong name and wrong additions are one error."""
    arguments: dict[str, Any] = {"additional_agent_context": 0, "additional_audit_metadata": [1]}
    with pytest.raises(InvalidContextError) as caught:
        UserExecutionContext(**IDS).create_child_context("", **arguments)
    assert str(caught.value) == (
        "a child of UserExecutionContext(user_id='u', thread_id='t', run_id='r') cannot be made:\n"
        "  - operation_name is empty\n"
        "  - additional_agent_context is an int, not a mapping\n"
        "  - additional_audit_metadata is a list, not a mapping"
    )


def test_a_connection() -> None:
    """A context bound to a connection is another one; the first stays as it was."""
    context = UserExecutionContext(**IDS)
    bound = context.with_websocket_connection("w")
    assert (bound.websocket_client_id, context.websocket_client_id) == ("w", None)
    assert bound.request_id == context.request_id
    with pytest.raises(InvalidContextError, match="websocket_client_id is the same as user_id"):
        context.with_websocket_connection("u")


def test_verifying_isolation() -> None:
    """A context that shares nothing is verified; one that shares something says what, and with which."""
    shared = type("Cache", (), {})()
    context = UserExecutionContext(**IDS, agent_context={"cache": shared})
    other = UserExecutionContext("v", "s", "q", agent_context={"caches": [shared]})
    assert context.verify_isolation()
    assert context.verify_isolation(UserExecutionContext("v", "s", "q"))
    with pytest.raises(ContextIsolationError) as caught:
        context.verify_isolation(UserExecutionContext("x", "y", "z"), other)
    expected = 'self.agent_context["cache"] is others[1].agent_context["caches"][0] (a Cache)'
    assert caught.value.findings == (expected,)


def test_verifying_finds_what_was_forced() -> None:
    """Python lets anyone set a slot by force; the check names the field that is not valid any more."""
    context = UserExecutionContext(**IDS)
    object.__setattr__(context, "user_id", "none")
    with pytest.raises(ContextIsolationError, match="user_id was changed after creation: it is the placeholder"):
        context.verify_isolation()
