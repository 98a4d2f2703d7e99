"""What a class, its decorators, the environment and the settings say, and who wins."""

from __future__ import annotations

import re
from asyncio import new_event_loop
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from test_framework import AsyncTestCase, BackendError, SettingsError, deadline, guard, on_backends, settings
from test_framework._case._attributes import is_positive_number
from test_framework._case._policy import Policy, policy_of
from test_framework.settings import GUARDS


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Enter a folder without settings, which are read anew before and after."""
    monkeypatch.chdir(tmp_path)
    settings.forget()
    yield tmp_path
    settings.forget()


def configure(project: Path, *lines: str) -> None:
    """Write settings, and forget those that were read."""
    (project / "pyproject.toml").write_text("\n".join(["[tool.test_framework]", *lines, ""]), encoding="utf-8")
    settings.forget()


def make(**attributes: Any) -> Any:
    """Return a class with a test."""

    async def test_x(self: object) -> None: ...

    return type("Sample", (AsyncTestCase,), {"test_x": test_x, **attributes})


def policy(cls: Any, name: str = "test_x") -> Policy:
    """Return the policy of a test."""
    return policy_of(cls, getattr(cls(name), name))


# -- values ---------------------------------------------------------------------------------------


def test_defaults() -> None:
    """A class that says nothing runs on asyncio, without a limit, with the guards as warnings."""
    assert policy(make()) == Policy(
        backend="asyncio",
        options=MappingProxyType({}),
        timeout=None,
        grace=5.0,
        debug=None,
        levels={**dict.fromkeys(GUARDS, "warn"), "blocking_calls": "ignore"},
        blocking_threshold=0.1,
    )


def test_class_attributes() -> None:
    """What a class says is its policy."""
    options = {"strict_exception_groups": True}
    cls = make(
        backend="trio",
        backend_options=options,
        timeout=3,
        grace_period=2,
        loop_debug=True,
        strict=True,
        leaked_threads="ignore",
        blocking_threshold=0.5,
    )
    levels = {**dict.fromkeys(GUARDS, "fail"), "leaked_threads": "ignore"}
    assert policy(cls) == Policy("trio", options, 3.0, 2, True, levels, 0.5)  # type: ignore[arg-type]


def test_inheritance() -> None:
    """A subclass has its base's policy, but for what it says itself; None says nothing against the settings."""
    base = make(timeout=3, grace_period=2, leaked_tasks="fail")
    sub = type("Sub", (base,), {"timeout": 4, "grace_period": None})
    assert (policy(sub).timeout, policy(sub).grace, policy(sub).levels["leaked_tasks"]) == (4.0, 5.0, "fail")


# -- precedence -----------------------------------------------------------------------------------


class Row(NamedTuple):
    """One setting, said at every place where it can be said.

    Attributes:
        name: the setting.
        line: in the file.
        variable: in the environment.
        attribute: of the class.
        decorator: on the test.
        values: what holds without any of them, and then after each.
    """

    name: str
    line: str
    variable: str
    attribute: object
    decorator: Callable[[Any], Any]
    values: list[object]


