"""The directory of a server: private, locked as long as its guard lives, and swept after a guard that was killed."""

from __future__ import annotations

import fcntl
import os
import time

__all__ = ["load", "make_directory", "remove", "sweep"]

_LOCK = "guard.lock"
_SECONDS, _TURN = 2.0, 0.01


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

    _free_memory(os.path.join(directory, "data", "postmaster.pid"))
    for _ in range(3):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.05)


def _free_memory(path: str) -> None:
    """Remove the segment that a postmaster.pid names, if it is there still, as soon as nobody uses it."""
    try:
        with open(path, encoding="utf-8") as file:
            key, ident = map(int, file.read().splitlines()[6].split())
        deadline = time.monotonic() + _SECONDS
        while (users := _users_of(key, ident)) is not None and time.monotonic() < deadline:
            if not users:
                import ctypes

                ctypes.CDLL(None).shmctl(ident, 0, None)
                return
            # Those whose server was killed are about to see it.
            time.sleep(_TURN)
    except (OSError, ValueError, IndexError):
        return


def _users_of(key: int, ident: int) -> int | None:
    """Return how many processes use a segment; None if it is not there."""
    with open("/proc/sysvipc/shm", encoding="ascii") as table:
        columns = table.readline().split()
        for line in table:
            row = dict(zip(columns, line.split(), strict=False))
            if int(row["key"]) == key and int(row["shmid"]) == ident:
                return int(row["nattch"])
    return None
