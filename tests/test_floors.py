"""The floors of the house: imports point down only, and the tool that says so cannot be fooled."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import test_framework

# Nothing here depends on the version of Python.
pytestmark = pytest.mark.any_python

PACKAGE = Path(test_framework.__file__).parent
CONTRACTS = Path(__file__).parent.parent / ".importlinter"
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
# The product's own environment object is named in the settings.
BY_STRING = {"_lazy.py", "runners/__init__.py", "environment/_product.py"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the copy of the package in a folder against the contracts there."""
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package and its contracts."""
    shutil.copytree(PACKAGE, tmp_path / "test_framework", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CONTRACTS, tmp_path)
    return tmp_path


def test_the_house_stands(house: Path) -> None:
    """Every contract is kept by the package as it is."""
    result = lint(house)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 kept, 0 broken" in result.stdout


ATTACKS = {
    "up, at module level": ("errors.py", "from test_framework.testcase import AsyncTestCase", "floors"),
    "up, in a function": ("settings.py", "def late():\n    from test_framework import cli\n", "floors"),
    "up, for the type checker": (
        "_lazy.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from test_framework import testcase\n",
        "floors",
    ),
    "up, relative": ("guards/__init__.py", "from ..testcase import AsyncTestCase", "floors"),
    "up, out of a package": ("runners/_attack.py", "import test_framework.pytest_plugin", "floors"),
    "up, in a try": ("errors.py", "try:\n    from . import guards\nexcept ImportError:\n    pass\n", "floors"),
    "up, to a floor of later": ("testcase.py", "import test_framework.ssot", "floors"),
    "the root, by name": ("cli.py", "from test_framework import AsyncTestCase", "roof"),
    "the root, whole": ("__main__.py", "import test_framework", "roof"),
    "the root, in a function": ("testcase.py", "def late():\n    import test_framework\n", "roof"),
    "the root, relative": ("runners/_attack.py", "from .. import AsyncTestCase", "roof"),
    "no floor": ("attack.py", "", "floors"),
    "a cycle of neighbours": (
        "runners/_attack.py",
        "from test_framework.guards import _attack",
        "cycles",
    ),
}
TITLES = {
    "floors": "Imports point down only BROKEN",
    "roof": "Nothing inside imports the root package BROKEN",
    "cycles": "No cycles, not among neighbours either BROKEN",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_import_that_breaks_the_house_is_caught(house: Path, attack: str) -> None:
    """The lint fails, and names the contract that was broken."""
    place, code, contract = ATTACKS[attack]
    package = house / "test_framework"
    if "ssot" in code:
        (package / "ssot").mkdir(exist_ok=True)
        (package / "ssot" / "__init__.py").touch()
    if contract == "cycles":
        (package / "guards" / "_attack.py").write_text("import test_framework.runners._attack\n", "utf-8")
    target = package / place
    before = target.read_text("utf-8") if target.exists() else ""
    target.write_text(f"{before}\n{code}\n", "utf-8")

    result = lint(house)

    assert result.returncode == 1, result.stdout + result.stderr
    assert TITLES[contract] in result.stdout


def imports_by_string(source: str) -> list[int]:
    """Return the lines that name import_module or __import__."""
    names = {"import_module", "__import__"}
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and names & {alias.name for alias in node.names})
    ]


def test_only_these_modules_import_by_string() -> None:
    """What import-linter cannot see is allowed in these files only."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if imports_by_string(path.read_text("utf-8"))
    }
    assert found <= BY_STRING
    assert "_lazy.py" in found


@pytest.mark.parametrize(
    "source",
    [
        "from importlib import import_module as quietly",
        "import importlib\nimportlib.import_module('x')",
        "__import__('x')",
        "import builtins\nbuiltins.__import__('x')",
        "def late():\n    from importlib import import_module\n",
    ],
)
def test_an_import_by_string_is_seen(source: str) -> None:
    """The check above finds every spelling."""
    assert imports_by_string(source)
