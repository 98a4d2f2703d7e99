"""Errors and warnings: their texts, their tree, and that they survive the way through another process."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import re

import pytest

from test_framework import errors
from test_framework.errors import (
    BackendError,
    BackgroundExceptionWarning,
    BlockingCallWarning,
    ConfigError,
    DeadlineExceeded,
    FrameworkError,
    GuardWarning,
    LeakedTaskWarning,
    LeakedThreadWarning,
    LeftBehindError,
    MissingFixturesError,
    RemoteNotAllowed,
    SettingsError,
    UnawaitedCoroutineWarning,
)

NOT_BY_ACCIDENT = "and a run does not reach other machines by accident; if it is meant"
TEXTS: list[tuple[Exception, str]] = [
    (FrameworkError("something"), "something"),
    (SettingsError("pyproject.toml:3: timeout must be true"), "pyproject.toml:3: timeout must be true"),
    (
        ConfigError("port must be a number", "leeway must be 0 or more"),
        "port must be a number\nleeway must be 0 or more",
    ),
    (BackendError("backend 'trio' needs trio"), "backend 'trio' needs trio"),
    (
        RemoteNotAllowed("it", ("a.test", "b.test"), "ab"),
        f"it is not on this machine (a.test, b.test), {NOT_BY_ACCIDENT}, set TEST_FRAMEWORK_ALLOW_REMOTE=ab",
    ),
    (DeadlineExceeded(2.0, "test", ""), "test was still running when the deadline of 2 s passed"),
    (DeadlineExceeded(0.25, "asyncSetUp", ""), "asyncSetUp was still running when the deadline of 0.25 s passed"),
    (
        DeadlineExceeded(60, "a cleanup", "the test itself\n  waits"),
        "a cleanup was still running when the deadline of 60 s passed\n\nthe test itself\n  waits",
    ),
    (LeftBehindError(("left a task",)), "left a task"),
    (
        LeftBehindError(("left a task\n  here", "left a thread")),
        "left a task (and 1 more)\n  here\n\nleft a thread",
    ),
    (
        MissingFixturesError("SampleTest.test_it", ("tmp_path", "server")),
        (
            "SampleTest.test_it takes tmp_path, server: fixtures and parameters are given to it by pytest with the "
            "plugin of this package, and by no other runner; run it with `python -m pytest`, or set up in setUp what "
            "it needs"
        ),
    ),
    (GuardWarning("found"), "found"),
    (LeakedTaskWarning("found"), "found"),
    (BackgroundExceptionWarning("found"), "found"),
    (UnawaitedCoroutineWarning("found"), "found"),
    (LeakedThreadWarning("found"), "found"),
    (BlockingCallWarning("found"), "found"),
]
_TABLE = pytest.mark.parametrize(("error", "text"), TEXTS, ids=[f"{type(error).__name__}" for error, _ in TEXTS])
_PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def public_classes() -> set[type]:
    """Return the classes that the module defines."""
    return {value for _, value in inspect.getmembers(errors, inspect.isclass) if value.__module__ == errors.__name__}


@_TABLE
def test_text(error: Exception, text: str) -> None:
    """Each error makes its own text from its data."""
    assert str(error) == text


def test_every_class_has_a_text_in_the_table() -> None:
    """A new error or warning needs a line in the table above."""
    assert {type(error) for error, _ in TEXTS} == public_classes()


@_TABLE
@pytest.mark.parametrize("protocol", _PROTOCOLS)
def test_pickling(error: Exception, text: str, protocol: int) -> None:
    """An error that crosses to another process, as pytest-xdist's workers do it, arrives whole."""
    error = type(error)(*error.args)
    error.add_note("a note")
    there = pickle.loads(pickle.dumps(error, protocol))
    assert (type(there), str(there), there.args, vars(there)) == (type(error), text, error.args, vars(error))


@_TABLE
def test_copying(error: Exception, text: str) -> None:
    """A copy says the same."""
    for other in (copy.copy(error), copy.deepcopy(error)):
        assert (type(other), str(other), other.args) == (type(error), text, error.args)


def test_data_of_a_deadline() -> None:
    """What passed the deadline can be read from the error, not only from its text."""
    error = DeadlineExceeded(1.5, "tearDown", "stacks")
    assert (error.seconds, error.phase, error.report) == (1.5, "tearDown", "stacks")


def test_data_of_what_was_left_behind() -> None:
    """Each thing that was left behind has an entry of its own."""
    assert LeftBehindError(("one", "two")).findings == ("one", "two")


def test_data_of_missing_fixtures() -> None:
    """The test and the arguments that nobody provided can be read from the error."""
    error = MissingFixturesError("SampleTest.test_it", ("tmp_path",))
    assert (error.test, error.names) == ("SampleTest.test_it", ("tmp_path",))


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (SettingsError, ValueError),
        (ConfigError, ValueError),
        (BackendError, RuntimeError),
        (DeadlineExceeded, AssertionError),
        (LeftBehindError, AssertionError),
        (MissingFixturesError, TypeError),
        (GuardWarning, UserWarning),
    ],
)
def test_standard_base(error: type[Exception], base: type[Exception]) -> None:
    """Code that knows only the standard exceptions handles ours as what they are."""
    assert issubclass(error, base)


def test_the_tree_in_the_docstring_is_the_real_one() -> None:
    """The module's docstring lists every class below its parent, with its standard base."""
    described: dict[str, tuple[str, str]] = {}
    root = ""
    for line in inspect.getdoc(errors).splitlines()[1:]:  # type: ignore[union-attr]
        found = re.fullmatch(r"( *)((?:\||`)-- )?(\w+)(?: +(?:\((\w+)\))?.*)?", line)
        if found is None:
            assert not line.strip(), line
            continue
        _, branch, name, base = found.groups()
        if branch is None:
            root = name
        described[name] = (root if branch else "", base or "")
    assert described == {cls.__name__: _place(cls) for cls in public_classes()}


def _place(cls: type) -> tuple[str, str]:
    parent, *others = (base for base in cls.__bases__)
    ours = parent.__name__ if parent.__module__ == errors.__name__ else ""
    return ours, others[0].__name__ if others else ""


def test_the_list_names_every_class() -> None:
    """Everything that the module defines is public."""
    assert set(errors.__all__) == {cls.__name__ for cls in public_classes()}


@pytest.mark.parametrize("cls", sorted(public_classes() - {FrameworkError, GuardWarning}, key=str))
def test_docstring(cls: type) -> None:
    """An error says when it is raised, and a warning what a test did."""
    first = "A " if issubclass(cls, Warning) else "Raised when "
    assert (cls.__doc__ or "").startswith(first)


def test_reports_name_errors_by_their_package() -> None:
    """An error is named, also by pickle, by the package that it can be imported from, not by a part of that."""
    import test_framework

    found = [
        value for name in vars(test_framework)["__all__"] if inspect.isclass(value := getattr(test_framework, name))
    ]
    ours = [error for error in found if issubclass(error, FrameworkError)]
    assert len(ours) > 15
    for error in ours:
        assert "._" not in error.__module__
        assert getattr(importlib.import_module(error.__module__), error.__name__) is error


def test_errors_of_others_keep_their_module() -> None:
    """A product's own error that derives from ours stays where it is defined."""
    assert type("Own", (FrameworkError,), {"__module__": "shop._errors"}).__module__ == "shop._errors"
