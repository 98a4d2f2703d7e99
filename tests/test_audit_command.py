"""``audit-auth``: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from test_framework.tokens import TokenIssuer
from tests.assets.weak_servers import SECRET, WEAK, serve
from tests.test_cli import run


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a file with the key of the weak servers, as an editor leaves it."""
    path = tmp_path / "key"
    path.write_bytes(SECRET + b"\n")
    return str(path)


def test_the_embedded_server_is_clean() -> None:
    """The report on stdout, progress on stderr, status 0."""
    status, out, err = run("audit-auth", "--embedded", "--only", "B", "--delivery", "header", "--timeout", "20")
    assert status == 0
    assert "Nothing found" in out
    assert "header: " in err
    assert "header: " not in out


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_weak_server_is_status_1(key: str, backend: str) -> None:
    """Table, JSON and JUnit; nothing secret in any of them."""
    if backend == "trio":
        pytest.importorskip("trio", reason="needs the extra trio")
    issuer = TokenIssuer()
    common = ("--key-file", key, "--audience", "test-api", "--issuer", str(issuer.issuer), "--only", "E13",
              "--delivery", "header", "--timeout", "20", "--backend", backend)  # fmt: skip
    with serve(WEAK["usual decode"]) as server:
        status, table, _ = run("audit-auth", server.url, *common)
        as_json = run("audit-auth", server.url, *common, "--format", "json")
        as_junit = run("audit-auth", server.url, *common, "--format", "junit")
    assert (status, as_json[0], as_junit[0]) == (1, 1, 1)
    assert "E13" in table
    assert json.loads(as_json[1])["wrongly_accepted"] == ["E13"]
    assert ET.fromstring(as_junit[1]).find(".//failure") is not None
    assert SECRET.decode() not in table + as_json[1] + as_junit[1]


def test_one_good_token_from_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the key, what needs none; the report goes to a file."""
    monkeypatch.setenv("GOOD_TOKEN", TokenIssuer(secret=SECRET).mint("user-1"))
    output = tmp_path / "report.txt"
    with serve(WEAK["alg none"]) as server:
        status, out, _ = run(
            "audit-auth", server.url, "--token-env", "GOOD_TOKEN", "--delivery", "header", "--output", str(output)
        )
    assert (status, out) == (1, "")
    assert "B01" in output.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "give the address of a server, or --embedded"),
        (("ws://h/", "--embedded"), "give the address of a server, or --embedded"),
        (("ws://127.0.0.1:9/",), "needs a way to make tokens"),
        (("ws://127.0.0.1:9/", "--token-env", "NO_SUCH_VARIABLE"), "there is no variable NO_SUCH_VARIABLE"),
        (("ws://127.0.0.1:9/", "--key-file", "/no/such/file"), "No such file"),
        (("--embedded", "--token-env", "HOME"), "has its own key"),
        (("--embedded", "--only", "B99"), "'B99'"),
        (("http://h/", "--token-env", "TOKEN_OF_TEST"), "the address of a WebSocket server is like"),
    ],
)
def test_a_wrong_call_is_status_2(arguments: tuple[str, ...], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to write instead, on stderr."""
    monkeypatch.setenv("TOKEN_OF_TEST", TokenIssuer().mint("u"))
    status, out, err = run("audit-auth", *arguments)
    assert (status, out) == (2, "")
    assert text in err


def test_a_server_that_is_away_is_status_2(key: str) -> None:
    """And the report says that nothing was reached."""
    status, out, _ = run("audit-auth", "ws://127.0.0.1:1/", "--key-file", key, "--retries", "0", "--claim", "org=1")
    assert status == 2
    assert "not reached" in out


def test_as_a_module() -> None:
    """``python -m test_framework audit-auth`` is the same."""
    command = [sys.executable, "-m", "test_framework", "audit-auth", "--embedded", "--only", "B01", "--timeout", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, "Nothing found" in done.stdout) == (0, True), done.stderr
