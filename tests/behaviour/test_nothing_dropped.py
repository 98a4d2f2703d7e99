"""Nothing asynchronous is dropped in silence: what can be awaited is, what cannot run is refused."""

from __future__ import annotations

import contextlib
import functools
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED, every_backend
from .pytest_runs import run_pytest
from .recording import run_class
from .samples import LOGS
from .surroundings import Neighbour


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate as many libraries do: a plain function that returns the coroutine."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class CallableTest:
    """An object with an asynchronous call; it does not become a method."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    async def __call__(self) -> None:
        await anyio.sleep(0)
        self.log.append("callable")


class Awaitable:
    """Something that can be awaited and is no coroutine."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __await__(self) -> Any:
        yield from anyio.sleep(0).__await__()
        self.log.append("awaitable")


def make(log: list[str], **attributes: Any) -> type[Any]:
    """Return a class whose test methods are asynchronous in every way but by ``async def``."""

    class Sample(Neighbour, AsyncTestCase):
        @wrapped
        async def test_wrapped(self) -> None:
            await anyio.sleep(0)
            log.append("wrapped")

        test_lambda = lambda self: self.note("lambda")
        test_partial = functools.partialmethod(lambda self, text: self.note(text), "partial")
        test_callable = CallableTest(log)
        test_mock = mock.AsyncMock(side_effect=lambda: log.append("mock"), return_value=None)

        @staticmethod
        async def test_static() -> None:
            await anyio.sleep(0)
            log.append("static")

        @classmethod
        async def test_class(cls) -> None:
            await anyio.sleep(0)
            log.append("class")

        def test_awaitable(self) -> Any:
            return Awaitable(log)

        def test_nested(self) -> Any:
            return self.nested()

        async def nested(self) -> Any:
            log.append("outer")
            return None

        async def note(self, text: str) -> None:
            await anyio.sleep(0)
            log.append(text)

        async def test_not_awaited(self) -> Any:
            # The coroutine that the test returns is one that nobody awaits.
            return self.note("never")

    for name, value in attributes.items():
        setattr(Sample, name, value)
    return Sample


RAN = ["awaitable", "callable", "class", "lambda", "mock", "outer", "partial", "static", "wrapped"]


@every_backend
def test_tests_that_return_awaitables(backend: str) -> None:
    """Each of them is awaited, and passes because it ran."""
    log: list[str] = []
    record = run_class(make(log), backend=backend)
    assert sorted(log) == RAN
    assert record.kinds("test_not_awaited") == ["error"]
    others = [
        event for event in record.events if event.test != "test_not_awaited" and event.kind not in ("start", "stop")
    ]
    assert {event.kind for event in others} == {"success"}, others
    assert len(others) == len(RAN) + 1


@every_backend
def test_awaitables_that_fail(backend: str) -> None:
    """A failure inside of them is a failure of the test."""

    async def fail(*args: object) -> None:
        await anyio.sleep(0)
        raise AssertionError("inside")

    class Sample(AsyncTestCase):
        test_wrapped = wrapped(fail)
        test_lambda = lambda self: fail()
        test_partial = functools.partialmethod(lambda self: fail())
        test_mock = mock.AsyncMock(side_effect=AssertionError("inside"))
        test_static = staticmethod(fail)
        test_class: Any = classmethod(fail)

    record = run_class(Sample, backend=backend)
    assert record.testsRun == 6
    for name in ("wrapped", "lambda", "partial", "mock", "static", "class"):
        assert record.of(f"test_{name}") == [("failure", "AssertionError: inside")]


HOOKS = ("setUp", "asyncSetUp", "asyncTearDown", "tearDown")


@every_backend
@pytest.mark.parametrize("way", ["async", "sync", "wrapped"])
def test_hooks_of_either_kind(way: str, backend: str) -> None:
    """Every hook may be synchronous, asynchronous, or return an awaitable; it runs once, in its place."""
    log: list[str] = []

    def make_hook(name: str) -> Any:
        async def hook(self: Any) -> None:
            await anyio.sleep(0)
            log.append(name)

        if way == "sync":
            return lambda self: log.append(name)
        return wrapped(hook) if way == "wrapped" else hook

    async def test(self: Any) -> None:
        log.append("test")

    sample: Any = type("Sample", (AsyncTestCase,), {"test": test, **{name: make_hook(name) for name in HOOKS}})
    assert run_class(sample, backend=backend).of("test") == [("success", "")]
    assert log == ["setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown"]


@every_backend
@pytest.mark.parametrize("hook", HOOKS)
def test_asynchronous_hook_that_fails(hook: str, backend: str) -> None:
    """``async def setUp`` and the like fail the test as synchronous ones do."""

    async def fail(self: Any) -> None:
        await anyio.sleep(0)
        raise ValueError(hook)

    async def test(self: Any) -> None:
        pass

    sample: Any = type("Sample", (AsyncTestCase,), {"test": test, hook: fail})
    assert run_class(sample, backend=backend).of("test") == [("error", f"ValueError: {hook}")]


def _generator(self: Any) -> Any:
    yield


async def _async_generator(self: Any) -> Any:
    yield


@pytest.mark.parametrize(
    "name", ["test_x", *HOOKS, "setUpClass", "asyncSetUpClass", "tearDownClass", "asyncTearDownClass"]
)
@pytest.mark.parametrize("function", [_generator, _async_generator])
def test_generators_are_refused_when_the_class_is_made(function: Any, name: str) -> None:
    """A generator would never run, so the class cannot be made; the error names the method."""
    value = classmethod(function) if name.endswith("Class") else function
    with pytest.raises(TypeError, match=rf"Sample\.{name} contains yield"):
        type("Sample", (AsyncTestCase,), {name: value})


