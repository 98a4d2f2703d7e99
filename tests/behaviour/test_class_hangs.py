"""Class fixtures that hang, are interrupted, or fail inside a task group."""

from __future__ import annotations

import time
import unittest
from contextlib import suppress
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import every_backend
from .recording import Record, run_class

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

DEADLINE = "DeadlineExceeded: {} was still running when the deadline of 0.2 s passed"


class _Hooks(AsyncTestCase):
    """Class fixtures that write themselves down, and act in one place."""

    __test__ = False
    timeout = 0.2
    grace_period = 0.2
    where = ""
    log: list[str]

    @classmethod
    async def act(cls) -> None:
        await anyio.sleep_forever()

    @classmethod
    async def step(cls, phase: str) -> None:
        cls.log.append(phase)
        if phase == cls.where:
            await cls.act()

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addAsyncClassCleanup(cls.step, "cleanup 1")
        cls.addAsyncClassCleanup(cls.step, "cleanup 2")
        await cls.step("asyncSetUpClass")

    async def test(self) -> None:
        self.log.append("test")

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await cls.step("asyncTearDownClass")


EVERYTHING = ["asyncSetUpClass", "test", "asyncTearDownClass", "cleanup 2", "cleanup 1"]
WITHOUT_TEST = ["asyncSetUpClass", "cleanup 2", "cleanup 1"]
PLACES = {
    "asyncSetUpClass": ("setUpClass", WITHOUT_TEST),
    "asyncTearDownClass": ("tearDownClass", EVERYTHING),
    "cleanup 2": ("tearDownClass", EVERYTHING),
}


def run(where: str, backend: str, act: Any = None) -> tuple[list[str], Record]:
    """Run a class that acts in one place; return what ran and what the result was told."""
    parts: dict[str, Any] = {"where": where, "log": []}
    if act is not None:
        parts["act"] = act
    cls: Any = type("Sample", (_Hooks,), parts)
    record = run_class(cls, backend=backend)
    return cls.log, record


async def block(cls: Any) -> None:
    """Block the loop."""
    time.sleep(60)


async def refuse(cls: Any) -> None:
    """Wait for ever, whatever comes."""
    while True:
        with suppress(BaseException):
            await anyio.sleep(60)


@every_backend
@pytest.mark.parametrize("act", [None, classmethod(block), classmethod(refuse)], ids=["wait", "block", "refuse"])
@pytest.mark.parametrize("where", PLACES)
def test_deadline_of_class_fixtures(where: str, act: Any, backend: str) -> None:
    """A class fixture that hangs is an error of the class at its deadline; all that is owed still runs."""
    log, record = run(where, backend, act)
    reported, phases = PLACES[where]
    errors = [event for event in record.events if event.kind == "error"]
    assert log == phases, record.events
    assert len(errors) == 1, record.events
    assert errors[0].test.startswith(reported)
    _, _, told = errors[0].detail.partition("class cleanup " if where.startswith("cleanup") else where)
    assert told.endswith(DEADLINE.format("").removeprefix("DeadlineExceeded: ")), errors[0].detail


@every_backend
@pytest.mark.parametrize("where", PLACES)
def test_single_exception_in_a_group_is_that_exception(where: str, backend: str) -> None:
    """A child of a task group that fails in a class fixture is reported as itself."""

    async def act(cls: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(_fail)

    log, record = run(where, backend, classmethod(act))
    reported, phases = PLACES[where]
    assert log == phases
    ((test, detail),) = [(event.test, event.detail) for event in record.events if event.kind == "error"]
    assert test.startswith(reported)
    assert detail == "LookupError: in a child"


async def _fail() -> None:
    raise LookupError("in a child")


@every_backend
def test_skip_in_a_group_skips_the_class(backend: str) -> None:
    """SkipTest raised inside a task group of asyncSetUpClass skips the class, as it does outside of one."""

    async def act(cls: Any) -> None:
        async with anyio.create_task_group():
            raise unittest.SkipTest("not here")

    log, record = run("asyncSetUpClass", backend, classmethod(act))
    assert log == WITHOUT_TEST
    assert [(event.kind, event.detail) for event in record.events] == [("skip", "not here")]


@every_backend
@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit])
def test_exits_come_out_as_from_synchronous_class_fixtures(exception: type[BaseException], backend: str) -> None:
    """What is no Exception comes out of the suite, as it does on the standard class; later classes are not touched."""

    async def act(cls: Any) -> None:
        raise exception("out")

    class Standard(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise exception("out")

        def test(self) -> None:
            pass

    sample: Any = type("Sample", (_Hooks,), {"where": "asyncSetUpClass", "log": [], "act": classmethod(act)})
    sample.backend = backend
    for cls in (Standard, sample):
        with pytest.raises(exception, match="out"):
            unittest.TestSuite([cls("test")]).run(Record())
    assert sample.log[0] == "asyncSetUpClass"
    assert "test" not in sample.log
    log, record = run("", backend)
    assert log == EVERYTHING, record.events
    assert record.wasSuccessful()