ROWS = [
    Row("timeout", "timeout = 1", "2", 3, deadline(4), [None, 1.0, 2.0, 3.0, 4.0]),
    Row(
        "leaked_tasks",
        'leaked_tasks = "fail"',
        "ignore",
        "fail",
        guard(leaked_tasks="ignore"),
        ["warn", "fail", "ignore", "fail", "ignore"],
    ),
    Row(
        "backend",
        'backend = "trio"',
        "asyncio+uvloop",
        "trio",
        on_backends("asyncio"),
        ["asyncio", "trio", "asyncio+uvloop", "trio", "asyncio"],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_precedence(project: Path, monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    """A decorator wins over the class, the class over the environment, that over the file, that over the default."""

    def seen(**attributes: Any) -> object:
        found = policy(make(**attributes))
        return found.levels[row.name] if row.name in GUARDS else getattr(found, row.name)

    async def test_x(self: object) -> None: ...

    values = [seen()]
    configure(project, row.line)
    values.append(seen())
    monkeypatch.setenv(f"TEST_FRAMEWORK_{row.name.upper()}", row.variable)
    settings.forget()
    values.append(seen())
    values.append(seen(**{row.name: row.attribute}))
    values.append(seen(**{row.name: row.attribute, "test_x": row.decorator(test_x)}))
    assert values == row.values


@pytest.mark.parametrize(("name", "field"), [("grace_period", "grace"), ("blocking_threshold", "blocking_threshold")])
def test_precedence_without_decorators(project: Path, name: str, field: str) -> None:
    """The same for what has no decorator."""
    configure(project, f"{name} = 1")
    assert getattr(policy(make()), field) == 1.0
    assert getattr(policy(make(**{name: 2})), field) == 2


def test_no_limit_wins_too(project: Path) -> None:
    """A class or a test can say that it has no limit, whatever is set elsewhere."""
    configure(project, "timeout = 1")
    assert policy(make(timeout=0)).timeout is None
    assert policy(make(timeout=None)).timeout == 1.0
    assert policy(deadline(None)(make())).timeout is None

    @deadline(None)
    async def test_x(self: object) -> None: ...

    assert policy(make(timeout=3, test_x=test_x)).timeout is None


def test_strict_settings(project: Path) -> None:
    """Strict settings make every guard fail, unless the class says that it is not strict."""
    configure(project, "strict = true")
    assert set(policy(make()).levels.values()) == {"fail"}
    assert policy(make(strict=False)).levels["leaked_tasks"] == "warn"
    assert policy(make(leaked_tasks="ignore")).levels["leaked_tasks"] == "ignore"


def test_faulty_settings(project: Path) -> None:
    """Faulty settings are an error of each test, not of the import."""
    configure(project, "timeout = -1")
    cls = make()
    with pytest.raises(SettingsError, match="timeout"):
        policy(cls)


# -- marks ----------------------------------------------------------------------------------------


def test_marks_of_a_test() -> None:
    """Marks change the policy of their test only."""

    class Sample(AsyncTestCase):
        timeout = 3

        @deadline(7)
        @guard(leaked_tasks="ignore")
        @guard(leaked_tasks="fail", leaked_threads="fail")
        async def test_marked(self) -> None: ...

        async def test_plain(self) -> None: ...

    marked, plain = policy(Sample, "test_marked"), policy(Sample, "test_plain")
    assert (marked.timeout, plain.timeout) == (7, 3.0)
    assert (marked.levels["leaked_tasks"], marked.levels["leaked_threads"]) == ("ignore", "fail")
    assert plain.levels == policy_of(Sample).levels


def test_the_same_policy_is_made_once() -> None:
    """Tests with equal marks share their policy."""

    class Sample(AsyncTestCase):
        @deadline(7)
        async def test_a(self) -> None: ...

        @deadline(7)
        async def test_b(self) -> None: ...

    assert policy(Sample, "test_a") is policy(Sample, "test_b")
    assert policy_of(Sample) is policy_of(Sample)


def test_things_that_are_no_functions() -> None:
    """A test may be anything callable: what has no marks has the policy of its class."""
    cls = make()
    assert policy_of(cls, None) is policy_of(cls, print) is policy_of(cls)


# -- changes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backend", "trio"),
        ("backend_options", {"clock": None}),
        ("timeout", 9),
        ("grace_period", 9),
        ("loop_debug", True),
        ("strict", True),
        ("blocking_threshold", 9),
        *((guard_name, "fail") for guard_name in GUARDS),
    ],
)
def test_a_class_attribute_changed_between_tests(name: str, value: object) -> None:
    """A change of an attribute, of the class or of its base, counts from the next test on, and so does its end."""
    base = make()
    cls = type("Sub", (base,), {})
    before = policy(cls)
    for owner in (cls, base):
        setattr(owner, name, value)
        changed = policy(cls)
        assert changed != before
        delattr(owner, name)
        assert policy(cls) == before


def test_a_subclass_has_a_policy_of_its_own() -> None:
    """What was worked out for a base is not taken for its subclass."""
    base = make(timeout=3)
    assert policy(base).timeout == 3.0
    assert policy(type("Sub", (base,), {"timeout": 4})).timeout == 4.0


# -- names that suites use for something else -----------------------------------------------------


@pytest.mark.parametrize(
    "value", [lambda self: 3, property(lambda self: 3), classmethod(lambda cls: 3), staticmethod(lambda: 3)]
)
def test_a_timeout_that_is_not_ours(value: object) -> None:
    """A method or property of a suite that happens to be called "timeout" sets no limit, and is no error."""
    assert policy(make(timeout=value)).timeout is None


# -- checks ---------------------------------------------------------------------------------------


SECONDS = "a positive number of seconds or None"
LIMIT = "a number of seconds (0 for no limit) or None"
LEVEL = '"ignore", "warn" or "fail"'
OPTIONS = "a mapping of keyword arguments for trio.run"
FACTORY = "a callable without arguments that makes an asyncio event loop, such as asyncio.SelectorEventLoop"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("backend", "curio", "backend must be one of 'asyncio', 'trio', 'asyncio+uvloop', not 'curio'"),
        ("backend", 3, "backend must be one of 'asyncio', 'trio', 'asyncio+uvloop', not 3"),
        ("backend", ["trio"], "backend must be one of 'asyncio', 'trio', 'asyncio+uvloop', not ['trio']"),
        ("timeout", -1, f"timeout must be {LIMIT}, not -1"),
        ("timeout", "3", f"timeout must be {LIMIT}, not '3'"),
        ("timeout", True, f"timeout must be {LIMIT}, not True"),
        ("timeout", False, f"timeout must be {LIMIT}, not False"),
        ("timeout", float("nan"), f"timeout must be {LIMIT}, not nan"),
        ("grace_period", 0, f"grace_period must be {SECONDS}, not 0"),
        ("grace_period", "x", f"grace_period must be {SECONDS}, not 'x'"),
        ("blocking_threshold", 0.0, f"blocking_threshold must be {SECONDS}, not 0.0"),
        ("blocking_threshold", False, f"blocking_threshold must be {SECONDS}, not False"),
        ("strict", "yes", "strict must be True or False, not 'yes'"),
        ("leaked_tasks", "error", f"leaked_tasks must be {LEVEL}, not 'error'"),
        ("leaked_threads", True, f"leaked_threads must be {LEVEL}, not True"),
        ("blocking_calls", [], f"blocking_calls must be {LEVEL}, not []"),
        ("backend_options", "clock", f"backend_options must be {OPTIONS}, not 'clock'"),
        ("backend_options", ["clock"], f"backend_options must be {OPTIONS}, not ['clock']"),
        ("backend_options", {1: 2}, "the keys of backend_options must be names of arguments of trio.run, not {1: 2}"),
        ("loop_factory", 3, f"loop_factory must be {FACTORY}, not 3"),
        ("loop_factory", "uvloop", f"loop_factory must be {FACTORY}, not 'uvloop'"),
    ],
)
def test_a_wrong_attribute(name: str, value: object, text: str) -> None:
    """A wrong value is a TypeError when the class is made, with what would be right."""
    with pytest.raises(TypeError) as caught:
        make(**{name: value})
    assert str(caught.value) == f"class Sample: {text}"


