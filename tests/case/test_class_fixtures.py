"""How the hooks of a class are wrapped, however they are written."""

from __future__ import annotations

import threading
import unittest
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase
from test_framework._case import _scopes
from test_framework._case._class_hooks import wrap_hooks


@pytest.fixture(autouse=True)
def _nothing_is_open() -> Iterator[None]:
    yield
    assert _scopes._scopes == {}


def run(*classes: type[Any]) -> unittest.TestResult:
    """Run the only test of each class."""
    result = unittest.TestResult()
    unittest.TestSuite(cls("test_x") for cls in classes).run(result)
    return result


class Recording(AsyncTestCase):
    """Writes down what runs."""

    __test__ = False
    log: list[str]

    async def test_x(self) -> None:
        self.log.append("test")


# -- who is wrapped -------------------------------------------------------------------------------


def test_hooks_are_wrapped_once() -> None:
    """A class that inherits wrapped hooks is not wrapped again; a hook of its own is."""
    base: Any = type("Base", (AsyncTestCase,), {})
    sub: Any = type("Sub", (base,), {})
    own: Any = type("Own", (base,), {"setUpClass": classmethod(lambda cls: None)})
    assert "setUpClass" not in vars(sub)
    assert "setUpClass" in vars(own)
    assert "tearDownClass" not in vars(own)
    wrapped = vars(own)["setUpClass"]
    wrap_hooks(own)
    assert vars(own)["setUpClass"] is wrapped


def test_identity_of_a_wrapped_hook() -> None:
    """A wrapped hook keeps its name and its documentation."""

    class Sample(AsyncTestCase):
        @classmethod
        def setUpClass(cls) -> None:
            """Open everything."""

    assert Sample.setUpClass.__name__ == "setUpClass"
    assert Sample.setUpClass.__qualname__.endswith("Sample.setUpClass")
    assert Sample.setUpClass.__doc__ == "Open everything."


def test_hooks_that_are_no_class_methods() -> None:
    """A hook that is neither a class method nor a static one is left for unittest to complain about."""
    cls: Any = type("Sample", (AsyncTestCase,), {"setUpClass": 3})
    assert vars(cls)["setUpClass"] == 3


# -- how hooks may be written ---------------------------------------------------------------------


def way_without_super(log: list[str]) -> dict[str, Any]:
    """Return hooks that do not call those of the base."""

    def set_up(cls: Any) -> None:
        log.append("own setUpClass")

    def tear_down(cls: Any) -> None:
        log.append("own tearDownClass")

    return {"setUpClass": classmethod(set_up), "tearDownClass": classmethod(tear_down)}


def way_static(log: list[str]) -> dict[str, Any]:
    """Return static hooks."""
    return {
        "setUpClass": staticmethod(lambda: log.append("own setUpClass")),
        "tearDownClass": staticmethod(lambda: log.append("own tearDownClass")),
    }


def way_asynchronous(log: list[str]) -> dict[str, Any]:
    """Return asynchronous hooks."""

    async def set_up(cls: Any) -> None:
        await anyio.sleep(0)
        log.append("own setUpClass")

    async def tear_down(cls: Any) -> None:
        await anyio.sleep(0)
        log.append("own tearDownClass")

    return {"setUpClass": classmethod(set_up), "tearDownClass": classmethod(tear_down)}


