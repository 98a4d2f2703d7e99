"""The rule ``bases``: test classes whose tests would not run, or not in full, get a base class that runs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from test_framework.imports._chains import Unparsable
from test_framework.imports.rewriting._base_edits import base_edits
from test_framework.imports.rewriting._class_decisions import Decisions
from test_framework.imports.rewriting._class_graph import ClassGraph
from test_framework.imports.rewriting._class_records import FileRecord, record_file
from test_framework.imports.rewriting._definitions import Definitions, root_of
from test_framework.imports.rewriting._edits import Proposal
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._options import MigrateOptions
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["BasesRewrite"]

_CLASS = re.compile(rb"\bclass\b")


class BasesRewrite(Rewrite):
    """Gives test classes a base class that runs their tests.

    Args:
        options: what the rules go by.
        root: the folder that paths are relative to.
    """

    name = "bases"

    def __init__(self, options: MigrateOptions, *, root: str = "") -> None:
        self._root = root
        self._options = options
        self._decisions = Decisions(ClassGraph((), options), options, Definitions())
        self._surveyed: dict[str, tuple[int, FileRecord]] = {}
        words = {"TestCase", *(each.name for each in options.predecessors)}
        names = "|".join(re.escape(word) for word in sorted(words))
        self._tests = re.compile(rf"Test|{names}|\basync\s+def\s+test".encode())
        self._mentioned = re.compile(rf"(?:{names}|async\s+def\s+test)".encode())

    def survey(self, sources: Iterable[SourceFile]) -> None:
        """Look at all files, so that classes are known whose base classes are in other files.

        Args:
            sources: all files of the run; those that do not parse are passed over.
        """
        self._surveyed.clear()
        roots: dict[str, None] = {}
        others: dict[str, SourceFile] = {}
        files: list[FileRecord] = []
        for source in sources:
            if root := root_of(source, self._root):
                roots[root] = None
            if "test" in source.path.lower() or self._tests.search(source.utf8):
                files += self._surveyed_file(source)
            elif source.module and (source.is_package or _CLASS.search(source.utf8)):
                others[source.module] = source
        # Of the rest only those matter that test classes have a base class from.
        files += self._bases_among(others, files)
        graph = ClassGraph(files, self._options)
        self._decisions = Decisions(graph, self._options, Definitions(roots))

    def _bases_among(self, others: dict[str, SourceFile], files: Iterable[FileRecord]) -> list[FileRecord]:
        """Return what is to be known about the files by way of which classes have their base classes."""
        found: list[FileRecord] = []
        known = {file.module: file for file in files}
        pending = [base for file in files for record in file.classes for base in record.bases if base]
        seen: set[str] = set()
        for dotted in pending:
            module, _, name = dotted.rpartition(".")
            if dotted in seen:
                continue
            seen.add(dotted)
            if module in others:
                found += (fresh := self._surveyed_file(others.pop(module)))
                known.update({file.module: file for file in fresh})
                pending += [base for file in fresh for record in file.classes for base in record.bases if base]
            if module in known:
                # It may only pass the class on.
                pending += [origin] if (origin := known[module].imports.get(name)) else []
                pending += [f"{star}.{name}" for star in known[module].stars]
        return found

    def _surveyed_file(self, source: SourceFile) -> list[FileRecord]:
        """Return what is to be known about a file; nothing if it does not parse."""
        if source.problem is not None:
            return []
        try:
            file, _ = self._record(source)
        except (Unparsable, RecursionError):
            return []
        self._surveyed[source.path] = (hash(source.utf8), file)
        return [file]

    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file."""
        if not _CLASS.search(source.utf8):
            return Proposal()
        if self._is_settled(source):
            return Proposal()
        try:
            file, nodes = self._record(source)
        except Unparsable:
            if self._mentioned.search(source.utf8):
                raise
            return Proposal()
        return base_edits(source, file, nodes, self._decisions.replaced(file), rule=self.name)

    def _is_settled(self, source: SourceFile) -> bool:
        """Return whether the survey has shown that there is nothing to do and nothing to say; parsing takes long."""
        digest, file = self._surveyed.get(source.path, (None, None))
        if file is None or digest != hash(source.utf8):
            return False
        decisions = map(self._decisions.decision, file.classes)
        quiet = not any(each.changes or each.reason for each in decisions)
        return quiet and not any(map(self._decisions.becomes_ours, file.classes))

    def _record(self, source: SourceFile) -> tuple[FileRecord, dict[str, ast.ClassDef]]:
        return record_file(source, tests=self._options.is_test_file(source.path))
