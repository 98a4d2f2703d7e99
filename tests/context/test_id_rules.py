"""The rules of ids: each refuses what it says, and nothing that suites use."""

from __future__ import annotations

import sys
import unicodedata
import uuid
from enum import StrEnum
from unittest.mock import MagicMock

import pytest
from hypothesis import given, strategies as st

from test_framework.context._id_rules import ID_FIELDS, MAX_ID_LENGTH, PLACEHOLDERS, is_plain_id, name_fault
from test_framework.context._rule import MISSING
from test_framework.context._rules import faults_of

GOOD_IDS = ["test", "a", "1", "7", "user@example.org", "Grüße", "two words", "x" * MAX_ID_LENGTH, "none-1",
            "nonexistent",
            "default-user", "10", "00", "用户", "emoji \U0001f600", "{a}b",
            "<a", "[x", "a>", "%d", "$HOME", "-", "user_id"]  # fmt: skip
BAD_IDS = [
    (MISSING, "is missing"),
    (None, "is None, not a str"),
    (3, "is an int, not a str; write str(user_id)"),
    (uuid.UUID(int=1), "is a UUID, not a str; write str(user_id)"),
    (b"user", "is a bytes, not a str"),
    (["user"], "is a list, not a str"),
    (True, "is a bool, not a str"),
    (MagicMock(), "is a MagicMock, not a str"),
    ("", "is empty"),
    ("  ", "is blank"),
    ("\u3000", "is blank"),
    (" user", "begins or ends with white space"),
    ("user\n", "begins or ends with white space"),
    ("us\ner", "contains the control or invisible character U+000A at index 2"),
    ("us\x00er", "contains the control or invisible character U+0000 at index 2"),
    ("us\x7fer", "contains the control or invisible character U+007F at index 2"),
    ("us\u200ber", "contains the control or invisible character U+200B at index 2"),
    ("us\ud800er", "contains the control or invisible character U+D800 at index 2"),
    ("x" * 256, "has 256 characters; at most 255 are allowed"),
    ("none", "is the placeholder 'none', not an id"),
    ("NULL", "is the placeholder 'NULL', not an id"),
    ("0", "is the placeholder '0', not an id"),
    ("<user_id>", "is an unfilled template or the repr of an object: it begins with < and ends with >"),
    ("{user_id}", "is an unfilled template or the repr of an object: it begins with { and ends with }"),
    ("${USER_ID}", "is an unfilled template or the repr of an object: it begins with ${ and ends with }"),
    ("%(user)s", "is an unfilled template or the repr of an object: it begins with %( and ends with )s"),
    ("[object Object]", "is an unfilled template or the repr of an object: it begins with [ and ends with ]"),
]


class Role(StrEnum):
    ADMIN = "admin-1"


@pytest.mark.parametrize("value", [*GOOD_IDS, Role.ADMIN])
def test_a_good_id(value: str) -> None:
    """An id may be short, of any script, and contain blanks."""
    assert faults_of({"user_id": value}) == {}


@pytest.mark.parametrize(("value", "fault"), BAD_IDS, ids=[fault for _, fault in BAD_IDS])
def test_a_bad_id(value: object, fault: str) -> None:
    """The fault says what is wrong with an id."""
    assert faults_of({"user_id": value}) == {"user_id": fault}


@pytest.mark.parametrize("word", PLACEHOLDERS)
@pytest.mark.parametrize("field", ID_FIELDS)
def test_every_placeholder_is_refused_in_any_case(word: str, field: str) -> None:
    """No word of the table gets through, as it is or in capitals, in any role."""
    for text in (word, word.upper(), word.title()):
        assert faults_of({field: text})[field] == f"is the placeholder {text!r}, not an id"
        assert is_plain_id(text) is None


def test_what_a_template_holds_is_not_shown() -> None:
    """The repr of an object may contain a secret."""
    assert "hunter2" not in faults_of({"user_id": "{'password': 'hunter2'}"})["user_id"]


def test_no_character_that_cannot_be_seen_is_allowed() -> None:
    """Control characters, surrogates, line and paragraph separators and format characters are refused, all of them."""
    unseen = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in
              {"Cc", "Cs", "Cf", "Zl", "Zp"}]  # fmt: skip
    assert len(unseen) > 2000
    assert [hex(ord(one)) for one in unseen if not faults_of({"user_id": f"a{one}b"})] == []


def test_letters_marks_and_numbers_are_allowed() -> None:
    """What can be seen is not refused."""
    seen = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in "LNPS"]
    assert [hex(ord(one)) for one in seen if faults_of({"user_id": f"a{one}b"})] == []


@given(st.text() | st.from_regex(r"[!-~]{1,40}", fullmatch=True))
def test_the_quick_check_lets_nothing_through_that_the_rules_refuse(value: str) -> None:
    """What the one pass accepts has no fault."""
    if is_plain_id(value):
        assert faults_of({"user_id": value}) == {}


@pytest.mark.parametrize(
    ("name", "fault"),
    [("plan", ""), ("0", ""), ("", "is empty"), (None, "is None, not a str"), ("a\nb", "contains the control or inv"),
     ("x" * 256, "has 256 characters")],
)  # fmt: skip
def test_the_name_of_an_operation(name: object, fault: str) -> None:
    """A name is one line of visible text; it may be a word that is no id."""
    assert name_fault(name).startswith(fault)
    assert bool(name_fault(name)) is bool(fault)
