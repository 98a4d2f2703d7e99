"""AuthServer: life and death, users, and errors that say what to do."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from test_framework.auth import AuthConfigError, AuthServer, AuthServerError, UnknownUserError, User
from test_framework.tokens import TokenIssuer
from test_framework.websocket import ConnectionClosed, ConnectionFailed, ConnectionLost, Credentials, connect
from tests.auth.raw import dial, get, handshake


def server_threads() -> list[str]:
    """Return the threads of servers that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("auth-server")]


def test_it_serves_within_its_scope_only() -> None:
    """Afterwards there is no thread and nobody listens."""
    with AuthServer() as server:
        assert repr(server).startswith("<AuthServer http://127.0.0.1:")
        assert server_threads() == [f"auth-server-{server.port}"]
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert server.ws_url == f"ws://127.0.0.1:{server.port}/ws"
        assert get(f"{server.url}/health")[0] == 200
    assert not server.running
    assert server_threads() == []
    with pytest.raises(ConnectionRefusedError):
        dial(server)


def test_it_works_in_an_asynchronous_scope(run: Any) -> None:
    """On each backend; open connections are closed with 1001."""

    async def main() -> None:
        async with AuthServer() as server:
            server.add_user("alice")
            ws_scope = connect(server.ws_url, credentials=Credentials(server.token_for("alice")))
            ws = await ws_scope.__aenter__()
            assert await ws.request("x") == "x"
        with pytest.raises(ConnectionClosed) as caught:
            await ws.recv(timeout=5)
        assert caught.value.close_code == 1001
        await ws_scope.__aexit__(None, None, None)

    run(main)
    assert server_threads() == []


def test_it_starts_soon() -> None:
    """The median of ten starts is well under 50 ms."""
    times = []
    for _ in range(10):
        began = time.perf_counter()
        with AuthServer():
            times.append(time.perf_counter() - began)
    assert sorted(times)[5] < 0.05


def test_stopping_again_does_nothing() -> None:
    """From any thread, with or without an event loop."""
    server = AuthServer()
    server.stop()
    server.start()
    thread = threading.Thread(target=server.stop)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert not server.running
    server.stop()
    asyncio.run(server.astop())


def test_it_is_stopped_from_another_loop_than_it_was_started_in() -> None:
    """It belongs to none."""

    async def start() -> AuthServer:
        return await AuthServer().__aenter__()

    server = asyncio.run(start())
    assert get(f"{server.url}/health")[0] == 200
    asyncio.run(server.astop())
    assert server_threads() == []


def test_a_server_starts_once() -> None:
    """Its tokens and users would be those of before."""
    with AuthServer() as server, pytest.raises(AuthServerError, match="make another"):
        server.start()
    with pytest.raises(AuthServerError, match="make another"):
        server.start()


def test_a_port_in_use_is_an_error_that_says_so() -> None:
    """And leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AuthServerError, match=rf"127\.0\.0\.1:{port}.*use port=0"):
            AuthServer(port=port).start()
    assert server_threads() == []
    with AuthServer(port=port) as server:
        assert server.port == port
    with AuthServer(port=port) as server:
        assert server.port == port


def test_all_faults_of_the_arguments_are_named_at_once() -> None:
    """Each with what it must be."""
    wrong: Any = {
        "port": 70000,
        "transports": ["header", "smoke"],
        "close_codes": "loud",
        "allowed_origins": ["app.test"],
        "max_connections_per_user": 0,
        "max_queued_messages": 0,
        "auth_timeout": -1,
        "max_message_size": "big",
        "leeway": float("nan"),
        "single_use": "yes",
        "issuer": object(),
        "required_scopes": "chat",
        "required_permissions": {"broadcast": None},
    }
    with pytest.raises(AuthConfigError) as caught:
        AuthServer(**wrong)
    assert [fault.split()[0] for fault in caught.value.faults] == list(wrong)
    assert str(caught.value).count("\n") == len(wrong) - 1
    assert issubclass(AuthConfigError, ValueError)


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", True), ("transports", []), ("transports", "header"), ("allowed_origins", ["https://*.test"]),
     ("allowed_origins", ["https://app.test/"]), ("leeway", True), ("required_permissions", ["broadcast"])],
)  # fmt: skip
def test_a_value_that_only_looks_right_is_refused(name: str, value: Any) -> None:
    """True is no port, and a string is no list."""
    with pytest.raises(AuthConfigError, match=name):
        AuthServer(**{name: value})


def test_what_needs_a_running_server_says_so() -> None:
    """Users can be added before the start."""
    server = AuthServer()
    with pytest.raises(AuthServerError, match="with AuthServer"):
        _ = server.url
    server.add_user("alice")
    assert server.verifier.verify(server.token_for("alice")).user_id == "alice"
    assert server.connections() == []
    assert server.broadcast("x") == 0
    assert repr(server) == "<AuthServer not running users=1>"
    with server:
        assert repr(server) == f"<AuthServer {server.url} users=1>"
        assert handshake(server, f"Authorization: Bearer {server.token_for('alice')}").status == 101


def test_users_are_what_they_were_made() -> None:
    """They can be looked up, changed and deleted."""
    server = AuthServer()
    user = server.add_user("alice", email="a@b.test", tier="pro", permissions=["x", "x"], scopes={"chat"})
    assert user == User("alice", "a@b.test", "pro", frozenset({"x"}), frozenset({"chat"}))
    assert dict(server.users) == {"alice": user}
    assert server.update_user("alice", tier="free").tier == "free"
    claims = server.verifier.verify(server.token_for("alice"))
    assert (claims.email, claims.tier, claims.permissions, claims.scopes) == ("a@b.test", "free", ("x",), ("chat",))
    server.delete_user("alice")
    assert server.users == {}


def test_all_faults_of_a_user_are_named_at_once() -> None:
    """And nobody is added."""
    server = AuthServer()
    wrong: Any = {"email": "nobody", "tier": "", "permissions": "admin", "scopes": ["two words"]}
    with pytest.raises(AuthConfigError) as caught:
        server.add_user("a\nb", **wrong)
    assert [fault.split()[0] for fault in caught.value.faults] == ["user_id", "email", "tier", "permissions", "scopes"]
    assert server.users == {}


def test_a_user_is_added_once() -> None:
    """The error says how to change one."""
    server = AuthServer()
    server.add_user("alice")
    with pytest.raises(AuthConfigError, match="update_user"):
        server.add_user("alice")
    with pytest.raises(AuthConfigError, match="a user has no age"):
        server.update_user("alice", age=7)


@pytest.mark.parametrize("method", ["token_for", "tokens_for", "logout", "delete_user", "update_user"])
def test_an_unknown_user_is_an_error(server: AuthServer, method: str) -> None:
    """It names the user, and how to add one."""
    with pytest.raises(UnknownUserError, match="no user 'nobody'; add_user"):
        getattr(server, method)("nobody")
    with pytest.raises(UnknownUserError):
        server.send("nobody", "x")
    assert issubclass(UnknownUserError, LookupError)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_the_clock_goes_forward_only(seconds: float) -> None:
    """By a finite number of seconds."""
    server = AuthServer()
    before = server.now
    with pytest.raises(AuthConfigError, match="advanced by a finite number"):
        server.advance(seconds)
    server.advance(1000)
    assert 1000 <= server.now - before < 1010


def test_a_clock_that_cannot_be_advanced_is_an_error() -> None:
    """An issuer of the test's own has a clock of its own."""
    with pytest.raises(AuthServerError, match="cannot be advanced"):
        AuthServer(issuer=TokenIssuer()).advance(1)


