"""Samples for the tests of the run: phases that each do what a plan says, and tests with marks."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from test_framework import AsyncTestCase

__all__ = ["ACTIONS", "PHASES", "Action", "Expected", "Marked", "Ours", "OursAsync", "Plain", "Skipped"]

Action = Callable[[Any], object]


class Stop(Exception):
    """An exception of no particular kind."""


def _raise(error: BaseException) -> object:
    raise error


def _subtests(case: Any) -> None:
    for number in range(4):
        with case.subTest(number=number):
            if number == 1:
                case.fail("a sub-test")
            if number == 2:
                case.skipTest("a sub-test")
            if number == 3:
                raise Stop("a sub-test")


def _nested_subtests(case: Any) -> None:
    with case.subTest(outer=1), case.subTest(inner=2):
        case.fail("inner")


def _late_cleanup(case: Any) -> None:
    case.addCleanup(case.fail, "late cleanup")


ACTIONS: dict[str, Action] = {
    "pass": lambda case: None,
    "fail": lambda case: case.fail("failed"),
    "error": lambda case: _raise(Stop("an error")),
    "group": lambda case: _raise(ExceptionGroup("some", [Stop("one"), Stop("two")])),
    "skip": lambda case: case.skipTest("skipped"),
    "SystemExit": lambda case: _raise(SystemExit(3)),
    "GeneratorExit": lambda case: _raise(GeneratorExit()),
    "KeyboardInterrupt": lambda case: _raise(KeyboardInterrupt()),
    "subtests": _subtests,
    "nested subtests": _nested_subtests,
    "late cleanup": _late_cleanup,
    "value": lambda case: 3,
    "clean up": lambda case: case.doCleanups(),
}
PHASES = ("setUp", "body", "tearDown", "cleanup")


class Parts:
    """Phases that each do what the plan says."""

    plan: dict[str, Action]
    log: list[str]
    __unittest_skip__ = False
    __unittest_expecting_failure__ = False

    def setUp(self: Any) -> None:
        self.addCleanup(self.act, "cleanup")
        self.act("setUp")

    def tearDown(self: Any) -> None:
        self.act("tearDown")

    def test_x(self: Any) -> object:
        return self.act("body")

    def act(self: Any, phase: str) -> object:
        self.log.append(phase)
        return self.plan.get(phase, ACTIONS["pass"])(self)


class Plain(Parts, unittest.TestCase):
    """A sample on the standard class."""


class Ours(Parts, AsyncTestCase):
    """A sample on our class."""


class OursAsync(Parts, AsyncTestCase):
    """A sample whose phases are asynchronous."""

    async def asyncSetUp(self) -> None:
        self.act("asyncSetUp")

    async def asyncTearDown(self) -> None:
        self.act("asyncTearDown")

    async def test_x(self) -> Any:
        return self.act("body")


class Marked(AsyncTestCase):
    """Tests with and without marks."""

    async def test_plain(self) -> None: ...

    @unittest.skip("marked")
    async def test_skip(self) -> None: ...

    @unittest.expectedFailure
    async def test_expected(self) -> None:
        self.fail("expected")

    @unittest.expectedFailure
    async def test_unexpected(self) -> None: ...


@unittest.skip("class")
class Skipped(AsyncTestCase):
    async def test_plain(self) -> None: ...


@unittest.expectedFailure
class Expected(AsyncTestCase):
    async def test_plain(self) -> None:
        self.fail("expected")
