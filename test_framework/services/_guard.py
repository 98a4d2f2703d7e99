"""The guard of one server: a program of its own, so that the server ends whatever becomes of the tests.

It is started as ``python -I -S _guard.py``, imports the standard library only, reads one line of JSON that says what
to run, makes a directory, starts the server in it and answers with one line of JSON. Then it waits for the end of its
standard input, which comes when the process that started it closes it or dies of whatever, and for that process to be
gone, since a fork of it may hold the pipe. Then it ends the server and removes the directory. The kernel ends the
server, and the programs that prepare it, when the guard itself is killed (prctl(2), PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

_LOG = "server.log"
_LOCK = "guard.lock"
_TAIL_LINES = 30
_TURN = 0.25
_STOP_SECONDS = 5.0
_PORT_TRIES = 5
_PDEATHSIG = 1
# Version 3.0 of PostgreSQL's protocol: length, version, parameters, an empty name.
_STARTUP = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
_GREETINGS = {
    "postgres": ((len(_STARTUP) + 4).to_bytes(4, "big") + _STARTUP, (b"R",)),
    # A server that wants a password is as ready as one that does not.
    "redis": (b"*1\r\n$4\r\nPING\r\n", (b"+PONG", b"-NOAUTH")),
}


class _Failure(Exception):
    """Raised when the server cannot be started; its text is for the tests."""


class _Over(Exception):
    """Raised when nobody needs the server any more."""


class Guard:
    """Starts one server, waits, and cleans up.

    Args:
        spec: what to run, as `test_framework.services._process` wrote it.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.user: int | None = spec["uid"]
        self.directory = ""
        self.lock = -1
        self.port = 0
        self.ended = False
        self.process: subprocess.Popen[bytes] | None = None
        self.deadline = time.monotonic() + spec["timeout"]

    def run(self) -> None:
        """Start the server, answer, wait, and leave nothing behind."""
        answer: dict[str, Any] | None = None
        try:
            sweep(self.spec["base"], self.spec["prefix"])
            try:
                self.start()
                answer = {"directory": self.directory, "pid": self._server().pid, "port": self.port}
            except (_Failure, OSError) as exc:
                answer = {"error": str(exc), "log": self.tail(), "directory": self.directory}
            reply(answer)
            while "error" not in answer:
                self.check()
                wait_for_input(_TURN)
        except (_Over, BrokenPipeError):
            pass
        finally:
            self.clean_up()

    def end(self, *_: object) -> None:
        """Let the next check be the last one; a signal handler."""
        self.ended = True

    def check(self) -> None:
        """Raise _Over if nobody needs the server any more."""
        if self.ended or os.getppid() != self.spec["parent"]:
            raise _Over

    def start(self) -> None:
        """Make the directory and start the server in it."""
        self.directory, self.lock = make_directory(self.spec["base"], self.spec["prefix"])
        for source, target in self.spec["copies"]:
            shutil.copytree(source, self.place(target), symlinks=True)
            if target.endswith("/bin"):
                os.chmod(self.place(target), 0o755)  # noqa: S103 - inside of a directory that is private
        for name, text in self.spec["files"].items():
            path = os.path.join(self.directory, name)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(self.place(text))
            self.give_away(path)
        self.give_away(self.directory)
        for command in self.spec["prepare"]:
            self.prepare(command)
        for left in reversed(range(_PORT_TRIES if self.spec["tcp"] else 1)):
            if self.spec["tcp"]:
                self.port = free_port()
            self.process = self.spawn(self.spec["server"])
            if self.ready():
                return
            if not left or "ddress already in use" not in self.tail():
                status = self.process.returncode
                raise _Failure(f"the server ended with status {status} before it was ready")

    def prepare(self, command: list[str]) -> None:
        """Run a program to its end."""
        process = self.process = self.spawn(command)
        while process.poll() is None:
            self.pause(f"{os.path.basename(command[0])} was still running")
        if process.returncode:
            raise _Failure(f"{os.path.basename(command[0])} ended with status {process.returncode}")

    def ready(self) -> bool:
        """Wait until the server answers; return False if it ends before."""
        process = self._server()
        path = self.place(self.spec["socket"])
        while not greets(path, *_GREETINGS[self.spec["service"]]):
            if process.poll() is not None:
                return False
            self.pause("the server did not answer")
        return True

    def pause(self, fault: str) -> None:
        """Let the others work; look whether there is still time and somebody who waits."""
        self.check()
        if time.monotonic() > self.deadline:
            raise _Failure(f"{fault} after {self.spec['timeout']:g} s")
        wait_for_input(0.003)

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a program that dies with the guard."""
        dying = signal.SIGQUIT if self.spec["service"] == "postgres" else signal.SIGKILL
        log = os.open(os.path.join(self.directory, _LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603 - what our own process asks for
                [self.place(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env={name: self.place(value) for name, value in self.spec["environ"].items()},
                start_new_session=True,
                # The guard has one thread. It runs after the change of user, which would undo it.
                preexec_fn=die_with(os.getpid(), dying),  # noqa: PLW1509 - see above
                user=self.user,
                group=self.spec["gid"],
                extra_groups=None if self.user is None else [],
            )
        finally:
            os.close(log)

    def place(self, word: str) -> str:
        """Fill in the directory and the port."""
        return word.replace("{dir}", self.directory).replace("{port}", str(self.port))

    def give_away(self, path: str) -> None:
        """Give one of our own files to the server's user."""
        if self.user is not None:
            os.chown(path, self.user, self.spec["gid"])

    def tail(self) -> str:
        """Return the last lines of the log."""
        try:
            with open(os.path.join(self.directory, _LOG), encoding="utf-8", errors="replace") as file:
                return "".join(file.readlines()[-_TAIL_LINES:]).rstrip()
        except OSError:
            return ""

    def clean_up(self) -> None:
        """End the server and remove the directory."""
        process = self.process
        if process is not None:
            # PostgreSQL ends its children and frees its shared memory; nothing of Redis is worth a moment.
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT if self.spec["service"] == "postgres" else signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self.directory:
            remove(self.directory)
        if self.lock >= 0:
            os.close(self.lock)

    def _server(self) -> subprocess.Popen[bytes]:
        assert self.process is not None  # noqa: S101 - it is asked for after it was started
        return self.process