@every_backend
@pytest.mark.parametrize("function", [_generator, _async_generator])
def test_generators_behind_a_wrapper_are_errors_when_they_run(function: Any, backend: str) -> None:
    """Where it cannot be seen beforehand, a test that returns a generator is an error, never a pass."""

    class Sample(Neighbour, AsyncTestCase):
        def test_1(self) -> Any:
            return function(self)

        async def test_2(self) -> Any:
            return function(self)

        def test_3(self) -> None:
            self.addCleanup(function, self)

    record = run_class(Sample, backend=backend)
    for name in ("test_1", "test_2", "test_3"):
        ((kind, detail),) = record.of(name)
        assert kind == "error"
        assert "returned a generator" in detail
    assert record.kinds("test_9_next") == ["success"]


@every_backend
def test_tests_that_return_what_they_should_have_called(backend: str) -> None:
    """A decorator without its parentheses, or a call that is missing, is an error: nothing of the test has run."""

    def repeat(times: int) -> Callable[[Any], Any]:
        def decorate(function: Any) -> Any:
            @functools.wraps(function)
            def wrapper(*args: Any) -> None:
                for _ in range(times):
                    function(*args)

            return wrapper

        return decorate

    class Sample(Neighbour, AsyncTestCase):
        async def nested(self) -> None:
            raise AssertionError

        def test_method(self) -> Any:
            return self.nested

        async def test_partial(self) -> Any:
            return functools.partial(self.nested)

        def test_function(self) -> Any:
            return lambda: self.nested()

        def test_number(self) -> Any:
            return 1

        # Without its parentheses, the decorator takes the test for its argument.
        @repeat  # type: ignore[arg-type]
        def test_decorated(self) -> None:
            raise AssertionError

    record = run_class(Sample, backend=backend)
    for name in ("test_method", "test_partial", "test_function", "test_decorated"):
        ((kind, detail),) = record.of(name)
        assert kind == "error", record.events
        assert "nobody calls it, so what is in it has not run" in detail
    assert record.kinds("test_number") == ["warning", "success"]
    assert record.kinds("test_9_next") == ["success"]


@every_backend
def test_mocks_in_the_place_of_what_is_called(backend: str) -> None:
    """A mock has every attribute and can be entered; that is no context manager whose body has not run."""

    class Sample(Neighbour, AsyncTestCase):
        setUp = mock.MagicMock()
        asyncSetUp = mock.AsyncMock()

        @classmethod
        def setUpClass(cls) -> Any:
            return mock.MagicMock()

        async def test_cleanups(self) -> None:
            self.addCleanup(mock.MagicMock().close)
            self.addAsyncCleanup(mock.AsyncMock().close)

        async def test_early_cleanups(self) -> None:
            self.addAsyncCleanup(mock.AsyncMock().close)
            self.addCleanup(mock.MagicMock().close)
            await self.adoCleanups()

        def test_context_manager(self) -> None:
            self.addCleanup(contextlib.contextmanager(_generator), self)

    record = run_class(Sample, backend=backend)
    assert record.kinds("test_cleanups") == ["success"], record.events
    assert record.kinds("test_early_cleanups") == ["success"]
    ((kind, detail),) = record.of("test_context_manager")
    assert kind == "error"
    assert "returned a context manager" in detail


@every_backend
def test_base_beside_the_standard_class(backend: str) -> None:
    """A mixin that derives from the standard class can stand ahead: its hooks run, and the phases are ours."""
    log: list[str] = []

    class Mixin(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            await super().asyncSetUp()
            log.append("mixin")

    class Sample(Mixin, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            await super().asyncSetUp()
            self.task = anyio.get_current_task().id

        async def test(self) -> None:
            self.assertEqual(self.task, anyio.get_current_task().id)
            self.assertEqual(self.backend, backend)

    assert run_class(Sample, backend=backend).of("test") == [("success", "")]
    assert log == ["mixin"]


MODULE = f"from {__name__} import pytest_classes; globals().update(pytest_classes())"


def pytest_classes() -> dict[str, type[Any]]:
    """Return a class for each backend; called in the process that runs pytest."""
    classes = {}
    for backend in INSTALLED:
        name = f"Sample_{backend.replace('+', '_')}"
        # pytest looks for marks on a test, and a mock has every attribute.
        parts = {"backend": backend, "__module__": "test_samples", "test_mock": None}
        classes[name] = make(LOGS.setdefault(name, []), **parts)
    return classes


def test_under_pytest(tmp_path: Path) -> None:
    """Pytest collects and runs all of them too, and none passes without having run."""
    (run,) = run_pytest(tmp_path, MODULE)
    for backend in INSTALLED:
        name = f"Sample_{backend.replace('+', '_')}"
        calls = {report.test: report.outcome for report in run.reports if report.when == "call"}
        ours = {test.partition("::")[2]: outcome for test, outcome in calls.items() if test.startswith(f"{name}::")}
        assert ours.pop("test_not_awaited") == "failed"
        assert ours.pop("test_9_next") == "passed"
        assert set(ours.values()) == {"passed"}, run.output
        assert sorted(run.logs[name]) == [entry for entry in RAN if entry != "mock"]
        assert len(ours) == len(RAN) - 1
