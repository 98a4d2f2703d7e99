"""The only module of the engine that touches the disk: it finds files, reads and writes them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from test_framework.imports._patterns import Patterns

__all__ = ["Tree", "module_on_disk", "newest", "read", "walk", "write"]

# Never anybody's source.
_NEVER = frozenset({
    ".eggs", ".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox", "__pycache__",
    "node_modules",
})  # fmt: skip
_COMPILED = (".so", ".pyd", ".pyi", ".pyx", ".pyc")
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
Stat = tuple[int, int, int]


@dataclass(slots=True)
class Tree:
    """What was found.

    Attributes:
        files: the size, the time of change and of change of status (nanoseconds) of each source, by path.
        compiled: paths of modules that are no Python source, without suffix.
        left_out: how many files and folders a pattern or ``.gitignore`` leaves out.
        problems: why a path could not be looked at, by path.
    """

    files: dict[str, Stat] = field(default_factory=dict)
    compiled: set[str] = field(default_factory=set)
    left_out: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def read(path: str) -> bytes:
    """Return the bytes of a file; a pipe or a device is an error, not a wait."""
    # Of ten thousand files, half the time would go into a file object for each.
    descriptor = os.open(path, _READING)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("it is not a regular file")
        data = os.read(descriptor, status.st_size + 1)
        if len(data) == status.st_size:
            return data
        pieces = [data]
        while data := os.read(descriptor, 1 << 20):
            pieces.append(data)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def write(path: str, data: bytes) -> None:
    """Write a file whole or not at all; its folder is made if there is none."""
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    # A link stays a link.
    target = os.path.realpath(path)
    unfinished = f"{target}.{os.getpid()}.tmp"
    try:
        with open(unfinished, "wb") as file:
            file.write(data)
        with suppress(OSError):
            os.chmod(unfinished, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(unfinished, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(unfinished)
        raise


def module_on_disk(root: str, path: str) -> bool:
    """Return whether there is a module, a package or an extension at a path without suffix, ignored or not.

    Args:
        root: the folder that the path is relative to.
        path: the module's dotted name with slashes for dots.
    """
    place = os.path.join(root, path)
    if os.path.isdir(place):
        return True
    folder, name = os.path.split(place)
    try:
        return any(entry.startswith(f"{name}.") for entry in os.listdir(folder))
    except OSError:
        return False


def walk(root: str, starts: Sequence[str], *, exclude: Patterns, gitignore: bool) -> Tree:
    """Find the sources of a project.

    Args:
        root: the folder that all paths are relative to.
        starts: folders and files to look at, relative to the root; these are never left out themselves.
        exclude: patterns of paths, relative to the root, to leave out.
        gitignore: whether to leave out what git ignores.

    Returns:
        The files, and what could not be looked at. A folder that several links lead to is looked at once.
    """
    walker = _Walker(root, exclude, gitignore=gitignore)
    for start in starts:
        walker.start(start)
    walker.follow_links()
    return walker.tree


class _Walker:
    def __init__(self, root: str, exclude: Patterns, *, gitignore: bool) -> None:
        self.tree = Tree()
        self._root = root
        self._exclude = exclude
        self._gitignore = gitignore
        self._seen: set[tuple[int, int]] = set()
        self._links: list[tuple[str, list[tuple[str, Patterns]]]] = []

    def start(self, start: str) -> None:
        path = os.path.normpath(start).replace(os.sep, "/")
        path = "" if path == "." else path
        place = os.path.join(self._root, path)
        if os.path.isdir(place):
            self._folder(path, list(self._above(path)) if self._gitignore else [])
        else:
            self._file(path, os.stat(place))

    def follow_links(self) -> None:
        # Last, so that a folder goes by its own name wherever it is part of the tree.
        while self._links:
            self._folder(*self._links.pop(0))

    def _above(self, path: str) -> Iterator[tuple[str, Patterns]]:
        """Yield the patterns of the folders from that of the repository down to the one above a path."""
        folders = [os.path.abspath(os.path.join(self._root, path))]
        while not os.path.exists(os.path.join(folders[-1], ".git")):
            parent = os.path.dirname(folders[-1])
            if parent == folders[-1]:
                return
            folders.append(parent)
        names = [(folders[-1], ".git/info/exclude"), *((folder, ".gitignore") for folder in reversed(folders[1:]))]
        for folder, name in names:
            patterns = self._patterns(os.path.join(folder, name))
            if patterns:
                # Paths below the root are lengthened for patterns of folders above it, shortened for those within.
                down = os.path.relpath(self._root, folder).replace(os.sep, "/")
                inside = os.path.relpath(folder, self._root).replace(os.sep, "/")
                if down == ".":
                    yield "", patterns
                else:
                    yield (f"{inside}/" if not inside.startswith("..") else f"+{down}/"), patterns

    def _patterns(self, path: str) -> Patterns | None:
        try:
            text = read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            self.tree.problems[os.path.relpath(path, self._root)] = f"it cannot be read: {exc.strerror or exc}"
            return None
        return Patterns(text.decode("utf-8", "surrogateescape").splitlines())

    def _folder(self, path: str, layers: list[tuple[str, Patterns]]) -> None:
        pending = [(path, layers)]
        while pending:
            path, layers = pending.pop()
            place = os.path.join(self._root, path)
            try:
                status = os.stat(place)
                if (status.st_dev, status.st_ino) in self._seen:
                    continue
                self._seen.add((status.st_dev, status.st_ino))
                with os.scandir(place) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as exc:
                self.tree.problems[path or "."] = f"the folder cannot be read: {exc.strerror or exc}"
                continue
            pending += reversed(list(self._inside(path, entries, layers)))

    def _inside(
        self, path: str, entries: list[os.DirEntry[str]], layers: list[tuple[str, Patterns]]
    ) -> Iterator[tuple[str, list[tuple[str, Patterns]]]]:
        prefix = f"{path}/" if path else ""
        names = {entry.name for entry in entries}
        if self._gitignore and ".gitignore" in names:
            patterns = self._patterns(os.path.join(self._root, path, ".gitignore"))
            layers = [*layers, (prefix, patterns)] if patterns else layers
        if path and "pyvenv.cfg" in names:
            self.tree.left_out += 1
            return
        for entry in entries:
            name = entry.name
            inside = prefix + name
            try:
                folder = entry.is_dir()
                if not folder and not name.endswith((".py", *_COMPILED)):
                    continue
                if (folder and name in _NEVER) or self._ignored(inside, layers, folder=folder):
                    self.tree.left_out += name != "__pycache__"
                elif not folder:
                    self._file(inside, entry.stat() if name.endswith(".py") else None)
                elif entry.is_symlink():
                    self._links.append((inside, layers))
                else:
                    yield inside, layers
            except OSError as exc:
                self.tree.problems[inside] = f"it cannot be read: {exc.strerror or exc}"

    def _ignored(self, path: str, layers: list[tuple[str, Patterns]], *, folder: bool) -> bool:
        if self._exclude.verdict(path, folder=folder):
            return True
        for base, patterns in reversed(layers):
            inside = base[1:] + path if base.startswith("+") else path[len(base) :]
            verdict = patterns.verdict(inside, folder=folder)
            if verdict is not None:
                return verdict
        return False

    def _file(self, path: str, status: os.stat_result | None) -> None:
        if status is None:
            folder, slash, name = path.rpartition("/")
            self.tree.compiled.add(folder + slash + name.partition(".")[0])
        elif stat.S_ISREG(status.st_mode):
            self.tree.files[path] = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        else:
            self.tree.problems[path] = "it is not a regular file"


def newest() -> int:
    """Return the time of the file system's clock, in nanoseconds."""
    return time.time_ns()
