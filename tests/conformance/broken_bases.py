"""Bases that are wrong on purpose, to prove that the harness notices, and one that is not, to prove that it is fair.

Each broken one derives from `AsyncTestCase` and breaks one promise from outside, through public methods only, so that
it stays broken however the class does its work inside.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from test_framework import AsyncTestCase


class Unbroken(unittest.TestCase):
    """The standard class under another name: whatever differs on this base is the harness's own doing."""


class _ReplacesMethod(AsyncTestCase):
    """Puts something in the place of the test method for the time of a run."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        name = self._testMethodName
        method = getattr(self, name)
        if inspect.iscoroutinefunction(method):

            @functools.wraps(method)
            async def replaced_async() -> Any:
                with self.around():
                    return await method()

            setattr(self, name, replaced_async)
        else:

            @functools.wraps(method)
            def replaced() -> Any:
                with self.around():
                    return method()

            setattr(self, name, replaced)
        try:
            return super().run(result)
        finally:
            delattr(self, name)

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Surround the test method with what is wrong about the class."""
        yield


class PassesWithoutRunning(AsyncTestCase):
    """Records a success and runs nothing at all."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        result = result or self.defaultTestResult()
        result.startTest(self)
        result.addSuccess(self)
        result.stopTest(self)
        return result


class NeverSetsUp(AsyncTestCase):
    """Leaves setUp out."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        self.setUp = lambda: None  # type: ignore[method-assign]
        return super().run(result)


class NeverSetsUpAsync(AsyncTestCase):
    """Leaves asyncSetUp out."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        async def nothing() -> None:
            pass

        self.asyncSetUp = nothing  # type: ignore[method-assign]
        return super().run(result)


class DropsCleanups(AsyncTestCase):
    """Forgets every cleanup that it is given."""

    def addCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        pass


class ReversesCleanups(AsyncTestCase):
    """Runs cleanups in the order in which they were added."""

    def addCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        super().addCleanup(function, *args, **kwargs)
        cleanups: list[Any] = vars(self)["_cleanups"]  # where the standard class keeps them, newest last
        cleanups.insert(0, cleanups.pop())


class SkipsTearDownAfterFailure(_ReplacesMethod):
    """Leaves tearDown out when the test did not pass."""

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.tearDown = lambda: None  # type: ignore[method-assign]
            raise


class TearsDownAfterFailedSetUp(AsyncTestCase):
    """Runs tearDown although setUp failed."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        original = self.setUp

        def failing() -> None:
            try:
                original()
            except Exception:
                self.tearDown()
                raise

        self.setUp = failing  # type: ignore[method-assign]
        return super().run(result)


class HidesFailures(_ReplacesMethod):
    """Turns a failed assertion into a success."""

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        with contextlib.suppress(AssertionError):
            yield


class HidesErrorsAndSkips(_ReplacesMethod):
    """Turns every exception but a failed assertion into a success, a skip too."""

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        try:
            yield
        except AssertionError:
            raise
        except Exception:
            pass


class HidesSubTests(AsyncTestCase):
    """Does not report what goes wrong inside subTest."""

    @contextlib.contextmanager
    def subTest(self, msg: Any = None, **params: Any) -> Iterator[None]:
        with contextlib.suppress(Exception):
            yield


class NeverAwaits(AsyncTestCase):
    """Calls async test methods and does not await them."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        name = self._testMethodName
        method = getattr(self, name)
        if not inspect.iscoroutinefunction(method):
            return super().run(result)
        setattr(self, name, lambda: method().close())
        try:
            return super().run(result)
        finally:
            delattr(self, name)


class StopsTwice(AsyncTestCase):
    """Tells the result twice that a test has ended."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        returned = super().run(result)
        if result is not None:
            result.stopTest(self)
        return returned


class ForgetsClassTearDown(AsyncTestCase):
    """Drops tearDownClass from every class derived from it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "tearDownClass" in vars(cls):
            cls.tearDownClass = classmethod(lambda cls: None)  # type: ignore[assignment, method-assign]


class Hangs(AsyncTestCase):
    """Never comes back from a test."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        while True:
            pass
