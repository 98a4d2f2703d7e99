"""Hooks of both styles: order, arguments, failures, deadlines."""

from __future__ import annotations

import asyncio
import itertools
import unittest
from typing import Any

import pytest

from test_framework.ssot.base_test_case import SSotAsyncTestCase, SSotBaseTestCase
from tests.ssot.running import run_class, texts

META: Any = type(SSotBaseTestCase)
BEFORE = ("setup_method", "async_setup_method", "setUp", "asyncSetUp")
AFTER = ("asyncTearDown", "tearDown", "async_teardown_method", "teardown_method")
CLASS_BEFORE = ("setup_class", "setUpClass", "asyncSetUpClass")
CLASS_AFTER = ("asyncTearDownClass", "tearDownClass", "teardown_class")


def hook(name: str, log: list[str], *, asynchronous: bool, takes_method: bool, calls_super: bool, fails: str) -> Any:
    """Return a hook that writes its name."""

    def note(self: Any, method: Any = None) -> Any:
        if takes_method and "method" in name:
            assert method is not None
        log.append(name)
        if name == fails:
            raise RuntimeError(f"{name} fails")

    base = SSotBaseTestCase
    if asynchronous:
        if takes_method:

            async def made(self: Any, method: Any) -> None:
                if calls_super:
                    await getattr(super(base, self), name)(method)
                note(self, method)
        else:

            async def made(self: Any) -> None:  # type: ignore[misc]
                if calls_super:
                    await getattr(super(base, self), name)()
                note(self)
    elif takes_method:

        def made(self: Any, method: Any) -> None:  # type: ignore[misc]
            if calls_super:
                getattr(super(base, self), name)(method)
            note(self, method)
    else:

        def made(self: Any) -> None:  # type: ignore[misc]
            if calls_super:
                getattr(super(base, self), name)()
            note(self)

    made.__name__ = name
    return made


def make(log: list[str], *, asynchronous: bool = False, takes_method: bool = False, calls_super: bool = False,
         fails: str = "") -> Any:  # fmt: skip
    """Return a class with every hook."""
    namespace: dict[str, Any] = {
        name: hook(name, log, asynchronous=asynchronous or name in {"asyncSetUp", "asyncTearDown"},
                   takes_method=takes_method and "method" in name, calls_super=calls_super, fails=fails)
        for name in (*BEFORE, *AFTER)
    }  # fmt: skip
    for name in (*CLASS_BEFORE, *CLASS_AFTER):
        raw = hook(name, log, asynchronous=asynchronous or name.startswith("async"), takes_method=False,
                   calls_super=calls_super, fails=fails)  # fmt: skip
        namespace[name] = classmethod(raw)

    async def test_it(self: Any) -> None:
        self.addCleanup(log.append, "cleanup")
        log.append("test")

    return META("Sample", (SSotAsyncTestCase,), {**namespace, "test_it": test_it})


@pytest.mark.parametrize(
    ("asynchronous", "takes_method", "calls_super"), list(itertools.product([False, True], repeat=3))
)
def test_each_hook_runs_once_in_order(asynchronous: bool, takes_method: bool, calls_super: bool) -> None:
    """Synchronous or not, with the method or without, with super() or without."""
    log: list[str] = []
    cls = make(log, asynchronous=asynchronous, takes_method=takes_method, calls_super=calls_super)
    result = run_class(cls)
    assert result.wasSuccessful(), texts(result)
    assert log == [*CLASS_BEFORE, *BEFORE, "test", *AFTER, "cleanup", *CLASS_AFTER]


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_hook_that_fails_is_an_error_and_what_has_succeeded_is_torn_down(position: int, asynchronous: bool) -> None:
    """The test does not run; the counterparts of the hooks before it do, innermost first."""
    log: list[str] = []
    result = run_class(make(log, asynchronous=asynchronous, fails=BEFORE[position]))
    assert [str(case) for case, _ in result.errors] == [str(result.errors[0][0])]
    assert f"{BEFORE[position]} fails" in texts(result)
    owed = AFTER[len(AFTER) - position :]
    assert log == [*CLASS_BEFORE, *BEFORE[: position + 1], *owed, *CLASS_AFTER]


@pytest.mark.parametrize("name", AFTER)
def test_every_hook_after_the_test_runs(name: str) -> None:
    """One that fails is an error of the test, and keeps no other from running."""
    log: list[str] = []
    result = run_class(make(log, fails=name))
    assert len(result.errors) == 1
    assert log == [*CLASS_BEFORE, *BEFORE, "test", *AFTER, "cleanup", *CLASS_AFTER]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("setup_class", ["setup_class"]),
        ("setUpClass", ["setup_class", "setUpClass", "teardown_class"]),
        ("asyncSetUpClass", [*CLASS_BEFORE, "teardown_class"]),
    ],
)
def test_a_class_hook_that_fails(name: str, expected: list[str]) -> None:
    """It is reported as unittest reports setUpClass; where setup_class has succeeded, teardown_class is owed."""
    log: list[str] = []
    result = run_class(make(log, fails=name))
    assert [str(case).partition(" ")[0] for case, _ in result.errors] == ["setUpClass"]
    assert log == expected


