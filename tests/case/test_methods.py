"""Decorators on tests and classes, one test for each backend, and tests that could never run."""

from __future__ import annotations

import functools
import types
import unittest
import unittest.mock
from typing import Any

import pytest

from test_framework import AsyncTestCase, deadline, guard, on_backends
from test_framework._case._policy import policy_of
from tests.behaviour.backends import INSTALLED, needs_trio
from tests.behaviour.recording import run_class

TWO = on_backends("asyncio", "trio")
needs_uvloop = pytest.mark.skipif("asyncio+uvloop" not in INSTALLED, reason="uvloop is not installed")
ALL = on_backends("asyncio", "trio", "asyncio+uvloop")


def names(cls: type[Any]) -> list[str]:
    """Return the names of the tests of a class, as a loader finds them."""
    return list(unittest.TestLoader().getTestCaseNames(cls))


def backends(cls: type[Any]) -> dict[str, str]:
    """Return the backend of each test of a class."""
    return {name: policy_of(cls, getattr(cls(name), name)).backend for name in names(cls)}


# -- on_backends: names ---------------------------------------------------------------------------


def test_a_method() -> None:
    """A method becomes one test for each backend, beside the others."""

    class Sample(AsyncTestCase):
        @ALL
        async def test_x(self) -> None: ...

        async def test_y(self) -> None: ...

    assert backends(Sample) == {
        "test_x__asyncio": "asyncio",
        "test_x__asyncio_uvloop": "asyncio+uvloop",
        "test_x__trio": "trio",
        "test_y": "asyncio",
    }


def test_a_class() -> None:
    """Every test of a class does, inherited ones included; other methods do not."""

    class Base(AsyncTestCase):
        async def test_inherited(self) -> None: ...

    @TWO
    class Sample(Base):
        async def test_own(self) -> None: ...

        async def helper(self) -> None: ...

        tests = 3

    assert backends(Sample) == {
        "test_inherited__asyncio": "asyncio",
        "test_inherited__trio": "trio",
        "test_own__asyncio": "asyncio",
        "test_own__trio": "trio",
    }
    assert names(Base) == ["test_inherited"]
    assert not hasattr(Sample, "helper__asyncio")
    assert Sample.tests == 3


def test_the_name_that_was_written() -> None:
    """Whoever asks a loader for it is told of the names that there are; it is no test itself."""

    class Sample(AsyncTestCase):
        @TWO
        async def test_x(self) -> None: ...

    class Sub(Sample):
        pass

    module: Any = types.SimpleNamespace(Sample=Sample, Sub=Sub)
    text = r"^don't know how to make test from: 'test_x', which runs as test_x__asyncio, test_x__trio$"
    for name in ("Sample.test_x", "Sub.test_x"):
        with pytest.raises(TypeError, match=text):
            unittest.TestLoader().loadTestsFromName(name, module)
    assert not callable(getattr(Sub, "test_x"))  # noqa: B009 - its type is that of the method
    test: Any
    (test,) = unittest.TestLoader().loadTestsFromName("Sub.test_x__asyncio", module)
    assert test.id().endswith(".Sub.test_x__asyncio")


def test_one_backend() -> None:
    """With one backend the name stays."""

    class Sample(AsyncTestCase):
        @on_backends("trio")
        async def test_x(self) -> None: ...

    assert backends(Sample) == {"test_x": "trio"}

    @on_backends("trio")
    class Whole(AsyncTestCase):
        async def test_x(self) -> None: ...

    assert backends(Whole) == {"test_x": "trio"}


def test_a_method_in_a_decorated_class() -> None:
    """What a method says wins over its class."""

    @TWO
    class Sample(AsyncTestCase):
        @on_backends("asyncio+uvloop")
        async def test_x(self) -> None: ...

        async def test_y(self) -> None: ...

    assert backends(Sample) == {
        "test_x": "asyncio+uvloop",
        "test_y__asyncio": "asyncio",
        "test_y__trio": "trio",
    }


def test_identity_of_the_variants() -> None:
    """Each variant goes by its own name, in reports and in tracebacks, and keeps the rest."""

    class Sample(AsyncTestCase):
        @TWO
        async def test_x(self, extra: int = 1, *, only: int = 2) -> None:
            """Say something."""

    variant = Sample.test_x__trio  # type: ignore[attr-defined]
    assert variant.__name__ == "test_x__trio"
    assert variant.__qualname__.endswith(".Sample.test_x__trio")
    assert variant.__doc__ == "Say something."
    assert (variant.__defaults__, variant.__kwdefaults__, variant.__module__) == ((1,), {"only": 2}, __name__)
    assert variant.__code__.co_firstlineno > 1
    assert not hasattr(variant, "__wrapped__")
    assert Sample("test_x__trio").id().endswith(".Sample.test_x__trio")
    assert Sample("test_x__trio").shortDescription() == "Say something."


