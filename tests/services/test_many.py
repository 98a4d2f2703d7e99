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
from tests.services.processes import alone, command_of, descendants, is_running, segments_of

TESTS = 200
SAMPLE = """
import pytest
from test_framework.services import Database
from test_framework.services._wire import Connection

@pytest.fixture(scope="session")
def postgres_template():
    return "CREATE TABLE t (n int)"

@pytest.mark.parametrize("number", range(COUNT))
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
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"]
    return subprocess.Popen(
        command, cwd=folder, env=alone(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(done: Path) -> int:
    """Return how many tests have ended."""
    return len(done.read_text("utf-8").splitlines()) if done.exists() else 0


def own_directories(below: set[int]) -> set[Path]:
    """Return the directories that processes run in, of those that are made for servers."""
    places = {Path(f"/proc/{pid}/cwd").readlink() for pid in below if is_running(pid)}
    directories = {path.parent if path.name == "data" else path for path in places}
    return {path for path in directories if path.name.startswith("tf-")}


@pytest.mark.skipif(not Path("/proc/sysvipc/shm").exists(), reason="it looks at processes through /proc")
@requires_services("postgres", "redis")
def test_killed_in_the_middle_and_run_again(tmp_path: Path) -> None:
    """No process, directory or shared memory is left by the run that was killed, and the next one passes."""
    (tmp_path / "test_sample.py").write_text(SAMPLE.replace("COUNT", str(TESTS)), "utf-8")
    run = begin(tmp_path)
    done = tmp_path / "done.txt"
    deadline = time.monotonic() + 60
    while ended(done) < TESTS // 3 and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    below = descendants(run.pid)
    directories = own_directories(below)
    assert len(directories) == 4, "two servers for each of two workers"
    for pid in {run.pid, *(pid for pid in below if "execnet" in command_of(pid))}:
        os.kill(pid, signal.SIGKILL)
    run.communicate()
    assert TESTS // 3 <= ended(done) < TESTS
    deadline = time.monotonic() + 20
    while any(map(is_running, below)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [command_of(pid) for pid in below if is_running(pid)] == []
    assert [path for path in directories if path.exists()] == []
    assert segments_of(list(below)) == []

    again = begin(tmp_path)
    done.unlink()
    while ended(done) < TESTS // 3 and again.poll() is None:
        time.sleep(0.01)
    below = descendants(again.pid)
    directories |= own_directories(below)
    output, _ = again.communicate(timeout=100)
    assert f"{TESTS} passed" in output, output
    assert [command_of(pid) for pid in below if is_running(pid)] == []
    assert [path for path in directories if path.exists()] == []
    assert segments_of(list(below)) == []