def test_connections_are_listed(run: Any, server: AuthServer) -> None:
    """With who, how and until when."""

    async def main() -> None:
        async with connect(server.ws_url, credentials=Credentials(server.token_for("alice", lifetime=60), "query")):
            (one,) = server.connections("alice")
            assert (one.user_id, one.transport) == ("alice", "query")
            assert 50 < one.expires_at - server.now <= 60
            assert server.connections() == [one]
            assert server.connections("bob") == []

    run(main)


def test_half_open_peers_do_not_hold_up_the_stop() -> None:
    """Nor does a client that never answers the close frame."""
    server = AuthServer(auth_timeout=60).start()
    server.add_user("alice")
    with dial(server), dial(server) as half:
        half.sendall(b"GET /ws HTTP/1.1\r\n")
        assert get(f"{server.url}/health")[0] == 200
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3
    assert not server.running


PROGRAMS = {
    "forgotten": "from test_framework.auth import AuthServer\nserver = AuthServer().start()\nprint('end')",
    "forgotten with a connection": """
import asyncio, logging
from test_framework.auth import AuthServer
from test_framework.websocket import connect, Credentials
# In debug mode asyncio complains of the first import in the loop.
logging.getLogger("asyncio").setLevel("CRITICAL")
server = AuthServer().start()
server.add_user("a")
async def main():
    async with connect(server.ws_url, credentials=Credentials(server.token_for("a"))) as ws:
        await ws.request("x")
asyncio.run(main())
print('end')
""",
    "an error in its scope": """
from test_framework.auth import AuthServer
try:
    with AuthServer() as server:
        raise KeyError
except KeyError:
    print('end')
""",
    "forked": """
import os, sys
from test_framework.auth import AuthServer
with AuthServer() as server:
    server.add_user("a")
    child = os.fork()
    if not child:
        assert not server.running
        server.stop()
        try:
            server.connections()
        finally:
            server.stop()
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    import urllib.request
    assert urllib.request.urlopen(server.url + "/health").status == 200
print('end')
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_process_ends_quietly(program: str) -> None:
    """With -X dev and warnings as errors: no thread, socket or warning is left, and nothing hangs."""
    if program == "forked" and not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    command = [sys.executable, "-X", "dev", "-W", "error"]
    if program == "forked":
        # From 3.12 on Python warns of every fork of a process with threads.
        command += ["-W", "ignore::DeprecationWarning"]
    done = subprocess.run([*command, "-c", PROGRAMS[program]], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_a_client_learns_of_the_end(run: Any) -> None:
    """After the stop a new connection fails, and is not refused."""
    server = AuthServer().start()
    url = server.ws_url
    server.stop()

    async def main() -> None:
        with pytest.raises(ConnectionFailed):
            async with connect(url):
                pytest.fail("it is open")

    run(main)
    assert issubclass(ConnectionLost, ConnectionError)