@pytest.mark.parametrize("way", [way_without_super, way_static, way_asynchronous])
def test_ways(way: Any) -> None:
    """However the hooks are written, each runs once, and the asynchronous fixtures with them."""
    log: list[str] = []

    class Base(Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            log.append("asyncSetUpClass")

        @classmethod
        async def asyncTearDownClass(cls) -> None:
            log.append("asyncTearDownClass")

    cls = type("Sample", (Base,), {"log": log, "__test__": True, **way(log)})
    result = run(cls)
    assert result.wasSuccessful(), result.errors
    assert log == ["own setUpClass", "asyncSetUpClass", "test", "asyncTearDownClass", "own tearDownClass"]


def test_a_chain_of_classes() -> None:
    """In a chain of classes that call super(), with a mixin that knows nothing of us, each hook runs once, in order."""
    log: list[str] = []

    class Mixin:
        @classmethod
        def setUpClass(cls) -> None:
            log.append("mixin")
            super().setUpClass()  # type: ignore[misc]

    class Base(Recording):
        @classmethod
        async def setUpClass(cls) -> None:  # type: ignore[override]
            log.append("base")
            await anyio.sleep(0)

    class Middle(Mixin, Base):
        @classmethod
        def setUpClass(cls) -> None:  # type: ignore[override]
            log.append("middle")
            super().setUpClass()

    class Sample(Middle):
        @classmethod
        def setUpClass(cls) -> None:  # type: ignore[override]
            log.append("sample")
            super().setUpClass()

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            log.append("asyncSetUpClass")

    Sample.log = log
    result = run(Sample)
    assert result.wasSuccessful(), result.errors
    assert log == ["sample", "middle", "mixin", "base", "asyncSetUpClass", "test"]


def test_an_asynchronous_chain() -> None:
    """An asynchronous hook may await the asynchronous one of its base."""
    log: list[str] = []

    class Base(Recording):
        @classmethod
        async def setUpClass(cls) -> None:  # type: ignore[override]
            await anyio.sleep(0)
            log.append("base")

    class Sample(Base):
        @classmethod
        async def setUpClass(cls) -> None:  # type: ignore[override]
            await super().setUpClass()
            log.append("sample")

    Sample.log = log
    assert run(Sample).wasSuccessful()
    assert log == ["base", "sample", "test"]


def test_a_mixin_first() -> None:
    """A hook that a class resolves to a plain mixin's is wrapped in the class."""
    log: list[str] = []

    class Mixin:
        @classmethod
        def setUpClass(cls) -> None:
            log.append("mixin")

        @classmethod
        def tearDownClass(cls) -> None:
            log.append("mixin down")

    class Sample(Mixin, Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            log.append("asyncSetUpClass")

    Sample.log = log
    assert run(Sample).wasSuccessful()
    assert log == ["mixin", "asyncSetUpClass", "test", "mixin down"]


def test_classes_in_several_threads() -> None:
    """The hooks of a class and of its base may run at once, in two threads, and each runs its own fixtures."""
    log: list[str] = []
    in_sub, base_done = threading.Event(), threading.Event()

    class Base(Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            log.append(cls.__name__)

    class Sub(Base):
        @classmethod
        def setUpClass(cls) -> None:
            in_sub.set()
            base_done.wait(5)

    Base.log = []
    results = []
    thread = threading.Thread(target=lambda: results.append(run(Sub)))
    thread.start()
    in_sub.wait(5)
    results.append(run(Base))
    base_done.set()
    thread.join()
    assert all(result.wasSuccessful() for result in results), [result.errors for result in results]
    assert log == ["Base", "Sub"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_a_hook_that_fails(error: BaseException) -> None:
    """After a hook that failed the class can be run again."""
    calls: list[int] = []

    class Sample(Recording):
        log: list[str] = []  # noqa: RUF012 - of this test only

        @classmethod
        def setUpClass(cls) -> None:
            calls.append(1)
            if len(calls) == 1:
                raise error

    for round_ in (1, 2):
        try:
            result = run(Sample)
        except KeyboardInterrupt:
            assert round_ == 1
        else:
            assert result.wasSuccessful() is (round_ == 2)
    assert len(calls) == 2


def test_both_fail() -> None:
    """Where the asynchronous and the other teardown both fail, both are reported."""

    class Sample(Recording):
        log: list[str] = []  # noqa: RUF012 - of this test only

        @classmethod
        async def asyncTearDownClass(cls) -> None:
            raise ValueError("asynchronous")

        @classmethod
        def tearDownClass(cls) -> None:
            raise TypeError("synchronous")

    ((_, text),) = run(Sample).errors
    assert "asyncTearDownClass and tearDownClass both failed" in text
    assert "ValueError: asynchronous" in text
    assert "TypeError: synchronous" in text


# -- cleanups -------------------------------------------------------------------------------------


def test_cleanups_in_one_order() -> None:
    """Synchronous and asynchronous class cleanups run in one order, last added first, with their arguments."""
    log: list[object] = []

    async def later(*args: object, **kwargs: object) -> None:
        await anyio.sleep(0)
        log.append(("async", args, kwargs))

    class Sample(Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.addClassCleanup(log.append, "sync 1")
            cls.addAsyncClassCleanup(later, 1, two=2)
            cls.addClassCleanup(log.append, "sync 2")
            cls.addAsyncClassCleanup(later, func=3)

    Sample.log = []
    assert run(Sample).wasSuccessful()
    assert log == [("async", (), {"func": 3}), "sync 2", ("async", (1,), {"two": 2}), "sync 1"]


def test_cleanups_that_fail() -> None:
    """Each cleanup that fails is reported, and the others run."""
    log: list[str] = []

    async def fail() -> None:
        raise ValueError("async")

    class Sample(Recording):
        @classmethod
        def setUpClass(cls) -> None:
            cls.addClassCleanup(log.append, "ran")
            cls.addAsyncClassCleanup(fail)
            cls.addClassCleanup(int, "no number")

    Sample.log = []
    result = run(Sample)
    assert log == ["ran"]
    assert ["invalid literal" in text or "ValueError: async" in text for _, text in result.errors] == [True, True]


def test_cleanups_without_tests() -> None:
    """Cleanups that are added and run by hand work too, outside of any run."""
    log: list[str] = []

    async def later() -> None:
        log.append("ran")

    class Sample(AsyncTestCase):
        pass

    Sample.addAsyncClassCleanup(later)
    Sample.doClassCleanups()
    assert log == ["ran"]
    assert Sample.tearDown_exceptions == []


# -- context managers -----------------------------------------------------------------------------


def test_entering_a_context() -> None:
    """A context manager of the class is entered once and left after tearDownClass."""
    log: list[str] = []

    @asynccontextmanager
    async def manager() -> Any:
        log.append("entered")
        yield "value"
        log.append("left")

    class Sample(Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            log.append(await cls.enterAsyncClassContext(manager()))

        @classmethod
        def tearDownClass(cls) -> None:
            log.append("tearDownClass")

    Sample.log = log
    assert run(Sample).wasSuccessful()
    assert log == ["entered", "value", "test", "tearDownClass", "left"]


class Synchronous:
    """A context manager of the other kind."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...


class Half:
    """Half a context manager."""

    async def __aenter__(self) -> None: ...


@pytest.mark.parametrize("thing", [Synchronous(), Half(), 3])
def test_what_is_no_context_manager(thing: Any) -> None:
    """Anything else is a TypeError in the standard class's words."""

    async def enter() -> None:
        await AsyncTestCase.enterAsyncClassContext(thing)

    kind = type(thing)
    with pytest.raises(TypeError) as caught:
        anyio.run(enter)
    hint = " but it supports the context manager protocol. Did you mean to use enterClassContext()?"
    assert str(caught.value) == (
        f"'{kind.__module__}.{kind.__qualname__}' object does not support the asynchronous context manager protocol"
        f"{hint if isinstance(thing, Synchronous) else ''}"
    )


def test_a_context_that_cannot_be_entered() -> None:
    """A context manager whose entering fails is not left."""
    log: list[str] = []

    class Broken:
        async def __aenter__(self) -> None:
            raise ValueError("cannot enter")

        async def __aexit__(self, *exc: object) -> None:
            log.append("left")

    class Sample(Recording):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await cls.enterAsyncClassContext(Broken())

    Sample.log = log
    ((_, text),) = run(Sample).errors
    assert "cannot enter" in text
    assert log == []


@pytest.mark.parametrize("name", ["asyncSetUpClass", "asyncTearDownClass"])
def test_a_class_fixture_that_is_no_class_method(name: str) -> None:
    """A class fixture without @classmethod is refused when its class is made, with the cure; a synchronous one too."""

    async def fixture(self: Any) -> None:
        """Never called."""

    def synchronous(cls: Any) -> None:
        """Never called."""

    for function in (fixture, synchronous):
        with pytest.raises(TypeError, match=rf"Sample\.{name} must be a class method: write @classmethod above it"):
            type("Sample", (AsyncTestCase,), {name: function})


# -- classes made anew ----------------------------------------------------------------------------


def test_class_made_anew_of_the_parts_of_another() -> None:
    """A class that a decorator makes of the parts of another, for slots or a metaclass, has the hooks of its bases."""
    log: list[str] = []

    class Mixin:
        @classmethod
        def setUpClass(cls) -> None:
            log.append(f"setUpClass of {cls.__name__}")

        @classmethod
        async def tearDownClass(cls) -> None:
            await anyio.sleep(0)
            log.append("tearDownClass")

    class Sample(Mixin, AsyncTestCase):  # type: ignore[misc]
        async def test_x(self) -> None:
            log.append("test")

    parts = {name: value for name, value in vars(Sample).items() if name not in ("__dict__", "__weakref__")}
    anew: Any = type("Anew", Sample.__bases__, parts)
    assert not issubclass(anew, Sample)
    result = run(anew)
    assert result.errors == []
    assert log == ["setUpClass of Anew", "test", "tearDownClass"]