def test_all_wrong_attributes_at_once() -> None:
    """The error names all of them."""
    with pytest.raises(TypeError) as caught:
        make(backend="x", timeout=-1, grace_period=-1, blocking_threshold=-1, leaked_tasks="x", strict="x",
             backend_options=1, loop_factory=1)  # fmt: skip
    assert str(caught.value).count(" must be ") == 8


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("backend", [None, "asyncio", "trio", "asyncio+uvloop"]),
        ("timeout", [None, 0, 0.0, 1, 0.5, float("inf")]),
        ("grace_period", [None, 1, 0.5]),
        ("strict", [None, True, False]),
        ("leaked_tasks", [None, "ignore", "warn", "fail"]),
        ("backend_options", [None, {}, MappingProxyType({}), {"clock": None}]),
        ("loop_factory", [None, new_event_loop, staticmethod(new_event_loop), lambda self: new_event_loop()]),
    ],
)
def test_right_attributes(name: str, values: list[object]) -> None:
    """Every documented value is taken."""
    for value in values:
        policy(make(**{name: value}))


# -- loops of asyncio, on trio --------------------------------------------------------------------


ON_TRIO = "loop_factory makes loops of asyncio, and the backend of the class is 'trio': remove one of them"


def test_a_loop_factory_on_trio() -> None:
    """It is refused where the class is on trio, whichever of its bases says the one and the other."""
    with pytest.raises(TypeError, match=f"class Sample: {ON_TRIO}"):
        make(backend="trio", loop_factory=new_event_loop)
    base = make(loop_factory=new_event_loop)
    with pytest.raises(TypeError, match=ON_TRIO):
        type("Sample", (base,), {"backend": "trio"})
    mixin = type("Mixin", (), {"loop_factory": new_event_loop})
    with pytest.raises(TypeError, match=ON_TRIO):
        type("Sample", (mixin, AsyncTestCase), {"backend": "trio"})
    type("Sample", (base,), {"backend": "trio", "loop_factory": None})
    type("Sample", (make(backend="trio"),), {"backend": "asyncio", "loop_factory": new_event_loop})


