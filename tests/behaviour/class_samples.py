"""Sample classes with class fixtures made from parts: synchronous on the standard class, asynchronous on ours."""

from __future__ import annotations

import unittest
from typing import Any

import anyio

from test_framework import AsyncTestCase

__all__ = ["ACTIONS", "CLASS_PHASES", "make_class_sample"]

CLASS_PHASES = ("setUpClass", "tearDownClass", "cleanup 2", "cleanup 1")
ACTIONS = ("pass", "fail", "error", "skip")
_RAISED = {"fail": AssertionError, "error": ValueError, "skip": unittest.SkipTest}


class _Steps:
    """What both kinds of class share: fixtures that write themselves down, two tests."""

    phase: str
    action: str
    log: list[str]

    @classmethod
    def step(cls, phase: str) -> None:
        cls.log.append(phase)
        if phase == cls.phase and cls.action in _RAISED:
            raise _RAISED[cls.action](phase)

    @classmethod
    async def async_step(cls, phase: str) -> None:
        await anyio.sleep(0)
        cls.step(phase)
        await anyio.sleep(0)

    async def test_1(self) -> None:
        await anyio.sleep(0)
        self.log.append("test_1")

    def test_2(self) -> None:
        self.log.append("test_2")


class _Sync(_Steps, unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.addClassCleanup(cls.step, "cleanup 1")
        cls.addClassCleanup(cls.step, "cleanup 2")
        cls.step("setUpClass")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.step("tearDownClass")


class _Hooks(_Steps, AsyncTestCase):
    """The hooks that were made for it."""

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addClassCleanup(cls.step, "cleanup 1")
        cls.addAsyncClassCleanup(cls.async_step, "cleanup 2")
        await cls.async_step("setUpClass")

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await cls.async_step("tearDownClass")


class _Async(_Steps, AsyncTestCase):
    """unittest's own hooks, as coroutines."""

    @classmethod
    async def setUpClass(cls) -> None:  # type: ignore[override]
        cls.addAsyncClassCleanup(cls.async_step, "cleanup 1")
        cls.addClassCleanup(cls.step, "cleanup 2")
        await cls.async_step("setUpClass")

    @classmethod
    async def tearDownClass(cls) -> None:  # type: ignore[override]
        await cls.async_step("tearDownClass")


BASES: dict[str, type[Any]] = {"standard": _Sync, "hooks": _Hooks, "async": _Async}
for _base in BASES.values():
    _base.__test__ = False


def make_class_sample(kind: str, phase: str, action: str, log: list[str], **attributes: Any) -> type[Any]:
    """Return a class whose fixtures write themselves down.

    Args:
        kind: "standard", "hooks" for asyncSetUpClass and asyncTearDownClass, or "async" for ``async def setUpClass``.
        phase: the fixture that does something.
        action: what it does.
        log: what ran.
        attributes: of the class.
    """
    parts = {"phase": phase, "action": action, "log": log, "__test__": True, **attributes}
    return type("SampleClass", (BASES[kind],), parts)
