"""The SSot classes: what is undone, what may be assigned, who may be a base."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import unittest
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any, Generic, Protocol, TypeVar
from unittest.mock import Mock

import pytest

from test_framework import (
    CategoryType,
    InvalidContextError,
    SSotAsyncTestCase,
    SSotBaseTestCase,
    SsotTestContext,
    SsotTestMetrics,
    UserExecutionContext,
    assert_isolated,
)
from test_framework.ssot import base_test_case
from tests.ssot.running import run_class, texts

T = TypeVar("T")
REFERENCE = Path(__file__).parent.parent.parent / "docs" / "reference" / "ssot.md"


# -- the environment is undone whatever happens ---------------------------------------------------


def _fail() -> None:
    raise AssertionError


def _skip() -> None:
    raise unittest.SkipTest("no")


def _exit() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("end", [lambda: None, _fail, _skip, _exit])
@pytest.mark.parametrize("place", ["setup_method", "test_it", "teardown_method", "cleanup"])
@pytest.mark.parametrize("debug", [False, True])
def test_the_environment_is_undone(end: Any, place: str, debug: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that were set, changed and deleted, by whatever means, are as before."""
    monkeypatch.setenv("CHANGED", "1")
    monkeypatch.setenv("DELETED", "1")

    changed: list[str] = []

    def change(case: Any = None) -> None:
        changed.append(place)
        os.environ["CHANGED"] = "2"
        os.environ["ADDED"] = "2"
        del os.environ["DELETED"]
        end()

    def test_it(case: Any) -> None:
        case.set_env_var("SET", "1")
        if place == "cleanup":
            case.addCleanup(change)

    meta: Any = type(SSotBaseTestCase)
    hooks = {} if place == "cleanup" else {place: change}
    sample = meta("Sample", (SSotBaseTestCase,), {"test_it": test_it, **hooks})
    before = dict(os.environ)
    if debug:
        case = sample("test_it")
        with contextlib.suppress(AssertionError, unittest.SkipTest, SystemExit):
            case.debug()
        assert dict(os.environ) == before
        with contextlib.suppress(AssertionError, unittest.SkipTest, SystemExit):
            case.doCleanups()
    else:
        sample("test_it").run(unittest.TestResult())
        assert dict(os.environ) == before
    assert changed == [place]


def test_after_a_deadline() -> None:
    """A test that is cut off is undone too."""

    class Sample(SSotAsyncTestCase):
        timeout = 0.1

        async def test_it(self) -> None:
            self.set_env_var("SET", "1")
            await asyncio.sleep(60)

    assert "DeadlineExceeded" in texts(run_class(Sample))
    assert "SET" not in os.environ


def test_after_ctrl_c() -> None:
    """Ctrl-C is undone before KeyboardInterrupt goes on."""
    code = """
        import asyncio, os, signal, unittest
        from test_framework.ssot.base_test_case import SSotAsyncTestCase

        class Sample(SSotAsyncTestCase):
            async def test_it(self):
                os.environ["SET"] = "1"
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(60)

        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            Sample("test_it").run(unittest.TestResult())
        except KeyboardInterrupt:
            print("interrupted", "SET" in os.environ)
    """
    if not hasattr(signal, "SIGINT") or sys.platform == "win32":
        pytest.skip("needs signals")
    done = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "interrupted False"


def test_what_a_class_sets_lasts_as_long_as_it() -> None:
    """Its own changes are undone after its cleanups; what others set meanwhile stays."""
    seen: list[tuple[str | None, ...]] = []

    def note() -> None:
        seen.append(tuple(os.environ.get(name) for name in ("BY_CLASS", "BY_TEST", "BY_CLEANUP")))

    class Sample(SSotBaseTestCase):
        @classmethod
        def setup_class(cls) -> None:
            os.environ["BY_CLASS"] = "1"

        @classmethod
        def tearDownClass(cls) -> Any:
            note()
            os.environ["BY_CLEANUP"] = "1"
            cls.addClassCleanup(note)

        def test_1(self) -> None:
            os.environ["BY_CLASS"] = os.environ["BY_TEST"] = "2"

        def test_2(self) -> None:
            note()

    class Failing(SSotBaseTestCase):
        @classmethod
        def setUpClass(cls) -> Any:
            os.environ["BY_FAILING"] = "1"
            raise RuntimeError

        def test_1(self) -> None:
            pass

    result = run_class(Sample, Failing)
    assert len(result.errors) == 1
    assert seen == [("1", None, None), ("1", None, None), ("1", None, "1")]
    assert not {"BY_CLASS", "BY_TEST", "BY_CLEANUP", "BY_FAILING"} & os.environ.keys()


