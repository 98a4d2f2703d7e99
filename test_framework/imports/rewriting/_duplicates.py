"""The rule ``duplicates``: copies of a canonical class or function in test files give way to its import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from test_framework.imports._rules import CanonicalRule
from test_framework.imports.rewriting._additions import Needed, add_imports
from test_framework.imports.rewriting._copies import objection
from test_framework.imports.rewriting._definitions import Definition, Definitions, root_of
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._from_imports import end_of_line, indent_of
from test_framework.imports.rewriting._options import MigrateOptions
from test_framework.imports.rewriting._rewrite import Rewrite
from test_framework.imports.rewriting._trees import twins_of

__all__ = ["DuplicatesRewrite"]

Copy = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
_BLANK = re.compile(rb"(?:[ \t\f]*+(?:\r\n|\r|\n))*+")


class DuplicatesRewrite(Rewrite):
    """Replaces copies of canonical classes and functions in test files by their import.

    Args:
        options: what the rules go by.
        root: the folder that paths are relative to.
    """

    name = "duplicates"

    def __init__(self, options: MigrateOptions, *, root: str = "") -> None:
        self._root = root
        self._options = options
        self._definitions = Definitions()
        words = "|".join(sorted(re.escape(rule.name) for rule in options.canonical)) or "(?!)"
        self._mentioned = re.compile(rf"^[ \t\f]*(?:async\s+)?(?:class|def)\s+(?:{words})\b", re.MULTILINE)

    def survey(self, sources: Iterable[SourceFile]) -> None:
        """Look at where the files are: what they import is defined below the same folders.

        Args:
            sources: all files of the run.
        """
        self._definitions = Definitions(dict.fromkeys(root for each in sources if (root := root_of(each, self._root))))

    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file."""
        if not self._mentioned.search(source.text) or not self._is_test(source):
            return Proposal()
        gone: list[tuple[Copy, CanonicalRule]] = []
        untouched: list[Untouched] = []
        for rule in self._options.canonical:
            if rule.allows(source.module or ""):
                continue
            for node in _copies(source, rule.name):
                reason = self._reason(source, node, rule)
                if reason is None:
                    gone.append((node, rule))
                else:
                    what = f"{node.name}, whose home is {rule.home}"
                    untouched.append(Untouched(node.lineno, self.name, what, reason))
        return self._proposal(source, gone, untouched)

    def _is_test(self, source: SourceFile) -> bool:
        folders = {*(source.module or "").split(".")[:-1]}
        conftest = source.path.replace("\\", "/").rpartition("/")[2] == "conftest.py"
        return conftest or self._options.is_test_file(source.path) or bool(folders & _TEST_FOLDERS)

    def _reason(self, source: SourceFile, node: Copy, rule: CanonicalRule) -> str | None:
        if node not in source.tree.body or len(source.names.bindings.get(node.name, ())) != 1:
            return "it is not at the top of the module, or not the only thing of its name"
        if indent_of(source, node) is None or end_of_line(source, source.span(node)[1]) is None:
            return "other code stands in its line"
        canonical = self._definitions.find(f"{rule.home}.{rule.name}")
        if canonical is None:
            return f"{rule.home} does not define it, or cannot be read"
        if canonical.module == source.module:
            return f"{rule.home} has it from here"
        if _imports(canonical, source.module) or self._definitions.imports(rule.home, source.module):
            return f"{rule.home} imports this module, so the two would import each other"
        return objection(source, node, canonical, self._definitions)

    def _proposal(
        self, source: SourceFile, gone: list[tuple[Copy, CanonicalRule]], untouched: list[Untouched]
    ) -> Proposal:
        for node, rule in list(gone):
            alone = add_imports(source, [Needed(rule.home, rule.name)], rule=self.name, freed=[node.name])
            if alone.reason:
                gone.remove((node, rule))
                untouched.append(Untouched(node.lineno, self.name, node.name, alone.reason))
        untouched.sort(key=lambda each: each.line)
        if not gone:
            return Proposal(untouched=tuple(untouched))
        needed = [Needed(rule.home, rule.name) for _, rule in gone]
        addition = add_imports(source, needed, rule=self.name, freed=[node.name for node, _ in gone])
        tree, twins = twins_of(source)
        removed = {twins[node] for node, _ in gone}
        addition.into(tree)
        tree.body = [statement for statement in tree.body if statement not in removed]
        floor = max((edit.end for edit in addition.edits), default=0)
        edits = [
            Edit(*_extent(source, node, floor), "", node.lineno, self.name, f"{node.name} -> {rule.home}.{rule.name}")
            for node, rule in gone
        ]
        return Proposal((*addition.edits, *edits), tuple(untouched), tree)


def _copies(source: SourceFile, name: str) -> Iterator[Copy]:
    """Yield the classes of a name wherever they are, and the functions at the level of the module."""
    for node in source.names.nodes:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield node
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            yield from [node] if isinstance(source.names.scope(node), ast.Module) else []


def _imports(definition: Definition, module: str | None) -> bool:
    return module is not None and definition.source.names.imports(module)


def _extent(source: SourceFile, node: Copy, floor: int) -> tuple[int, int]:
    """Return what to delete: a definition with its decorators, and the blank lines behind it.

    Args:
        source: the file.
        node: the definition.
        floor: the offset before which something else is edited.
    """
    data = source.utf8
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    start = source.lines[first - 1]
    end = end_of_line(source, source.span(node)[1])
    blank = _BLANK.match(data, len(data) if end is None else end)
    stop = blank.end() if blank else len(data)
    if stop == len(data):
        # At the end of the file, the blank lines are those before it.
        before = data[:start].rstrip(b" \t\f\r\n")
        rest = _BLANK.match(data, len(before))
        newline = re.compile(rb"[ \t\f]*(?:\r\n|\r|\n)?").match(data, len(before))
        start = max(newline.end(), min(start, floor)) if newline and rest else start
    return start, stop
