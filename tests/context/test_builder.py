"""`UserExecutionContextBuilder`: immutable steps, any target, every fault at once."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from test_framework import SettingsError, settings
from test_framework.context import (
    InvalidContextError,
    UserExecutionContext,
    UserExecutionContextBuilder,
    assert_isolated,
    build_test_context,
)
from tests.context.shapes import TARGETS, DataContext, TupleContext, Uncommon

IDS = ("user_id", "thread_id", "run_id", "request_id")


def builder(target: Any = UserExecutionContext, **options: Any) -> UserExecutionContextBuilder[Any]:
    """Return a builder whatever the settings say."""
    return UserExecutionContextBuilder(target, **options)


def faults(made: UserExecutionContextBuilder[Any]) -> list[str]:
    """Return what building reports."""
    with pytest.raises(InvalidContextError) as caught:
        made.build()
    return list(caught.value.faults)


# -- steps --------------------------------------------------------------------------------------------


def test_every_step() -> None:
    """Each step sets what its name says."""
    session = object()
    context = (
        builder()
        .with_user("u")
        .with_thread("t")
        .with_run("r")
        .with_websocket_client("w")
        .with_request("q")
        .with_parent("p", operation_depth=2)
        .with_metadata({"a": 1}, b=2)
        .with_metadata(c=3)
        .with_audit_metadata({"d": 4}, e=5)
        .with_session(session)
        .build()
    )
    assert context == UserExecutionContext("u", "t", "r", websocket_client_id="w", request_id="q")
    assert (context.parent_request_id, context.operation_depth, context.db_session) == ("p", 2, session)
    assert (context.agent_context, context.audit_metadata) == ({"a": 1, "b": 2, "c": 3}, {"d": 4, "e": 5})


def test_a_step_leaves_the_builder_as_it_was() -> None:
    """A half-built builder can be shared: what one test adds the other does not see."""
    shared = builder().with_user("u").with_unique_ids().with_metadata(a=[1])
    one, two = shared.with_run("one").with_metadata(b=2), shared.with_run("two").with_user("v")
    assert (one.build().run_id, two.build().run_id, one.build().user_id, two.build().user_id) == (
        "one",
        "two",
        "u",
        "v",
    )
    assert (one.build().agent_context, shared.build().agent_context) == ({"a": [1], "b": 2}, {"a": [1]})
    with pytest.raises(AttributeError):
        shared._recipe = None  # type: ignore[misc, assignment]


def test_metadata_is_neither_the_callers_nor_that_of_another_context() -> None:
    """The containers are copied when they are given, and again for each context."""
    history: list[int] = []
    made = builder(DataContext).with_user("u").with_thread("t").with_run("r").with_metadata(history=history)
    history.append(1)
    one, two = made.build_many(2)
    one.agent_context["history"].append(2)
    assert (two.agent_context, made.build().agent_context) == ({"history": []}, {"history": []})


def test_building_in_many_threads() -> None:
    """Threads that share a builder get contexts that share nothing."""
    shared = builder().with_unique_ids().with_metadata(history=[])
    made: list[UserExecutionContext] = []
    threads = [
        threading.Thread(target=lambda: made.extend(shared.with_metadata(n=[]).build_many(20))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 160
    assert_isolated(made)


def test_ids_made_from_the_number() -> None:
    """A function gets the number of the context."""
    made = builder().with_user(lambda n: f"user-{n}").with_unique_ids().with_session(factory=lambda n: [n])
    assert [(one.user_id, one.db_session) for one in made.build_many(3)] == [
        ("user-0", [0]),
        ("user-1", [1]),
        ("user-2", [2]),
    ]


def test_ids_on_request() -> None:
    """A step without an id asks for a unique one; what is not asked for is not made up."""
    context = builder().with_user("u").with_thread().with_run().with_websocket_client().build()
    assert context.user_id == "u"
    assert context.thread_id.startswith("thread-")
    assert context.run_id.startswith("run-")
    assert str(context.websocket_client_id).startswith("ws-")
    assert builder().with_unique_ids().build().websocket_client_id is None
    assert builder().with_unique_ids().with_user("u").with_request().build().request_id.startswith("request-")


def test_many() -> None:
    """Unique ids differ in all of them, what was set is the same; a negative number is refused."""
    made = builder().with_user("u").with_unique_ids().build_many(50)
    assert {context.user_id for context in made} == {"u"}
    assert len({context.run_id for context in made}) == 50
    assert builder().build_many(0) == []
    with pytest.raises(ValueError, match="count must be 0 or more, not -1"):
        builder().build_many(-1)
    with pytest.raises(TypeError, match="count must be a whole number, not '3'"):
        builder().build_many("3")  # type: ignore[arg-type]


# -- seeds --------------------------------------------------------------------------------------------


@given(st.integers() | st.text(), st.integers(0, 20), st.integers(0, 20))
def test_a_seed_gives_the_same_ids(seed: int | str, few: int, more: int) -> None:
    """Ids depend on the seed and the number alone; they are valid, and isolated."""
    made = builder().with_seed(seed)
    first = made.build_many(few)
    assert first == builder().with_seed(seed).build_many(few + more)[:few]
    if first:
        assert_isolated(first)
        assert made.build() == first[0]


def test_seeds_differ() -> None:
    """Another seed, or the same number as text, gives other ids."""
    assert len({builder().with_seed(seed).build() for seed in (0, 1, "0", "1", -1, "")}) == 6


def test_a_seed_keeps_its_ids_when_others_are_set() -> None:
    """Setting one id does not change the others."""
    one, two = builder().with_seed(7).build(), builder().with_seed(7).with_thread("t").build()
    assert (one.user_id, one.run_id, one.request_id) == (two.user_id, two.run_id, two.request_id)
    assert one.user_id == "user-66abbd8b3ab3ad75"


def test_a_seed_in_another_process() -> None:
    """Neither the process nor its hash seed matters."""
    code = (
        "from test_framework.context import UserExecutionContextBuilder as B; print(B().with_seed('x').build().run_id)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == builder().with_seed("x").build().run_id


# -- targets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_any_class(target: Any) -> None:
    """A dataclass, attrs class, pydantic model, plain class and NamedTuple are built alike."""
    session = object()
    made = (
        builder(target)
        .with_seed(1)
        .with_user("u")
        .with_websocket_client("w")
        .with_metadata(a=[1])
        .with_session(session)
    )
    one, two = made.build_many(2)
    assert type(one) is target
    assert (one.user_id, one.websocket_client_id, one.agent_context, one.db_session) == ("u", "w", {"a": [1]}, session)
    assert one.run_id == builder().with_seed(1).build().run_id
    assert one.agent_context is not two.agent_context


@pytest.mark.parametrize("target", TARGETS)
def test_faults_with_any_class(target: Any) -> None:
    """What is missing, wrong or not a parameter is named in one error, with the cure."""
    made = builder(target).with_user("none").with_request("q").with_fields(websocket_client="w").with_metadata([1])  # type: ignore[arg-type]
    assert faults(made) == [
        f'{target.__name__} has no parameter request_id; name the one that it has with names={{"request_id": "..."}}',
        f"{target.__name__} has no parameter websocket_client; did you mean websocket_client_id?",
        "thread_id is missing; call .with_thread(...), or .with_unique_ids() for all ids that are not set",
        "run_id is missing; call .with_run(...), or .with_unique_ids() for all ids that are not set",
        "user_id is the placeholder 'none', not an id",
        "agent_context is a list, not a mapping",
    ]


def test_our_own_class_without_ids() -> None:
    """Building from nothing names the three ids and how to get them."""
    assert faults(builder()) == [
        f"{field} is missing; call .{step}(...), or .with_unique_ids() for all ids that are not set"
        for field, step in [("user_id", "with_user"), ("thread_id", "with_thread"), ("run_id", "with_run")]
    ]


def test_other_names_and_other_parameters() -> None:
    """Parameters that are named differently are mapped; others are given by name; the time is made up."""
    made = builder(Uncommon, names={"user_id": "uid", "thread_id": "conversation"}).with_fields(tenant=["x"])
    one = made.with_user("u").with_unique_ids().build()
    assert (one.uid, one.tenant) == ("u", ["x"])
    assert one.conversation.startswith("thread-")
    assert one.made.tzinfo is not None
    assert made.with_fields(uid="v", conversation="t").build().uid == "v"


def test_parameters_that_cannot_be_filled() -> None:
    """Each is named, with the step that fills it, and the field that it may stand for."""
    assert faults(builder(Uncommon)) == [
        'Uncommon requires uid; call .with_fields(uid=...); or, if it is the user_id, give names={"user_id": "uid"}',
        "Uncommon requires conversation; call .with_fields(conversation=...)",
        "Uncommon requires tenant; call .with_fields(tenant=...)",
    ]


def test_wrong_names() -> None:
    """A mapping of what is no field, or to what is no parameter, is a fault; so is a value that is set twice."""
    made = builder(DataContext, names={"userid": "user_id", "run_id": "runid"}).with_unique_ids()
    assert faults(made) == [
        "names: 'userid' is no field of a context; did you mean user_id?",
        "names: DataContext has no parameter 'runid'; did you mean run_id?",
        "DataContext requires run_id; call .with_fields(run_id=...)",
    ]
    twice = (
        builder(Uncommon, names={"user_id": "uid"}).with_user("u").with_fields(uid="v", tenant="x", conversation="c")
    )
    assert faults(twice) == ["uid is set twice: it is the name that Uncommon has for user_id"]


def test_functions_and_partials() -> None:
    """Whatever can be called is a target; what takes any name gets all that was set, and nothing that was not."""

    def everything(**values: Any) -> dict[str, Any]:
        return values

    assert builder(everything).with_user("u").with_fields(tenant="x").build() == {"user_id": "u", "tenant": "x"}
    assert builder(functools.partial(TupleContext, run_id="r")).with_user("u").with_thread("t").build().run_id == "r"
    with pytest.raises(TypeError, match=r"target must be a class or a function, not 3$"):
        builder(3)
    with pytest.raises(TypeError, match=r"not 'shop\.users:Session'; a path to one is for the settings"):
        builder("shop.users:Session")
    with pytest.raises(TypeError, match="target dict does not say what it takes; give a function that does"):
        builder(dict).build()


def test_an_error_of_the_target_is_the_targets() -> None:
    """What the product's own class refuses is its own error, with a note, and without values."""

    class Strict:
        def __init__(self, user_id: str, plan: str) -> None:
            raise LookupError(plan)

    with pytest.raises(LookupError) as caught:
        builder(Strict).with_user("u").with_fields(plan="hunter2").build()
    assert caught.value.__notes__ == ["raised by Strict, which was given user_id, plan"]