def test_a_context_manager_that_fails_half_way() -> None:
    """What it has set before is undone at once."""

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            with self.assertRaises(TypeError), self.temp_env_vars(FIRST="1", SECOND=["no"]):
                self.fail("never entered")
            self.assert_env_var_not_set("FIRST")

    assert run_class(Sample).wasSuccessful()


# -- attributes -----------------------------------------------------------------------------------


def test_a_second_run_has_a_context_and_metrics_of_its_own() -> None:
    """What was made is made anew; what was assigned stays."""
    contexts: list[Any] = []

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            contexts.append(self.test_context)
            self.increment_db_query_count()
            self.assertEqual(1, self.get_db_query_count())

    case = Sample("test_it")
    case.logger = mine = object()
    result = unittest.TestResult()
    case.run(result)
    case.run(result)
    assert result.wasSuccessful(), texts(result)
    assert contexts[0].user_id != contexts[1].user_id
    assert case.logger is mine


def test_the_metrics_of_a_finished_test() -> None:
    """Time stands still after the run, also where nobody has asked for it before."""

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            pass

    case = Sample("test_it")
    assert case.get_metrics().execution_time == 0.0
    case = Sample("test_it")
    case.run(unittest.TestResult())
    taken = case.get_metrics().execution_time
    assert taken > 0
    assert case.get_metrics().execution_time == taken
    assert case.get_metrics().end_time >= case.get_metrics().start_time


def test_cases_can_be_pickled() -> None:
    """As those of the standard class, before they run."""
    case = pickle.loads(pickle.dumps(_Plain("test_it")))
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful()


class _Plain(SSotBaseTestCase):
    def test_it(self) -> None:
        pass


@pytest.mark.parametrize("mark", ["integration", "golden_path", "skipif", "unknown"])
def test_the_category_is_that_of_the_nearest_mark(mark: str) -> None:
    """Of the method first, then of the class; other marks say nothing."""

    class Marked:
        name = mark

    class OfClass:
        name = "e2e"

    class Sample(SSotBaseTestCase):
        pytestmark = (OfClass,)

        def test_it(self) -> None:
            pass

    Sample.test_it.pytestmark = [Marked]  # type: ignore[attr-defined]
    expected = CategoryType(mark) if mark in {"integration", "golden_path"} else CategoryType.E2E
    assert Sample("test_it").test_context.test_category is expected


