"""Texts from outside, made fit to be shown."""

from __future__ import annotations

import pytest

from test_framework.events._labels import printable, short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alice, bob", "alice, bob"),
        ("j\u00fcrgen \u4e2d", "j\u00fcrgen \u4e2d"),
        ("\x1b[31m\x00\x7f\n", "\\x1b[31m\\x00\\x7f\\x0a"),
        ("\u202e\u2028\ud800\U000e0001", "\\u202e\\u2028\\ud800\\U000e0001"),
    ],
)
def test_what_does_not_print_is_escaped(text: str, shown: str) -> None:
    """Control characters, those that turn the direction of text, and surrogates are written as escapes."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("width", "shown"), [(10, "0123456789"), (9, "012...789"), (8, "012...89"), (5, "01234"), (0, "")]
)
def test_a_long_text_loses_its_middle(width: int, shown: str) -> None:
    """Start and end stay, as far as there is room for both."""
    assert short("0123456789", width) == shown