def test_fields_that_are_nested_without_end() -> None:
    """They are a fault wherever they are."""
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    made = builder(Uncommon, names={"user_id": "uid"}).with_user("u").with_fields(conversation="c", tenant=deep)
    assert faults(made) == ["tenant is nested more than 100 deep"]
    assert faults(builder().with_unique_ids().with_metadata(deep=deep)) == [
        "agent_context is nested more than 100 deep"
    ]


@given(
    st.dictionaries(
        st.sampled_from(["user_id", "thread_id", "run_id", "websocket_client_id", "request_id", "agent_context", "x"]),
        st.none() | st.text() | st.integers() | st.dictionaries(st.text() | st.integers(), st.text()),
    ),
    st.booleans(),
)
def test_anything_builds_or_is_that_error(values: dict[str, Any], unique: bool) -> None:
    """Whatever is set, the outcome is a valid context or InvalidContextError that has all faults."""
    made = builder().with_fields(**values)
    made = made.with_unique_ids() if unique else made
    try:
        assert made.build().verify_isolation()
    except InvalidContextError as error:
        assert error.faults


def test_a_builder_can_be_pickled_and_shows_no_values() -> None:
    """It crosses to other processes, and its text has names only."""
    made = builder(DataContext).with_seed(3).with_user().with_metadata(token="hunter2").with_fields(tenant="x")
    assert repr(made) == "<UserExecutionContextBuilder: target=DataContext, user_id, agent_context, tenant, unique ids>"
    assert repr(UserExecutionContextBuilder()) == "<UserExecutionContextBuilder: target=default>"
    assert faults(pickle.loads(pickle.dumps(made))) == ["DataContext has no parameter tenant"]


