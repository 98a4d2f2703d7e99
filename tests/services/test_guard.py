"""Nothing outlives the tests: no process, no directory, no shared memory."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from test_framework.services import _process, postgres, redis, requires_services
from test_framework.services._redis import launch_redis
from tests.services.processes import command_of, descendants, is_running, segments_of, started

pytestmark = pytest.mark.skipif(not Path("/proc/sysvipc/shm").exists(), reason="it looks at processes through /proc")

FORK = "pid = os.fork()\n        if not pid: time.sleep(60)"


@requires_services("postgres", "redis")
@pytest.mark.parametrize(
    ("mode", "how"),
    [
        ("sync", signal.SIGKILL),
        ("sync", signal.SIGTERM),
        ("sync", signal.SIGINT),
        ("asyncio", signal.SIGKILL),
        ("asyncio", signal.SIGINT),
        ("trio", signal.SIGKILL),
        ("trio", signal.SIGINT),
    ],
)
def test_killing_the_tests_ends_the_servers(mode: str, how: signal.Signals) -> None:
    """Whatever signal ends the process of the tests, everything below it is gone."""
    if mode == "trio":
        pytest.importorskip("trio")
    with started(mode) as run:
        run.program.send_signal(how)
        assert run.left() == []


@requires_services("postgres", "redis")
def test_the_end_of_the_program_ends_the_servers() -> None:
    """A program that leaves without closing anything leaves nothing either."""
    with started("sync", after="sys.stdin.read(); os._exit(3)") as run:
        assert run.program.stdin is not None
        run.program.stdin.close()
        assert run.program.wait(20) == 3
        assert run.left() == []


@requires_services("postgres", "redis")
def test_a_fork_that_holds_the_pipe_does_not_keep_the_servers() -> None:
    """A child of the tests has the pipe to the guard open, and lives on: the servers do not."""
    with started("sync", before=FORK) as run:
        (fork,) = [pid for pid in run.below if "def tell(" in command_of(pid)]
        run.below.discard(fork)
        try:
            run.program.kill()
            assert run.left() == []
            assert is_running(fork)
        finally:
            os.kill(fork, signal.SIGKILL)


@requires_services("postgres", "redis")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel does it, where it can")
def test_killing_the_guard_ends_its_server() -> None:
    """The server ends with its guard, and the next start of a server removes the directory."""
    with started("sync") as run:
        for guard in run.guards:
            os.kill(guard, signal.SIGKILL)
        run.below -= {run.program.pid}
        deadline = time.monotonic() + 20
        while any(map(is_running, run.below)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [pid for pid in run.below if is_running(pid)] == []
        assert segments_of(run.servers) == []
        with postgres(), redis():
            assert [path for path in run.directories if Path(path).exists()] == []


@requires_services("postgres", "redis")
def test_terminating_the_guard_ends_its_server_and_removes_the_directory() -> None:
    """A guard that is asked to end cleans up first."""
    with started("sync") as run:
        for guard in run.guards:
            os.kill(guard, signal.SIGTERM)
        assert run.left() == []


@requires_services("postgres")
def test_ctrl_c_does_not_reach_the_server() -> None:
    """A server and its guard are in sessions of their own: the tests can still clean up after Ctrl-C."""
    with postgres() as server:
        process = server._process
        assert process is not None
        assert process._guard is not None
        below = {process._guard.pid, *descendants(process._guard.pid)}
        assert {os.getsid(pid) for pid in below}.isdisjoint({os.getsid(0)})
        os.kill(process._guard.pid, signal.SIGINT)
        with server.database():
            pass
    assert [pid for pid in below if is_running(pid)] == []


@requires_services("postgres", "redis")
def test_a_living_server_is_not_swept() -> None:
    """The start of another server leaves the directories of those that run alone."""
    with postgres() as first, redis() as cache, postgres() as second, redis() as other:
        places = [server._process for server in (first, second, cache, other)]
        assert len({place.directory for place in places if place is not None}) == 4
        with first.database(), second.database(), cache.database(), other.database():
            pass


@requires_services("postgres")
def test_a_fork_of_the_tests_does_not_stop_the_server() -> None:
    """What a fork does at its end is not the end of its parent's server."""
    with postgres() as server:
        pid = os.fork()
        if not pid:
            try:
                server._stop()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        with server.database():
            pass


@requires_services("postgres", "redis")
def test_only_its_user_can_look_into_the_directory() -> None:
    """No one else reads data, logs or sockets."""
    with postgres() as server, redis() as cache:
        for process in (server._process, cache._process):
            assert process is not None
            assert Path(process.directory).stat().st_mode & 0o077 == 0


def test_a_guard_that_nobody_tells_anything_ends() -> None:
    """The guard does not wait for ever for its first line."""
    command = [sys.executable, "-I", "-S", "-c", _process._GUARD, os.fspath(_process._HOME)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=20, check=False)
    assert done.returncode == 0


@requires_services("redis")
def test_a_server_that_is_asked_for_late_is_there() -> None:
    """It may be started long before the first test that uses it: what was answered in time counts."""
    launch = launch_redis()
    launch.begin()
    process = launch._process
    assert process is not None
    assert process._guard is not None
    assert process._guard.stdout is not None
    try:
        assert select.select([process._guard.stdout], [], [], 60)[0]
        process._deadline = time.monotonic() - 1
        launch.finish()
        assert process.running
    finally:
        process.stop()
