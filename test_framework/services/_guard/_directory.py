"""The directory of a server: private, locked as long as its guard lives, and swept after a guard that was killed."""

from __future__ import annotations

import fcntl
import os
import time

__all__ = ["forget_data", "load", "log_tail", "make_directory", "open_log", "recorded_segment", "remove", "sweep"]

_LOCK = "guard.lock"
_LOG = "server.log"
_TAIL_LINES = 30


def make_directory(base: str, prefix: str) -> tuple[str, int]:
    """Make a directory that is locked before it has a name that `sweep` looks for.

    Args:
        base: where.
        prefix: what its name begins with.

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
    """Remove the directories of guards that were killed; a living guard holds the lock of its own.

    Args:
        base: where they are.
        prefix: what their names begin with.
    """
    with os.scandir(base) as entries:
        names = [entry.path for entry in entries if entry.name.startswith(prefix)]
    for path in names:
        try:
            _remove_unless_locked(path)
        except OSError:
            continue


def _remove_unless_locked(path: str) -> None:
    lock_path = os.path.join(path, _LOCK)
    if os.stat(lock_path, follow_symlinks=False).st_uid != os.geteuid():
        return
    lock = os.open(lock_path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    finally:
        os.close(lock)


def load() -> None:
    """Load what `remove` takes a moment to load."""
    import shutil

    shutil.rmtree  # noqa: B018 - see above


def remove(directory: str) -> None:
    """Remove a directory and the piece of System V shared memory that a killed PostgreSQL leaves.

    Args:
        directory: of a server that has ended.
    """
    import shutil

    _free_memory(directory)
    for _ in range(3):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.05)


def forget_data(directory: str) -> None:
    """Remove the data directory, and what a server that did not start has written to its log.

    Args:
        directory: of the server.
    """
    import shutil

    _free_memory(directory)
    shutil.rmtree(os.path.join(directory, "data"), ignore_errors=True)
    os.close(os.open(os.path.join(directory, _LOG), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


def open_log(directory: str) -> int:
    """Return a descriptor that appends to the log.

    Args:
        directory: of the server.
    """
    return os.open(os.path.join(directory, _LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def log_tail(directory: str) -> str:
    """Return the last lines of the log; "" if there is none.

    Args:
        directory: of the server.
    """
    try:
        with open(os.path.join(directory, _LOG), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-_TAIL_LINES:]).rstrip()
    except OSError:
        return ""


def _free_memory(directory: str) -> None:
    """Remove the segment of a server that has ended; it is gone when the last process that it left is.

    Args:
        directory: of the server.
    """
    try:
        segment = recorded_segment(directory)
        if segment is None:
            return
        with open("/proc/sysvipc/shm", encoding="ascii") as table:
            columns = table.readline().split()
            rows = [dict(zip(columns, line.split(), strict=False)) for line in table]
        for row in rows:
            if (int(row["cpid"]), int(row["key"]), int(row["shmid"])) == segment:
                import ctypes

                ctypes.CDLL(None).shmctl(segment[2], 0, None)
    except (OSError, ValueError):
        return


def recorded_segment(directory: str) -> tuple[int, int, int] | None:
    """Return which segment of shared memory a PostgreSQL has; None if it has not written that down yet.

    Args:
        directory: of the server.

    Returns:
        The process that made it, its key and its number.
    """
    try:
        with open(os.path.join(directory, "data", "postmaster.pid"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        key, ident = map(int, lines[6].split())
        return int(lines[0]), key, ident
    except (OSError, ValueError, IndexError):
        return None
