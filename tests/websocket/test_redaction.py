"""What a server says of a token, without the token."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from test_framework.tokens import TokenIssuer
from test_framework.websocket._redaction import without_token

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
