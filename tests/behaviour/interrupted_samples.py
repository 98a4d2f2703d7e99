"""Sample classes that say when they are ready for Ctrl-C, and two drivers that run one after the other.

Run as a program: ``python interrupted_samples.py RUNNER BACKEND``, where the runner is "unittest" or "pytest". Under
``python -m unittest`` and under pytest it is a module of tests, for the backend in SAMPLE_BACKEND.
"""

# ruff: noqa: T201 - it talks to the test that has started it
from __future__ import annotations

import os
import sys
import time
import unittest
from typing import Any

import anyio

from test_framework import AsyncTestCase

READY = "ready for Ctrl-C"
END = "KeyboardInterrupt came out"


def _ready() -> None:
    print(READY, flush=True)


class _Phases(AsyncTestCase):
    """Writes down its phases, and hangs in one of them.

    Attributes:
        phase: where.
    """

    backend: Any = os.environ.get("SAMPLE_BACKEND", "asyncio")
    grace_period = 10.0
    phase = ""

    def setUp(self) -> None:
        self.addCleanup(self.at, "cleanup")
        self.addAsyncCleanup(self.async_at, "async cleanup")
        self.at("setUp")

    async def asyncSetUp(self) -> None:
        await self.async_at("asyncSetUp")

    async def test_1_hangs(self) -> None:
        await self.async_at("body")

    async def test_2_next(self) -> None:
        self.at("next")

    async def asyncTearDown(self) -> None:
        await self.async_at("asyncTearDown")

    def tearDown(self) -> None:
        self.at("tearDown")

    def at(self, phase: str) -> None:
        print(phase, flush=True)
        if phase == self.phase and self._testMethodName == "test_1_hangs":
            _ready()
            time.sleep(60)

    async def async_at(self, phase: str) -> None:
        print(phase, flush=True)
        await anyio.sleep(0)
        if phase == self.phase and self._testMethodName == "test_1_hangs":
            await self.hang()

    async def hang(self) -> None:
        _ready()
        try:
            await anyio.sleep(60)
        finally:
            print("finally", flush=True)


class SetUp(_Phases):
    phase = "setUp"


class AsyncSetUp(_Phases):
    phase = "asyncSetUp"


class Body(_Phases):
    phase = "body"


class SyncBody(_Phases):
    phase = "body"

    def test_1_hangs(self) -> None:  # type: ignore[override]
        self.at("body")


class AsyncTearDown(_Phases):
    phase = "asyncTearDown"


class TearDown(_Phases):
    phase = "tearDown"


class AsyncCleanup(_Phases):
    phase = "async cleanup"


class Swallowing(_Phases):
    phase = "body"

    async def hang(self) -> None:
        _ready()
        try:
            await anyio.sleep(60)
        except BaseException:
            print("swallowed", flush=True)


class Nursery(_Phases):
    phase = "body"

    async def hang(self) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(super().hang)
            await anyio.sleep(60)


class Twice(_Phases):
    phase = "body"

    async def asyncTearDown(self) -> None:
        await super().asyncTearDown()
        await self.hang()


class LateReady(_Phases):
    """Is ready a second time when the first Ctrl-C has not ended it."""

    phase = "body"

    async def hang(self) -> None:
        _ready()
        await anyio.sleep(0.5)
        await super().hang()


class LateReadySync(_Phases):
    """The same in a synchronous method."""

    phase = "body"

    def test_1_hangs(self) -> None:  # type: ignore[override]
        print("body", flush=True)
        _ready()
        time.sleep(0.5)
        _ready()
        time.sleep(60)


class _OnClassLoop(_Phases):
    """Has fixtures of its class, one of which keeps running."""

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        group = await cls.enterAsyncClassContext(anyio.create_task_group())
        group.start_soon(anyio.sleep, 60)
        cls.addAsyncClassCleanup(cls.in_class, "class cleanup", group)
        await cls.in_class("asyncSetUpClass")

    @classmethod
    async def in_class(cls, phase: str, group: Any = None) -> None:
        print(phase, flush=True)
        if group is not None:
            group.cancel_scope.cancel()
        if phase == cls.phase:
            _ready()
            try:
                await anyio.sleep(60)
            finally:
                print("finally", flush=True)


class ClassBody(_OnClassLoop):
    phase = "body"


class ClassSetUp(_OnClassLoop):
    phase = "asyncSetUpClass"


class EndsByItself(_Phases):
    phase = "body"

    async def hang(self) -> None:
        _ready()
        await anyio.sleep(0.5)


_UNDER_BOTH = ("SyncBody", "AsyncSetUp", "Body", "Twice", "ClassSetUp", "ClassBody")
SAMPLES = {
    "unittest": (*_UNDER_BOTH, "SetUp", "AsyncTearDown", "TearDown", "AsyncCleanup", "Swallowing", "Nursery"),
    "pytest": _UNDER_BOTH,
}


def main(runner: str) -> None:
    """Run each sample; Ctrl-C ends the run of one, not the program."""
    for name in SAMPLES[runner]:
        print(f"@@@ {name}", flush=True)
        if runner == "pytest":
            import pytest

            # This folder's own fixture knows of no trio run that a class has.
            options = [
                "--noconftest",
                "-q",
                "-s",
                "--tb=no",
                "-o",
                "filterwarnings=",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
            ]
            code: Any = pytest.main([*options, "-p", "no:unraisableexception", f"{__file__}::{name}"])
            print(END if code == pytest.ExitCode.INTERRUPTED else f"ended with {code!r}", flush=True)
            continue
        suite = unittest.TestLoader().loadTestsFromTestCase(globals()[name])
        try:
            result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
        except KeyboardInterrupt:
            print(END, flush=True)
        else:
            print(f"ended with {result}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
