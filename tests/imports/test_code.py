"""Code told from strings and comments by quotes and line ends, held against the tokens of the whole source."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings, strategies as st

from test_framework.imports._code import goes_on, is_code, outline, triple_quoted
from test_framework.imports._tokens import line_starts, positions, skeleton

PIECES = ["'''", '"""', "'", '"', "#", "\\", "\n", "\r\n", "\r", " ", "x", "f", "(", "\\\n", "\\\r\n", "ä"]


@settings(max_examples=1000, deadline=None)
@example("'a \\\n'''b'''")
@example("# \\\n'''x'''\nx")
@example('"a""""b"""x')
@example("'''\\'''x'''x")
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_an_outline_tells_code_as_tokens_do(source: str) -> None:
    """Of every place that is no blank and no quote, both ways say the same, also in sources that do not parse."""
    data = source.encode()
    code, _ = skeleton(data)
    text = outline(data, triple_quoted(data))
    assert (len(text), len(code)) == (len(data), len(data))
    for place, byte in enumerate(data):
        if byte not in b"'\"# \r\n":
            told = text[place] == byte and is_code(text, place)
            assert told == (code[place] == byte), (place, text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"x\ny", False),
        (b"x\\\ny", True),
        (b"x\\\r\ny", True),
        (b"y", False),
        (b"\ny", False),
        (b"\\\ny", True),
    ],
)
def test_a_line_goes_on_behind_a_backslash(source: bytes, expected: bool) -> None:
    """Whatever ends the line, what counts is the byte before."""
    assert goes_on(source, source.index(b"y")) is expected


def test_strings_begin_behind_their_prefixes() -> None:
    """The places are those of the quotes; an unclosed string goes to the end."""
    assert triple_quoted(b"rb'''a''' '''b") == [(2, 9), (10, 14)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["\n", "\r\n", "\r", "a", "ä"]), max_size=20).map("".join))
def test_positions_are_those_of_the_lines(source: str) -> None:
    """Lines and columns told in passing are those of a list of all lines."""
    data = source.encode()
    starts = line_starts(data)
    # Between the two bytes of a line end is no place of anything.
    places = [place for place in range(len(data)) if data[place - 1 : place + 1] != b"\r\n" or not place]
    expected = []
    for place in places:
        line = max(index for index, start in enumerate(starts) if start <= place)
        expected.append((line + 1, place - starts[line]))
    assert list(positions(data, places)) == expected
