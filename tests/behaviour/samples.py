"""Sample classes made from parts: one phase of one test does something, and every phase is written down."""

from __future__ import annotations

import time
import unittest
from collections.abc import Iterator
from typing import Any, NamedTuple

import anyio

from .surroundings import Neighbour

__all__ = ["ACTIONS", "BODIES", "LOGS", "PHASES", "Sample", "all_samples", "make_class"]

# The cleanups are registered in this order, so they run in the other one.
PHASES = ("setUp", "asyncSetUp", "body", "asyncTearDown", "tearDown", "async cleanup", "cleanup")
ACTIONS = (
    "pass", "fail", "error", "skip", "expected failure", "unexpected success", "subtests", "hang", "KeyboardInterrupt",
)  # fmt: skip
# "async" never gives control back to the loop; in "waiting" every asynchronous phase does.
BODIES = ("sync", "async", "waiting")
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

    def __str__(self) -> str:
        return f"{self.phase}-{self.action}-{self.body}".replace(" ", "_")


def all_samples() -> Iterator[Sample]:
    """Yield every combination, but the slow ones, those that hang, with fewer bodies."""
    for phase in PHASES:
        for action in ACTIONS:
            for body in BODIES:
                if action != "hang" or body == "waiting" or (body == "sync" and phase == "body"):
                    yield Sample(phase, action, body)


def make_class(base: type[unittest.TestCase], sample: Sample, log: list[str], **attributes: Any) -> type[Any]:
    """Return a class with two tests, the first of which does what *sample* says.

    Args:
        base: the class under test, or the standard one.
        sample: what to do.
        log: every phase is appended to it, after the number of its test.
        attributes: of the class.
    """
    parts = {"sample": sample, "log": log, "test_1_sample": _test_method(sample), **attributes}
    return type("SampleClass", (_Phases, Neighbour, base), parts)


def _test_method(sample: Sample) -> Any:
    method: Any
    if sample.body == "sync":

        def method(self: Any) -> None:
            self.at("body")

    else:

        async def method(self: Any) -> None:
            await self.async_at("body")

    expects_failure = sample.action in ("expected failure", "unexpected success")
    return unittest.expectedFailure(method) if expects_failure else method


class _Phases:
    """Hooks that write themselves down."""

    sample: Sample
    log: list[str]

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
        self.log.append(f"{self._testMethodName[5]} {phase}")
        if self._is_due(phase):
            if self.sample.action == "hang":
                time.sleep(60)
            self._act(phase)

    async def async_at(self: Any, phase: str) -> None:
        self.log.append(f"{self._testMethodName[5]} {phase}")
        if self.sample.body == "waiting":
            await anyio.sleep(0)
        if self._is_due(phase):
            if self.sample.action == "hang":
                await anyio.sleep_forever()
            self._act(phase)

    def _is_due(self: Any, phase: str) -> bool:
        return bool(phase == self.sample.phase and self._testMethodName == "test_1_sample")

    def _act(self: Any, phase: str) -> None:
        action = self.sample.action
        if action in ("fail", "expected failure"):
            self.fail(phase)
        if action == "error":
            raise ValueError(phase)
        if action == "skip":
            self.skipTest(phase)
        if action == "KeyboardInterrupt":
            raise KeyboardInterrupt(phase)
        if action == "subtests":
            for number in range(3):
                with self.subTest(number=number):
                    self.assertNotEqual(number, 1, phase)
                    if number == 2:
                        raise ValueError(phase)
