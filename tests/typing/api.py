"""The public interface as type checkers see it: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import asyncio
import unittest
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, assert_type

import test_framework
from test_framework import (
    AsyncTestCase,
    BackgroundExceptionWarning,
    BlockingCallWarning,
    DeadlineExceeded,
    FrameworkError,
    GuardWarning,
    LeakedTaskWarning,
    LeakedThreadWarning,
    LeftBehindError,
    MissingFixturesError,
    SettingsError,
    UnawaitedCoroutineWarning,
    deadline,
    guard,
    on_backends,
)

assert_type(test_framework.__version__, str)
test_framework.nothing  # type: ignore[attr-defined]

standard: type[unittest.IsolatedAsyncioTestCase] = AsyncTestCase
categories: list[type[GuardWarning]] = [
    LeakedTaskWarning,
    BackgroundExceptionWarning,
    UnawaitedCoroutineWarning,
    LeakedThreadWarning,
    BlockingCallWarning,
]
failures: list[type[AssertionError]] = [DeadlineExceeded, LeftBehindError]
errors: list[type[FrameworkError]] = [DeadlineExceeded, LeftBehindError, MissingFixturesError, SettingsError]
wrong_value: type[ValueError] = SettingsError


def data_of_errors(late: DeadlineExceeded, left: LeftBehindError, missing: MissingFixturesError) -> None:
    assert_type(late.seconds, float)
    assert_type(late.phase, str)
    assert_type(late.report, str)
    assert_type(left.findings, tuple[str, ...])
    assert_type(missing.test, str)
    assert_type(missing.names, tuple[str, ...])


@asynccontextmanager
async def numbers() -> AsyncGenerator[int]:
    yield 1


async def answer() -> int:
    return 42


async def ready() -> bool:
    return True


async def perhaps() -> str | None:
    return None


def anything() -> Any: ...


def add(number: int, *, text: str) -> None: ...


async def add_async(number: int, *, text: str) -> None: ...


class Attributes(AsyncTestCase):
    backend = "trio"
    backend_options: Mapping[str, Any] = {"restrict_keyboard_interrupt_to_checkpoints": True}
    loop_factory = asyncio.SelectorEventLoop
    timeout = 2.5
    grace_period = 1.0
    loop_debug = True
    strict = True
    leaked_tasks = "fail"
    background_exceptions = "warn"
    unawaited_coroutines = "ignore"
    leaked_threads = None
    blocking_calls = "warn"
    blocking_threshold = 0.05


class WrongAttributes(AsyncTestCase):
    backend = "curio"  # type: ignore[assignment]
    leaked_tasks = "loud"  # type: ignore[assignment]
    timeout = "2 s"  # type: ignore[assignment]


class Hooks(AsyncTestCase):
    @classmethod
    async def asyncSetUpClass(cls) -> None:
        await super().asyncSetUpClass()
        cls.addAsyncClassCleanup(add_async, 1, text="one")
        assert_type(await cls.enterAsyncClassContext(numbers()), int)

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await super().asyncTearDownClass()

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.number = await self.enterAsyncContext(numbers())
        assert_type(self.number, int)
        self.addAsyncCleanup(add_async, 1, text="one")
        self.addCleanup(add, 1, text="one")

    async def asyncTearDown(self) -> None:
        assert_type(await self.adoCleanups(), bool)


class WrongArguments(AsyncTestCase):
    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addAsyncClassCleanup(add_async, "one")  # type: ignore[call-arg, arg-type]
        await cls.enterAsyncClassContext(answer())  # type: ignore[arg-type]

    async def test_conveniences(self) -> None:
        await self.run_with_timeout(42)  # type: ignore[arg-type]
        await self.wait_for_condition(True)  # type: ignore[call-overload]
        await self.assertEventually(answer())  # type: ignore[call-overload]
        async with self.assertCompletesWithin("soon"):  # type: ignore[arg-type]
            pass


class Conveniences(AsyncTestCase):
    async def test_waiting(self) -> None:
        assert_type(await self.wait_for_condition(lambda: True), bool)
        assert_type(await self.wait_for_condition(ready, timeout=1, interval=0.01, error_message="not ready"), bool)
        assert_type(await self.assertEventually(lambda: True), bool)
        assert_type(await self.assertEventually(ready, timeout=1, interval=0.01, msg="not ready"), bool)
        assert_type(await self.assertEventually(lambda: answer()), int)
        # What holds is not None.
        names: dict[int, str] = {}
        assert_type(await self.assertEventually(lambda: names.get(1)), str)
        assert_type(await self.wait_for_condition(perhaps), str)
        assert_type(await self.wait_for_condition(anything), Any)
        assert_type(await self.run_with_timeout(answer()), int)
        assert_type(await self.run_with_timeout(answer(), timeout=1.5), int)
        async with self.assertCompletesWithin(1.5, msg="slow"):
            await answer()

    def test_groups(self) -> None:
        with self.assertRaisesGroup(ValueError, KeyError):
            raise ExceptionGroup("two", [ValueError(), KeyError()])


@on_backends("asyncio", "trio", "asyncio+uvloop")
@deadline(2.0)
@guard(leaked_tasks="ignore", blocking_calls="fail")
class Decorated(AsyncTestCase):
    @on_backends("asyncio")
    @deadline(None)
    @guard(background_exceptions="warn", unawaited_coroutines="fail", leaked_threads="ignore")
    async def test_keeps_its_type(self, number: int = 1) -> int:
        return number


assert_type(Decorated, type[Decorated])


async def decorated_keeps_its_signature() -> None:
    assert_type(await Decorated().test_keeps_its_type(number=2), int)


on_backends("curio")  # type: ignore[arg-type]
deadline("2 s")  # type: ignore[arg-type]
guard(leaked_tasks="loud")  # type: ignore[arg-type]
guard(no_such_guard="fail")  # type: ignore[arg-type]
