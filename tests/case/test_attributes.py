"""Attributes of a class: close misses, methods in their place."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from test_framework import AsyncTestCase


def make(*bases: type, **attributes: Any) -> type:
    """Make a class with these attributes."""
    return type("Sample", (*bases, AsyncTestCase), attributes)


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [("leaked_task", "fail", "leaked_tasks"), ("leakedtasks", "warn", "leaked_tasks"),
     ("unawaited_coroutine", "ignore", "unawaited_coroutines"), ("blocking_call", "fail", "blocking_calls")],
)  # fmt: skip
def test_a_misspelled_guard_is_an_error(name: str, value: str, meant: str) -> None:
    """The levels are words of ours: whoever gives one to a name that is nearly a guard means the guard."""
    with pytest.raises(TypeError, match=f"there is no guard '{name}'; did you mean {meant} = '{value}'"):
        make(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [("timout", 5, "timeout"), ("time_out", 5.0, "timeout"), ("Timeout", 1, "timeout"), ("strickt", True, "strict"),
     ("grace_periode", 3, "grace_period"), ("blocking_treshold", 0.2, "blocking_threshold"),
     ("loop_debgu", True, "loop_debug"), ("back_end", "trio", "backend"), ("backend_option", {}, "backend_options")],
)  # fmt: skip
def test_another_misspelled_attribute_is_a_warning(name: str, value: Any, meant: str) -> None:
    """Numbers and switches are everybody's, so it is a warning, at the line that makes the class."""
    with pytest.warns(UserWarning, match=f"{name} = .* has no effect; did you mean '{meant}'") as caught:
        make(**{name: value})
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("name", "value"),
    [("timeouts", [1, 2]), ("timout", "soon"), ("timout", -1), ("TIMEOUT", 5), ("timeout_of_server", 5),
     ("timeout_s", 5), ("leaked_task", "poller"), ("strictly", "yes"), ("_timout", 5), ("retries", 3), ("limit", 5.0),
     ("stric", lambda self: True), ("timout", True), ("debug_level", 3)],
)  # fmt: skip
def test_attributes_of_the_suite_are_left_alone(name: str, value: Any) -> None:
    """A value that ours cannot have, a constant, a private name or a name with more in it is the suite's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(**{name: value})


def test_an_attribute_that_a_base_has_is_left_alone() -> None:
    """What a base class knows is used there."""
    mixin = type("Mixin", (), {"timout": 3})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(mixin, timout=5)


@pytest.mark.parametrize("name", ["strict", "backend", "backend_options", "loop_debug", "leaked_tasks"])
@pytest.mark.parametrize("value", [lambda self: None, property(lambda self: None), classmethod(lambda cls: None)])
def test_a_method_in_the_place_of_an_attribute(name: str, value: Any) -> None:
    """It is refused when the class is made, with what to do; in a mixin too."""
    text = f"{name} is an attribute of AsyncTestCase that says how tests run, so no method or property can have its"
    with pytest.raises(TypeError, match=f"class Sample: {text}"):
        make(**{name: value})
    mixin = type("Mixin", (), {name: value})
    with pytest.raises(TypeError, match=f"class Sample, by its base Mixin: {text}"):
        make(mixin)


def test_a_method_called_timeout_is_no_attribute() -> None:
    """Names that suites use for methods stay theirs."""
    make(timeout=lambda self: 3)
