"""How severe each guard is: who decides, class by class."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework.guards import check_level, class_levels
from test_framework.settings import GUARDS

DEFAULTS: dict[str, object] = {
    "strict": False,
    **dict.fromkeys(GUARDS, "warn"),
    "blocking_calls": "ignore",
}


def make(*bodies: dict[str, Any]) -> type:
    """Return the last of a chain of classes with these attributes, below one that says nothing."""
    cls: type = type("Root", (), {"strict": None, **dict.fromkeys(GUARDS)})
    for body in bodies:
        cls = type("Sample", (cls,), body)
    return cls


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([], "warn"),
        ([{}], "warn"),
        ([{"leaked_tasks": "ignore"}], "ignore"),
        ([{"leaked_tasks": "fail"}, {}], "fail"),
        ([{"leaked_tasks": "fail"}, {"leaked_tasks": "ignore"}], "ignore"),
        ([{"leaked_tasks": "fail"}, {"leaked_tasks": None}], "fail"),
        ([{"strict": True}], "fail"),
        ([{"strict": True}, {}], "fail"),
        ([{"strict": True}, {"strict": None}], "fail"),
        ([{"strict": True}, {"strict": False}], "warn"),
        ([{"strict": False}, {"strict": True}], "fail"),
        ([{"strict": True, "leaked_tasks": "ignore"}], "ignore"),
        ([{"strict": True}, {"leaked_tasks": "ignore"}], "ignore"),
        ([{"leaked_tasks": "ignore"}, {"strict": True}], "fail"),
        ([{"leaked_tasks": "ignore", "strict": True}, {"strict": True}], "fail"),
        ([{"leaked_tasks": "ignore"}, {"strict": False}], "ignore"),
        ([{"leaked_tasks": "fail"}, {"strict": False}], "fail"),
        ([{"strict": True, "leaked_tasks": "warn"}, {"strict": False}], "warn"),
        ([{"strict": True}, {"leaked_threads": "ignore"}], "fail"),
    ],
)
def test_who_decides(bodies: list[dict[str, Any]], expected: str) -> None:
    """The nearest class that says anything decides; within one class an explicit level wins over strict."""
    assert class_levels(make(*bodies), DEFAULTS)["leaked_tasks"] == expected


def test_several_bases() -> None:
    """The order is that of the method resolution, as for any attribute."""
    root = make()
    strict = type("Strict", (root,), {"strict": True})
    lax = type("Lax", (root,), {"leaked_tasks": "ignore"})
    assert class_levels(type("Sample", (strict, lax), {}), DEFAULTS)["leaked_tasks"] == "fail"
    assert class_levels(type("Sample", (lax, strict), {}), DEFAULTS)["leaked_tasks"] == "ignore"


def test_a_mixin_that_is_no_test_class() -> None:
    """A plain class beside the test class has a say too."""
    mixin = type("Mixin", (), {"leaked_tasks": "fail"})
    assert class_levels(type("Sample", (mixin, make()), {}), DEFAULTS)["leaked_tasks"] == "fail"


def test_every_guard() -> None:
    """Each guard has its level, its own default, and strict makes all of them fail."""
    assert class_levels(make(), DEFAULTS) == {guard: DEFAULTS[guard] for guard in GUARDS}
    assert class_levels(make({"strict": True}), DEFAULTS) == dict.fromkeys(GUARDS, "fail")


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([], "fail"),
        ([{"strict": None}], "fail"),
        ([{"strict": False}], "warn"),
        ([{"strict": False}, {}], "warn"),
        ([{"leaked_tasks": "ignore"}], "ignore"),
        ([{"strict": False}, {"strict": True}], "fail"),
    ],
)
def test_strict_in_the_settings(bodies: list[dict[str, Any]], expected: str) -> None:
    """Where the settings are strict, a class can say that it is not, or set a level of its own."""
    assert class_levels(make(*bodies), {**DEFAULTS, "strict": True})["leaked_tasks"] == expected


@pytest.mark.parametrize("value", ["error", "", True, 1])
def test_a_level_that_is_none(value: object) -> None:
    """A level that was set later, past the check of the class's body, is found when it is used."""
    with pytest.raises(TypeError, match='leaked_tasks must be "ignore", "warn" or "fail", not '):
        class_levels(make({"leaked_tasks": value}), DEFAULTS)


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize("level", ["ignore", "warn", "fail"])
def test_check_level(guard: str, level: str) -> None:
    """A level that is one comes back."""
    assert check_level(guard, level) == level


def test_check_level_of_no_guard() -> None:
    """A guard that there is not is an error that lists those there are."""
    with pytest.raises(TypeError) as caught:
        check_level("leaked_files", "warn")
    assert str(caught.value) == f"there is no guard 'leaked_files'; write one of {', '.join(GUARDS)}"