# -- the settings -------------------------------------------------------------------------------------


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Return a function that names a class in the settings."""
    monkeypatch.chdir(tmp_path)

    def name(path: str) -> None:
        (tmp_path / "pyproject.toml").write_text(f'[tool.test_framework]\nuser_execution_context = "{path}"\n', "utf-8")
        settings.forget()

    settings.forget()
    yield name
    settings.forget()


def test_without_a_setting(named: Any) -> None:
    """The default is our own class."""
    assert type(UserExecutionContextBuilder().with_unique_ids().build()) is UserExecutionContext


def test_the_class_of_the_settings(named: Any) -> None:
    """The class that the settings name is the default everywhere; a target that is given wins."""
    named("tests.context.shapes:DataContext")
    made: Any = UserExecutionContextBuilder().with_unique_ids().build()
    assert type(made) is DataContext
    assert type(build_test_context()) is DataContext
    assert type(builder(TupleContext).with_unique_ids().build()) is TupleContext
    assert type(builder().with_unique_ids().build()) is UserExecutionContext


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("no_such_module:Context", "cannot be imported: No module named 'no_such_module'"),
        (
            "tests.context.shapes:Missing",
            "cannot be imported: module 'tests.context.shapes' has no attribute 'Missing'",
        ),
        ("tests.context.shapes:TARGETS", "is a list, which cannot be called; name a class or a function"),
    ],
)
def test_a_setting_that_leads_nowhere(named: Any, path: str, text: str) -> None:
    """The error names the file, the line and what is wrong."""
    named(path)
    with pytest.raises(SettingsError) as caught:
        UserExecutionContextBuilder().with_unique_ids().build()
    assert str(caught.value).endswith(f"pyproject.toml:2: user_execution_context {path!r} {text}")


# -- what the test classes call -----------------------------------------------------------------------


def test_a_context_for_a_test() -> None:
    """It has unique ids in every role, and takes overrides of every field."""
    one, two = build_test_context(), build_test_context()
    assert_isolated([one, two])
    assert one.websocket_client_id.startswith("ws-")
    made = build_test_context(user_id="test", websocket_client_id=None, agent_context={"a": 1}, operation_depth=1,
                              parent_request_id="p")  # fmt: skip
    assert (made.user_id, made.websocket_client_id, made.agent_context) == ("test", None, {"a": 1})
    assert made.operation_depth == 1


def test_faults_of_overrides() -> None:
    """They are named together."""
    with pytest.raises(InvalidContextError) as caught:
        build_test_context(user_id=3, thread_id="", userid="u")
    assert str(caught.value) == (
        "UserExecutionContext cannot be made:\n"
        "  - UserExecutionContext has no parameter userid; did you mean user_id?\n"
        "  - user_id is an int, not a str; write str(user_id)\n"
        "  - thread_id is empty"
    )


def test_a_class_without_websockets(named: Any) -> None:
    """What is made up is left out where the class does not take it."""
    named("tests.context.test_builder:Small")
    assert vars(build_test_context(tenant="x")).keys() == {"user_id", "tenant"}


class Small:
    def __init__(self, user_id: str, tenant: str) -> None:
        self.user_id = user_id
        self.tenant = tenant