def test_debug_tears_down_too() -> None:
    """Without a result the first exception comes through, after the hooks that are owed."""
    log: list[str] = []
    case = make(log, fails="setUp")("test_it")
    with pytest.raises(RuntimeError, match="setUp fails"):
        case.debug()
    # debug() leaves everything in place for a debugger.
    case.doCleanups()
    assert log == ["setup_method", "async_setup_method", "setUp", "async_teardown_method", "teardown_method"]


@pytest.mark.parametrize("name", ["setup_method", "async_setup_method", "async_teardown_method", "teardown_method"])
def test_deadlines_apply_and_name_the_hook(name: str) -> None:
    """A hook that hangs ends with the deadline of the test."""

    async def hang(self: Any) -> None:
        await asyncio.sleep(60)

    cls = META("Sample", (SSotBaseTestCase,), {name: hang, "timeout": 0.1, "test_it": lambda _: None})
    assert f"{name} was still running when the deadline of 0.1 s passed" in texts(run_class(cls))


def test_guards_apply_to_hooks() -> None:
    """A coroutine that setup_method never awaits fails the test."""

    class Sample(SSotBaseTestCase):
        def setup_method(self) -> None:
            asyncio.sleep(0)  # type: ignore[unused-coroutine]

        def test_it(self) -> None:
            pass

    assert "coroutine 'sleep' was never awaited" in texts(run_class(Sample))


def test_the_settings_win_over_the_stricter_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of a guard counts for the SSot classes too."""
    from test_framework import UnawaitedCoroutineWarning, settings

    class Sample(SSotBaseTestCase):
        async def test_it(self) -> None:
            asyncio.sleep(0)  # type: ignore[unused-coroutine]

    monkeypatch.setenv("TEST_FRAMEWORK_UNAWAITED_COROUTINES", "warn")
    settings.forget()
    try:
        with pytest.warns(UnawaitedCoroutineWarning):
            assert run_class(Sample).wasSuccessful()
    finally:
        monkeypatch.undo()
        settings.forget()


def test_the_stranger_forms() -> None:
    """Static, class-level and plain functions as hooks; one that calls a base with another signature."""
    log: list[Any] = []

    class Parent(SSotBaseTestCase):
        def setup_class(cls) -> None:  # type: ignore[override] # noqa: N805
            log.append(cls)

        @staticmethod
        def setup_method(method: Any) -> None:
            log.append(method.__name__)

        def async_setup_method(self, method: Any) -> None:
            log.append(method.__name__)

        @classmethod
        def teardown_method(cls) -> None:
            log.append(cls)

    class Sample(Parent):
        def async_setup_method(self) -> None:  # type: ignore[override]
            super().async_setup_method()  # type: ignore[call-arg]

        def test_it(self) -> None:
            pass

    result = run_class(Sample)
    assert result.wasSuccessful(), texts(result)
    assert log == [Sample, "test_it", "test_it", Sample]


def test_a_skip_in_a_hook() -> None:
    """SkipTest in setup_method skips the test, in setup_class the class."""

    class Sample(SSotBaseTestCase):
        def setup_method(self) -> None:
            raise unittest.SkipTest("no server")

        def test_it(self) -> None:
            raise AssertionError

    class WholeClass(SSotBaseTestCase):
        @classmethod
        def setup_class(cls) -> None:
            raise unittest.SkipTest("no server")

        def test_it(self) -> None:
            raise AssertionError

    result = run_class(Sample, WholeClass)
    assert result.wasSuccessful(), texts(result)
    assert [reason for _, reason in result.skipped] == ["no server", "no server"]


def test_hooks_replaced_later() -> None:
    """On the class or the instance, with the method or without: they run like others."""
    log: list[Any] = []

    class Sample(SSotBaseTestCase):
        def setup_method(self) -> None:
            raise AssertionError("replaced")

        def test_it(self) -> None:
            pass

    Sample.setup_method = lambda self: log.append("class")  # type: ignore[method-assign]
    case: Any = Sample("test_it")
    case.teardown_method = lambda method: log.append(method.__name__)
    case.async_setup_method = lambda: log.append("instance")
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful(), texts(result)
    assert log == ["class", "instance", "test_it"]


def test_hooks_called_by_hand_run() -> None:
    """It is pytest's own call that is passed over, and no other."""
    log: list[str] = []

    class Sample(SSotBaseTestCase):
        def setup_method(self) -> None:
            log.append("setup_method")

        def test_it(self) -> None:
            self.setup_method()

    Sample("test_it").setup_method()
    assert run_class(Sample).wasSuccessful()
    assert log == ["setup_method"] * 3


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_backends(backend: str) -> None:
    """Hooks run on the backend of the class, awaited super() included."""
    pytest.importorskip(backend)
    log: list[str] = []
    cls = make(log, asynchronous=True, calls_super=True)
    cls.backend = backend
    result = run_class(cls)
    assert result.wasSuccessful(), texts(result)
    assert log == [*CLASS_BEFORE, *BEFORE, "test", *AFTER, "cleanup", *CLASS_AFTER]


def test_a_misspelt_attribute_is_shown_at_its_class() -> None:
    """The warning is at the class statement, not at the code that makes classes."""
    with pytest.warns(UserWarning, match=r"timout = 5 has no effect; did you mean 'timeout'\?") as caught:

        class _Sample(SSotBaseTestCase):
            timout = 5

    assert caught[0].filename == __file__
