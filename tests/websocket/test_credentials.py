"""Credentials: where the token stands, and what cannot travel there."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from test_framework.errors import FrameworkError
from test_framework.websocket import Credentials, CredentialsError
from test_framework.websocket._credentials import CREDENTIAL_KINDS

URL = "ws://127.0.0.1:1/ws?room=1"
TOKEN = "aaa.bbb.ccc"


def test_a_header_is_a_bearer_token() -> None:
    """RFC 6750, 2.1."""
    assert Credentials(TOKEN).handshake(URL) == (URL, (("Authorization", f"Bearer {TOKEN}"),), (), None)


def test_a_subprotocol_follows_its_marker() -> None:
    """The marker is offered first, so that the server can choose it."""
    assert Credentials(TOKEN, "subprotocol").handshake(URL).subprotocols == ("bearer", TOKEN)


@pytest.mark.parametrize("token", [TOKEN, "with space", "a&b=c#d%0d", "\r\n\0", "\ud800", ""])
def test_a_query_parameter_is_quoted(token: str) -> None:
    """Every token can travel in the query, and stands beside what was there."""
    url = Credentials(token, "query").handshake(URL).url
    query = parse_qs(urlsplit(url).query, keep_blank_values=True, errors="surrogatepass")
    assert query == {"room": ["1"], "token": [token]}
    assert url.isascii()
    assert " " not in url


def test_a_cookie_has_a_name() -> None:
    """RFC 6265, 4.2."""
    assert Credentials(TOKEN, "cookie", name="session").handshake(URL).headers == (("Cookie", f"session={TOKEN}"),)


def test_user_info_is_basic_authentication() -> None:
    """RFC 7617, 2: as a browser makes of user info in the address."""
    ((name, value),) = Credentials(TOKEN, "userinfo").handshake(URL).headers
    assert name == "Authorization"
    assert base64.b64decode(value.removeprefix("Basic ")) == b"token:aaa.bbb.ccc"


@pytest.mark.parametrize("token", [TOKEN, "\r\n\0", "\ud800"])
def test_a_first_message_is_json(token: str) -> None:
    """Every token can travel in a message."""
    message = Credentials(token, "first_message").handshake(URL).first_message
    assert message is not None
    assert message.isascii()
    assert json.loads(message) == {"type": "auth", "token": token}


@pytest.mark.parametrize("kind", ["header", "subprotocol", "cookie"])
@pytest.mark.parametrize("token", ["abc\r\nX-Evil: 1", "abc\0", "abc\ud800", "abc\u0430"])
def test_what_a_header_cannot_carry_is_an_error_without_it(kind: Any, token: str) -> None:
    """The error says where the character is, and nothing of the token."""
    with pytest.raises(CredentialsError, match="character 3 of the token cannot travel") as caught:
        Credentials(token, kind).handshake(URL)
    assert "abc" not in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    """A wrong kind and a wrong token are one error."""
    wrong: Any = (None, "smoke")
    with pytest.raises(CredentialsError, match=r"token must be a str, not NoneType; kind must be one of .*'smoke'"):
        Credentials(*wrong)
    assert issubclass(CredentialsError, (FrameworkError, ValueError))


def test_a_name_that_is_none_is_an_error() -> None:
    """A marker with a space would be two."""
    with pytest.raises(CredentialsError, match="name must be a token"):
        Credentials(TOKEN, "subprotocol", name="two words")


@pytest.mark.parametrize("kind", CREDENTIAL_KINDS)
def test_the_token_is_in_no_repr(kind: Any) -> None:
    """Credentials can be shown."""
    assert TOKEN not in repr(Credentials(TOKEN, kind))
