"""What a run would change in the files of a project, and the way to write it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from difflib import unified_diff

from test_framework.imports._errors import RewriteError, RewriteRefusedError
from test_framework.imports._walk import read, write
from test_framework.imports._worker import Progress
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._git import git_state

__all__ = ["AppliedChange", "FileRewrite", "LeftAlone", "RewritePlan"]


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """One change in a file.

    Attributes:
        line: where, in the file before, counted from 1.
        rule: the rule that asks for it.
        what: what it is, in one line.
    """

    line: int
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A place that a rule is about and that stays as it is.

    Attributes:
        path: of the file, relative to the root, with slashes.
        line: counted from 1.
        rule: the rule.
        what: what the place is about, in one line.
        reason: why it stays.
    """

    path: str
    line: int
    rule: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileRewrite:
    """A file that changes.

    Attributes:
        path: relative to the root, with slashes.
        before: its bytes.
        after: its bytes afterwards.
        changes: what changes, in order of lines.
    """

    path: str
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    changes: tuple[AppliedChange, ...]

    def diff(self) -> str:
        """Return the change as a unified diff, as ``git apply`` and ``patch -p1`` take it."""
        old, new = (_lines(SourceFile(self.path, data).text) for data in (self.before, self.after))
        lines = unified_diff(old, new, f"a/{self.path}", f"b/{self.path}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([text.rpartition("\n")[2]] if text[-1:] != "\n" else [])


@dataclass(frozen=True, slots=True)
class RewritePlan:
    """What a run would change.

    Attributes:
        root: the folder that paths are relative to.
        rules: the names of the rules that were applied.
        files: the files that change.
        untouched: places that stay, with the reasons.
        problems: why files could not be looked at, by path.
        scanned: how many files were looked at.
        seconds: how long it took.
    """

    root: str
    rules: tuple[str, ...]
    files: tuple[FileRewrite, ...] = ()
    untouched: tuple[LeftAlone, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    scanned: int = 0
    seconds: float = 0.0

    @property
    def changes(self) -> int:
        """How many changes there are in all files."""
        return sum(len(file.changes) for file in self.files)

    def diff(self) -> str:
        """Return all changes as a unified diff."""
        return "".join(file.diff() for file in self.files)

    def write(self, *, force: bool = False, progress: Progress | None = None) -> tuple[str, ...]:
        """Write the files, each of them whole or not at all; mode, encoding and symbolic links stay.

        Args:
            force: write also if git could not bring back what was there: if a tracked file of the repository differs
                from the last commit, or git does not track a file that changes.
            progress: called with how many files are written, of how many.

        Returns:
            The paths of the files.

        Raises:
            RewriteRefusedError: if git could not bring back what was there, and `force` is not set.
            RewriteError: if files cannot be written, or are no longer what they were; the others are written.
        """
        if not force and self.files:
            refusal = git_state(self.root, [file.path for file in self.files]).refusal
            if refusal:
                raise RewriteRefusedError(refusal)
        failed: dict[str, str] = {}
        written: list[str] = []
        for file in self.files:
            try:
                self._write(file)
            except OSError as exc:
                failed[file.path] = exc.strerror or str(exc)
            else:
                written.append(file.path)
            if progress:
                progress(len(written), len(self.files))
        if failed:
            raise RewriteError(failed, tuple(written))
        return tuple(written)

    def _write(self, file: FileRewrite) -> None:
        path = os.path.join(self.root, file.path)
        if read(path) != file.before:
            raise OSError("it has changed since it was read")
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "it is read-only")
        write(path, file.after)