def test_counters_hold_with_threads() -> None:
    """No count is lost."""
    metrics = SsotTestMetrics()

    def count() -> None:
        for _ in range(2000):
            metrics.count("redis_operations", 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.redis_operations == 8000


@pytest.mark.parametrize(("n", "kind"), [("1", TypeError), (True, TypeError), (-1, ValueError)])
def test_what_cannot_be_counted(n: Any, kind: type[Exception]) -> None:
    """Counts are whole numbers that grow."""
    with pytest.raises(kind, match="database_queries"):
        _Plain("test_it").increment_db_query_count(n)


def test_metrics_stand_alone() -> None:
    """They can be made, timed, assigned and copied by themselves, and print no recorded value."""
    metrics = SsotTestMetrics(websocket_events=2, custom_metrics={"token": "hunter2"})
    assert (metrics.execution_time, metrics.start_time, metrics.end_time) == (0.0, None, None)
    metrics.end_timing()
    assert metrics.end_time is None
    metrics.execution_time, metrics.memory_usage = 1.5, 7.0
    assert pickle.loads(pickle.dumps(metrics)).as_dict() == metrics.as_dict()
    assert metrics.as_dict()["execution_time"] == 1.5
    assert "hunter2" not in repr(metrics)


# -- what tests call wrongly ----------------------------------------------------------------------


def test_expect_exception_fails_unless_it_is_raised() -> None:
    """Nothing raised, another exception, another text, no type at all, no with."""

    class Sample(SSotBaseTestCase):
        def test_1_nothing(self) -> None:
            with self.expect_exception(ValueError):
                pass

        def test_2_text(self) -> None:
            with self.expect_exception(ValueError, "a(b"):
                raise ValueError("other")

        def test_3_other(self) -> None:
            with self.expect_exception(ValueError):
                raise KeyError("other")

        def test_4_no_type(self) -> None:
            self.expect_exception("ValueError")  # type: ignore[arg-type]

        def test_5_no_with(self) -> None:
            self.expect_exception(ValueError)

    result = run_class(Sample)
    failed = [case.id().rpartition(".")[2] for case, _ in [*result.failures, *result.errors]]
    assert failed == ["test_1_nothing", "test_2_text", "test_5_no_with", "test_3_other", "test_4_no_type"]
    for text in ("ValueError was not raised", "'other', does not match 'a(b'", "write with before it",
                 "takes an exception type, not 'ValueError'"):  # fmt: skip
        assert text in texts(result)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"match": "no .*"}, "expect_exception() takes no match; write message_pattern='no .*'"),
        ({"msg": 1}, "expect_exception() takes no msg; write message_pattern='...'"),
        ({"match": "a", "regex": "b"}, "expect_exception() takes no match, regex; write message_pattern='a'"),
        ({"message_pattern": re.compile("no .*")}, "message_pattern is text, not Pattern; write 'no .*'"),
        ({"message_pattern": 404}, "message_pattern is text, not int; write '404'"),
    ],
)
def test_expect_exception_asked_in_other_words(options: dict[str, Any], text: str) -> None:
    """An argument of pytest.raises() or of a guess is refused before the block runs, with what to write."""
    ran = []

    class Sample(SSotBaseTestCase):
        def test_1(self) -> None:
            with self.expect_exception(ValueError, **options):
                ran.append(1)

    result = run_class(Sample)
    assert len(result.errors) == 1
    assert f"TypeError: {text}" in texts(result)
    assert ran == []


@pytest.mark.parametrize(
    "call", ["temp_env_vars(A='1')", "track_db_queries()", "assertCompletesWithin(1)", "assertRaisesGroup(ValueError)"]
)
def test_a_context_manager_that_is_never_entered(call: str) -> None:
    """It fails the test, and says what to write."""
    namespace = {"test_it": lambda self: eval(f"self.{call}") and None}
    meta: Any = type(SSotBaseTestCase)
    cls = meta("Sample", (SSotBaseTestCase,), namespace)
    assert "write with before it" in texts(run_class(cls))


def test_add_cleanup_takes_a_function() -> None:
    """A coroutine is closed and refused."""

    class Sample(SSotBaseTestCase):
        async def test_it(self) -> None:
            self.add_cleanup(asyncio.sleep(0))  # type: ignore[arg-type]

    assert "leave out the parentheses" in texts(run_class(Sample))


# -- bases ----------------------------------------------------------------------------------------


class Interface(Protocol):
    def make(self) -> int: ...


def test_the_order_of_bases() -> None:
    """The error says which order to write, for more than two bases too."""
    meta: Any = type(SSotBaseTestCase)

    class Mixin:
        pass

    with pytest.raises(TypeError, match=r"write class X\(SSotAsyncTestCase, SSotBaseTestCase, TestCase, Mixin\)"):
        meta("X", (unittest.TestCase, SSotBaseTestCase, Mixin, SSotAsyncTestCase), {})
    meta("X", (SSotAsyncTestCase, SSotBaseTestCase, Mixin, unittest.TestCase), {})


