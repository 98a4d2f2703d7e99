"""Every guard at every level: what a test leaves behind is put down to it, before its verdict, and to no other."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework import LeftBehindError, guard

from .beginning import LEFT_BEHIND
from .leaking import QUIET, every, first_of_each, make, run
from .leaks import CATEGORIES, LEAKS, Leak

pytestmark = [pytest.mark.usefixtures("threads_are_released"), pytest.mark.clock]
# At "ignore" the interpreter's own warning about a coroutine is left as it is.
WITHOUT_THE_INTERPRETER = ("always", "ignore::RuntimeWarning")
FAILED = ("failure", LEFT_BEHIND)


@every(LEAKS)
def test_level_warn(leak: Leak, backend: str) -> None:
    """At "warn" there is one warning of the guard's category, before the verdict, that names the test and the place."""
    record = run(make(leak, **{**QUIET, leak.guard: "warn"}), backend)
    assert record.of("test_1_leaks") == [("warning", CATEGORIES[leak.guard]), ("success", "")], record.texts
    (text,) = record.texts
    assert "Sample.test_1_leaks: " in text
    assert [word for word in leak.shows if word not in text] == [], text


@every(LEAKS)
def test_level_fail(leak: Leak, backend: str) -> None:
    """At "fail" the test fails, with the same text and no warning."""
    record = run(make(leak, **{**QUIET, leak.guard: "fail"}), backend)
    assert record.of("test_1_leaks") == [FAILED]
    error = record.only_exception()
    assert isinstance(error, LeftBehindError)
    (finding,) = error.findings
    assert [word for word in leak.shows if word not in finding] == [], finding
    assert not record.texts


@every(LEAKS)
def test_level_ignore(leak: Leak, backend: str) -> None:
    """At "ignore" no guard says anything, and the next test does not notice all the same."""
    record = run(make(leak, **QUIET), backend, filters=WITHOUT_THE_INTERPRETER)
    assert record.of("test_1_leaks") == [("success", "")]


@every(LEAKS)
def test_default_levels(leak: Leak, backend: str) -> None:
    """Without a word from the class every guard warns, but the one for blocking calls, which costs."""
    record = run(make(leak), backend)
    warned = [] if leak.guard == "blocking_calls" else [("warning", CATEGORIES[leak.guard])]
    assert record.of("test_1_leaks") == [*warned, ("success", "")], record.texts


@every(LEAKS)
def test_strict(leak: Leak, backend: str) -> None:
    """With `strict` every guard fails."""
    record = run(make(leak, strict=True), backend)
    assert record.of("test_1_leaks") == [FAILED]


@first_of_each
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
    record = run(cls, backend, filters=WITHOUT_THE_INTERPRETER)
    assert record.of("test_1_leaks") == [FAILED]
    assert record.of("test_2_may") == [("success", "")]
    assert record.of("test_3_is_warned") == [("warning", CATEGORIES[leak.guard]), ("success", "")]


@first_of_each
def test_decorator_on_the_class(leak: Leak, backend: str) -> None:
    """`@guard` on a class holds for each of its tests, over what the base class says, and its subclasses inherit it."""
    cls = guard(**{leak.guard: "fail"})(make(leak, **QUIET))  # type: ignore[arg-type]
    inherited: Any = type("Inherited", (cls,), {})
    for each in (cls, inherited):
        record = run(each, backend)
        assert record.of("test_1_leaks") == [FAILED]


@first_of_each
def test_explicit_level_wins_over_strict(leak: Leak, backend: str) -> None:
    """A level that the class names is not touched by its `strict`, and a subclass may be less strict than its base."""
    record = run(make(leak, strict=True, **{leak.guard: "warn"}), backend)
    assert record.kinds("test_1_leaks") == ["warning", "success"]
    lenient: Any = type("Lenient", (make(leak, strict=True),), {leak.guard: "ignore"})
    record = run(lenient, backend, filters=WITHOUT_THE_INTERPRETER)
    assert record.of("test_1_leaks") == [("success", "")]


@first_of_each
def test_warning_filters(leak: Leak, backend: str) -> None:
    """The ordinary filters work by category: "error" fails the test that did it, "ignore" is silent."""
    name = f"test_framework.{CATEGORIES[leak.guard]}"
    cls = make(leak, **{**QUIET, leak.guard: "warn"})
    record = run(cls, backend, filters=("always", f"error::{name}"))
    ((kind, detail),) = record.of("test_1_leaks")
    assert kind in ("error", "failure")
    assert detail.startswith(f"{CATEGORIES[leak.guard]}: ")
    record = run(cls, backend, filters=("always", "error::test_framework.GuardWarning"))
    assert record.kinds("test_1_leaks") == [kind]
    record = run(cls, backend, filters=("error", f"ignore::{name}"))
    assert record.of("test_1_leaks") == [("success", "")]
