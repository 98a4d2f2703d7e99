"""Edits of byte spans."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from test_framework.imports.rewriting._edits import Edit, OverlapError, apply


def edit(start: int, end: int, text: str) -> Edit:
    """Return an edit in line 1."""
    return Edit(start, end, text, 1, "rule", f"{start} to {end}")


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], b"abcdef"),
        ([edit(4, 6, "X"), edit(0, 2, "YY")], b"YYcdX"),
        ([edit(2, 2, "1"), edit(2, 2, "2"), edit(2, 4, "-")], b"ab12-ef"),
        ([edit(2, 4, "-"), edit(2, 2, "1")], b"ab1-ef"),
        ([edit(2, 4, "-"), edit(4, 4, "1")], b"ab-1ef"),
        ([edit(0, 6, "")], b""),
        ([edit(6, 6, "ü")], "abcdefü".encode()),
    ],
)
def test_edits_replace_their_spans(edits: list[Edit], expected: bytes) -> None:
    """Everything else stays; insertions at one place keep their order and come before what is replaced there."""
    assert apply(b"abcdef", edits) == expected


@pytest.mark.parametrize("second", [(1, 3), (0, 1), (1, 1), (0, 2)])
def test_edits_that_overlap_are_refused(second: tuple[int, int]) -> None:
    """Which of the two would win nobody could say."""
    with pytest.raises(OverlapError, match=r"edits overlap in lines 1 and 1: .* to .*; .* to "):
        apply(b"abcdef", [edit(0, 2, "x"), edit(*second, "y")])


@given(st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=4), st.text(max_size=4)), max_size=6))
def test_what_is_between_edits_stays(parts: list[tuple[bytes, bytes, str]]) -> None:
    """The result is the kept parts with the new texts between them."""
    source, expected, edits = b"", b"", []
    for kept, gone, new in parts:
        start = len(source) + len(kept)
        edits.append(edit(start, start + len(gone), new))
        source += kept + gone
        expected += kept + new.encode("utf-8", "surrogatepass")
    assert apply(source, edits) == expected
