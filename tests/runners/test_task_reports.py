"""Tasks as text: order, and those of which the same is to be said."""

from __future__ import annotations

import pytest

from test_framework.runners._task_reports import TaskReport, by_name, grouped


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Task-10", "Task-6"], ["Task-6", "Task-10"]),
        (["b", "a"], ["a", "b"]),
        (["a2b10", "a2b9", "a10b1"], ["a2b9", "a2b10", "a10b1"]),
        (["10", "9", ""], ["", "9", "10"]),
        (["x", "7", "x1"], ["7", "x", "x1"]),
    ],
)
def test_natural_order(names: list[str], expected: list[str]) -> None:
    """Numbers in names count by their value."""
    assert sorted(names, key=by_name) == expected


def test_groups() -> None:
    """Tasks of one kind at one place have one text, at the place of the first of them."""
    reports = [
        TaskReport("a", "poll", "  here"),
        TaskReport("b", "poll", "  there"),
        TaskReport("c", "poll", "  here"),
        TaskReport("d", "other", "  here"),
    ]
    assert grouped(reports) == [
        "2 tasks like this: a, c (poll)\n  here",
        "task b (poll)\n  there",
        "task d (other)\n  here",
    ]


def test_many() -> None:
    """A long list of names is cut short; the count is not."""
    reports = [TaskReport(f"t{number}", "", "  here") for number in range(40)]
    (text,) = grouped(reports)
    assert text.startswith("40 tasks like this: t0, t1, ")
    assert text.endswith("t9 and 30 more\n  here")


def test_a_name_of_thousands_of_digits() -> None:
    """A name may be anything; it is sorted all the same."""
    assert sorted(["9" * 5000, "1"], key=by_name) == ["1", "9" * 5000]
