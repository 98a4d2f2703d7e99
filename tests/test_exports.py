"""The public names: each listed once, each real, none that a test runner would collect."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import test_framework

HOMES = sorted(vars(test_framework)["_HOMES"])
NAMES: list[str] = vars(test_framework)["__all__"]
# What suites import from its home only: other names for the same, and a part of get_env().
NOT_AT_THE_ROOT = {
    "BaseIntegrationTest",
    "BaseTestCase",
    "SSotAsyncBaseTestCase",
    "Snapshot",
    "TestContext",
    "TestMetrics",
}
MODULES = sorted(
    ".".join(("test_framework", *path.relative_to(Path(test_framework.__file__).parent).with_suffix("").parts))
    for path in Path(test_framework.__file__).parent.rglob("*.py")
    if not path.name.startswith("__")
)


def test_the_root_exports_what_its_modules_do() -> None:
    """The root has the names of its public modules and the version, and nothing else."""
    union = {"__version__"}
    for home in HOMES:
        union.update(importlib.import_module(home).__all__)
    # Of the checks of imports the root has the assertions and the errors; the engine is for those who build on it.
    engine = set(importlib.import_module("test_framework.imports").__all__)
    assert union - NOT_AT_THE_ROOT - engine == set(NAMES) - engine


def test_each_name_stands_once_and_in_order() -> None:
    """A new name has one obvious place in the table."""
    assert len(set(NAMES)) == len(NAMES)
    assert list(vars(test_framework)["_HOMES"]) == HOMES
    for names in vars(test_framework)["_HOMES"].values():
        # Constants, classes, functions: the order that the formatter of the house keeps.
        assert sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name)) == list(names)


def test_checkers_see_what_is_there() -> None:
    """The stub imports each public name from the home that it is loaded from, and no other."""
    stub = ast.parse(Path(test_framework.__file__).with_suffix(".pyi").read_text("utf-8"))
    seen = {
        node.module: tuple(alias.name for alias in node.names if alias.asname == alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
    }
    assert {home: sorted(names) for home, names in seen.items() if home} == {
        home: sorted(names) for home, names in vars(test_framework)["_HOMES"].items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    """A listed name can be imported, and is the same object as in its home."""
    value = getattr(test_framework, name)
    if name == "__version__":
        assert version("ssot-test-framework") == value
    else:
        homes = [home for home, names in vars(test_framework)["_HOMES"].items() if name in names]
        assert [getattr(importlib.import_module(home), name) for home in homes] == [value]


def test_dir_lists_them_before_they_are_loaded() -> None:
    """Completion in a fresh interpreter offers every public name."""
    code = "import test_framework as t; missing = set(t.__all__) - set(dir(t)); assert not missing, missing"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """The lazy root says what it does not have, like any module."""
    with pytest.raises(AttributeError, match="module 'test_framework' has no attribute 'nothing'"):
        vars(test_framework)["__getattr__"]("nothing")


@pytest.mark.parametrize("module", MODULES)
def test_no_public_name_would_be_collected(module: str) -> None:
    """No public name of any module looks like a test to a runner that finds it in a user's module."""
    loaded = pytest.importorskip(module, reason="needs an extra", exc_type=ModuleNotFoundError)
    names = getattr(loaded, "__all__", None) or [name for name in vars(loaded) if not name.startswith("_")]
    own = [name for name in names if getattr(getattr(loaded, name), "__module__", module) == module]
    assert [name for name in own if re.match(r"[Tt]est", name)] == []
