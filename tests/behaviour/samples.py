"""Sample classes made from parts: one phase of one test does something, and every phase is written down."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import anyio

from .surroundings import Neighbour

__all__ = ["ACTIONS", "BODIES", "LOGS", "PHASES", "Plan", "Sample", "all_samples", "make_class"]

# The cleanups are registered in this order, so they run in the other one.
PHASES = ("setUp", "asyncSetUp", "body", "asyncTearDown", "tearDown", "async cleanup", "cleanup")
ACTIONS = (
    "pass", "fail", "error", "skip", "expected failure", "unexpected success", "subtests", "hang", "KeyboardInterrupt",
    "SystemExit", "GeneratorExit", "CancelledError",
)  # fmt: skip
# "async" never gives control back to the loop; in "waiting" every asynchronous phase does.
BODIES = ("sync", "async", "waiting")
Action = str | Callable[[], Any]
Plan = Mapping[str, Action]

_RAISED: dict[str, type[BaseException]] = {
    "fail": AssertionError,
    "expected failure": AssertionError,
    "error": ValueError,
    "skip": unittest.SkipTest,
    "KeyboardInterrupt": KeyboardInterrupt,
    "SystemExit": SystemExit,
    "GeneratorExit": GeneratorExit,
    "CancelledError": asyncio.CancelledError,
}
# What sample classes write down, by the names of the classes; the process that runs pytest hands it on.
LOGS: dict[str, list[str]] = {}


class Sample(NamedTuple):
    """What a sample class is made of.

    Attributes:
        phase: where something happens in the first test.
        action: what happens there.
        body: how the test method and the asynchronous phases are written.
    """

    phase: str
    action: str
    body: str

    @property
    def plan(self) -> dict[str, str]:
        """What each phase does, of those that do anything."""
        return {self.phase: self.action}

    def __str__(self) -> str:
        return f"{self.phase}-{self.action}-{self.body}".replace(" ", "_")


def all_samples() -> Iterator[Sample]:
    """Yield every combination, but the slow ones, those that hang, with fewer bodies."""
    for phase in PHASES:
        for action in ACTIONS:
            for body in BODIES:
                if action != "hang" or body == "waiting" or (body == "sync" and phase == "body"):
                    yield Sample(phase, action, body)


def make_class(
    base: type[unittest.TestCase], plan: Plan, log: list[str], *, body: str = "waiting", **attributes: Any
) -> type[Any]:
    """Return a class with two tests, the first of which does what *plan* says.

    Args:
        base: the class under test, or the standard one.
        plan: what each phase does: one of `ACTIONS`, or a function, asynchronous for an asynchronous phase.
        log: every phase is appended to it, after the number of its test.
        body: how the test method and the asynchronous phases are written.
        attributes: of the class.
    """
    method = _sync_method() if body == "sync" else _async_method()
    if any(action in ("expected failure", "unexpected success") for action in plan.values()):
        method = unittest.expectedFailure(method)
    parts = {"plan": plan, "log": log, "waits": body == "waiting", "test_1_sample": method, **attributes}
    return type("SampleClass", (_Phases, Neighbour, base), parts)


def _sync_method() -> Any:
    def method(self: Any) -> None:
        self.at("body")

    return method


def _async_method() -> Any:
    async def method(self: Any) -> None:
        await self.async_at("body")

    return method


class _Phases:
    """Hooks that write themselves down."""

    plan: Plan
    log: list[str]
    waits: bool

    def setUp(self: Any) -> None:
        self.addCleanup(self.at, "cleanup")
        self.addAsyncCleanup(self.async_at, "async cleanup")
        self.at("setUp")

    async def asyncSetUp(self: Any) -> None:
        await self.async_at("asyncSetUp")

    async def asyncTearDown(self: Any) -> None:
        await self.async_at("asyncTearDown")

    def tearDown(self: Any) -> None:
        self.at("tearDown")

    def at(self: Any, phase: str) -> None:
        action = self.begin(phase)
        if callable(action):
            action()
        elif action == "hang":
            time.sleep(60)
        else:
            self.act(action, phase)

    async def async_at(self: Any, phase: str) -> None:
        action = self.begin(phase)
        if self.waits:
            await anyio.sleep(0)
        if callable(action):
            await action()
        elif action == "hang":
            await anyio.sleep_forever()
        else:
            self.act(action, phase)

    def begin(self: Any, phase: str) -> Action:
        self.log.append(f"{self._testMethodName[5]} {phase}")
        return self.plan.get(phase, "pass") if self._testMethodName == "test_1_sample" else "pass"

    def act(self: Any, action: str, phase: str) -> None:
        if action in _RAISED:
            raise _RAISED[action](phase)
        if action == "subtests":
            for number in range(3):
                with self.subTest(number=number):
                    self.assertNotEqual(number, 1, phase)
                    if number == 2:
                        raise ValueError(phase)
