"""A server as a child of its guard, from the side of the tests; the same for both kinds of API."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from test_framework.services._errors import NAMES, ServiceError
from test_framework.services._guard._messages import decoded, encoded, size_of

__all__ = ["Plan", "ServerProcess"]

_HOME = Path(__file__).parent
_GUARD = "import sys; sys.path.append(sys.argv[1]); from _guard._main import main; main()"
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
        kept: the file that the data directory is kept in once it was prepared, if it is.
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
    kept: str | None = None
    timeout: float = 60.0

    def as_message(self) -> bytes:
        """Return what the guard reads."""
        more = {"parent": os.getpid(), "prefix": f"tf-{self.service}-", "environ": _environment()}
        return encoded({**vars(self), **more})


def _environment() -> dict[str, str]:
    """Return the variables that a server may see: none of those that configure its clients or the tests."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH"}}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": "{dir}"}


class ServerProcess:
    """One server and its guard.

    Args:
        service: "postgres" or "redis".
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.user: tuple[int, int] | None = None
        self.directory: str = ""
        self.port: int = 0
        self.pid: int = 0
        self._guard: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._owner = os.getpid()
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def begin(self, plan: Callable[[], Plan]) -> None:
        """Start the guard, and let it start the server.

        Args:
            plan: returns what to run; called while the guard starts.

        Raises:
            ServiceError: there is no Python for the guard, or the server was stopped already.
        """
        if not sys.executable:
            raise ServiceError("sys.executable is empty: there is no Python to run the guard of a server with")
        with self._lock:
            if self._stopping.is_set():
                raise ServiceError("the server was stopped before it was started")
            guard = self._guard = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", *_bytecode(), "-c", _GUARD, os.fspath(_HOME)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        try:
            to_run = plan()
            self.user = to_run.user
            self._deadline = time.monotonic() + to_run.timeout + _STOP_SECONDS
            _send(guard, to_run.as_message())
        except BaseException:
            self.stop()
            raise

    def finish(self) -> None:
        """Wait until the server answers.

        Raises:
            ServiceError: it did not, with the last lines of its log.
        """
        guard = self._guard
        try:
            if guard is None:
                raise ServiceError(f"{NAMES[self.service]} was stopped while it was starting")  # noqa: TRY301 - as below
            answer = self._answer(guard)
        except BaseException:
            self.stop()
            raise
        self.directory = answer["directory"]
        self.pid = answer["pid"]
        self.port = answer["port"]

    def _answer(self, guard: subprocess.Popen[bytes]) -> dict[str, Any]:
        name = NAMES[self.service]
        answer = _read(guard, self._deadline)
        if self._stopping.is_set():
            raise ServiceError(f"{name} was stopped while it was starting")
        if answer is None:
            raise ServiceError(f"{name} could not be started: its guard ended with status {guard.wait()}")
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
        if not _has_ended(guard, _STOP_SECONDS):
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


def _bytecode() -> list[str]:
    """Return the options for a guard that keeps its bytecode where this process does, or keeps none."""
    prefix = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [*prefix, "-B"] if sys.dont_write_bytecode else prefix


def _send(guard: subprocess.Popen[bytes], message: bytes) -> None:
    assert guard.stdin is not None  # noqa: S101 - it was asked for
    try:
        guard.stdin.write(message)
        guard.stdin.flush()
    except (BrokenPipeError, ValueError):
        # It has ended, or was interrupted; what it answered, or that it did not, says more.
        return


def _has_ended(guard: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a guard ends; return whether it does. `subprocess.Popen.wait` would sleep too long."""
    assert guard.stdout is not None  # noqa: S101 - it was asked for
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(guard.stdout.fileno())
    while (left := deadline - time.monotonic()) > 0:
        if poll.poll(left * 1000) and not os.read(guard.stdout.fileno(), 65536):
            return True
    return False


def _read(guard: subprocess.Popen[bytes], deadline: float) -> dict[str, Any] | None:
    """Return what a guard answers; None if it ends instead."""
    assert guard.stdout is not None  # noqa: S101 - it was asked for
    message = b""
    descriptor = guard.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor)
    while len(message) < size_of(message):
        if not poll.poll(1000):
            # What was answered in time counts, however late it is asked for.
            if time.monotonic() > deadline:
                raise ServiceError("the guard of the server did not answer")
            continue
        piece = os.read(descriptor, size_of(message) - len(message))
        if not piece:
            return None
        message += piece
    return decoded(message)
