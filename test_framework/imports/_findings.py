"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from test_framework.errors import FrameworkError

__all__ = ["Finding", "ImportComplianceError", "ImportRecordError", "Step"]


class ImportComplianceError(FrameworkError, AssertionError):
    """Raised when imports break a rule.

    Attributes:
        findings: everything that was found.
    """

    def __init__(self, title: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(title, findings)
        self.title = title
        self.findings = findings

    def __str__(self) -> str:
        lines = [f"{finding.location}: {finding.message}" for finding in self.findings[:_SHOWN]]
        rest = len(self.findings) - len(lines)
        return "\n".join([self.title, *lines, *([f"... and {rest} more"] if rest else [])])


class ImportRecordError(FrameworkError, ValueError):
    """Raised when a baseline or a trend file cannot be read."""


_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One import in a chain of modules.

    Attributes:
        importer: the importing module.
        imported: the imported module.
        path: the file of the importer.
        line: the line of the import.
    """

    importer: str
    imported: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule.

    Attributes:
        rule: "legacy", "canonical", "missing", "shadowed", "fragmentation" or "cycles".
        path: of the file, relative to the root, with slashes.
        line: counted from 1.
        column: counted from 1, in bytes.
        message: what is wrong, in one sentence.
        target: the dotted name that is imported, defined or counted.
        form: how it is reached: one of `FORMS`, or "class", "def", "module", "budget", "cycle".
        replacement: what to write instead, as ``module`` or ``module:Name``; None if there is nothing.
        scope: the classes and functions around it.
        start: its first byte in the file without byte order mark, as UTF-8; None if it has no place of its own.
        end: the byte after it.
        via: the module of the re-export that it goes through.
        note: what the rule says to the reader.
        deadline: the day from which a baseline allows it no more.
        overdue: whether that day has come.
        guarded: whether it is in a ``try`` statement.
        chain: the imports of a cycle.
        modules: all modules of a cycle.
        key: the rule's name in the settings.
    """

    rule: str
    path: str
    line: int
    column: int
    message: str
    target: str
    form: str
    replacement: str | None = None
    scope: str = ""
    start: int | None = None
    end: int | None = None
    via: str | None = None
    note: str = ""
    deadline: date | None = None
    overdue: bool = False
    guarded: bool = False
    chain: tuple[Step, ...] = ()
    modules: tuple[str, ...] = ()
    key: str = ""

    @property
    def location(self) -> str:
        """``path:line:column``."""
        return f"{self.path}:{self.line}:{self.column}"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """What findings are sorted by."""
        return (self.path, self.line, self.column, self.rule, self.target)
