"""Many tests with a database each, in several processes, also when they are killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from test_framework.services import requires_services
from tests.services.processes import command_of, descendants, is_running, segments_of

SAMPLE = """
import pytest
from test_framework.services import Database
from test_framework.services._wire import Connection

@pytest.fixture(scope="session")
def postgres_template():
    return "CREATE TABLE t (n int)"

@pytest.mark.parametrize("number", range(200))
def test_alone(postgres_dsn, redis_url, number):
    connection = Connection(postgres_dsn.address())
    assert connection.execute("SELECT count(*) FROM t") == [["0"]]
    connection.execute(f"INSERT INTO t VALUES ({number})")
    connection.close()
    with open("done.txt", "a") as file:
        file.write(f"{number}\\n")
"""


def begin(folder: Path) -> subprocess.Popen[str]:
    """Start the tests in two processes."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.skipif(not Path("/proc/sysvipc/shm").exists(), reason="it looks at processes through /proc")
@requires_services("postgres", "redis")
def test_killed_in_the_middle_and_run_again(tmp_path: Path) -> None:
    """No process, directory or shared memory is left by the run that was killed, and the next one passes."""
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    run = begin(tmp_path)
    done = tmp_path / "done.txt"
    deadline = time.monotonic() + 60
    while not done.exists() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    below = descendants(run.pid)
    places = {Path(f"/proc/{pid}/cwd").readlink() for pid in below}
    directories = {path.parent if path.name == "data" else path for path in places}
    directories = {path for path in directories if path.name.startswith("tf-")}
    assert len(directories) >= 2
    for pid in {run.pid, *(pid for pid in below if "execnet" in command_of(pid))}:
        os.kill(pid, signal.SIGKILL)
    run.communicate()
    deadline = time.monotonic() + 20
    while any(map(is_running, below)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [command_of(pid) for pid in below if is_running(pid)] == []
    assert [path for path in directories if path.exists()] == []
    assert segments_of(list(below)) == []

    again = begin(tmp_path)
    output, _ = again.communicate(timeout=100)
    assert "200 passed" in output, output
