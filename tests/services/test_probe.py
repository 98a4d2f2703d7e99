"""Probes of real servers: there or not, what it is, how long it took, and nothing secret in any of it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import pickle
import secrets
import socket
import ssl
import string
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import example, given, strategies as st
from websockets.sync.server import ServerConnection, serve

from test_framework import AuthServer, ProbeResult, probe, probe_sync
from test_framework._values import address
from test_framework.helpers._http import get
from test_framework.services import require_services, shared_postgres, shared_redis
from test_framework.services._probing._result import shown
from test_framework.services._probing._target import target_of
from tests.services.elsewhere import (
    black_hole,
    closed_port,
    dripping,
    endless,
    hanging_up,
    listening,
    over_tls,
    saying,
    server_context,
    trusting,
)

Ask = Callable[..., ProbeResult]
SECRETS = ("hunter2", "t0ken-in-query", "s3cr3t-header", "aHVudGVyMg")


def _on(backend: str) -> Ask:
    def ask(url: str, **options: Any) -> ProbeResult:
        async def main() -> ProbeResult:
            return await probe(url, **options)

        return anyio.run(main, backend=backend)

    return ask


@pytest.fixture(params=["asyncio", "trio", "sync"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Return a probe: on each backend, and the synchronous one."""
    if request.param == "sync":
        return probe_sync
    pytest.importorskip(request.param, reason="needs the extra trio")
    return _on(request.param)


@pytest.fixture(scope="module")
def auth_server() -> Iterator[AuthServer]:
    """Return a running server."""
    with AuthServer() as server:
        yield server


# -- what is there --------------------------------------------------------------------------------


def test_an_http_server(ask: Ask, auth_server: AuthServer) -> None:
    """Any answer says that it is there; its status and its own word are shown."""
    found = ask(f"{auth_server.url}/health?token=t0ken-in-query")
    assert found
    assert (found.status, found.status_code) == ("up", 200)
    assert found.detail == 'HTTP 200, status "ok"'
    assert found.url == f"{auth_server.url}/health"
    assert 0 < found.elapsed < 5
    assert ask(f"{auth_server.url}/no-such-page").detail == "HTTP 404"


def test_a_websocket_server(ask: Ask, auth_server: AuthServer) -> None:
    """It refuses strangers: it is there. With a token the handshake is completed, and closed politely."""
    refused = ask(auth_server.ws_url)
    assert (refused.status, refused.detail) == ("up", "HTTP 401")
    token = auth_server.tokens_for(auth_server.add_user(f"user-{secrets.token_hex(4)}").user_id).access
    opened = ask(auth_server.ws_url, headers={"Authorization": f"Bearer {token}"})
    assert (opened.status, opened.status_code, opened.detail) == ("up", 101, "WebSocket opened")
    # A page that opens no WebSocket is no WebSocket server.
    page = ask(auth_server.url.replace("http:", "ws:") + "/health")
    assert (page.status, page.detail) == ("foreign", "HTTP 200 instead of a WebSocket")


