"""Where the directories of servers are made, and who runs them."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

__all__ = ["base_directory", "server_user"]

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the directories made in it are private
_ENOUGH = 1 << 30
# A Unix socket's path may have 104 bytes (macOS) or 108 (Linux); ours adds at most 40 to that of the directory.
_LONGEST_BASE = 60


def base_directory(*, executable: bool = False) -> str:
    """Return where to make the directory of a server: in memory if there is plenty, else the temporary directory.

    Args:
        executable: whether programs will be run from it.
    """
    if _is_roomy(_SHARED_MEMORY, executable=executable):
        return str(_SHARED_MEMORY)
    temporary = os.path.realpath(tempfile.gettempdir())
    return temporary if len(os.fsencode(temporary)) <= _LONGEST_BASE else "/tmp"  # noqa: S108 - see above


def _is_roomy(path: Path, *, executable: bool) -> bool:
    try:
        room = os.statvfs(path)
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace")
    except OSError:
        return False
    in_memory = any(line.split()[1:3] == [str(path), "tmpfs"] for line in mounts.splitlines())
    runs = not (executable and room.f_flag & os.ST_NOEXEC)
    return in_memory and runs and room.f_bavail * room.f_frsize >= _ENOUGH and os.access(path, os.W_OK | os.X_OK)


def server_user() -> tuple[int, int] | None:
    """Return the user and group ids that PostgreSQL is to run as: it refuses to run as root.

    Returns:
        Those of ``postgres`` if there is such a user, else of ``nobody``; None if the tests do not run as root.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return None