@needs_trio
def test_variants_run_on_their_backends() -> None:
    """Each variant runs its own backend, with super() and closures intact."""
    seen: list[tuple[str, str]] = []

    class Base(AsyncTestCase):
        async def test_x(self) -> None:
            import sniffio

            seen.append((self._testMethodName, sniffio.current_async_library()))

    class Sample(Base):
        @TWO
        async def test_x(self) -> None:
            await super().test_x()

    record = run_class(Sample)
    assert record.wasSuccessful(), record.events
    assert seen == [("test_x__asyncio", "asyncio"), ("test_x__trio", "trio")]


# -- on_backends: inheritance ---------------------------------------------------------------------


def test_a_subclass() -> None:
    """A subclass has the tests of its base on the same backends, and so are the tests that it adds."""

    @TWO
    class Base(AsyncTestCase):
        async def test_x(self) -> None: ...

    class Sub(Base):
        async def test_y(self) -> None: ...

    assert names(Sub) == ["test_x__asyncio", "test_x__trio", "test_y__asyncio", "test_y__trio"]


def test_overriding_in_a_subclass_of_a_decorated_class() -> None:
    """A test that a subclass overrides runs in its place, on each backend."""

    @TWO
    class Base(AsyncTestCase):
        async def test_x(self) -> None:
            self.fail("of the base")

    class Sub(Base):
        async def test_x(self) -> None: ...

    assert names(Sub) == ["test_x__asyncio", "test_x__trio"]
    assert Sub.test_x__asyncio.__qualname__.endswith("Sub.test_x__asyncio")  # type: ignore[attr-defined]


def test_overriding_a_decorated_method() -> None:
    """An overridden test runs once, where nothing says otherwise, and what it replaces does not run."""

    class Base(AsyncTestCase):
        @TWO
        async def test_x(self) -> None:
            self.fail("of the base")

    class Sub(Base):
        async def test_x(self) -> None: ...

    assert names(Sub) == ["test_x"]


def test_overriding_by_a_decorated_method() -> None:
    """A subclass can choose other backends for a test."""

    class Base(AsyncTestCase):
        @TWO
        async def test_x(self) -> None:
            self.fail("of the base")

    class Sub(Base):
        @on_backends("asyncio+uvloop")
        async def test_x(self) -> None: ...

    assert backends(Sub) == {"test_x": "asyncio+uvloop"}


def test_decorating_a_subclass() -> None:
    """A decorator on a subclass chooses the backends of all its tests, inherited ones included."""

    @TWO
    class Base(AsyncTestCase):
        async def test_x(self) -> None: ...

    @on_backends("asyncio+uvloop")
    class Sub(Base):
        pass

    assert backends(Sub) == {"test_x": "asyncio+uvloop"}
    assert names(Base) == ["test_x__asyncio", "test_x__trio"]


@pytest.mark.parametrize("decorated", ["class", "method"])
def test_switching_a_test_off(decorated: str) -> None:
    """None in a subclass switches a test off, as it does in unittest."""

    def test_x(self: object) -> None: ...

    base: Any = type("Base", (AsyncTestCase,), {"test_x": TWO(test_x) if decorated == "method" else test_x})
    if decorated == "class":
        base = TWO(base)
    assert names(type("Sub", (base,), {"test_x": None})) == []


# -- on_backends: other decorators ----------------------------------------------------------------


@needs_uvloop
def test_unittest_decorators() -> None:
    """Skips and expected failures are kept, in either order."""

    class Sample(AsyncTestCase):
        @on_backends("asyncio", "asyncio+uvloop")
        @unittest.skip("inside")
        async def test_skip(self) -> None: ...

        @unittest.skip("outside")
        @on_backends("asyncio", "asyncio+uvloop")
        async def test_skip_outside(self) -> None: ...

        @on_backends("asyncio", "asyncio+uvloop")
        @unittest.expectedFailure
        async def test_expected(self) -> None:
            self.fail("expected")

        @unittest.skipIf(False, "no reason")
        @on_backends("asyncio", "asyncio+uvloop")
        async def test_run(self) -> None: ...

    record = run_class(Sample)
    for backend in ("asyncio", "asyncio_uvloop"):
        assert record.of(f"test_skip__{backend}") == [("skip", "inside")]
        assert record.of(f"test_skip_outside__{backend}") == [("skip", "outside")]
        assert record.kinds(f"test_expected__{backend}") == ["expected failure"]


