"""A folder as one file that is kept, and made again from it many times faster than a program makes it.

The file has a line that identifies it, a line for each folder, piece and file, and the pieces. What several files
have in common is there once, zeros at the end of a piece are left out. It is written under another name first, so it
is whole or not there; it has a checksum; and it is used only if it belongs to the user and nobody else may write it.
"""

from __future__ import annotations

import os
import stat
import zlib

__all__ = ["keep", "unpack"]

_FORMAT = "ssot-test-framework kept folder 1"
_MOST_BYTES = 64 << 20
_MOST_FILES = 4
_ABANDONED_SECONDS = 3600.0
_SUFFIX = ".kept"


def unpack(path: str, folder: str, owner: tuple[int, int] | None) -> bool:
    """Make a folder from a file.

    Args:
        path: of the file.
        folder: is not there yet.
        owner: the user and group ids that it is made by; None for those of the process.

    Returns:
        Whether it is made; False if there is no such file, or it cannot be trusted or read.
    """
    try:
        content = _trusted(path)
    except OSError:
        return False
    try:
        # Those that were used last are kept longest.
        os.utime(path)
    except OSError:
        pass
    entries = _entries(content)
    if entries is None:
        return False
    ours = os.geteuid(), os.getegid()
    try:
        if owner is not None:
            os.setegid(owner[1])
            os.seteuid(owner[0])
        _lay_out(folder, *entries)
    except OSError:
        return False
    finally:
        os.seteuid(ours[0])
        os.setegid(ours[1])
    return True


def _lay_out(folder: str, lines: list[str], pieces: memoryview) -> None:
    blobs: list[tuple[memoryview, int]] = []
    os.mkdir(folder, 0o700)
    for line in lines:
        kind, first, second = line.split(" ", 2)
        if kind == "folder":
            os.mkdir(os.path.join(folder, second), 0o700)
        elif kind == "piece":
            blobs.append((pieces[: int(first)], int(second)))
            pieces = pieces[int(first) :]
        else:
            _write(os.path.join(folder, second), *blobs[int(first)])


def _trusted(path: str) -> bytes:
    """Return what a file holds that nobody else can have written."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0) as file:
        found = os.fstat(file.fileno())
        for status in (found, os.stat(os.path.dirname(path))):
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                raise PermissionError(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > 2 * _MOST_BYTES:
            raise PermissionError(path)
        return file.read()


def _entries(content: bytes) -> tuple[list[str], memoryview] | None:
    """Return the lines of a file and its pieces; None if it is not one of ours, or not as it was written."""
    whole = memoryview(content)
    start = content.find(b"\n") + 1
    name, _, sums = content[:start].decode("ascii", "replace").rstrip().rpartition(" ")
    if name != _FORMAT or sums != _checksum(whole[start:]):
        return None
    end = content.index(b"\n\n", start)
    return content[start:end].decode().split("\n"), whole[end + 2 :]


def _checksum(body: bytes | memoryview) -> str:
    return f"{zlib.crc32(body):08x}-{len(body)}"


def _write(path: str, data: memoryview, size: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        if size > len(data):
            os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


def keep(path: str, folder: str) -> None:
    """Keep a folder as a file; of those beside it, the ones that were used last stay.

    Args:
        path: of the file.
        folder: has folders and files only.
    """
    place = os.path.dirname(path)
    try:
        os.makedirs(place, 0o700, exist_ok=True)
        body = _packed(folder)
        if body is None:
            return
        written = os.path.join(place, f".{os.path.basename(path)}.{os.urandom(5).hex()}")
        head = f"{_FORMAT} {_checksum(body)}\n".encode()
        try:
            _write(written, memoryview(head + body), 0)
            os.replace(written, path)
        except BaseException:
            os.unlink(written)
            raise
        _prune(place)
    except OSError:
        # The server runs without.
        return


def _packed(folder: str) -> bytes | None:
    """Return the lines and the pieces of a folder; None if it is too much to keep, or not of folders and files."""
    lines: list[str] = []
    pieces: list[bytes] = []
    numbers: dict[bytes, int] = {}
    total = 0
    for base, folders, names in os.walk(folder):
        relative = os.path.relpath(base, folder)
        lines += [f"folder - {os.path.normpath(os.path.join(relative, name))}" for name in folders]
        for name in names:
            path = os.path.join(base, name)
            if not stat.S_ISREG(os.lstat(path).st_mode) or "\n" in path:
                return None
            with open(path, "rb") as file:
                content = file.read()
            if content not in numbers:
                numbers[content] = len(numbers)
                stripped = content.rstrip(b"\0")
                lines.append(f"piece {len(stripped)} {len(content)}")
                pieces.append(stripped)
                total += len(stripped)
            lines.append(f"file {numbers[content]} {os.path.normpath(os.path.join(relative, name))}")
        if total > _MOST_BYTES:
            return None
    return "\n".join(lines).encode() + b"\n\n" + b"".join(pieces)


def _prune(place: str) -> None:
    """Remove what was not used for longest, and what was begun and never ended."""
    with os.scandir(place) as entries:
        found = sorted(((entry.stat(follow_symlinks=False).st_mtime, entry.name) for entry in entries), reverse=True)
    kept = [name for _, name in found if name.endswith(_SUFFIX)]
    newest = found[0][0] if found else 0.0
    begun = [
        name
        for when, name in found
        if name.startswith(".") and f"{_SUFFIX}." in name and newest - when > _ABANDONED_SECONDS
    ]
    for name in kept[_MOST_FILES:] + begun:
        os.unlink(os.path.join(place, name))
