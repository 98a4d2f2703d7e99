"""From the exception that ended a phase to the one that the test is reported with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from test_framework._case._outcomes import (
    deadline_error,
    first_leaf,
    is_all_cancellation,
    only_leaf,
    raise_unchained,
)
from test_framework.guards import Deadline
from test_framework.runners import PhaseAbandoned, PhaseAborted, Runner, runner_class
from tests.behaviour.backends import needs_trio
from tests.runners.making import make


def group(*errors: BaseException, message: str = "some") -> BaseExceptionGroup[BaseException]:
    """Return a group of exceptions."""
    return BaseExceptionGroup(message, errors)


def raised(error: BaseException) -> Any:
    """Return an exception as it is after it was raised here."""
    try:
        raise error
    except BaseException as exc:
        return exc


# -- leaves ---------------------------------------------------------------------------------------


def test_the_only_leaf() -> None:
    """A single exception in a group is that exception, with a note on where it was and who let it out."""
    error = ValueError("x")
    leaf = only_leaf(raised(group(error, message="tasks")))
    assert leaf is error
    (note,) = error.__notes__
    assert note.startswith(
        f"It was the only exception in ExceptionGroup('tasks'), which left raised at File \"{__file__}\", line "
    )
    assert note.endswith(".")


def test_the_only_leaf_of_nested_groups() -> None:
    """Groups around groups are named from the inside out."""
    error = KeyboardInterrupt()
    assert only_leaf(group(group(error, message="inner"), message="outer")) is error
    assert error.__notes__ == [
        "It was the only exception in BaseExceptionGroup('inner') in BaseExceptionGroup('outer')."
    ]


def test_a_skip_of_pytest_gets_no_note() -> None:
    """The note would be part of the reason in pytest's summary, which says nothing else on the standard class."""
    skip = pytest.skip.Exception("no server")
    assert only_leaf(group(skip)) is skip
    assert not hasattr(skip, "__notes__")


@pytest.mark.parametrize(
    "several",
    [
        lambda: group(ValueError(), TypeError()),
        lambda: group(group(ValueError(), TypeError())),
        lambda: group(group(ValueError()), group(TypeError())),
    ],
)
def test_several_leaves(several: Callable[[], BaseExceptionGroup[BaseException]]) -> None:
    """Of several exceptions none is the only one, and none gets a note."""
    whole = several()
    assert only_leaf(whole) is None
    assert not hasattr(first_leaf(whole), "__notes__")


def test_the_note_names_code_of_the_test() -> None:
    """Frames of the machinery, which unittest hides, are not where the group was let out."""
    space: dict[str, Any] = {"__unittest": True, "call": raised}
    exec("def machinery(error):\n    return call(error)", space)
    error = ValueError()
    outer: Any = None

    def body() -> None:
        raise group(error)

    space["body"] = body
    exec("def machinery():\n    body()", space)
    try:
        space["machinery"]()
    except BaseExceptionGroup as exc:
        # From the machinery's frame on, as a phase sees it.
        outer = exc.with_traceback(exc.__traceback__.tb_next)  # type: ignore[union-attr]
    only_leaf(outer)
    assert "which left test_the_note_names_code_of_the_test.<locals>.body at" in error.__notes__[0]


@pytest.mark.parametrize(
    "wrap", [lambda error: error, group, lambda error: group(group(error, ValueError()), OSError())]
)
def test_first_leaf(wrap: Callable[[BaseException], BaseException]) -> None:
    """The first exception is found at any depth, and a bare one is itself."""
    error = KeyError()
    assert first_leaf(wrap(error)) is error


# -- cancellations --------------------------------------------------------------------------------


CANCELLED = asyncio.CancelledError()
ABORTED = PhaseAborted()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CANCELLED, True),
        (ABORTED, True),
        (PhaseAbandoned(), True),
        (ValueError(), False),
        (group(CANCELLED), True),
        (group(CANCELLED, group(ABORTED, CANCELLED)), True),
        (group(CANCELLED, ValueError()), False),
        (group(group(ValueError()), CANCELLED), False),
    ],
)
def test_is_all_cancellation(error: BaseException, expected: bool) -> None:
    """Only what holds nothing else is a cancellation."""
    assert is_all_cancellation(error, make()) is expected


@needs_trio
def test_cancellation_of_the_backend() -> None:
    """Each backend has its own cancellation."""
    runner: Runner = make("trio")
    assert not is_all_cancellation(CANCELLED, runner)
    assert is_all_cancellation(ABORTED, runner)


# -- raising --------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", [KeyError("before"), None])
def test_raise_unchained(context: BaseException | None) -> None:
    """An exception that is raised again keeps its context and its cause, and gets none from here."""
    error = ValueError("x")
    error.__context__ = context
    try:
        try:
            raise OSError("unrelated")
        except OSError:
            raise_unchained(error)
    except ValueError as exc:
        assert exc is error
    assert error.__context__ is context


# -- deadlines ------------------------------------------------------------------------------------


@pytest.fixture
def deadline() -> Deadline:
    """Return a deadline that has expired."""
    deadline = Deadline(make(grace=0.5), 0.5)
    deadline.seconds, deadline.report = 2.0, "the stacks"
    return deadline


def aborted(cause: BaseException | None, kind: type[PhaseAborted] = PhaseAborted) -> PhaseAborted:
    """Return what a runner raises for an aborted phase."""
    error = kind()
    error.__cause__ = cause
    return error


def test_deadline_error(deadline: Deadline) -> None:
    """The failure has the limit, the phase and the stacks, and no trace of how the phase was ended."""
    error = deadline_error(deadline, "asyncSetUp", aborted(None), make())
    assert (error.seconds, error.phase, error.report) == (2.0, "asyncSetUp", "the stacks")
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_deadline_error_of_an_abandoned_phase(deadline: Deadline) -> None:
    """A phase that refused to end is said to have done so."""
    error = deadline_error(deadline, "test", aborted(None, PhaseAbandoned), make(grace=0.5))
    assert error.report == "the stacks\n\nIt did not end within 0.5 s of being cancelled and was abandoned."


OTHER = ValueError("while ending")


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (aborted(OTHER), OTHER),
        (OTHER, OTHER),
        (aborted(CANCELLED), None),
        (CANCELLED, None),
        (aborted(group(CANCELLED, ABORTED)), None),
        (group(ABORTED), None),
        (aborted(PhaseAborted()), None),
    ],
)
def test_cause_of_a_deadline_error(deadline: Deadline, error: BaseException, cause: BaseException | None) -> None:
    """What the phase raised when it was ended is the cause, unless it is only the cancellation itself."""
    assert deadline_error(deadline, "test", error, make()).__cause__ is cause


def test_cause_of_a_deadline_error_in_a_group(deadline: Deadline) -> None:
    """A group with anything else in it is the cause as a whole."""
    whole = group(CANCELLED, OTHER)
    assert deadline_error(deadline, "test", aborted(whole), make()).__cause__ is whole


def test_the_runner_class_is_the_one_that_is_used() -> None:
    """These tests use the real runner."""
    assert isinstance(make(), runner_class("asyncio"))
