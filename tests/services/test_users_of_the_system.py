"""As root, and as a user who may do nothing special."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import test_framework
from test_framework.services import postgres, requires_services

SETPRIV = shutil.which("setpriv")
NOBODY = 65534
CODE = """
import os
from pathlib import Path
from test_framework.services import postgres, redis
assert os.geteuid() == 65534
with postgres(template="CREATE TABLE t (n int)") as server, server.database() as database, redis() as cache:
    with cache.database():
        directory = Path(server._process.directory)
        assert directory.stat().st_uid == (directory / "data").stat().st_uid == 65534
assert not directory.exists()
print("all", "well")
"""


def system_python() -> str | None:
    """Return a Python of this version that other users can run."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        if Path(candidate).exists():
            return candidate
    return None


@pytest.mark.skipif(os.geteuid() != 0 or SETPRIV is None, reason="only root can become another user")
@requires_services("postgres", "redis")
def test_as_an_ordinary_user(tmp_path: Path) -> None:
    """The servers run as the user who runs the tests, and all files are that user's."""
    python = system_python()
    if python is None or SETPRIV is None:
        pytest.skip("no Python of this version that another user could run")
    packages = [str(Path(test_framework.__file__).parent.parent), sysconfig.get_path("purelib")]
    probe = [SETPRIV, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", python, "-c"]
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1"}
    can_import = subprocess.run([*probe, "import test_framework"], env=environment, cwd="/", check=False)
    if can_import.returncode:
        pytest.skip("the package is where another user cannot read it")
    done = subprocess.run(
        [*probe, CODE], env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("all well\n", "", 0)


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
