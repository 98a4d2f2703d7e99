"""Recordings: one event in each line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from test_framework import EventFormatError, events_from_jsonl, events_to_jsonl
from tests.events.making import event, run


def test_what_is_written_is_read_back() -> None:
    """A recording has a line for each event, and gives back the same events."""
    events = [*run(), event("progress", data={"text": "line\nbreak \u2028", "n": [1]})]
    text = events_to_jsonl(events)
    assert text.count("\n") == len(events)
    assert events_from_jsonl(text) == tuple(events)
    assert events_from_jsonl(text.encode().split(b"\n")) == tuple(events)


def test_what_json_cannot_hold_is_written_as_text() -> None:
    """A value of any type in the data does not keep the others from being written."""
    text = events_to_jsonl([event("progress", data={"at": datetime(2025, 1, 1, tzinfo=UTC)})])
    assert events_from_jsonl(text)[0].data == {"at": "2025-01-01 00:00:00+00:00"}


def test_blank_lines_and_other_line_ends_are_passed_over() -> None:
    """An empty line, a last line without an end and CRLF are no faults."""
    assert len(events_from_jsonl('\n{"type": "a"}\r\n\n  \n{"type": "b"}')) == 2
    assert events_from_jsonl("") == ()


def test_bad_lines_are_named_by_their_number() -> None:
    """All lines that cannot be read are named, from 1, blank lines counted."""
    with pytest.raises(EventFormatError) as caught:
        events_from_jsonl('{"type": "a"}\n\n{"type": ""}\noops\n')
    assert str(caught.value) == (
        "the recording cannot be read:\n"
        "  - line 3: the type is blank; write the event's name\n"
        "  - line 4: it is not JSON (Expecting value, at character 0)"
    )


def test_of_very_many_bad_lines_ten_are_named() -> None:
    """A file that is something else altogether gives a short error."""
    with pytest.raises(EventFormatError) as caught:
        events_from_jsonl("oops\n" * 1000)
    assert len(caught.value.faults) == 11
    assert caught.value.faults[-1] == "and 990 more"
