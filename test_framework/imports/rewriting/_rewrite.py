"""What a rule of rewriting is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from test_framework.imports.rewriting._edits import Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile

__all__ = ["Rewrite"]


class Rewrite(ABC):
    """A rule that proposes changes, one file at a time. It reads and writes nothing itself.

    Attributes:
        name: what reports call it.
    """

    name: str

    def survey(self, sources: Iterable[SourceFile]) -> None:  # noqa: B027 - most rules need none
        """Look at all files of a run before any of them is changed, for rules that need more than one.

        Args:
            sources: the files; they may be made one at a time, and are not kept.
        """

    @abstractmethod
    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file.

        Args:
            source: the file, which may or may not parse, as earlier rules have left it.

        Raises:
            Unparsable: if it needs the tree of a file that does not parse; that file is then listed as untouched.
        """

    def concerns(self, source: SourceFile) -> bool:
        """Return whether a file is worth a look; a quick search of `SourceFile.utf8` saves parsing it."""
        return True

    def remaining(self, changed: Mapping[str, SourceFile]) -> Iterable[tuple[str, Untouched]]:
        """Return places that nobody has listed yet, with the paths of their files.

        Args:
            changed: the files as they would be, by path; lines are counted in these.
        """
        return ()
