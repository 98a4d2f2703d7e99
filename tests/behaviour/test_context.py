"""Context variables: what is set around a test is seen in it, what it sets is seen in its phases and nowhere else."""

from __future__ import annotations

import contextvars
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED, every_backend
from .pytest_runs import run_pytest
from .recording import run_class

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="nothing")
PHASES = ("setUp", "asyncSetUp", "test", "task", "asyncTearDown", "tearDown", "async cleanup", "cleanup")


class _Looking(AsyncTestCase):
    """Writes down what each phase sees, and sets something in each."""

    __test__ = False
    seen: list[str]

    def look(self, phase: str) -> None:
        self.seen.append(f"{phase}: {VARIABLE.get()}")
        VARIABLE.set(phase)

    async def async_look(self, phase: str) -> None:
        await anyio.sleep(0)
        self.look(phase)
        await anyio.sleep(0)

    def setUp(self) -> None:
        self.addCleanup(self.look, "cleanup")
        self.addAsyncCleanup(self.async_look, "async cleanup")
        self.look("setUp")

    async def asyncSetUp(self) -> None:
        await self.async_look("asyncSetUp")

    async def test_1(self) -> None:
        await self.async_look("test")
        async with anyio.create_task_group() as group:
            # A task sees what the test has set; what it sets is its own.
            group.start_soon(self.async_look, "task")
        VARIABLE.set("task")

    async def test_2(self) -> None:
        await self.test_1()

    async def asyncTearDown(self) -> None:
        await self.async_look("asyncTearDown")

    def tearDown(self) -> None:
        self.look("tearDown")


def seen_after(outside: str) -> list[str]:
    """Return what the phases of a test see when *outside* was set around it."""
    return [f"{phase}: {before}" for phase, before in zip(PHASES, (outside, *PHASES), strict=False)]


def run(cls: type[_Looking], backend: str) -> list[str]:
    """Run both tests in a context of their own; return what they saw."""
    cls.seen = []
    record = contextvars.copy_context().run(run_class, cls, backend=backend)
    assert record.wasSuccessful(), record.events
    return cls.seen


@every_backend
def test_phases_share_one_context(backend: str) -> None:
    """Each phase, synchronous or not, sees what the one before has set, and nothing reaches the next test."""

    class Sample(_Looking):
        pass

    assert run(Sample, backend) == seen_after("nothing") * 2
    assert VARIABLE.get() == "nothing"


@every_backend
def test_variable_set_in_set_up_class(backend: str) -> None:
    """What setUpClass sets is seen by every test of the class."""

    class Sample(_Looking):
        @classmethod
        def setUpClass(cls) -> None:
            VARIABLE.set("setUpClass")

    assert run(Sample, backend) == seen_after("setUpClass") * 2


@every_backend
def test_variable_set_in_set_up_module(backend: str) -> None:
    """What setUpModule sets is seen by every test of the module."""
    module: Any = ModuleType("sample_module")
    module.setUpModule = lambda: VARIABLE.set("setUpModule")

    class Sample(_Looking):
        __module__ = "sample_module"

    with mock.patch.dict(sys.modules, {"sample_module": module}):
        assert run(Sample, backend) == seen_after("setUpModule") * 2


@every_backend
@pytest.mark.parametrize("hook", ["setUpClass", "asyncSetUpClass"])
def test_variable_set_in_asynchronous_class_fixture(hook: str, backend: str) -> None:
    """What an asynchronous class fixture sets is seen by every test, what a test sets by no other."""

    async def set_variable(cls: type) -> None:
        VARIABLE.set("before")
        await anyio.sleep(0)
        VARIABLE.set(hook)

    sample: Any = type("Sample", (_Looking,), {hook: classmethod(set_variable)})
    assert run(sample, backend) == seen_after(hook) * 2


@every_backend
def test_token_from_one_phase_is_good_in_another(backend: str) -> None:
    """A token belongs to one context, so that of asyncSetUp can be used in tearDown and in cleanups."""
    values: list[str] = []

    class Sample(AsyncTestCase):
        async def asyncSetUp(self) -> None:
            self.tokens = [VARIABLE.set("one"), VARIABLE.set("two")]
            self.addCleanup(lambda: VARIABLE.reset(self.tokens.pop()))

        async def test(self) -> None:
            await anyio.sleep(0)
            values.append(VARIABLE.get())

        def tearDown(self) -> None:
            VARIABLE.reset(self.tokens.pop())
            values.append(VARIABLE.get())

    assert run_class(Sample, backend=backend).kinds("test") == ["success"]
    assert values == ["two", "one"]


PYTEST_MODULE = """
import contextvars
import pytest
from test_framework import AsyncTestCase

SCOPES = ("session", "module", "class", "function")
VARIABLES = {scope: contextvars.ContextVar(scope, default="nothing") for scope in SCOPES}

def make(scope):
    @pytest.fixture(autouse=True, scope=scope)
    def fixture():
        token = VARIABLES[scope].set(scope)
        yield
        # Fails if a test had changed it in the context of the fixtures.
        VARIABLES[scope].reset(token)
    return fixture

fixtures = [make(scope) for scope in VARIABLES]
session_fixture, module_fixture, class_fixture, function_fixture = fixtures

def values():
    return [variable.get() for variable in VARIABLES.values()]

class Base(AsyncTestCase):
    __test__ = False

    def setUp(self):
        self.assertEqual(values(), list(VARIABLES))

    async def test_async(self):
        self.assertEqual(values(), list(VARIABLES))
        VARIABLES["function"].set("changed")

    def test_sync(self):
        self.assertEqual(values(), list(VARIABLES))
        VARIABLES["function"].set("changed")

    async def asyncTearDown(self):
        self.assertEqual(values(), [*list(VARIABLES)[:3], "changed"])

for backend in BACKENDS:
    name = "Sample_" + backend.replace("+", "_")
    globals()[name] = type(name, (Base,), {"__test__": True, "backend": backend, "__module__": __name__})
"""


def test_variables_set_in_fixtures_of_pytest(tmp_path: Path) -> None:
    """What autouse fixtures of any scope set is seen in every phase, and their tokens stay good."""
    (run,) = run_pytest(tmp_path, PYTEST_MODULE.replace("BACKENDS", repr(INSTALLED)))
    assert len(run.reports) == 2 * 3 * len(INSTALLED)
    assert {report.outcome for report in run.reports} == {"passed"}, run.output
