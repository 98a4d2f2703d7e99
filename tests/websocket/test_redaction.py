"""What a server says of a token, without the token."""

from __future__ import annotations

import pickle
from urllib.parse import quote

import pytest

from test_framework.tokens import TokenIssuer
from test_framework.websocket import ConnectionClosed, ConnectionRefused
from test_framework.websocket._redaction import shown, without_token

TOKEN = TokenIssuer().mint("alice")


@pytest.mark.parametrize(
    "said",
    [
        f"bad token {TOKEN}",
        f"bad token {TOKEN!r}",
        f"?token={quote(TOKEN)}",
        f"signature {TOKEN.rpartition('.')[2]} is wrong",
        f"bad token {TOKEN[:60]}",
        f"...{TOKEN[-20:]}",
        f"{TOKEN[100:140]}",
    ],
    ids=["whole", "in quotes", "in a query", "a segment", "its beginning", "its end", "its middle"],
)
def test_no_part_of_it_is_left(said: str) -> None:
    """Whole, quoted, one segment, or cut off."""
    shown = without_token(said, TOKEN)
    assert "<token>" in shown
    assert [TOKEN[at : at + 8] for at in range(len(TOKEN) - 8) if TOKEN[at : at + 8] in shown] == []


def test_the_rest_is_left_as_it_is() -> None:
    """Words of the server stay readable."""
    assert without_token("invalid_token: expired yesterday", TOKEN) == "invalid_token: expired yesterday"
    assert without_token("anything", None) == "anything"
    assert without_token("a.b.c is none", "a.b.c") == "a.b.c is none"


@pytest.mark.parametrize("said", ["\x1b[2Jgone", "a\nb", "\x00", "\u202etxt.exe", "\x9b31m", "\ud800", "\x7f"])
def test_a_terminal_obeys_nothing_of_it(said: str) -> None:
    """Control characters, also those of C1 and of writing direction, are escaped."""
    assert shown(said).isprintable()
    assert shown(said) == said.encode("unicode_escape").decode()
    assert shown(shown(said)) == shown(said)


def test_a_flood_is_cut_off() -> None:
    """The beginning of it says enough."""
    assert shown("x" * 200) == "x" * 200
    assert shown("x" * 201) == "x" * 200 + "..."
    assert len(shown("\x1b" * 10**6)) == 203
    assert shown(shown("x" * 10**6)) == "x" * 200 + "..."


@pytest.mark.parametrize("error", [ConnectionRefused(status_code=401, reason="\x1b[2J" + "x" * 8000),
                                   ConnectionClosed(1008, "\x1b[2J" + "x" * 8000)])  # fmt: skip
def test_an_error_shows_no_more(error: Exception) -> None:
    """Not in its text, not in its repr, and not after a trip through another process."""
    for one in (error, pickle.loads(pickle.dumps(error))):
        assert str(one).isprintable()
        assert len(str(one)) < 300
        assert len(repr(one)) < 300
