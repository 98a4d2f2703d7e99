"""The guard's life: it starts one server, waits, and cleans up."""

from __future__ import annotations

import os
import signal
import time

from ._child import Child
from ._directory import forget_data, load, log_tail, make_directory, open_log, recorded_segment, remove, sweep
from ._errors import Failure, Over
from ._greeting import answers_at
from ._kept import keep, unpack
from ._messages import encoded, read, wait_for_input

# The typing module would be a third of what the guard imports.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Guard", "main"]

_TURN = 0.25
_SHORT_TURN = 0.001
_STOP_SECONDS = 5.0
_PORT_TRIES = 5


class Guard:
    """Starts one server, waits, and cleans up.

    Args:
        spec: what to run, as `test_framework.services._process` wrote it.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.user: tuple[int, int] | None = spec["user"]
        self.directory = ""
        self.lock = -1
        self.port = 0
        self.ended = False
        self.child: Child | None = None
        self.starting = False
        self.deadline = time.monotonic() + spec["timeout"]

    def run(self) -> None:
        """Start the server, answer, wait, and leave nothing behind."""
        try:
            sweep(self.spec["base"], self.spec["prefix"])
            try:
                self.start()
                answer = {"directory": self.directory, "pid": self._server().pid, "port": self.port}
            except (Failure, OSError) as exc:
                answer = {"error": str(exc), "log": log_tail(self.directory)}
            os.write(1, encoded(answer))
            # Nobody waits now: at the end somebody does.
            load()
            while "error" not in answer:
                self.check()
                wait_for_input(_TURN)
        except (Over, BrokenPipeError):
            pass
        finally:
            self.clean_up()

    def end(self, *_: object) -> None:
        """Let the next check be the last one; a signal handler."""
        self.ended = True

    def check(self) -> None:
        """Raise Over if nobody needs the server any more."""
        if self.ended or os.getppid() != self.spec["parent"]:
            raise Over

    def start(self) -> None:
        """Make the directory and start the server in it."""
        self.directory, self.lock = make_directory(self.spec["base"], self.spec["prefix"])
        if self.spec["copies"]:
            self.copy()
        for name, text in self.spec["files"].items():
            path = os.path.join(self.directory, name)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(self.place(text))
            self.give_away(path)
        self.give_away(self.directory)
        kept = self.unpack()
        try:
            if not kept:
                self.prepare()
            self.serve()
        except Failure:
            if not kept or time.monotonic() > self.deadline:
                raise
            # What was kept may be at fault, whatever its checksum says: it is made anew, and kept if that was it.
            self.forget_data()
            self.prepare()
            self.serve()

    def copy(self) -> None:
        """Copy programs to where the server's user can reach them."""
        import shutil

        for source, target in self.spec["copies"]:
            shutil.copytree(source, self.place(target), symlinks=True)
            if target.endswith("/bin"):
                os.chmod(self.place(target), 0o755)  # noqa: S103 - inside of a directory that is private

    def unpack(self) -> bool:
        """Make the data directory from what was kept, as the server's user; return whether that was possible."""
        if not self.spec["kept"]:
            return False
        folder = os.path.join(self.directory, "data")
        made = unpack(self.spec["kept"], folder, self.user)
        if not made:
            self.forget_data()
        return made

    def prepare(self) -> None:
        """Run the programs that make the data directory, and keep it."""
        for command in self.spec["prepare"]:
            child = self.child = self.spawn(command)
            while child.poll() is None:
                self.pause(f"{os.path.basename(command[0])} was still running")
            if child.status:
                raise Failure(f"{os.path.basename(command[0])} ended with status {child.status}")
        if self.spec["kept"]:
            keep(self.spec["kept"], os.path.join(self.directory, "data"))

    def forget_data(self) -> None:
        """Remove the data directory, and what a server that did not start has written to its log."""
        if self.child is not None:
            self.child.end(self.stopping, _STOP_SECONDS, hurry=self.may_be_killed)
            self.child = None
        forget_data(self.directory)

    def serve(self) -> None:
        """Start the server and wait until it answers."""
        for left in reversed(range(_PORT_TRIES if self.spec["tcp"] else 1)):
            if self.spec["tcp"]:
                self.port = free_port()
            child = self.child = self.spawn(self.spec["server"])
            self.starting = True
            if self.ready(child):
                self.starting = False
                return
            if not left or "ddress already in use" not in log_tail(self.directory):
                raise Failure(f"the server ended with status {child.status} before it was ready")

    def ready(self, child: Child) -> bool:
        """Wait until the server answers; return False if it ends before."""
        path = self.place(self.spec["socket"])
        while not answers_at(path, self.spec["service"]):
            if child.poll() is not None:
                return False
            self.pause("the server did not answer")
        return True

    def pause(self, fault: str) -> None:
        """Let the others work; look whether there is still time and somebody who waits."""
        self.check()
        if time.monotonic() > self.deadline:
            raise Failure(f"{fault} after {self.spec['timeout']:g} s")
        wait_for_input(_SHORT_TURN)

    def spawn(self, command: list[str]) -> Child:
        """Start a program that dies with the guard."""
        log = open_log(self.directory)
        try:
            return Child(
                [self.place(word) for word in command],
                directory=self.directory,
                environ={name: self.place(value) for name, value in self.spec["environ"].items()},
                log=log,
                user=self.user,
                dying=self.stopping,
            )
        finally:
            os.close(log)

    @property
    def stopping(self) -> int:
        """The signal that ends the server at once."""
        # PostgreSQL ends its children and frees its shared memory; nothing of Redis is worth a moment.
        return signal.SIGQUIT if self.spec["service"] == "postgres" else signal.SIGKILL

    def place(self, word: str) -> str:
        """Fill in the directory and the port."""
        return word.replace("{dir}", self.directory).replace("{port}", str(self.port))

    def give_away(self, path: str) -> None:
        """Give one of our own files to the server's user."""
        if self.user is not None:
            os.chown(path, *self.user)

    def clean_up(self) -> None:
        """End the server and remove the directory."""
        if self.child is not None:
            self.child.end(self.stopping, _STOP_SECONDS, hurry=self.may_be_killed)
        if self.directory:
            remove(self.directory)
        if self.lock >= 0:
            os.close(self.lock)

    def may_be_killed(self) -> bool:
        """Return whether nothing would be left of a server that starts if it were killed.

        A PostgreSQL that is asked to end while it starts may wait for its children, and kill them after five seconds.
        Its shared memory can be freed for it once it has written down which it is; that of initdb cannot.
        """
        return self.starting and recorded_segment(self.directory) is not None

    def _server(self) -> Child:
        assert self.child is not None  # noqa: S101 - it is asked for after it was started
        return self.child


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on at the moment."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Read what to do and do it."""
    spec = read(0)
    if spec is None:
        return
    guard = Guard(spec)
    # Ctrl-C is for the tests, not for the database that they still need while they clean up. Signals that are ignored
    # would be ignored by the server too.
    for passed_over in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(passed_over, lambda *_: None)
    signal.signal(signal.SIGTERM, guard.end)
    guard.run()
    # Nothing is left to do that the interpreter's own end would be needed for.
    os._exit(0)