def test_patches() -> None:
    """Patched values reach every variant, and are put back."""
    target = {"value": 1}

    class Sample(AsyncTestCase):
        @on_backends("asyncio", "trio")
        @unittest.mock.patch.dict(target, value=2)
        @unittest.mock.patch(f"{__name__}.names")
        async def test_inside(self, mock: object) -> None:
            self.assertIs(names, mock)
            self.assertEqual(target, {"value": 2})

        @unittest.mock.patch(f"{__name__}.names")
        @on_backends("asyncio", "trio")
        def test_outside(self, mock: object) -> None:
            self.assertIs(names, mock)

    loaded = names(Sample)
    assert len(loaded) == 4
    for name in loaded:
        if not name.endswith("trio"):
            result = unittest.TestResult()
            Sample(name).run(result)
            assert result.wasSuccessful(), result.errors + result.failures
    assert target == {"value": 1}
    assert callable(names)
    assert not isinstance(names, unittest.mock.Mock)


def test_a_wrapping_decorator() -> None:
    """A decorator that wraps the test, and the marks of pytest and others, are kept by each variant."""

    def twice(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(self: object) -> None:
            await function(self)
            await function(self)

        return wrapper

    calls: list[str] = []

    class Sample(AsyncTestCase):
        @on_backends("asyncio", "asyncio+uvloop")
        @pytest.mark.parametrize("unused", [1])
        @twice
        async def test_x(self) -> None:
            calls.append(self._testMethodName)

    variant: Any = Sample.test_x__asyncio  # type: ignore[attr-defined]
    assert variant.pytestmark[0].name == "parametrize"
    assert variant.__wrapped__.__name__ == "test_x"
    Sample("test_x__asyncio").run(unittest.TestResult())
    assert calls == ["test_x__asyncio"] * 2


def test_deadlines_and_guards_with_backends() -> None:
    """They go together, in either order, and are the variants' own."""

    class Sample(AsyncTestCase):
        @deadline(3)
        @TWO
        @guard(leaked_tasks="fail")
        async def test_x(self) -> None: ...

    for name, backend in (("test_x__asyncio", "asyncio"), ("test_x__trio", "trio")):
        policy = policy_of(Sample, getattr(Sample(name), name))
        assert (policy.backend, policy.timeout, policy.levels["leaked_tasks"]) == (backend, 3, "fail")


class CallableTest:
    """A test that is an object."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.__name__ = self.__qualname__ = "test_x"

    def __call__(self, case: object) -> None:
        self.calls.append(case)

    def __get__(self, case: object, owner: object) -> Any:
        return self if case is None else functools.partial(self, case)


@needs_uvloop
@pytest.mark.parametrize("where", ["class", "body"])
def test_other_callables(where: str) -> None:
    """Static methods, partial methods and objects are tests too, and become one for each backend."""
    calls: list[str] = []

    def note(self: Any, text: str) -> None:
        calls.append(text)

    body: dict[str, Any] = {
        "test_static": staticmethod(lambda: calls.append("static")),
        "test_class": classmethod(lambda cls: calls.append("class")),
        "test_partial": functools.partialmethod(note, "partial"),
        "test_object": CallableTest(),
    }
    if where == "body":
        body = {name: value for name, value in body.items() if name in {"test_static", "test_object"}}
        cls: Any = type("Sample", (type("Base", (AsyncTestCase,), {}),), {n: _marked(v) for n, v in body.items()})
    else:
        cls = on_backends("asyncio", "asyncio+uvloop")(type("Sample", (AsyncTestCase,), body))
    assert names(cls) == sorted(f"{name}__{backend}" for name in body for backend in ("asyncio", "asyncio_uvloop"))
    for name in names(cls):
        result = unittest.TestResult()
        cls(name).run(result)
        assert result.wasSuccessful(), result.errors + result.failures


def _marked(value: Any) -> Any:
    return on_backends("asyncio", "asyncio+uvloop")(value)


# -- wrong arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [(), ("curio",), ("asyncio", "curio"), ("asyncio", "asyncio"), (3,), (None,)])
def test_wrong_backends(wrong: Any) -> None:
    """No backend, an unknown one or one twice is refused at once, with the known ones."""
    with pytest.raises(TypeError, match=r"on_backends\(\) takes one or more different names of 'asyncio', 'trio', "):
        on_backends(*wrong)


@pytest.mark.parametrize("wrong", [0, -1, True, False, "3", float("nan"), [3]])
def test_wrong_deadlines(wrong: Any) -> None:
    """A deadline is a positive number or None."""
    with pytest.raises(TypeError, match=r"deadline\(\) takes a positive number of seconds or None, not "):
        deadline(wrong)


def test_wrong_levels() -> None:
    """A guard or a level that there is not is refused at once."""
    with pytest.raises(TypeError, match='leaked_tasks must be "ignore", "warn" or "fail", not \'error\''):
        guard(leaked_tasks="error")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="leaked_files"):
        guard(leaked_files="warn")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        guard("warn")  # type: ignore[arg-type]


def test_decorators_used_without_arguments() -> None:
    """A decorator that is written without its parentheses is an error where it is written."""
    for decorator in (on_backends, deadline, guard):
        with pytest.raises(TypeError):
            decorator(lambda self: None)  # type: ignore[arg-type]


# -- decorators on classes ------------------------------------------------------------------------


def test_deadline_on_a_class() -> None:
    """The deadline of a class is its attribute, which a subclass inherits and a test's own wins over."""

    @deadline(3)
    class Sample(AsyncTestCase):
        async def test_x(self) -> None: ...

        @deadline(4)
        async def test_y(self) -> None: ...

    class Sub(Sample):
        pass

    assert Sample.timeout == 3
    assert [policy_of(Sub, getattr(Sub(name), name)).timeout for name in names(Sub)] == [3.0, 4]


def test_guard_on_a_class() -> None:
    """So are the levels of guards."""

    @guard(leaked_tasks="fail", leaked_threads="ignore")
    class Sample(AsyncTestCase):
        pass

    assert (Sample.leaked_tasks, Sample.leaked_threads, Sample.blocking_calls) == ("fail", "ignore", None)


def test_decorators_return_what_they_decorate() -> None:
    """A decorated function or class is the same object."""

    def function(self: object) -> None: ...

    class Sample(AsyncTestCase):
        pass

    for decorate in (TWO, deadline(3), guard(leaked_tasks="fail")):
        assert decorate(function) is function
        assert decorate(Sample) is Sample


# -- tests that could never run -------------------------------------------------------------------


def generator(self: object) -> Any:
    """Yield."""
    yield


async def async_generator(self: object) -> Any:
    """Yield, asynchronously."""
    yield


@pytest.mark.parametrize("function", [generator, async_generator])
@pytest.mark.parametrize(
    "name",
    [
        "test_x",
        "setUp",
        "tearDown",
        "asyncSetUp",
        "asyncTearDown",
        "setUpClass",
        "tearDownClass",
        "asyncSetUpClass",
        "asyncTearDownClass",
    ],
)
def test_generators(function: Any, name: str) -> None:
    """A test or hook with a yield in it is refused when its class is made, however it is bound."""
    forms = [function]
    if name.endswith("Class") or name == "test_x":
        forms += [classmethod(function), staticmethod(function)]
    for form in forms:
        with pytest.raises(TypeError) as caught:
            type("Sample", (AsyncTestCase,), {name: form})
        assert str(caught.value).startswith(
            f"Sample.{name} contains yield, so calling it would not run its body and it could never fail; "
        )


@pytest.mark.parametrize("wrap", [functools.partial, functools.partialmethod])
def test_generators_in_disguise(wrap: Any) -> None:
    """A generator that hides in a partial is found when the test runs, if not before."""
    try:
        cls: Any = type("Sample", (AsyncTestCase,), {"test_x": wrap(generator)})
    except TypeError as exc:
        assert "contains yield" in str(exc)
        return
    if wrap is functools.partial:
        # It does not bind: it is called without the instance.
        cls = type("Sample", (AsyncTestCase,), {"test_x": wrap(generator, None)})
    result = unittest.TestResult()
    cls("test_x").run(result)
    assert len(result.errors) == 1
    assert "yield" in result.errors[0][1]


def test_helpers_may_be_generators() -> None:
    """Methods that are no tests may yield."""

    class Sample(AsyncTestCase):
        def numbers(self) -> Any:
            yield 1

        testimony = property(lambda self: (yield))

    assert names(Sample) == []


def test_a_generator_that_is_a_coroutine_by_now() -> None:
    """A function that was decorated into something that runs is none."""

    def run_through(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(self: object) -> None:
            list(function(self))

        return wrapper

    type("Sample", (AsyncTestCase,), {"test_x": run_through(generator)})
