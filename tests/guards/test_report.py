"""What the guards found, as warnings or as a failure."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from test_framework.errors import (
    BackgroundExceptionWarning,
    BlockingCallWarning,
    GuardWarning,
    LeakedTaskWarning,
    LeakedThreadWarning,
    LeftBehindError,
    UnawaitedCoroutineWarning,
)
from test_framework.guards import Finding, exception_text, report
from test_framework.settings import GUARDS

CATEGORIES = {
    "leaked_tasks": LeakedTaskWarning,
    "background_exceptions": BackgroundExceptionWarning,
    "unawaited_coroutines": UnawaitedCoroutineWarning,
    "leaked_threads": LeakedThreadWarning,
    "blocking_calls": BlockingCallWarning,
}


def sample() -> None:
    """Stand for a test's method."""


CODE = sample.__code__


def levels(**changed: str) -> dict[str, str]:
    """Return "warn" for every guard but those that are given."""
    return {**dict.fromkeys(GUARDS, "warn"), **changed}


def shown(
    findings: list[Finding], how: dict[str, str], code: Any = CODE, filters: Callable[[], object] = lambda: None
) -> list[warnings.WarningMessage]:
    """Return the warnings that a report gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        filters()
        report(findings, how, "tests.Sample.test_x", code)
    return caught


def test_every_guard_has_a_category() -> None:
    """The table above is complete."""
    assert tuple(CATEGORIES) == GUARDS


@pytest.mark.parametrize("guard", GUARDS)
def test_a_warning(guard: str) -> None:
    """A warning names the test and what it left, in the category of the guard, at the test's own line."""
    (warning,) = shown([Finding(guard, "left something")], levels())
    assert warning.category is CATEGORIES[guard]
    assert str(warning.message) == "tests.Sample.test_x: left something"
    assert (warning.filename, warning.lineno) == (CODE.co_filename, CODE.co_firstlineno)


def test_several_warnings() -> None:
    """Each finding is a warning of its own, in order, whatever filter shows them, also twice the same."""
    findings = [Finding("leaked_tasks", "a"), Finding("leaked_threads", "b"), Finding("leaked_tasks", "a")]
    for action in ("always", "default", "module"):
        caught = shown(findings, levels(), filters=lambda action=action: warnings.simplefilter(action))  # type: ignore[misc]
        assert [str(warning.message).rpartition(" ")[2] for warning in caught] == ["a", "b", "a"]


def test_without_code() -> None:
    """Findings without a method, those of class fixtures, are each shown too."""
    findings = [Finding("leaked_tasks", "a"), Finding("leaked_tasks", "a")]
    caught = shown(findings, levels(), code=None, filters=lambda: warnings.simplefilter("default"))
    assert [str(warning.message) for warning in caught] == ["tests.Sample.test_x: a"] * 2


def test_nothing() -> None:
    """Without findings there is nothing to say, nor at level "ignore"."""
    assert shown([], levels()) == []
    assert shown([Finding("leaked_tasks", "a")], levels(leaked_tasks="ignore")) == []


def test_a_filter_that_ignores() -> None:
    """The ordinary filters decide what is shown."""
    found = [Finding("leaked_tasks", "a"), Finding("leaked_threads", "b")]
    caught = shown(found, levels(), filters=lambda: warnings.simplefilter("ignore", LeakedTaskWarning))
    assert [warning.category for warning in caught] == [LeakedThreadWarning]


def test_a_failure() -> None:
    """At level "fail" all findings are one failure, without the name of the test that it is reported with."""
    findings = [Finding("leaked_tasks", "a task"), Finding("leaked_threads", "a thread")]
    with pytest.raises(LeftBehindError) as caught:
        shown(findings, dict.fromkeys(GUARDS, "fail"))
    assert caught.value.findings == ("a task", "a thread")


def test_failures_and_warnings() -> None:
    """Findings at both levels are shown each as its own level says; the warnings come first."""
    findings = [Finding("leaked_tasks", "a task"), Finding("leaked_threads", "a thread")]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(LeftBehindError) as caught:
            report(findings, levels(leaked_tasks="fail"), "tests.Sample.test_x", CODE)
    assert caught.value.findings == ("a task",)
    assert [str(warning.message) for warning in seen] == ["tests.Sample.test_x: a thread"]


def error() -> None:
    """Turn every warning of the guards into an error."""
    warnings.simplefilter("error", GuardWarning)


def test_one_warning_as_an_error() -> None:
    """A filter that makes one warning an error gives that warning."""
    with pytest.raises(LeakedTaskWarning) as caught:
        shown([Finding("leaked_tasks", "a")], levels(), filters=error)
    assert str(caught.value) == "tests.Sample.test_x: a"
    assert caught.value.__context__ is None


def test_several_warnings_as_errors() -> None:
    """Several such warnings are one error, as a single one is, with all of them: none hides the others."""
    with pytest.raises(LeakedTaskWarning) as caught:
        shown([Finding("leaked_tasks", "a\n  here"), Finding("leaked_threads", "b")], levels(), filters=error)
    assert str(caught.value) == "tests.Sample.test_x: a (and 1 more)\n  here\n\ntests.Sample.test_x: b"


def test_a_failure_and_a_warning_as_an_error() -> None:
    """A failure comes first, the warnings that are errors with it."""
    with pytest.raises(LeftBehindError) as caught:
        shown(
            [Finding("leaked_tasks", "a"), Finding("leaked_threads", "b")], levels(leaked_threads="fail"), filters=error
        )
    assert caught.value.findings == ("b", "tests.Sample.test_x: a")


def test_some_warnings_as_errors() -> None:
    """Where one category is an error the others are warnings still."""
    findings = [Finding("leaked_tasks", "a"), Finding("leaked_threads", "b")]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.simplefilter("error", LeakedTaskWarning)
        with pytest.raises(LeakedTaskWarning):
            report(findings, levels(), "tests.Sample.test_x", CODE)
    assert [warning.category for warning in seen] == [LeakedThreadWarning]


def test_exception_text() -> None:
    """An exception as text has its traceback, its cause and its notes, and no blank line at the end."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise ValueError("outer") from inner
    except ValueError as exc:
        exc.add_note("a note")
        text = exception_text(exc)
    assert text.startswith("Traceback (most recent call last):")
    assert "KeyError: 'inner'" in text
    assert text.endswith("ValueError: outer\na note")
