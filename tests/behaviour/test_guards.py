"""Every guard at every level: what a test leaves behind is put down to it, before its verdict, and to no other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework import AsyncTestCase, LeftBehindError, guard

from .backends import INSTALLED
from .leaks import CATEGORIES, LEAKS, Leak, release
from .recording import Record, run_class
from .surroundings import Neighbour

QUIET = dict.fromkeys(CATEGORIES, "ignore")
FAILED = ("failure", "LeftBehindError: the test left something behind")


def every(leaks: list[Leak]) -> pytest.MarkDecorator:
    """Parametrize with each leak on each backend where it can be done."""
    pairs = [(leak, backend) for leak in leaks for backend in leak.backends if backend in INSTALLED]
    return pytest.mark.parametrize(("leak", "backend"), pairs, ids=[f"{leak}-{backend}" for leak, backend in pairs])


def first_of_each() -> list[Leak]:
    """Return one leak for each guard."""
    return list({leak.guard: leak for leak in reversed(LEAKS)}.values())


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> Iterator[None]:
    yield
    release()


def make(leak: Leak, base: type[AsyncTestCase] = AsyncTestCase, **attributes: Any) -> type[AsyncTestCase]:
    """Return a class whose first test leaves something behind, and whose other one must not notice."""

    class Sample(Neighbour, base):  # type: ignore[misc, valid-type]
        grace_period = 1.0
        blocking_threshold = 0.3

        async def test_1_leaks(self) -> None:
            await leak.function(self)

        async def test_9_next(self) -> None:
            await super().test_9_next()
            # Whatever is collected only now is not the fault of this test.
            gc.collect()

    for name, value in attributes.items():
        setattr(Sample, name, value)
    return Sample


def run(cls: type[AsyncTestCase], leak: Leak, backend: str, **options: Any) -> Record:
    """Run both tests; a thread that is let alone is there in the next test too."""
    if leak.guard == "leaked_threads":
        cls.test_9_next = lambda self: None  # type: ignore[attr-defined]
    record = run_class(cls, backend=backend, **options)
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    return record


@every(LEAKS)
def test_level_warn(leak: Leak, backend: str) -> None:
    """At "warn" there is one warning of the guard's category, before the verdict, that names the test and the place."""
    record = run(make(leak, **{**QUIET, leak.guard: "warn"}), leak, backend)
    assert record.of("test_1_leaks") == [("warning", CATEGORIES[leak.guard]), ("success", "")], record.texts
    (text,) = record.texts
    assert "Sample.test_1_leaks: " in text
    assert [word for word in leak.shows if word not in text] == [], text


@every(LEAKS)
def test_level_fail(leak: Leak, backend: str) -> None:
    """At "fail" the test fails, with the same text and no warning."""
    record = run(make(leak, **{**QUIET, leak.guard: "fail"}), leak, backend)
    assert record.of("test_1_leaks") == [FAILED]
    error = record.only_exception()
    assert isinstance(error, LeftBehindError)
    (finding,) = error.findings
    assert [word for word in leak.shows if word not in finding] == [], finding
    assert not record.texts


@every(LEAKS)
def test_level_ignore(leak: Leak, backend: str) -> None:
    """At "ignore" nothing is said, and the next test does not notice all the same."""
    record = run(make(leak, **QUIET), leak, backend)
    assert record.of("test_1_leaks") == [("success", "")]


@every(LEAKS)
def test_default_levels(leak: Leak, backend: str) -> None:
    """Without a word from the class every guard warns, but the one for blocking calls, which costs."""
    record = run(make(leak), leak, backend)
    warned = [] if leak.guard == "blocking_calls" else [("warning", CATEGORIES[leak.guard])]
    assert record.of("test_1_leaks") == [*warned, ("success", "")], record.texts


@every(LEAKS)
def test_strict(leak: Leak, backend: str) -> None:
    """With `strict` every guard fails."""
    record = run(make(leak, strict=True), leak, backend)
    assert record.of("test_1_leaks") == [FAILED]


@every(first_of_each())
def test_decorator_on_the_method(leak: Leak, backend: str) -> None:
    """`@guard` on one test changes that test alone, in a strict class too."""
    cls: Any = make(leak, strict=True)

    @guard(**{leak.guard: "ignore"})  # type: ignore[arg-type]
    async def test_2_may(self: Any) -> None:
        await leak.function(self)

    @guard(**{leak.guard: "warn"})  # type: ignore[arg-type]
    async def test_3_is_warned(self: Any) -> None:
        await leak.function(self)

    cls.test_2_may, cls.test_3_is_warned = test_2_may, test_3_is_warned
    record = run(cls, leak, backend)
    assert record.of("test_1_leaks") == [FAILED]
    assert record.of("test_2_may") == [("success", "")]
    assert record.of("test_3_is_warned") == [("warning", CATEGORIES[leak.guard]), ("success", "")]


@every(first_of_each())
def test_decorator_on_the_class(leak: Leak, backend: str) -> None:
    """`@guard` on a class holds for each of its tests, over what the base class says, and its subclasses inherit it."""
    cls = guard(**{leak.guard: "fail"})(make(leak, **QUIET))  # type: ignore[arg-type]
    inherited: Any = type("Inherited", (cls,), {})
    for each in (cls, inherited):
        record = run(each, leak, backend)
        assert record.of("test_1_leaks") == [FAILED]


@every(first_of_each())
def test_explicit_level_wins_over_strict(leak: Leak, backend: str) -> None:
    """A level that the class names is not touched by its `strict`, and a subclass may be less strict than its base."""
    record = run(make(leak, strict=True, **{leak.guard: "warn"}), leak, backend)
    assert record.kinds("test_1_leaks") == ["warning", "success"]
    lenient: Any = type("Lenient", (make(leak, strict=True),), {leak.guard: "ignore"})
    assert run(lenient, leak, backend).kinds("test_1_leaks") == ["success"]


@every(first_of_each())
def test_warning_filters(leak: Leak, backend: str) -> None:
    """The ordinary filters work by category: "error" fails the test that did it, "ignore" is silent."""
    name = f"test_framework.{CATEGORIES[leak.guard]}"
    cls = make(leak, **{**QUIET, leak.guard: "warn"})
    record = run(cls, leak, backend, filters=("always", f"error::{name}"))
    ((kind, detail),) = record.of("test_1_leaks")
    assert kind in ("error", "failure")
    assert detail.startswith(f"{CATEGORIES[leak.guard]}: ")
    record = run(cls, leak, backend, filters=("always", "error::test_framework.GuardWarning"))
    assert record.kinds("test_1_leaks") == [kind]
    record = run(cls, leak, backend, filters=("error", f"ignore::{name}"))
    assert record.of("test_1_leaks") == [("success", "")]