def test_abstract_classes() -> None:
    """With ABC what is abstract is checked; without, as for any class, it is not."""

    class Abstract(SSotBaseTestCase, abc.ABC):
        @abc.abstractmethod
        def make(self) -> int: ...

    class Made(Abstract, Interface, Generic[T]):
        def make(self) -> int:
            return 1

        def test_it(self) -> None:
            self.assertEqual(1, self.make())

    class WithoutAbc(SSotBaseTestCase):
        @abc.abstractmethod
        def make(self) -> int: ...

        def test_it(self) -> None:
            pass

    with pytest.raises(TypeError, match="abstract"):
        Abstract()  # type: ignore[abstract]
    result = run_class(Made, WithoutAbc)
    assert result.wasSuccessful(), texts(result)
    assert result.testsRun == 2


def test_arguments_of_init() -> None:
    """Arguments beyond the name of the test reach an `__init__` that takes them."""

    class Sample(SSotBaseTestCase):
        def __init__(self, methodName: str = "runTest", number: int = 0) -> None:
            super().__init__(methodName)
            self.number = number

        def test_it(self) -> None:
            self.assertEqual(3, self.number)

    case = Sample("test_it", number=3)
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful()
    with pytest.raises(TypeError):
        Sample("test_it", 3, 4)  # type: ignore[call-arg]


# -- names ----------------------------------------------------------------------------------------


def test_the_aliases() -> None:
    """The other names are the same classes."""
    assert base_test_case.BaseTestCase is base_test_case.BaseIntegrationTest is SSotBaseTestCase
    assert base_test_case.AsyncTestCase is base_test_case.SSotAsyncBaseTestCase is SSotAsyncTestCase
    assert base_test_case.TestMetrics is SsotTestMetrics
    assert base_test_case.TestContext is SsotTestContext


def test_the_reference_names_every_method() -> None:
    """The page has each public name that the classes add."""
    from test_framework import AsyncTestCase

    added = {name for name in dir(SSotBaseTestCase) if not name.startswith("_")} - {*dir(AsyncTestCase)}
    added -= {"register", "tearDown_exceptions"}
    documented = set(re.findall(r"`(?:async )?(\w+)", REFERENCE.read_text("utf-8"))) | {"setup_method", "setup_class"}
    text = REFERENCE.read_text("utf-8")
    assert {name for name in added if name not in documented and name not in text} == set()
    assert {name for name in base_test_case.__all__ if name not in text} == set()


# -- contexts of users ----------------------------------------------------------------------------


class _Users(SSotAsyncTestCase):
    def test_contexts(self) -> None:
        first, second = (self.create_test_user_execution_context() for _ in range(2))
        self.assertIsInstance(first, UserExecutionContext)
        assert_isolated([first, second])
        self.assertEqual("ada", self.create_test_user_execution_context(user_id="ada").user_id)

    async def test_wrong(self) -> None:
        with self.assertRaisesRegex(InvalidContextError, "(?s)thread_id.*user_id is empty"):
            self.create_test_user_execution_context(user_id="", thread="x")


def test_user_contexts() -> None:
    """Contexts are valid, unique and take overrides; what is wrong with these is said at once."""
    assert texts(run_class(_Users)) == ""


# -- classes that are made by a call --------------------------------------------------------------


def test_a_class_made_by_a_call_is_of_the_module_that_called() -> None:
    """It is a class of the suite like any other: its id says where it is, and it is checked."""
    made: Any = type("Made", (SSotBaseTestCase,), {"test_it": lambda self: None})
    assert made.__module__ == __name__
    assert made("test_it").id() == f"{__name__}.Made.test_it"
    with pytest.raises(TypeError, match="setup is no hook"):
        type("Made", (SSotBaseTestCase,), {"setup": lambda self: None, "test_it": lambda self: None})


@pytest.mark.parametrize("function", [staticmethod(partial(int, 3)), Mock(return_value=3)])
def test_what_returns_something_is_named_even_without_a_name_of_its_own(function: Any) -> None:
    """A test that is no function is called by the name that it has in the class."""

    class Sample(SSotBaseTestCase):
        test_it = function

    result = run_class(Sample)
    assert "test_it returned int, which nobody looks at" in texts(result)