def test_a_websocket_is_closed_politely(ask: Ask) -> None:
    """The server names itself, and sees a normal end."""
    seen: list[int | None] = []

    def until_the_end(connection: ServerConnection) -> None:
        for _ in connection:
            pass
        seen.append(connection.close_code)

    with serve(until_the_end, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        found = ask(f"ws://127.0.0.1:{server.socket.getsockname()[1]}/")
        server.shutdown()
        thread.join(10)
    assert found.server == "Python"
    assert "websockets/" in found.version
    assert seen == [1000]


@pytest.mark.parametrize("tcp", [False, True], ids=["socket", "tcp"])
def test_postgres(ask: Ask, tcp: bool, servers: dict[str, Any]) -> None:
    """Its version comes from a session that was begun and ended; the password proves itself by SCRAM."""
    server = servers["postgres_tcp"] if tcp else shared_postgres()
    found = ask(str(server.dsn))
    assert (found.status, found.server, found.version) == ("up", "PostgreSQL", server.version)
    assert server.dsn.password is None or server.dsn.password not in f"{found!r} {found}"


def test_postgres_that_refuses(ask: Ask, servers: dict[str, Any]) -> None:
    """It is there, and says why; a wrong password is not shown."""
    dsn = servers["postgres_tcp"].dsn
    place = f"127.0.0.1:{dsn.port}"
    assert ask(f"postgresql://postgres@{place}/x").detail == "wants a password, and there is none in the address"
    wrong = ask(f"postgresql://postgres:hunter2@{place}/x")
    assert wrong
    assert wrong.detail == 'refuses: password authentication failed for user "postgres" (28P01)'
    missing = ask(str(dsn.named("no_such_database")))
    assert missing
    assert "3D000" in missing.detail
    no_tls = ask(f"postgresql://postgres:hunter2@{place}/x?sslmode=require")
    assert (no_tls.status, no_tls.detail) == ("untrusted", "offers no TLS, which sslmode=require asks for")


@pytest.mark.parametrize("tcp", [False, True], ids=["socket", "tcp"])
def test_redis(ask: Ask, tcp: bool, servers: dict[str, Any]) -> None:
    """It says what it is; without the password it is there as well."""
    server = servers["redis_tcp"] if tcp else shared_redis()
    found = ask(str(server.url))
    assert (found.status, found.version) == ("up", server.version)
    assert found.server in {"Redis", "Valkey"}
    if tcp:
        stranger = ask(f"redis://127.0.0.1:{server.url.port}/0")
        assert (stranger.status, stranger.version) == ("up", "")
        assert stranger.detail == "wants a password, and there is none in the address"
        wrong = ask(f"redis://:hunter2@127.0.0.1:{server.url.port}")
        assert wrong
        assert "WRONGPASS" in wrong.detail


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Any]]:
    """Return servers on ports, with passwords."""
    from test_framework import postgres, redis

    require_services("postgres", "redis")
    with postgres(tcp=True) as first, redis(tcp=True) as second:
        yield {"postgres_tcp": first, "redis_tcp": second}


# -- what is not ----------------------------------------------------------------------------------

