"""Every way of running trivial tests that is measured, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["SIDES", "Harness", "Side"]


class Harness(enum.Enum):
    """How a side is run, and what is measured."""

    UNITTEST = "unittest"
    """``TestSuite.run`` with a plain ``TestResult``: seconds per test."""
    PYTEST = "pytest"
    """A pytest session of many tests less a session of one test: seconds per test."""
    CALLS = "calls"
    """``asyncio.run`` of the body of a test, again and again: seconds per call."""
    IMPORT = "import"
    """A whole interpreter that runs one statement: seconds."""
    COLLECTED = "collected"
    """Memory that a collected test holds before it runs: bytes per test."""
    PEAK = "peak"
    """Highest memory while the suite runs, above the collected suite: bytes."""
    RETAINED = "retained"
    """Memory that is still held when the suite has run and is gone: bytes per test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One way to run trivial tests.

    Attributes:
        title: what the table calls it.
        harness: how it is run.
        imports: import lines of the generated module, or the statement of an ``IMPORT`` side.
        base: base of the test classes; empty for plain test functions.
        attributes: lines in the body of each test class, or of the module where there is none.
        hooks: whether asyncSetUp and asyncTearDown are overridden.
        synchronous: whether the tests are ``def`` instead of ``async def``.
        tasks: how many tasks each test starts and waits for.
        proof: a statement in the body of each test that fails on the wrong backend.
        tests: how many tests a measurement runs; None for the default.
        per_class: how many of them share a class.
        plugins: modules of the pytest plugins to load.
        optional_plugins: the same, loaded only where they exist.
        requires: modules without which the row says "not installed".
    """

    title: str
    harness: Harness
    imports: tuple[str, ...] = ()
    base: str = ""
    attributes: tuple[str, ...] = ()
    hooks: bool = False
    synchronous: bool = False
    tasks: int = 0
    proof: str = ""
    tests: int | None = None
    per_class: int = 100
    plugins: tuple[str, ...] = ()
    optional_plugins: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


_OURS = Side(
    title="AsyncTestCase",
    harness=Harness.UNITTEST,
    imports=("from test_framework import AsyncTestCase",),
    base="AsyncTestCase",
)
_ISOLATED = Side(
    title="IsolatedAsyncioTestCase",
    harness=Harness.UNITTEST,
    imports=("import unittest",),
    base="unittest.IsolatedAsyncioTestCase",
)
_SYNC = replace(_ISOLATED, title="TestCase", base="unittest.TestCase", synchronous=True)
_FUNCTION = Side(
    title="sync function",
    harness=Harness.PYTEST,
    imports=("import pytest",),
    synchronous=True,
    requires=("pytest",),
)


def _under_pytest(side: Side, **changes: Any) -> Side:
    """The same tests under pytest, with our own plugin once there is one."""
    plugins = ("test_framework.pytest_plugin",) if side.base == _OURS.base else ()
    requires = ("pytest", *changes.pop("requires", ()))
    return replace(side, harness=Harness.PYTEST, optional_plugins=plugins, requires=requires, **changes)


def _plugin(title: str, module: str, *lines: str) -> Side:
    """Async test functions that a pytest plugin runs."""
    return replace(
        _FUNCTION,
        title=title,
        synchronous=False,
        attributes=lines,
        plugins=(module,),
        requires=("pytest", module.partition(".")[0]),
    )


def _memory(side: Side, name: str) -> dict[str, Side]:
    """The three memory measurements of a side; tracing is slow, so with fewer tests."""
    return {
        f"{name}-{harness.value}": replace(side, harness=harness, tests=200)
        for harness in (Harness.COLLECTED, Harness.PEAK, Harness.RETAINED)
    }


def _statement(title: str, statement: str) -> Side:
    return Side(title=title, harness=Harness.IMPORT, imports=(statement,))


_PYTEST_ASYNCIO = "pytest_asyncio.plugin"
_IN_TRIO = "assert trio.lowlevel.in_trio_run()"
_IN_UVLOOP = "assert isinstance(asyncio.get_running_loop(), uvloop.Loop)"

SIDES: dict[str, Side] = {
    "ours": _OURS,
    "ours-hooks": replace(_OURS, hooks=True),
    "ours-fail": replace(
        _OURS,
        title="AsyncTestCase, all guards at fail",
        attributes=("strict = True", 'blocking_calls = "fail"'),
    ),
    "ssot": replace(
        _OURS,
        title="SSotAsyncTestCase",
        imports=("from test_framework.ssot.base_test_case import SSotAsyncTestCase",),
        base="SSotAsyncTestCase",
    ),
    "ssot-both": replace(
        _OURS,
        title="SSotAsyncTestCase",
        imports=("import os", "from test_framework.ssot.base_test_case import SSotAsyncTestCase"),
        base="SSotAsyncTestCase",
        proof='self.set_env_var("BENCHMARK", "1"); self.record_metric("ran", 1); assert os.environ["BENCHMARK"]',
    ),
    "ours-sync": replace(_OURS, synchronous=True),
    "ours-tasks": replace(_OURS, tasks=300, tests=20),
    "ours-uvloop": replace(
        _OURS,
        title="AsyncTestCase on uvloop",
        imports=(*_OURS.imports, "import uvloop"),
        attributes=('backend = "asyncio+uvloop"',),
        proof=_IN_UVLOOP,
        requires=("uvloop",),
    ),
    "ours-pytest": _under_pytest(_OURS),
    "ours-trio": _under_pytest(
        _OURS,
        title="AsyncTestCase on trio",
        imports=(*_OURS.imports, "import trio"),
        attributes=('backend = "trio"',),
        proof=_IN_TRIO,
        requires=("trio",),
    ),
    "ours-small": replace(_OURS, per_class=5),
    "isolated": _ISOLATED,
    "isolated-hooks": replace(_ISOLATED, hooks=True),
    "isolated-tasks": replace(_ISOLATED, tasks=300, tests=20),
    "sync": _SYNC,
    "sync-small": replace(_SYNC, per_class=5),
    "isolated-pytest": _under_pytest(_ISOLATED),
    "sync-pytest": _under_pytest(_SYNC),
    "function": _FUNCTION,
    "pytest-asyncio": _plugin("pytest-asyncio", _PYTEST_ASYNCIO, "pytestmark = pytest.mark.asyncio"),
    "pytest-asyncio-shared": _plugin(
        "pytest-asyncio, one loop per module",
        _PYTEST_ASYNCIO,
        'pytestmark = pytest.mark.asyncio(loop_scope="module")',
    ),
    "anyio": _plugin(
        "anyio's plugin",
        "anyio.pytest_plugin",
        "pytestmark = pytest.mark.anyio",
        '@pytest.fixture(scope="module")',
        "def anyio_backend():",
        '    return "asyncio"',
    ),
    "pytest-trio": replace(
        _plugin("pytest-trio", "pytest_trio.plugin", "pytestmark = pytest.mark.trio"),
        imports=(*_FUNCTION.imports, "import trio"),
        proof=_IN_TRIO,
    ),
    "asyncio-run": Side(title="asyncio.run", harness=Harness.CALLS, tasks=300, tests=20),
    "bare": _statement("bare interpreter", "pass"),
    "unittest-asyncio": _statement("import unittest, asyncio", "import unittest, asyncio"),
    "import-root": _statement("import test_framework", "import test_framework"),
    "import-ssot": _statement(
        "import of SSotBaseTestCase", "from test_framework.ssot.base_test_case import SSotBaseTestCase"
    ),
    "import-class": _statement("import of AsyncTestCase", _OURS.imports[0]),
    **_memory(_OURS, "ours"),
    **_memory(_ISOLATED, "isolated"),
}