def test_a_wrong_loop_factory_of_a_mixin() -> None:
    """What a base brings that is no AsyncTestCase is looked at too."""
    mixin = type("Mixin", (), {"loop_factory": 3})
    with pytest.raises(TypeError, match=r"class Sample: loop_factory must be a callable .*, not 3"):
        type("Sample", (mixin, AsyncTestCase), {})


def test_a_loop_factory_for_tests_on_several_backends(project: Path) -> None:
    """It serves those on asyncio, and the others do without: the decorator has chosen each backend."""

    @on_backends("asyncio", "trio")
    async def test_x(self: object) -> None: ...

    type("Sample", (AsyncTestCase,), {"test_x": test_x, "backend": "trio", "loop_factory": new_event_loop})
    configure(project, 'backend = "trio"')
    cls = on_backends("asyncio", "trio")(make(loop_factory=new_event_loop))
    assert policy(cls, "test_x__trio").backend == "trio"
    assert policy(cls, "test_x__asyncio").backend == "asyncio"
    assert policy_of(cls).backend == "trio"
    type("Sample", (cls,), {"backend": "trio"})


def test_a_loop_factory_where_the_settings_choose_trio(project: Path) -> None:
    """A test that would run on trio is an error with the attribute, the place of the setting and the cure."""
    configure(project, 'backend = "trio"')

    @deadline(3)
    async def test_y(self: object) -> None: ...

    cls = make(loop_factory=new_event_loop, test_y=test_y)
    text = (
        rf"^Sample\.loop_factory makes loops of asyncio, and the backend of this test is 'trio', by "
        rf"{re.escape(str(project / 'pyproject.toml'))}:2: write backend = \"asyncio\" in the class, or "
    )
    for name in ("test_x", "test_x", "test_y"):
        with pytest.raises(BackendError, match=text) as caught:
            policy(cls, name)
        assert caught.value.__suppress_context__
    assert policy(make(backend="asyncio", loop_factory=new_event_loop)).backend == "asyncio"


def test_a_class_that_nobody_looked_at() -> None:
    """A base that keeps its subclasses' making to itself is an error of each test, not an unchecked class."""

    class Selfish:
        def __init_subclass__(cls) -> None:
            """Forget the other bases."""

    class Sample(Selfish, AsyncTestCase):
        async def test_x(self) -> None: ...

    with pytest.raises(TypeError, match=r"Sample was made without AsyncTestCase\.__init_subclass__: one of its bases"):
        policy(Sample)


@pytest.mark.parametrize("name", ["setUpClass", "tearDownClass"])
def test_a_hook_replaced_by_an_asynchronous_one(name: str) -> None:
    """A hook that is replaced later by one that nobody would await is an error of each test."""

    async def hook(cls: object) -> None: ...

    cls = make()
    setattr(cls, name, classmethod(hook))
    with pytest.raises(TypeError, match=rf"Sample\.{name} was replaced by an asynchronous function"):
        policy(cls)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, True),
        (0.1, True),
        (0, False),
        (-1, False),
        (True, False),
        ("1", False),
        (None, False),
        (float("nan"), False),
    ],
)
def test_positive_numbers(value: object, expected: bool) -> None:
    """True is no number of seconds."""
    assert is_positive_number(value) is expected