SCHEMES = ["http", "https", "ws", "wss", "postgresql", "redis", "rediss"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_closed_port(ask: Ask, scheme: str) -> None:
    """Nobody is there, and that is known at once."""
    with closed_port() as port:
        found = ask(f"{scheme}://user:hunter2@127.0.0.1:{port}/", timeout=30)
    assert not found
    assert (found.status, found.detail) == ("unreachable", "connection refused")
    assert found.elapsed < 10


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_black_hole(ask: Ask, scheme: str) -> None:
    """A server that takes everything and says nothing costs the deadline, and no more."""
    with listening(black_hole) as port:
        began = time.perf_counter()
        found = ask(f"{scheme}://user:hunter2@127.0.0.1:{port}/", timeout=0.2)
    assert time.perf_counter() - began < 5
    assert (found.status, found.detail) == ("silent", "connected, and then no answer within 0.2 s")


def test_one_deadline_for_everything(ask: Ask) -> None:
    """A byte at a time does not extend it."""
    with listening(dripping) as port:
        found = ask(f"http://127.0.0.1:{port}/", timeout=0.3)
    assert found.status == "silent"


def test_an_answer_without_an_end(ask: Ask) -> None:
    """No more of it is read than an answer can have."""
    with listening(endless) as port:
        found = ask(f"http://127.0.0.1:{port}/", timeout=30)
    assert (found.status, found.detail) == ("foreign", "what answers does not follow the protocol")


@pytest.mark.parametrize("scheme", ["http", "ws", "postgresql", "redis"])
def test_a_server_that_hangs_up(ask: Ask, scheme: str) -> None:
    """As a gateway does whose server has not started yet."""
    with listening(hanging_up) as port:
        found = ask(f"{scheme}://127.0.0.1:{port}/", timeout=30)
    assert (found.status, found.detail) == ("not_ready", "the connection was closed without an answer")


GARBAGE = [
    b"\x00\xff\x1b[2Jrubbish\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"$99999999999999\r\n",
    b"-\r\n",
    b"+PONG\r\n",
    b"S",
    b"N" + b"R\x7f\xff\xff\xff",
    b"NR\x00\x00\x00\x04",
    b"NE\x00\x00\x00\x05x",
    b"\r\n\r\n",
    b"$" + b"9" * 5000 + b"\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_garbage(scheme: str, garbage: bytes) -> None:
    """What answers is something else, and nothing that it says reaches a terminal as it is."""
    with listening(saying(garbage)) as port:
        found = probe_sync(f"{scheme}://127.0.0.1:{port}/", timeout=30)
    assert found.status in {"foreign", "not_ready"}
    assert str(found).isprintable()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: application/json\r\nContent-Length: " + b"9" * 5000,
        b"Content-Type: application/json\r\nContent-Length: -1",
        b"Content-Type: application/json\r\nContent-Length: 100",
        b"Content-Type: application/json\r\nContent-Length: 5\r\n\r\n[[[[[",
        b"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n" + b'{"status":1}',
        b"Server:",
        b": \r\nnonsense",
    ],
    ids=range(7),
)
def test_an_answer_that_is_odd_behind_its_status(head: bytes) -> None:
    """The status is what counts."""
    with listening(saying(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")) as port:
        found = probe_sync(f"http://127.0.0.1:{port}/", timeout=30)
    assert (found.status, found.detail) == ("up", "HTTP 200")


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_a_gateway_without_its_server(scheme: str, status: int) -> None:
    """It answers, and says that what was asked for does not."""
    answer = b"HTTP/1.1 %d Sorry\r\nServer: gateway/2.1\r\nContent-Length: 0\r\n\r\n" % status
    with listening(saying(answer)) as port:
        found = probe_sync(f"{scheme}://127.0.0.1:{port}/")
    assert (found.status, found.server, found.version) == ("not_ready", "gateway", "2.1")


def test_servers_that_are_starting() -> None:
    """PostgreSQL and Redis say so themselves."""
    fields = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
    with listening(saying(b"N", b"E" + struct.pack("!i", len(fields) + 4) + fields)) as port:
        found = probe_sync(f"postgresql://127.0.0.1:{port}/")
    assert (found.status, found.detail) == ("not_ready", "refuses: the database system is starting up (57P03)")
    with listening(saying(b"-LOADING Redis is loading the dataset in memory\r\n")) as port:
        found = probe_sync(f"redis://127.0.0.1:{port}/")
    assert found.status == "not_ready"


def test_an_unknown_host(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is the system's own."""

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    found = ask("http://no-such-host.test")
    assert (found.status, found.detail) == ("unreachable", "name or service not known")


def test_a_name_server_that_does_not_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline holds for looking up the name, and nothing waits for the look-up afterwards."""
    released, looking = threading.Event(), []

    def stuck(*_: object, **__: object) -> list[object]:
        looking.append(threading.current_thread())
        released.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    began = time.perf_counter()
    found = ask("http://slow-name-server.test", timeout=0.2)
    assert time.perf_counter() - began < 5
    assert (found.status, found.detail) == ("silent", "no connection within 0.2 s")
    assert all(thread.daemon for thread in looking)
    released.set()
    for thread in looking:
        thread.join(10)


def test_several_addresses_of_one_name(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not answer keeps nobody from the next."""
    with listening(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as port:
        addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
        found = ask(f"http://several.test:{port}/")
    assert (found.status, found.detail) == ("up", "HTTP 204")


def test_a_socket_that_is_not_there(ask: Ask, tmp_path: Path) -> None:
    """A path that leads nowhere is nobody."""
    assert ask(f"unix://{tmp_path}/redis.sock").detail == "no such file or directory"
    found = ask(f"postgresql:///db?host={tmp_path}")
    assert (found.status, found.detail) == ("unreachable", "no such file or directory")


def test_proxies_of_the_environment_are_not_used(
    ask: Ask, auth_server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a probe reaches is what the helpers reach."""
    with closed_port() as port:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert ask(f"{auth_server.url}/health")
        assert ask(auth_server.ws_url)


# -- how PostgreSQL asks who one is ---------------------------------------------------------------


def _asks(kind: int, rest: bytes = b"") -> bytes:
    return b"R" + struct.pack("!ii", len(rest) + 8, kind) + rest


def _session(connection: socket.socket, question: bytes, heard: list[bytes], then: bytes = b"") -> None:
    connection.recv(8)
    connection.sendall(b"N")
    connection.recv(65536)
    connection.sendall(question)
    heard.append(connection.recv(65536))
    connection.sendall(then)
    connection.recv(65536)


VERSION = b"S" + struct.pack("!i", 24) + b"server_version\x0016.4\0"
READY = _asks(0) + VERSION + b"Z" + struct.pack("!i", 5) + b"I"
NOT_THERE = "what answers does not speak the protocol of PostgreSQL"


def test_postgres_that_wants_md5() -> None:
    """As older servers do: the answer is made of password, role and salt."""
    heard: list[bytes] = []
    with listening(lambda connection: _session(connection, _asks(5, b"salt"), heard, READY)) as port:
        found = probe_sync(f"postgresql://user:hunter2@127.0.0.1:{port}/db")
    inner = hashlib.md5(b"hunter2user").hexdigest().encode()
    assert heard[0][5:] == b"md5" + hashlib.md5(inner + b"salt").hexdigest().encode() + b"\0"
    assert (found.status, found.version, found.detail) == ("up", "16.4", "")


def test_postgres_that_wants_the_password_over_tls(tmp_path: Path) -> None:
    """Where nobody can listen it is sent."""
    context, heard = server_context(tmp_path), list[bytes]()

    def talk(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(_asks(3))
            heard.append(secure.recv(65536))
            secure.sendall(READY)
            secure.recv(65536)

    with listening(talk) as port:
        assert probe_sync(f"postgresql://user:hunter2@127.0.0.1:{port}/db").detail == "encrypted"
    assert heard == [b"p" + struct.pack("!i", 12) + b"hunter2\0"]


@pytest.mark.parametrize(
    ("question", "then", "status", "detail"),
    [
        (_asks(7), b"", "up", "wants an authentication that is not known here (kind 7)"),
        (_asks(10, b"SCRAM-SHA-256-PLUS\0\0"), b"", "up", "offers no authentication by SCRAM-SHA-256"),
        (_asks(10, b"SCRAM-SHA-256\0\0"), _asks(11, b"r=other,s=QUJD,i=4096"), "foreign", NOT_THERE),
        (_asks(10, b"SCRAM-SHA-256\0\0"), _asks(12, b"v=nonsense"), "foreign", NOT_THERE),
        (_asks(11, b"r=x"), b"", "foreign", NOT_THERE),
        (_asks(99), b"", "foreign", NOT_THERE),
        (b"X" + struct.pack("!i", 4), b"", "foreign", NOT_THERE),
        (b"E" + struct.pack("!i", 9) + b"Mno\0\0", b"", "foreign", NOT_THERE),
        (b"N" + struct.pack("!i", 4) + _asks(7), b"", "up", "wants an authentication that is not known here (kind 7)"),
    ],
    ids=range(9),
)
def test_what_postgres_may_ask(question: bytes, then: bytes, status: str, detail: str) -> None:
    """What cannot be answered is told from what makes no sense."""
    with listening(lambda connection: _session(connection, question, [], then)) as port:
        found = probe_sync(f"postgresql://user:hunter2@127.0.0.1:{port}/db", timeout=30)
    assert (found.status, found.detail) == (status, detail)


def test_postgres_that_is_too_busy_for_tls() -> None:
    """It answers the first question with an error, as a server does that has no process to spare."""
    fields = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"
    with listening(saying(b"E" + struct.pack("!i", len(fields) + 4) + fields)) as port:
        found = probe_sync(f"postgresql://127.0.0.1:{port}/")
    assert (found.status, found.detail) == ("up", "refuses: sorry, too many clients already (53300)")


# -- odd servers ----------------------------------------------------------------------------------


def test_an_answer_before_the_answer(ask: Ask) -> None:
    """Early hints are not the status."""
    answer = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", b"HTTP/1.1 404 Not Found\r\nServer: s\r\n\r\n"
    with listening(saying(*answer)) as port:
        found = ask(f"http://127.0.0.1:{port}/")
    assert (found.detail, found.server) == ("HTTP 404", "s")


def test_a_body_that_does_not_come(ask: Ask) -> None:
    """The server is up all the same, and nobody waits for long."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        connection.recv(65536)

    with listening(talk) as port:
        found = ask(f"http://127.0.0.1:{port}/", timeout=60)
    assert (found.status, found.detail) == ("up", "HTTP 200")
    assert found.elapsed < 30


@pytest.mark.parametrize(
    ("answers", "status", "detail"),
    [
        ([b"$-1\r\n"], "foreign", "what answers does not speak the protocol of Redis"),
        ([b"+OK\r\n", b"+OK\r\n"], "foreign", "what answers does not speak the protocol of Redis"),
        ([b"+OK\r\n", b"$4\r\na:b\n\r\n"], "foreign", "what answers does not speak the protocol of Redis"),
        ([b"+OK\r\n", b"-NOPERM no permission\r\n"], "up", "refuses: NOPERM no permission"),
        ([b"+OK\r\n", b"$22\r\nredis_version:6.0.16\r\n\r\n"], "up", ""),
    ],
    ids=range(5),
)
def test_what_redis_may_answer(answers: list[bytes], status: str, detail: str) -> None:
    """With a user of its own, who may not be allowed to ask."""

    def talk(connection: socket.socket) -> None:
        for answer in answers:
            connection.recv(65536)
            connection.sendall(answer)
        connection.recv(65536)

    with listening(talk) as port:
        found = probe_sync(f"redis://me:hunter2@127.0.0.1:{port}/", timeout=30)
    assert (found.status, found.detail) == (status, detail)
    assert found.version == ("6.0.16" if b"redis_version" in answers[-1] else "")


# -- certificates ---------------------------------------------------------------------------------

PAGE = b"HTTP/1.1 200 OK\r\nServer: page/1.0\r\n\r\n"


def test_a_certificate_that_nobody_signed(ask: Ask, tmp_path: Path) -> None:
    """The server is there: that is something else than nobody, and the reason is said."""
    with listening(over_tls(saying(PAGE), tmp_path)) as port:
        found = ask(f"https://localhost:{port}/")
        assert (found.status, found.detail) == ("untrusted", "certificate: self-signed certificate")
        trusted = ask(f"https://localhost:{port}/", ssl=trusting(tmp_path))
        assert (trusted.status, trusted.server, trusted.version) == ("up", "page", "1.0")


def test_a_certificate_of_somebody_else(ask: Ask, tmp_path: Path) -> None:
    """Trusted, and for another host."""
    with listening(over_tls(saying(PAGE), tmp_path, name="other.test")) as port:
        found = ask(f"https://localhost:{port}/", ssl=trusting(tmp_path))
    assert found.status == "untrusted"
    assert "Hostname mismatch" in found.detail


def test_a_certificate_that_has_expired(ask: Ask, tmp_path: Path) -> None:
    """Trusted, and too old."""
    with listening(over_tls(saying(PAGE), tmp_path, days=-1)) as port:
        found = ask(f"wss://localhost:{port}/", ssl=trusting(tmp_path))
    assert (found.status, found.detail) == ("untrusted", "certificate: certificate has expired")


def test_no_tls_where_tls_is_asked_for(ask: Ask) -> None:
    """A server that speaks plain text is something else."""
    with listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        found = ask(f"https://127.0.0.1:{port}/")
    assert found.status == "foreign"
    assert found.detail.startswith("no TLS that could be spoken")


def test_a_server_that_wants_a_certificate_of_ours(ask: Ask, tmp_path: Path) -> None:
    """It is there, and does not trust us."""
    context = server_context(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(tmp_path / "server.pem")

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
            with contextlib.suppress(ssl.SSLError):
                secure.do_handshake()
            # What is not read when a socket is closed makes the other side lose what it has not read.
            while socket.socket.recv(secure, 65536):
                pass

    with listening(talk) as port:
        found = ask(f"https://localhost:{port}/", ssl=trusting(tmp_path))
    assert (found.status, found.detail) == ("untrusted", "TLS: tlsv13 alert certificate required")


def _postgres_over_tls(folder: Path) -> Callable[[socket.socket], None]:
    context = server_context(folder)

    def talk(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            parameter = b"server_version\0" + b"17.3 (somewhere)\0"
            secure.sendall(b"R" + struct.pack("!ii", 8, 0))
            secure.sendall(b"S" + struct.pack("!i", len(parameter) + 4) + parameter)
            secure.sendall(b"Z" + struct.pack("!i", 5) + b"I")
            secure.recv(65536)

    return talk


def test_postgres_over_tls(ask: Ask, tmp_path: Path) -> None:
    """The certificate counts where the mode says so, as it does for drivers."""
    with listening(_postgres_over_tls(tmp_path)) as port:
        url = f"postgresql://localhost:{port}/db"
        for mode in ("", "?sslmode=prefer", "?sslmode=require"):
            found = ask(url + mode)
            assert (found.status, found.version, found.detail) == ("up", "17.3", "encrypted"), mode
        for mode in ("verify-ca", "verify-full"):
            found = ask(f"{url}?sslmode={mode}")
            assert (found.status, found.detail) == ("untrusted", "certificate: self-signed certificate")
        assert ask(f"{url}?sslmode=verify-full", ssl=trusting(tmp_path))


def test_certificates_that_the_environment_names(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE holds for probes, as it does for the helpers."""
    with listening(over_tls(saying(PAGE), tmp_path)) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        assert ask(f"https://localhost:{port}/")
        answer = anyio.run(lambda: get(f"https://localhost:{port}/", timeout=5))
    assert answer.status == 200


# -- secrets --------------------------------------------------------------------------------------


def test_a_server_that_repeats_what_it_was_told(ask: Ask) -> None:
    """Neither the password nor the token, as it was written or as it travelled, is in the result."""

    def echo(connection: socket.socket) -> None:
        said = connection.recv(65536).replace(b"\r\n", b" | ")
        connection.sendall(b"HTTP/1.1 200 OK\r\nServer: " + said + b"\x1b[31m\r\n\r\n")

    with listening(echo) as port:
        found = ask(
            f"http://user:hunter2@127.0.0.1:{port}/page?token=t0ken-in-query",
            headers={"X-Key": "s3cr3t-header"},
        )
    assert found
    assert "***" in found.server + found.version
    for text in (str(found), repr(found), *map(str, found.__reduce__())):
        assert not [secret for secret in SECRETS if secret in text], text
        assert "\x1b" not in text


def test_redis_that_repeats_the_password() -> None:
    """A short one, too, which the server says is an unknown command."""
    with listening(saying(b"-ERR unknown command `AUTH`, with args beginning with: `pw`\r\n")) as port:
        found = probe_sync(f"redis://:pw@127.0.0.1:{port}/")
    assert found.detail == "refuses: ERR unknown command `AUTH`, with args beginning with: `***`"


def test_credentials_are_sent_where_they_belong(ask: Ask) -> None:
    """User info becomes Basic authorization, and headers are sent."""
    heard: list[bytes] = []
    with listening(saying(PAGE, heard=heard)) as port:
        ask(f"http://user:hunter2@127.0.0.1:{port}/a%20b/é?x=1", headers={"x-key": "1", "accept": "text/plain"})
    lines = heard[0].decode("latin-1").split("\r\n")
    assert lines[0] == "GET /a%20b/%C3%A9?x=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in lines
    assert f"Authorization: Basic {base64.b64encode(b'user:hunter2').decode()}" in lines
    assert [line for line in lines if line.lower().startswith("accept:")] == ["accept: text/plain"]


def test_a_password_is_not_sent_in_clear_text_over_a_network(ask: Ask) -> None:
    """PostgreSQL may ask for it; where others can listen it gets none."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        connection.recv(8)
        connection.sendall(b"N")
        connection.recv(65536)
        connection.sendall(b"R" + struct.pack("!ii", 8, 3))
        heard.append(connection.recv(65536))

    with listening(talk) as port:
        found = ask(f"postgresql://user:hunter2@127.0.0.1:{port}/db")
    assert found
    assert "clear text over a connection that is not encrypted; it was not sent" in found.detail
    assert b"hunter2" not in b"".join(heard)


def test_headers_of_the_caller_replace_those_of_a_handshake(ask: Ask) -> None:
    """None is there twice."""
    heard: list[bytes] = []
    with listening(saying(b"HTTP/1.1 401 No\r\n\r\n", heard=heard)) as port:
        ask(f"ws://user:hunter2@127.0.0.1:{port}/", headers={"host": "other.test", "AUTHORIZATION": "Bearer x"})
    lines = heard[0].decode().lower().split("\r\n")
    assert [line for line in lines if line.startswith(("host:", "authorization:"))] == [
        "host: other.test",
        "authorization: bearer x",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8000", "ftp://host/", "http://", "http:///path", "http://host:0/", "http://host:99999/",
        "http://host:port/", "http://ho st/", "http://host/\r\nX-Evil: 1", "http://127.0.0.1\\@evil.test/", "redis://",
        "unix://", "postgresql://h:x/", "postgresql://a,b/db", "postgresql://h/db?port=x", "http://[::1/", "http://a..b/",
        "postgresql://user:123/hunter2@host/db", "redis://:12#hunter2@host", "redis://user:12?hunter2@host",
        "http://user:hun/ter2@host/", "postgresql://u%00options%00hunter2@h/db", "http://h/\ud800hunter2", None, b"http://host",
    ],
)  # fmt: skip
def test_no_address(url: Any) -> None:
    """It is an error before anything is sent, and the text does not show it: it may hold a password."""
    with pytest.raises(ValueError, match="the address of a server is like http://") as caught:
        probe_sync(url)
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="is like"):
        anyio.run(probe, url)


@given(st.text(string.ascii_letters + ":/[].%-_@?#\\é\x1b\0\ud800 ", max_size=30))
@example("a..b")
@example("h/%00")
@example("h/\ud800")
@example("[::1]:80/é")
def test_what_settings_take_can_be_probed(rest: str) -> None:
    """An address that is none is refused where it stands, not when it is used."""
    url = f"http://{rest}"
    try:
        taken = address(url)
    except ValueError:
        return
    assert target_of(taken).protocol == "http"


def test_bad_arguments() -> None:
    """Each is an error at once."""
    with pytest.raises(ValueError, match="headers that cannot be sent: 'X-A', 'X B'") as caught:
        probe_sync("http://127.0.0.1", headers={"X-A": "hunter2\r\nX-Evil: 1", "X B": "1"})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError, match="headers are for http"):
        probe_sync("redis://127.0.0.1", headers={"X-A": "1"})
    for timeout in (0, -1, float("inf"), float("nan"), True, "5"):
        with pytest.raises(ValueError, match="timeout must be a positive number of seconds"):
            probe_sync("http://127.0.0.1", timeout=timeout)  # type: ignore[arg-type]


# -- the result -----------------------------------------------------------------------------------


def test_the_result_is_a_frozen_value() -> None:
    """True if the server is up, with a text of one line."""
    found = ProbeResult(
        url="http://h/", status="up", server="nginx", version="1.27", detail="HTTP 200", elapsed=0.0123, status_code=200
    )
    assert str(found) == "http://h/: up, nginx 1.27, HTTP 200, 12 ms"
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(AttributeError):
        found.status = "silent"  # type: ignore[misc]
    silent = ProbeResult(url="http://h/", status="silent", detail="no connection within 5 s", elapsed=5.0)
    assert str(silent) == "http://h/: silent, no connection within 5 s, 5000 ms"
    assert [bool(found), bool(silent)] == [True, False]


def test_what_a_server_says_is_shown_without_harm() -> None:
    """In one line, of bounded length, without secrets; none is left by being cut off."""
    assert shown("a\r\n\tb \x1b[2J\u202e", ()) == "a b ?[2J?"
    text = shown("x" * 155 + "hunter2", {"hunter2"})
    assert text == "x" * 155 + "***"
    assert len(shown("y" * 10_000, ())) < 200
    assert shown("user:hunter2@", {"hunter2", "user:hunter2"}) == "***@"


@pytest.mark.parametrize(
    ("url", "place", "text"),
    [
        ("http://u:p@h/a?b=c#d", ("h", 80, ""), "http://h/a"),
        ("https://[::1]:8443", ("::1", 8443, ""), "https://[::1]:8443"),
        ("postgresql://u:p@h/db", ("h", 5432, ""), "postgresql://h/db"),
        ("postgres:///db?host=/run/pg&port=5433", ("", 5433, "/run/pg/.s.PGSQL.5433"), "postgres:///db?host=/run/pg"),
        (
            "postgresql://%2Frun%2Fpg/db",
            ("", 5432, "/run/pg/.s.PGSQL.5432"),
            "postgresql://%2Frun%2Fpg/db?host=/run/pg",
        ),
        ("postgresql://h/db?hostaddr=127.0.0.1&password=hunter2", ("127.0.0.1", 5432, ""), "postgresql://h/db"),
        ("redis://h", ("h", 6379, ""), "redis://h"),
        ("rediss://:p@h:7000/3?password=hunter2", ("h", 7000, ""), "rediss://h:7000/3"),
        ("unix://:p@/run/redis.sock?db=3", ("", 0, "/run/redis.sock"), "unix:///run/redis.sock"),
        ("ws://münchen.test/ü", ("münchen.test", 80, ""), "ws://münchen.test/ü"),
    ],
)
def test_what_is_asked_and_what_is_shown(url: str, place: tuple[str, int, str], text: str) -> None:
    """The parts of an address are those that drivers would take."""
    target = target_of(url)
    assert (target.host, target.port, target.socket) == place
    assert target.shown == text
    assert "hunter2" not in f"{target!r}"


# -- event loops ----------------------------------------------------------------------------------


def test_the_synchronous_one_inside_of_a_running_loop(auth_server: AuthServer) -> None:
    """It works, and the loop of the caller is as it was."""

    async def main() -> bool:
        return bool(probe_sync(f"{auth_server.url}/health"))

    assert anyio.run(main)


def test_cancelling_ends_it_at_once() -> None:
    """A probe is as patient as its caller."""

    async def main() -> None:
        with listening(black_hole) as port, anyio.move_on_after(0.1) as scope:
            await probe(f"http://127.0.0.1:{port}/", timeout=60)
        assert scope.cancelled_caught

    began = time.perf_counter()
    anyio.run(main)
    assert time.perf_counter() - began < 10


def test_many_at_once(auth_server: AuthServer) -> None:
    """They do not wait for each other."""
    found: list[ProbeResult] = []

    async def one(url: str) -> None:
        found.append(await probe(url, timeout=30))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(one, f"{auth_server.url}/health")

    anyio.run(main)
    assert all(found)
    assert len(found) == 20
