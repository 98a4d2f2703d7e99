"""What an import brings along: every user, and every pytest run of an environment, pays for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"unittest", "asyncio", "pytest", "trio", "jwt", "websockets", "anyio", "cryptography", "uvloop", "logging"}
LOADED = """
import sys
before = set(sys.modules)
{statement}
print(*sorted(set(sys.modules) - before))
"""


def modules_of(statement: str) -> set[str]:
    """Return the modules that a statement loads in a fresh interpreter."""
    code = LOADED.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def brought_by(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh interpreter."""
    return {name.partition(".")[0] for name in modules_of(statement)}


def of_others(brought: set[str]) -> set[str]:
    """Return the modules that are not of the standard library, nor what a distribution of Python adds to it."""
    return brought - set(sys.stdlib_module_names) - brought_by("import traceback")


def test_the_root_brings_nothing_heavy() -> None:
    """`import test_framework` loads none of what most of its users may not need."""
    assert brought_by("import test_framework") & HEAVY == set()


def test_a_warning_category_brings_nothing_heavy() -> None:
    """Python's -W option and pytest's filters import a category by its path before anything else runs."""
    assert brought_by("from test_framework.errors import LeakedTaskWarning") & HEAVY == set()


def test_the_class_brings_unittest_and_asyncio_only() -> None:
    """`from test_framework import AsyncTestCase` loads no third-party package."""
    brought = brought_by("from test_framework import AsyncTestCase")
    assert {"unittest", "asyncio"} <= brought
    assert brought & {"pytest", "trio", "jwt", "websockets", "anyio", "cryptography", "uvloop"} == set()
    assert of_others(brought) == {"test_framework"}


def test_the_ssot_classes_bring_unittest_and_asyncio_only() -> None:
    """The home of the SSot classes loads no third-party package, and little of the standard library."""
    brought = brought_by("import test_framework.ssot.base_test_case")
    assert of_others(brought) == {"test_framework"}
    assert brought - brought_by("from test_framework import AsyncTestCase") <= {"test_framework"}


def test_the_plugin_brings_nothing_beyond_pytest() -> None:
    """The plugin is imported in every pytest run of the environment, also where nobody uses this package."""
    brought = brought_by("import pytest; before = set(sys.modules); import test_framework.pytest_plugin")
    assert brought & HEAVY == set()
    assert of_others(brought) == {"test_framework"}


@pytest.mark.parametrize(
    "statement", ["from test_framework import AsyncTestCase", "import test_framework.ssot.base_test_case"]
)
def test_what_tests_need_is_loaded_with_the_first_class_that_may_have_some(statement: str) -> None:
    """Importing the class does not bring it; deriving from it brings all, before a test can patch what imports need."""
    needed = {
        "settings",
        "guards",
        "guards._deadline",
        "runners",
        "runners._asyncio",
        "_case._session",
        "_case._methods",
    }
    needed = {f"test_framework.{name}" for name in needed}
    assert modules_of(statement) & needed == set()
    name = "SSotAsyncTestCase" if "ssot" in statement else "AsyncTestCase"
    define = f"from test_framework import {name}\nclass Mine({name}):\n    def test_it(self): pass\n"
    assert modules_of(define) >= needed
    run = f"{define}import unittest; Mine('test_it').run(unittest.TestResult())"
    assert {name for name in modules_of(run) - modules_of(define) if name.startswith("test_framework.")} == set()


@pytest.mark.parametrize("module", ["unittest", "asyncio"])
def test_the_measure_sees_what_an_import_brings(module: str) -> None:
    """The checks above can fail: the measure reports a module that was loaded on the way."""
    assert module in brought_by("import unittest.async_case")
