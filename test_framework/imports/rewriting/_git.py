"""What git would not be able to bring back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["GitState", "git_state"]


@dataclass(frozen=True, slots=True)
class GitState:
    """How far git could undo changes of some files.

    Attributes:
        repository: whether the files are in a repository at all.
        changed: tracked files anywhere in the repository that differ from the last commit.
        untracked: those of the files that git does not know.
        problem: why git cannot tell; empty if it can.
    """

    repository: bool = False
    changed: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    problem: str = ""

    @property
    def refusal(self) -> str:
        """Why nothing should be written; empty if nothing is against it."""
        if self.problem:
            return f"git cannot tell whether the tree is clean: {self.problem}"
        said = []
        if self.changed:
            said.append(f"the git tree is dirty: {_listed(self.changed)}")
        if self.untracked:
            said.append(f"git does not track what would be changed: {_listed(self.untracked)}")
        return "; ".join(said)


def _listed(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:_SHOWN])
    return f"{shown} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else shown


_SHOWN = 3


def git_state(root: str, paths: Iterable[str]) -> GitState:
    """Ask git about files.

    Args:
        root: the folder that paths are relative to.
        paths: the files that are to be changed.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if isinstance(top, str):
        return GitState(problem="" if top in ("", "not a git repository") else top)
    status = _git(root, "status", "--porcelain=v1", "-z", "--untracked-files=no")
    tracked = _git(root, "ls-files", "-z")
    if isinstance(status, str) or isinstance(tracked, str):
        return GitState(repository=True, problem=str(status if isinstance(status, str) else tracked))
    known = {os.fsdecode(name) for name in tracked.split(b"\0")}
    real = os.path.realpath(root)
    links = {path: os.path.relpath(os.path.realpath(os.path.join(root, path)), real) for path in paths}
    untracked = [path for path, target in links.items() if target.replace(os.sep, "/") not in known]
    return GitState(repository=True, changed=tuple(_changed(status)), untracked=tuple(untracked))


def _changed(status: bytes) -> list[str]:
    found = []
    entries = iter(status.split(b"\0"))
    for entry in entries:
        if entry:
            found.append(os.fsdecode(entry[3:]))
            # Of what was moved or copied, the old name follows.
            if entry[:1] in (b"R", b"C"):
                next(entries, None)
    return found


def _git(root: str, *words: str) -> bytes | str:
    """Return what a command of git prints; as text, what kept it from that, empty if there is no git."""
    command = ["git", "--no-optional-locks", "-C", root, *words]
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and a folder
            command, capture_output=True, check=False, timeout=_PATIENCE, env=environment, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return ""
    except (OSError, subprocess.TimeoutExpired) as exc:
        return str(exc)
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("utf-8", "replace").strip()
    return "not a git repository" if "not a git repository" in said else said or f"it ended with {done.returncode}"


_PATIENCE = 60
