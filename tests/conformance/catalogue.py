"""Which modules of CPython are run, and the least that each of them must have reached.

A floor lies a little below the smallest number seen on CPython 3.11, 3.12 and 3.13, so that a later release may drop a
test or two, and far above what is left when loading or rewriting goes wrong.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from .rewrite import Scope

__all__ = ["SUITES", "UNITTEST", "UNITTEST_PACKAGE", "Module", "why_skipped"]

UNITTEST_PACKAGE = "unittest.test" if sys.version_info < (3, 12) else "test.test_unittest"
"""Where the running interpreter keeps the tests of `unittest`."""


@dataclass(frozen=True, slots=True)
class Module:
    """One module of tests.

    Args:
        key: its name in the table, in `corrections` and on the command line: ``unittest/...`` with only the classes
            under test derived from ours, ``suite/...`` with those that do the testing derived from ours as well.
        name: its full name.
        tests: at least so many tests pass unmodified.
        sites: at least so many expressions (class bases, mostly) get our base.
        companions: modules that hold the bodies of some of its tests, rewritten with it.
        since: the first Python that has it.
    """

    key: str
    name: str
    tests: int
    sites: int
    companions: tuple[str, ...] = ()
    since: tuple[int, int] = (3, 11)

    @property
    def scope(self) -> Scope:
        """Which classes are derived from the base under test."""
        return Scope.UNDER_TEST if self.key.startswith("unittest/") else Scope.EVERYTHING

    @property
    def path(self) -> Path:
        """The file of the module, whether it exists or not."""
        stem = Path(sysconfig.get_path("stdlib"), *self.name.split("."))
        return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


def _of_unittest(name: str, tests: int, sites: int) -> Module:
    return Module(f"unittest/{name}", f"{UNITTEST_PACKAGE}.{name}", tests, sites)


def _suite_of_unittest(
    name: str, tests: int, sites: int, companions: tuple[str, ...] = (), since: tuple[int, int] = (3, 11)
) -> Module:
    full = tuple(f"{UNITTEST_PACKAGE}.{companion}" for companion in companions)
    return Module(f"suite/unittest.{name}", f"{UNITTEST_PACKAGE}.{name}", tests, sites, full, since)


def _suite(name: str, tests: int, sites: int, companions: tuple[str, ...] = ()) -> Module:
    return Module(f"suite/{name}", f"test.{name}", tests, sites, companions)


# Missing here, since they make no class to work on: test_break, test_discovery, test_functiontestcase.
UNITTEST = (
    _of_unittest("test_assertions", 32, 4),
    _of_unittest("test_async_case", 12, 12),
    _of_unittest("test_case", 98, 40),
    _of_unittest("test_loader", 75, 40),
    _of_unittest("test_program", 20, 1),
    _of_unittest("test_result", 54, 29),
    _of_unittest("test_runner", 45, 36),
    _of_unittest("test_setups", 16, 25),
    _of_unittest("test_skipping", 23, 23),
    _of_unittest("test_suite", 26, 8),
)
"""CPython's tests of `unittest` in which the classes under test, and only those, are ours."""

SUITES = (
    _suite_of_unittest("test_assertions", 32, 6),
    _suite_of_unittest("test_async_case", 12, 13),
    _suite_of_unittest("test_break", 45, 1),
    _suite_of_unittest("test_case", 98, 41, ("support",)),
    _suite_of_unittest("test_discovery", 21, 1),
    _suite_of_unittest("test_functiontestcase", 7, 1),
    _suite_of_unittest("test_loader", 75, 41),
    _suite_of_unittest("test_program", 20, 3),
    _suite_of_unittest("test_result", 54, 33),
    _suite_of_unittest("test_runner", 45, 40),
    _suite_of_unittest("test_setups", 16, 26),
    _suite_of_unittest("test_skipping", 23, 24),
    _suite_of_unittest("test_suite", 26, 9, ("support",)),
    _suite_of_unittest("testmock.testasync", 80, 10),
    _suite_of_unittest("testmock.testcallable", 10, 1),
    _suite_of_unittest("testmock.testhelpers", 73, 5),
    _suite_of_unittest("testmock.testmagicmethods", 31, 1),
    _suite_of_unittest("testmock.testmock", 128, 1),
    _suite_of_unittest("testmock.testpatch", 104, 1),
    _suite_of_unittest("testmock.testsealable", 17, 1),
    _suite_of_unittest("testmock.testsentinel", 5, 1),
    _suite_of_unittest("testmock.testthreadingmock", 10, 1, since=(3, 13)),
    _suite_of_unittest("testmock.testwith", 25, 2),
    _suite("test_asyncio.test_locks", 65, 5),
    _suite("test_asyncio.test_queues", 41, 8),
    _suite("test_asyncio.test_runners", 24, 1),
    _suite("test_asyncio.test_taskgroups", 32, 1),
    _suite("test_asyncio.test_timeouts", 29, 1),
    _suite("test_context", 39, 2),
    _suite("test_contextlib", 84, 11),
    _suite("test_contextlib_async", 53, 5, ("test.test_contextlib",)),
    _suite("test_coroutines", 90, 6),
    _suite("test_dataclasses", 210, 16),
    _suite("test_functools", 235, 12),
)
"""Suites in which the classes that do the testing are ours as well."""


def why_skipped(module: Module) -> str | None:
    """Return why a module cannot be run by this interpreter, or None if it can.

    An interpreter that ships some of the modules must ship all of them: a single missing one means that it has been
    renamed, and is for the run to fail on.
    """
    if sys.version_info < module.since:
        return f"{module.name} exists since Python {'.'.join(map(str, module.since))}"
    if sys.implementation.name != "cpython":
        return f"{sys.implementation.name} is not the interpreter whose tests these are"
    if not any(other.path.exists() for other in (*UNITTEST, *SUITES)):
        return (
            f"this Python ships no tests: {module.path} does not exist "
            "(Linux distributions keep them in a package of their own, e.g. libpython3-testsuite)"
        )
    return None
