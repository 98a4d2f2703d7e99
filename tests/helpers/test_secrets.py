"""No token and no key in a repr, a log record, an error or a result."""

from __future__ import annotations

import base64
import logging
import traceback
from typing import Any

import pytest

from test_framework.helpers.auth_helpers import (
    AuthTestConfig,
    MessagePreservationTester,
    TokenExpiryTester,
    WebSocketAuthTester,
    assert_token_rejection,
    audit_server,
    skip_if_services_unavailable,
)
from tests.auth.test_secrets import Records, records, spellings

__all__ = ["records"]
SECRET = "the-secret-of-the-tester-" + "0123456789abcdef" * 4


def test_nothing_secret_is_written_down(run: Any, records: Records) -> None:
    """Everything that the helpers return, raise or log, with DEBUG on everywhere."""
    said: list[str] = []
    tokens: list[str] = []

    def note(*things: object) -> None:
        for thing in things:
            said.extend((repr(thing), str(thing)))
            if isinstance(thing, BaseException):
                said.extend(traceback.format_exception(thing))

    async def main() -> None:
        way: Any
        for way in ("header", "subprotocol", "query", "cookie", "userinfo", "first_message"):
            config = AuthTestConfig(secret=SECRET, transport=way)
            async with WebSocketAuthTester(config) as tester:
                expiry, messages = TokenExpiryTester(tester), MessagePreservationTester(tester)
                good = tester.create_test_user_with_token("alice")
                short = expiry.create_short_lived_token(60)
                bad = [expiry.create_expired_token(), expiry.simulate_expired_token(good), f"{good}\r\n", f"{good} "]
                real = str(await tester.generate_real_jwt_token("pro"))
                tokens.extend([good, short, real, *bad])
                note(config, tester, expiry, messages, tester.issuer, tester.test_users)
                result = await tester.establish_websocket_connection(good, timeout=20)
                note(result, await tester.send_test_message(result["websocket"], "x"), result["websocket"])  # type: ignore[arg-type]
                for token in (short, real, *bad):
                    refused = await tester.establish_websocket_connection(token, timeout=20)
                    note(refused, await tester.validate_token_in_backend(token))
                    for check in (assert_token_rejection, lambda one: skip_if_services_unavailable(str(one["error"]))):
                        try:
                            check(refused)
                        except (AssertionError, Exception) as error:
                            note(error)
                note(expiry.short_lived_tokens, await expiry.verify_token_expiry_behavior(short))
                refreshed = await expiry.test_token_refresh_scenario(short)
                tokens.append(str(refreshed["new_token"]))
                note(refreshed, await expiry.test_token_refresh_scenario(good))
                note(tester.auth_results, tester.active_connections)
                report = await audit_server(tester, only=["C"], timeout=20)
                note(report, report.as_json(), report.as_junit())

    run(main)
    assert len(tokens) > 40
    assert records.lines
    everything = [*said, *records.lines]
    for token in tokens:
        for spelling in spellings(token.strip()):
            assert not [line for line in everything if spelling in line]
    encoded = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
    assert not [line for line in everything if SECRET in line or encoded in line]


def test_the_records_are_there(records: Records) -> None:
    """The search sees what is logged."""
    logging.getLogger("test_framework.anything").debug("%s", "seen")
    assert [line for line in records.lines if "seen" in line]


@pytest.mark.parametrize("how", [repr, str, "{!r}".format])
def test_a_token_in_a_result_is_a_token_and_not_shown(how: Any) -> None:
    """Equal to the plain text, and hidden in a repr."""
    from test_framework.helpers._redacted import RedactedToken

    token = RedactedToken("a.b.c")
    assert token == "a.b.c"
    assert ("a.b.c" in how({"token": token})) is False