def reply(answer: dict[str, Any]) -> None:
    """Tell the tests."""
    os.write(1, json.dumps(answer).encode() + b"\n")


def wait_for_input(seconds: float) -> None:
    """Wait; raise _Over as soon as the standard input ends."""
    readable, _, _ = select.select([0], [], [], seconds)
    if readable and not os.read(0, 1):
        raise _Over


def die_with(guard: int, how: signal.Signals) -> Callable[[], None] | None:
    """Return what a child calls so that the kernel ends it when the guard dies; Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def call() -> None:
        prctl(_PDEATHSIG, int(how), 0, 0, 0)
        if os.getppid() != guard:
            os._exit(1)

    return call


def greets(path: str, greeting: bytes, answers: tuple[bytes, ...]) -> bool:
    """Return whether the server at a socket answers as one that is ready."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(path)
            connection.sendall(greeting)
            return connection.recv(512).startswith(answers)
        except OSError:
            return False


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_directory(base: str, prefix: str) -> tuple[str, int]:
    """Make a directory that is locked before it has a name that `sweep` looks for.

    Returns:
        Its path, and the descriptor that holds the lock.
    """
    name = f"{prefix}{os.urandom(5).hex()}"
    path = os.path.join(base, f".{name}")
    os.mkdir(path, 0o700)
    lock = os.open(os.path.join(path, _LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    named = os.path.join(base, name)
    os.rename(path, named)
    return named, lock


def sweep(base: str, prefix: str) -> None:
    """Remove the directories of guards that were killed; a living guard holds the lock of its own."""
    with os.scandir(base) as entries:
        names = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for path in names:
        with contextlib.suppress(OSError):
            lock_path = os.path.join(path, _LOCK)
            if os.stat(lock_path, follow_symlinks=False).st_uid != os.geteuid():
                continue
            lock = os.open(lock_path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(lock)


def remove(directory: str) -> None:
    """Remove a directory and the piece of System V shared memory that a killed PostgreSQL leaves."""
    free_memory(os.path.join(directory, "data", "postmaster.pid"))
    for _ in range(3):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.05)


def free_memory(path: str) -> None:
    """Remove the segment that a postmaster.pid names, if it is there still and nobody uses it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(path, encoding="utf-8") as file:
            key, ident = map(int, file.read().splitlines()[6].split())
        with open("/proc/sysvipc/shm", encoding="ascii") as table:
            columns = table.readline().split()
            rows = [dict(zip(columns, line.split(), strict=False)) for line in table]
        for row in rows:
            if int(row["key"]) == key and int(row["shmid"]) == ident and row["nattch"] == "0":
                ctypes.CDLL(None).shmctl(ident, 0, None)


def main() -> None:
    """Read what to do and do it."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            return
        line += piece
    guard = Guard(json.loads(line))
    # Ctrl-C is for the tests, not for the database that they still need while they clean up. Signals that are ignored
    # would be ignored by the server too.
    for passed_over in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(passed_over, lambda *_: None)
    signal.signal(signal.SIGTERM, guard.end)
    guard.run()


if __name__ == "__main__":
    main()
