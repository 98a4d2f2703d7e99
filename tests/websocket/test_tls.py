"""Connections over TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest

from test_framework.websocket import ConnectionFailed, ConnectionLost, Credentials, connect
from tests.websocket.servers import PlainServer


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return contexts for a server and a client that trust one certificate, made for this run."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs the extra crypto")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(encoding))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def test_a_connection_over_tls(run: Any, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """With a certificate that the test has signed; an unknown one is a failure, and abort works."""
    for_server, for_client = contexts

    async def main() -> None:
        url = f"wss://localhost:{server.port}/"
        async with connect(url, credentials=Credentials("a.b.c", "cookie"), ssl=for_client) as ws:
            assert await ws.request("x", timeout=5) == "x"
            ws.abort()
            with pytest.raises(ConnectionLost):
                await ws.recv(timeout=5)
        with pytest.raises(ConnectionFailed):
            async with connect(url):
                pytest.fail("it is open")

    with PlainServer(ssl=for_server) as server:
        run(main)
    assert server.requests[0].headers["Origin"] == f"https://localhost:{server.port}"


def test_abort_after_the_loop_is_closed(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """No socket is left behind."""
    for_server, for_client = contexts

    async def main() -> Any:
        return await connect(f"wss://localhost:{server.port}/", ssl=for_client)

    with PlainServer(ssl=for_server) as server:
        ws = asyncio.run(main())
        ws.abort()
        del ws


def test_a_context_for_no_tls_is_an_error() -> None:
    """It would be ignored."""
    with pytest.raises(ValueError, match="begin with wss://"):
        _ = connect("ws://127.0.0.1/", ssl=ssl.create_default_context())
