"""A server as a child of its guard, from the side of the tests; the same for both kinds of API."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from test_framework.services._errors import NAMES, ServiceError

__all__ = ["Plan", "ServerProcess"]

_GUARD = Path(__file__).with_name("_guard.py")
_STOP_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the guard of a server is to run. ``{dir}`` stands for its directory, ``{port}`` for its TCP port.

    Attributes:
        service: "postgres" or "redis".
        base: where the directory is made.
        prepare: programs to run first.
        server: the server.
        socket: its Unix socket.
        user: the user and group ids to run as, if not those of the tests.
        tcp: whether it also listens on a port of the loopback interface.
        files: texts by file name, which only the server's user can read.
        copies: folders to copy first, each with its target.
        timeout: for all of it until the server answers, in seconds.
    """

    service: str
    base: str
    server: Sequence[str]
    socket: str
    prepare: Sequence[Sequence[str]] = ()
    user: tuple[int, int] | None = None
    tcp: bool = False
    files: dict[str, str] = field(default_factory=dict, repr=False)
    copies: Sequence[tuple[str, str]] = ()
    timeout: float = 60.0

    def as_json(self) -> str:
        """Return the line that the guard reads."""
        uid, gid = self.user or (None, None)
        fields: dict[str, Any] = {
            **vars(self),
            "uid": uid,
            "gid": gid,
            "parent": os.getpid(),
            "prefix": f"tf-{self.service}-",
            "environ": _environment(),
        }
        return json.dumps(fields)


def _environment() -> dict[str, str]:
    """Return the variables that a server may see: none of those that configure its clients or the tests."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH"}}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": "{dir}"}


class ServerProcess:
    """One server and its guard.

    Args:
        plan: what to run.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.directory: str = ""
        self.port: int = 0
        self.pid: int = 0
        self._guard: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            ServiceError: it did not, with the last lines of its log.
        """
        if not sys.executable:
            raise ServiceError("sys.executable is empty: there is no Python to run the guard of a server with")
        with self._lock:
            if self._stopping.is_set():
                raise ServiceError("the server was stopped before it was started")
            guard = self._guard = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", os.fspath(_GUARD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        try:
            _send(guard, self.plan.as_json())
            answer = self._answer(guard)
        except BaseException:
            self.stop()
            raise
        self.directory = answer["directory"]
        self.pid = answer["pid"]
        self.port = answer["port"]

    def _answer(self, guard: subprocess.Popen[bytes]) -> dict[str, Any]:
        name = NAMES[self.plan.service]
        line = _read_line(guard, time.monotonic() + self.plan.timeout + _STOP_SECONDS)
        if self._stopping.is_set():
            raise ServiceError(f"{name} was stopped while it was starting")
        if not line:
            raise ServiceError(f"{name} could not be started: its guard ended with status {guard.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ServiceError(f"{name} could not be started: {answer['error']}", log=answer["log"])
        return answer

    def interrupt(self) -> None:
        """Let a start in another thread end at once, as a failure."""
        self._stopping.set()
        with self._lock:
            if self._guard is not None and self._guard.stdin is not None:
                self._guard.stdin.close()

    def stop(self) -> None:
        """End the server and remove its directory; a fork of the process that started it does nothing."""
        self._stopping.set()
        with self._lock:
            guard, self._guard = self._guard, None
        if guard is None or os.getpid() != self._owner:
            return
        if guard.stdin is not None:
            guard.stdin.close()
        try:
            guard.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            guard.kill()
            guard.wait()
        if guard.stdout is not None:
            guard.stdout.close()

    @property
    def log(self) -> Path:
        """The server's log."""
        return Path(self.directory, "server.log")

    @property
    def running(self) -> bool:
        """Whether it was started here and not stopped since."""
        return self._guard is not None and os.getpid() == self._owner


def _send(guard: subprocess.Popen[bytes], line: str) -> None:
    assert guard.stdin is not None  # noqa: S101 - it was asked for
    try:
        guard.stdin.write(line.encode() + b"\n")
        guard.stdin.flush()
    except (BrokenPipeError, ValueError):
        # It has ended, or was interrupted; what it answered, or that it did not, says more.
        return


def _read_line(guard: subprocess.Popen[bytes], deadline: float) -> bytes:
    assert guard.stdout is not None  # noqa: S101 - it was asked for
    line = b""
    descriptor = guard.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor)
    while not line.endswith(b"\n"):
        if time.monotonic() > deadline:
            raise ServiceError("the guard of the server did not answer")
        if not poll.poll(1000):
            continue
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        line += piece
    return line
