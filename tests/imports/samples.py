"""Sample projects, kept as one text each: half of what is in them no linter would let pass."""

from __future__ import annotations

import re
from pathlib import Path

from test_framework.imports import CheckResult, Finding, check_imports, load_rules

ASSETS = Path(__file__).parent.parent / "assets" / "imports"


def unpacked(name: str, folder: Path) -> Path:
    """Write the files of a sample to a folder, and return it."""
    for part in re.split(r"^=== ", (ASSETS / name).read_text("utf-8"), flags=re.MULTILINE)[1:]:
        path, _, text = part.partition("\n")
        write(folder, path, text)
    return folder


def write(folder: Path, path: str, text: str | bytes) -> Path:
    """Write one file, with the folders that it needs."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text if isinstance(text, bytes) else text.encode())
    return target


def project(folder: Path, settings: str = "", **files: str | bytes) -> Path:
    """Write a project: settings below ``[tool.test_framework.imports]``, and files (``app__a`` is ``app/a.py``)."""
    write(folder, "pyproject.toml", f"[tool.test_framework.imports]\n{settings}")
    for name, text in files.items():
        write(folder, name.replace("__", "/").replace("/init", "/__init__") + ".py", text)
    return folder


def checked(folder: Path, *select: str) -> CheckResult:
    """Check a project in one process."""
    return check_imports(load_rules(folder), select=select or None, processes=1)


def found(folder: Path, *select: str) -> list[str]:
    """Return the findings in a project, one line each."""
    return [line(finding) for finding in checked(folder, *select).findings]


def line(finding: Finding) -> str:
    """Return a finding as a line of an expected-findings file."""
    words = [f"{finding.path}:{finding.line}:{finding.column}", finding.rule, finding.form, finding.target]
    if finding.replacement:
        words += ["->", finding.replacement]
    if finding.via:
        words += ["via", finding.via]
    if finding.scope:
        words += ["in", finding.scope]
    return " ".join(words)
