"""Helpers against an environment of the settings: its addresses, headers and timeouts, and its permission."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from test_framework import AuthServer, RemoteNotAllowed, SettingsError, audit_server, connect, settings
from test_framework.auth import AuthConfigError
from test_framework.helpers.auth_helpers import AuthTestConfig, WebSocketAuthTester
from tests.services.elsewhere import listening, saying
from tests.websocket.servers import PlainServer

SECRET = "a secret of the environment, long enough for HS256"
REMOTE = """
[tool.test_framework.environments.staging]
backend_url = "https://api.staging.example.com/v1"
auth_service_url = "https://auth.staging.example.com"
timeout = 20
websocket_timeout = 12
"""
Project = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Let a test write settings, and set variables."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, **variables: str) -> None:
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.forget()

    yield write
    monkeypatch.undo()
    settings.forget()


# -- the configuration ----------------------------------------------------------------------------


def test_it_has_what_the_table_says(project: Project) -> None:
    """Addresses and timeouts can be read before anything is sent."""
    project(REMOTE)
    config = AuthTestConfig.for_environment("staging", secret=SECRET)
    assert config.environment == "staging"
    assert (config.backend_url, config.auth_service_url) == (
        "https://api.staging.example.com/v1",
        "https://auth.staging.example.com",
    )
    assert (config.timeout, config.websocket_timeout) == (20.0, 12.0)
    assert config.secret == SECRET
    assert AuthTestConfig.for_environment("staging", timeout=3, websocket_timeout=1).timeout == 3
    assert dataclasses.replace(config, timeout=4.0).environment == "staging"


def test_without_a_name_it_is_the_selected_one(project: Project) -> None:
    """And the embedded server where none is selected."""
    project(REMOTE)
    assert AuthTestConfig.for_environment().endpoints() is None
    project(REMOTE, TEST_FRAMEWORK_ENVIRONMENT="staging")
    assert AuthTestConfig.for_environment().environment == "staging"


def test_faults(project: Project) -> None:
    """A name that is not there, and what contradicts the table, are errors at once."""
    project(REMOTE)
    with pytest.raises(SettingsError, match="there is no environment 'stagin' in the settings; known are staging"):
        AuthTestConfig.for_environment("stagin")
    with pytest.raises(AuthConfigError, match="the addresses are those of the environment 'staging'"):
        AuthTestConfig.for_environment("staging", backend_url="http://127.0.0.1:1")
    with pytest.raises(AuthConfigError, match="has no use for an environment"):
        AuthTestConfig(environment="staging", mode="embedded")
    with pytest.raises(AuthConfigError) as caught:
        AuthTestConfig(headers={"Authorization": "hunter2", "X-A": "hunter2\n"}, websocket_timeout=-1)
    assert len(caught.value.faults) == 2
    assert "hunter2" not in str(caught.value)
    with pytest.raises(AuthConfigError, match="headers may not have 'authorization', 'HOST'"):
        AuthTestConfig(headers={"authorization": "a", "HOST": "b", "X-A": "c"})
    with pytest.raises(AuthConfigError, match="headers must be a mapping of texts to texts"):
        AuthTestConfig(headers=["X-A"])  # type: ignore[arg-type]
    assert "hunter2" not in repr(AuthTestConfig(headers={"X-A": "hunter2"}))


# -- the permission -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["named", "selected", "backend_url", "auth_service_url", "in the file"])
def test_nothing_is_reached_elsewhere_by_accident(project: Project, how: str) -> None:
    """Whatever in the settings leads there; the error says what to set, and it is then allowed."""
    url, host = "https://elsewhere.example.com", "elsewhere.example.com"
    text, variables, allow = {
        "named": (REMOTE, {}, "staging"),
        "selected": (REMOTE, {"TEST_FRAMEWORK_ENVIRONMENT": "staging"}, "staging"),
        "backend_url": ("", {"TEST_FRAMEWORK_BACKEND_URL": url}, host),
        "auth_service_url": ("", {"TEST_FRAMEWORK_AUTH_SERVICE_URL": url}, host),
        "in the file": (f'[tool.test_framework]\nbackend_url = "{url}"', {}, host),
    }[how]
    project(text, **variables)

    def config() -> AuthTestConfig:
        return AuthTestConfig.for_environment("staging") if how == "named" else AuthTestConfig()

    for use in (
        lambda: WebSocketAuthTester(config()),
        lambda: config().endpoints(),
        lambda: config().audit_subject().__enter__(),
    ):
        with pytest.raises(RemoteNotAllowed, match=f"TEST_FRAMEWORK_ALLOW_REMOTE={allow}$"):
            use()
    if how != "named":
        with pytest.raises(RemoteNotAllowed):
            WebSocketAuthTester()
    project(text, **variables, TEST_FRAMEWORK_ALLOW_REMOTE=allow)
    endpoints = config().endpoints()
    assert endpoints is not None
    assert endpoints.backend_url.startswith("https://")


def test_the_embedded_server_needs_none(project: Project) -> None:
    """Code that insists on it gets it, whatever is selected."""
    project(REMOTE, TEST_FRAMEWORK_ENVIRONMENT="staging")
    with WebSocketAuthTester(AuthTestConfig(mode="embedded")) as tester:
        assert tester.server_kind == "embedded"


def test_an_address_in_code_is_its_own_permission(project: Project) -> None:
    """Whoever writes it there means it."""
    project("")
    with WebSocketAuthTester("https://elsewhere.example.com") as tester:
        assert tester.backend_url == "https://elsewhere.example.com"


def test_a_changed_configuration_is_looked_at_again(project: Project) -> None:
    """The permission for an environment is none for another host."""
    project(REMOTE, TEST_FRAMEWORK_ALLOW_REMOTE="staging")
    config = AuthTestConfig.for_environment("staging")
    config.backend_url = "https://elsewhere.example.com"
    with pytest.raises(RemoteNotAllowed, match=r"elsewhere\.example\.com"):
        config.endpoints()


def test_missing_variables_are_named_when_it_is_used(project: Project) -> None:
    """All of them; a configuration can be made without."""
    project(
        '[tool.test_framework.environments.here]\nbackend_url = "http://127.0.0.1:1"\n'
        'headers = { X-A = "NOT_SET_A", X-B = "NOT_SET_B" }'
    )
    config = AuthTestConfig.for_environment("here")
    with pytest.raises(SettingsError) as caught:
        WebSocketAuthTester(config)
    assert "NOT_SET_A is not set" in str(caught.value)
    assert "NOT_SET_B is not set" in str(caught.value)


# -- in use ---------------------------------------------------------------------------------------


@pytest.fixture
def gateway_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the value of the header that the environment demands."""
    monkeypatch.setenv("HERE_GATEWAY_KEY", "s3cr3t-key")
    return "s3cr3t-key"


