"""Runs the examples of a page of documentation, as its readers would.

A page is one module and one folder: its Python blocks run in order in one namespace, and its console blocks run in a
folder that holds the blocks which begin with a file's name (``# test_chat.py``). A comment before a block, for
instance ``<!-- example: fails LeftBehindError -->``, says what is special about it:

    fails [TEXT]    the tests of the block must fail, and the report must contain the text
    pytest          the block is a test module of its own, run by pytest
    needs MODULE    the block is left out where this module is not installed
"""

from __future__ import annotations

import doctest
import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
import types
import unittest
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sybil import Document, Example
from sybil.parsers.markdown import CodeBlockParser

MARK = re.compile(r"<!-- example: (?P<words>[^>]*?) -->\s*\Z")
FILE = re.compile(r"# (?P<name>[\w/]+\.(?:py|toml|ini))\n")
RUNNABLE = ("python -m test_framework", "python -m unittest", "python -m pytest")


@dataclass(slots=True)
class Marks:
    """What the comment before a block says."""

    fails: bool = False
    text: str = ""
    pytest: bool = False
    needs: list[str] = field(default_factory=list)

    @classmethod
    def before(cls, example: Example) -> Marks:
        """Read the comment that stands before an example."""
        found = MARK.search(example.document.text, 0, example.start)
        marks = cls()
        for words in found["words"].split(", ") if found else ():
            match words.split(maxsplit=1):
                case ["fails"]:
                    marks.fails = True
                case ["fails", text]:
                    marks.fails, marks.text = True, text
                case ["pytest"]:
                    marks.pytest = True
                case ["needs", module]:
                    marks.needs.append(module)
                case _:
                    raise ValueError(f"{example.path}:{example.line}: unknown mark {words!r}")
        return marks


class Page:
    """One page of documentation, with the folder that its console blocks see."""

    def __init__(self, path: Path, folder: Path) -> None:
        parsers = [
            CodeBlockParser("python", self.run_python),
            CodeBlockParser("toml", self.keep_file),
            CodeBlockParser("console", self.run_console),
        ]
        self.folder = folder
        self.document = Document.parse(str(path), *parsers)
        self.module = types.ModuleType(re.sub(r"\W", "_", f"page_{path.stem}"))
        self.document.namespace = self.module.__dict__

    def examples(self) -> list[Example]:
        """Return the examples of the page, in order."""
        return list(self.document.examples())

    def run(self) -> None:
        """Run every example; raise at the first that is not as the page says."""
        sys.modules[self.module.__name__] = self.module
        try:
            for example in self.examples():
                example.evaluate()
        finally:
            del sys.modules[self.module.__name__]

    def keep_file(self, example: Example) -> None:
        """Write a block that begins with a file's name to that file."""
        if named := FILE.match(example.parsed):
            target = self.folder / named["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(example.parsed, "utf-8")

    def run_python(self, example: Example) -> str | None:
        """Run a block and the tests that it defines; return what went other than the page says."""
        marks = Marks.before(example)
        if any(importlib.util.find_spec(module) is None for module in marks.needs):
            return None
        self.keep_file(example)
        if marks.pytest:
            return self._judge(marks, *self._run_pytest(example))
        source = "\n" * example.line + example.parsed
        before = dict(self.module.__dict__)
        exec(compile(source, example.path, "exec", dont_inherit=True), self.module.__dict__)
        suite = unittest.TestSuite(_tests_of(self.module.__dict__, before))
        if suite.countTestCases() == 0:
            return "the block is marked as failing and has no test" if marks.fails else None
        report = io.StringIO()
        result = unittest.TextTestRunner(report, verbosity=2).run(suite)
        return self._judge(marks, result.wasSuccessful(), report.getvalue())

    def run_console(self, example: Example) -> str | None:
        """Run the commands of a console block that are ours; return how their output differs from the page's."""
        for command, expected in _commands(example.parsed):
            if not command.startswith(RUNNABLE):
                continue
            done = self._run([sys.executable, *shlex.split(command)[1:]])
            output = done.stdout + done.stderr
            flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            if expected.strip() and not doctest.OutputChecker().check_output(expected, output, flags):
                return f"$ {command}\nshould print\n{expected}\nbut printed\n{output}"
            if not expected.strip() and done.returncode != 0:
                return f"$ {command}\nexited with {done.returncode} and printed\n{output}"
        return None

    def _run_pytest(self, example: Example) -> tuple[bool, str]:
        module = self.folder / f"test_line_{example.line}.py"
        module.write_text(example.parsed, "utf-8")
        done = self._run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", module.name])
        return done.returncode == 0, done.stdout + done.stderr

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
            check=False,
        )

    @staticmethod
    def _judge(marks: Marks, passed: bool, report: str) -> str | None:
        if passed is marks.fails:
            return f"the tests of the block {'pass' if passed else 'fail'}:\n{report}"
        if marks.text not in report:
            return f"the report does not contain {marks.text!r}:\n{report}"
        return None


def _tests_of(namespace: dict[str, Any], before: dict[str, Any]) -> Iterator[unittest.TestSuite]:
    """Yield the tests of the classes that a block defined."""
    for name, value in list(namespace.items()):
        defined_here = getattr(value, "__module__", None) == namespace["__name__"]
        if defined_here and before.get(name) is not value and _is_case(value):
            yield unittest.defaultTestLoader.loadTestsFromTestCase(value)


def _is_case(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, unittest.TestCase)


def _commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with the output shown after it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected
