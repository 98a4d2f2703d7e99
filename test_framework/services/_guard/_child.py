"""A program that dies with the guard."""

from __future__ import annotations

import os
import signal
import sys
import time

# The typing module would be a third of what the guard imports.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Child"]

_PDEATHSIG = 1
_NOT_RUN = 127
# By the guard; Python itself ignores two more.
_HANDLED = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM)
_TURN, _MOMENT = 0.002, 0.3


class Child:
    """A program in a session of its own; the kernel ends it when the guard dies, on Linux.

    The subprocess module would be a fifth of what the start of the guard costs.

    Args:
        command: the program and its arguments.
        directory: where it runs.
        environ: its variables.
        log: the descriptor that it writes to.
        user: the user and group ids to run as; None for those of the guard.
        dying: the signal that ends it when the guard dies.
    """

    def __init__(
        self,
        command: list[str],
        *,
        directory: str,
        environ: Mapping[str, str],
        log: int,
        user: tuple[int, int] | None,
        dying: int,
    ) -> None:
        self.status: int | None = None
        die = _die_with(os.getpid(), dying)
        nothing = os.open(os.devnull, os.O_RDONLY)
        # A signal that came before the child is the program would be the guard's own business, and lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        # The guard has one thread.
        self.pid = os.fork()
        if self.pid:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
            os.close(nothing)
            return
        try:
            for target, source in enumerate((nothing, log, log)):
                os.dup2(source, target)
            os.setsid()
            for changed in (*_HANDLED, signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(changed, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
            if user is not None:
                os.setgroups([])
                os.setgid(user[1])
                os.setuid(user[0])
            os.chdir(directory)
            # A change of user would undo it.
            die()
            os.execve(command[0], command, environ)  # noqa: S606 - what our own process asks for
        except BaseException as exc:
            os.write(2, f"{command[0]}: {exc}\n".encode())
        finally:
            os._exit(_NOT_RUN)

    def poll(self) -> int | None:
        """Return the status that it ended with, below 0 for a signal; None while it runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def end(self, how: int, seconds: float, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """End it and everything in its session.

        Args:
            how: the signal that it is sent first.
            seconds: how long it may take; after that it is killed.
            hurry: returns whether it may be killed after a moment.
        """
        if self.poll() is None:
            os.kill(self.pid, how)
        began = time.monotonic()
        while self.poll() is None and (taken := time.monotonic() - began) < seconds:
            if taken > _MOMENT and hurry():
                break
            time.sleep(_TURN)
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        if self.poll() is None:
            # It may not have a session of its own yet.
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _die_with(guard: int, how: int) -> Callable[[], object]:
    """Return what a child calls so that the kernel ends it when the guard dies."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def call() -> None:
        prctl(_PDEATHSIG, how, 0, 0, 0)
        if os.getppid() != guard:
            os._exit(1)

    return call