def table(url: str) -> str:
    """Return the table of an environment here, that demands a header."""
    return f'[tool.test_framework.environments.here]\nbackend_url = "{url}"\nheaders = {{ X-Key = "HERE_GATEWAY_KEY" }}'


@pytest.mark.parametrize("selected", [False, True], ids=["named", "selected"])
def test_tokens_connections_and_validation(run: Any, project: Project, gateway_key: str, selected: bool) -> None:
    """The tester works with the server that the table names, by its key."""
    config = AuthTestConfig(secret=SECRET)
    with config.new_server() as server:
        project(table(server.url), **({"TEST_FRAMEWORK_ENVIRONMENT": "here"} if selected else {}))
        server.add_user("alice")
        made = AuthTestConfig(secret=SECRET) if selected else AuthTestConfig.for_environment("here", secret=SECRET)

        async def main() -> None:
            async with WebSocketAuthTester(made) as tester:
                assert (tester.server_kind, tester.backend_url) == ("external", server.url)
                token = tester.create_mock_jwt_token("alice")
                assert (await tester.validate_token_in_backend(token))["valid"]
                result = await tester.establish_websocket_connection(token)
                assert (result["connected"], result["server"]) == (True, "external")

        run(main)


def test_every_request_has_the_headers(run: Any, project: Project, gateway_key: str) -> None:
    """Pages and handshakes; nothing shows their values."""
    heard: list[bytes] = []
    with listening(saying(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", heard=heard)) as port:
        project(table(f"http://127.0.0.1:{port}"))

        async def main() -> None:
            async with WebSocketAuthTester(AuthTestConfig.for_environment("here", secret=SECRET)) as tester:
                token = tester.create_mock_jwt_token("alice")
                results = [
                    await tester.validate_token_in_backend(token),
                    await tester.establish_websocket_connection(token),
                ]
                assert not [result for result in results if gateway_key in f"{result}"]
                assert gateway_key not in f"{tester!r} {tester.config!r} {tester.config.access()!r}"

        run(main)
    assert len(heard) == 2
    assert all(b"X-Key: s3cr3t-key\r\n" in request for request in heard)


def test_an_audit_has_the_headers(run: Any, project: Project, gateway_key: str) -> None:
    """Each delivery goes through the gateway."""
    keys: set[str | None] = set()

    def refuse(connection: Any, request: Any) -> Any:
        keys.add(request.headers.get("X-Key"))
        return connection.respond(401, "no\n")

    with PlainServer(process_request=refuse) as server:
        project(table(server.url))
        config = AuthTestConfig.for_environment("here", secret=SECRET)
        run(lambda: audit_server(config, only=["A"], timeout=10, retries=0))
    assert keys == {gateway_key}


def test_the_timeouts_of_the_table_hold(project: Project) -> None:
    """For a selected environment, too, unless the configuration has its own."""
    text = '[tool.test_framework.environments.here]\nbackend_url = "http://127.0.0.1:1"\n'
    project(f"{text}timeout = 3\nwebsocket_timeout = 2", TEST_FRAMEWORK_ENVIRONMENT="here")
    access = AuthTestConfig().access()
    assert (access.timeout, access.websocket_timeout) == (3.0, 2.0)
    access = AuthTestConfig(timeout=4, websocket_timeout=1).access()
    assert (access.timeout, access.websocket_timeout) == (4, 1)
    project("")
    access = AuthTestConfig(backend_url="http://127.0.0.1:1").access()
    assert (access.timeout, access.websocket_timeout) == (10.0, AuthTestConfig.WEBSOCKET_TIMEOUT)


def test_a_plain_connection_asks_nobody() -> None:
    """`connect` is told where to: settings and permissions are not its business."""
    assert "allow" not in inspect.signature(connect).parameters
    assert "elsewhere.example.com" in repr(connect("wss://elsewhere.example.com/ws"))


def test_a_server_in_use_is_the_one_that_was_meant(project: Project) -> None:
    """Two environments on this machine are told apart by name."""
    with AuthServer() as one, AuthServer() as other:
        project(
            f'[tool.test_framework.environments.one]\nbackend_url = "{one.url}"\n'
            f'[tool.test_framework.environments.other]\nbackend_url = "{other.url}"\n',
            TEST_FRAMEWORK_ENVIRONMENT="one",
        )
        assert WebSocketAuthTester().backend_url == one.url
        assert WebSocketAuthTester(AuthTestConfig.for_environment("other")).backend_url == other.url
