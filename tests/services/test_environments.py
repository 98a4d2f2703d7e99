"""Environments in use: found by name, probed all at once, and never without permission."""

from __future__ import annotations

import os
import pickle
import socket
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from test_framework import (
    AuthServer,
    EnvironmentUnavailable,
    RemoteNotAllowed,
    SettingsError,
    named_environment,
    probe_environment,
    selected_environment,
    settings,
)
from test_framework.services._environments import examined
from tests.services.elsewhere import black_hole, closed_port, hanging_up, listening, no_names, over_tls, saying

Project = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_settings: Callable[..., None]) -> Project:
    """Let a test write the table of an environment, and set variables."""
    monkeypatch.chdir(tmp_path)

    def write(table: str, name: str = "here", **variables: str) -> None:
        text = f"[tool.test_framework.environments.{name}]\n{table}\n"
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        fresh_settings(**variables)

    return write


def test_by_name(project: Project) -> None:
    """A name that is not there is an error with those that are."""
    project('backend_url = "http://127.0.0.1:8000"')
    assert named_environment("here").backend_url == "http://127.0.0.1:8000"
    with pytest.raises(SettingsError, match="there is no environment 'staging' in the settings; known are here"):
        named_environment("staging")


def test_the_selected_one(project: Project) -> None:
    """It is the one that the variable names; without, there is none."""
    project('backend_url = "http://127.0.0.1:8000"')
    assert selected_environment() is None
    project('backend_url = "http://127.0.0.1:8000"', ENVIRONMENT="here")
    assert selected_environment() is named_environment("here")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_every_address_is_probed(project: Project, backend: str) -> None:
    """All at once, with the headers of the environment."""
    pytest.importorskip(backend, reason="needs the extra trio")
    heard: list[bytes] = []
    with AuthServer() as server, listening(saying(b"HTTP/1.1 204 No\r\n\r\n", heard=heard)) as port:
        project(
            f'backend_url = "http://127.0.0.1:{port}/"\nauth_service_url = "{server.url}/health"\n'
            f'websocket_url = "{server.ws_url}"\nheaders = {{ X-Gateway-Key = "GATEWAY_KEY" }}'
        )
        environment = named_environment("here")
        os.environ["GATEWAY_KEY"] = "s3cr3t"
        try:
            found = anyio.run(probe_environment, environment, backend=backend)
        finally:
            del os.environ["GATEWAY_KEY"]
    assert [result.detail for result in found] == ["HTTP 204", 'HTTP 200, status "ok"', "HTTP 401"]
    assert b"X-Gateway-Key: s3cr3t\r\n" in heard[0]


def test_nothing_is_sent_elsewhere(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a question to a name server."""
    asked = no_names(monkeypatch)
    project('backend_url = "https://api.example.com"\nauth_service_url = "http://127.0.0.1:1"', name="staging")
    with pytest.raises(RemoteNotAllowed, match="TEST_FRAMEWORK_ALLOW_REMOTE=staging"):
        anyio.run(probe_environment, named_environment("staging"))
    assert asked == []
    missing = examined(named_environment("staging"))
    assert missing is not None
    assert missing.absent
    assert asked == []
    project('backend_url = "https://api.example.com"', name="staging", ALLOW_REMOTE="staging")
    (found,) = anyio.run(probe_environment, named_environment("staging"))
    assert found.status == "unreachable"
    assert asked == ["api.example.com"]


def test_all_that_has_to_be_set_is_told_at_once(project: Project) -> None:
    """The permission and each variable."""
    project('backend_url = "https://api.test"\nheaders = { X-A = "NOT_SET_A", X-B = "NOT_SET_B" }', name="staging")
    missing = examined(named_environment("staging"))
    assert missing is not None
    assert missing.absent
    text = str(missing)
    assert text.startswith("the environment 'staging' cannot be used:\n")
    assert all(word in text for word in ("ALLOW_REMOTE=staging", "NOT_SET_A is not set", "NOT_SET_B is not set"))
    copy = pickle.loads(pickle.dumps(missing))
    assert (str(copy), copy.absent, copy.summary) == (text, True, missing.summary)


def test_why_it_cannot_be_used(project: Project, tmp_path: Path) -> None:
    """What is not there may be skipped; what is there and wrong may not."""
    with closed_port() as port:
        project(f'backend_url = "http://127.0.0.1:{port}"')
        closed = examined(named_environment("here"))
    assert closed is not None
    assert (closed.absent, "connection refused" in str(closed)) == (True, True)
    with listening(hanging_up) as port:
        project(f'backend_url = "http://127.0.0.1:{port}"')
        gateway = examined(named_environment("here"))
    assert gateway is not None
    assert gateway.absent
    with listening(over_tls(saying(b"HTTP/1.1 200 OK\r\n\r\n"), tmp_path)) as port:
        project(f'backend_url = "https://localhost:{port}"')
        untrusted = examined(named_environment("here"))
    assert untrusted is not None
    assert (untrusted.absent, "self-signed certificate" in str(untrusted)) == (False, True)
    with listening(saying(b"SSH-2.0\r\n\r\n")) as port:
        project(f'backend_url = "http://127.0.0.1:{port}"')
        foreign = examined(named_environment("here"))
    assert foreign is not None
    assert not foreign.absent


def test_a_server_that_comes_later_is_found(project: Project) -> None:
    """A quick failure is not remembered; that it is there is."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    project(f'backend_url = "http://127.0.0.1:{port}"')
    assert examined(named_environment("here")) is not None
    with AuthServer() as server:
        project(f'backend_url = "{server.url}/health"')
        assert examined(named_environment("here")) is None
    assert examined(named_environment("here")) is None
    assert heard == []


def test_a_slow_failure_is_remembered(project: Project) -> None:
    """Five hundred tests do not wait for the same black hole five hundred times."""
    with listening(black_hole) as port:
        project(f'backend_url = "http://127.0.0.1:{port}"\ntimeout = 0.6')
        first = examined(named_environment("here"))
        began = time.perf_counter()
        assert examined(named_environment("here")) is first
        assert time.perf_counter() - began < 0.5
    assert isinstance(first, EnvironmentUnavailable)
    assert "silent, connected, and then no answer within 0.6 s" in str(first)
    settings.forget()
