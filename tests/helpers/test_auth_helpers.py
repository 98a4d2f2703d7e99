"""The canonical import: it works in a bare installation, and has exactly the public names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from test_framework.helpers import auth_helpers

BARE = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"trio", "cryptography", "pytest", "uvloop", "aiohttp", "starlette", "hypothesis"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
from test_framework.helpers.auth_helpers import (
    AuthTestConfig, AuthTestHelpers, MessagePreservationTester, TokenExpiryTester, WebSocketAuthTester,
    assert_auth_performance, assert_token_rejection, audit_server, create_test_jwt_token, skip_if_services_unavailable,
)
import asyncio

async def main():
    tester = WebSocketAuthTester()
    try:
        result = await tester.establish_websocket_connection(create_test_jwt_token("alice"))
        assert result["connected"], result
        answer = await tester.send_test_message(result["websocket"], "hello")
        assert answer["response"] == "hello", answer
        for name, token in TokenExpiryTester(tester).create_malformed_tokens()[:20]:
            assert_token_rejection(await tester.establish_websocket_connection(token), name)
    finally:
        await tester.cleanup()

asyncio.run(main())
print("fine")
"""


def test_the_import_works_in_a_bare_installation() -> None:
    """Without trio, cryptography and pytest: import, connect, be refused; isolated from the environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", BARE], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "fine"), done.stderr


def test_the_import_alone_brings_nothing_heavy() -> None:
    """The module is a table; what a name needs is loaded with it."""
    code = "import sys, test_framework.helpers.auth_helpers as h; print(*sys.modules); h.WebSocketAuthTester"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"jwt", "websockets", "trio", "cryptography", "anyio", "pytest"} == set()


@pytest.mark.parametrize("name", auth_helpers.__all__)
def test_every_name_is_there(name: str) -> None:
    """And says what it is."""
    assert getattr(auth_helpers, name).__doc__


def test_the_list_is_the_table() -> None:
    """No name is listed twice, or can be imported without being listed."""
    table = [name for names in auth_helpers._HOMES.values() for name in names]
    assert sorted(table) == sorted(auth_helpers.__all__)
    assert sorted(set(table)) == sorted(table)
