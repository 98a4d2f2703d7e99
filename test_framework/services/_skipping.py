"""What the decorators for tests that need something have in common."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Need", "methods_of", "wrapped"]

__unittest = True


class Need(ABC):
    """What a test needs, asked for in the test itself and, where the runner looks for marks, before its setUp."""

    @abstractmethod
    def check(self) -> None:
        """Do nothing if it is there.

        Raises:
            unittest.SkipTest: it is not.
            Exception: it is not, and the test is not to be skipped.
        """

    def mark(self, function: Any) -> None:
        """Let a runner skip a test before its setUp.

        Args:
            function: the test.
        """
        function.__unittest_skip__ = _Condition(self, function)
        function.__unittest_skip_why__ = ""


class _Condition:
    """True if a test is to be skipped, whenever it is asked; whoever asks asks for the reason next."""

    def __init__(self, need: Need, function: Any) -> None:
        self._need = need
        self._function = function

    def __bool__(self) -> bool:
        # It takes as long to import as all of this package.
        from unittest import SkipTest

        try:
            self._need.check()
        except SkipTest as skip:
            self._function.__unittest_skip_why__ = str(skip)
            return True
        except Exception:
            # The test itself will say what is wrong.
            return False
        return False


def wrapped(function: Any, check: Callable[[], None]) -> Any:
    """Return a test that first checks whether what it needs is there.

    Args:
        function: the test.
        check: raises if it is not.
    """

    @functools.wraps(function)
    def synchronous(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        check()
        return function(*args, **kwargs)

    @functools.wraps(function)
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        check()
        return await function(*args, **kwargs)

    return asynchronous if inspect.iscoroutinefunction(function) else synchronous


def methods_of(target: type) -> Iterator[tuple[str, Any]]:
    """Yield the test methods of a class, those that it inherits, too."""
    for name in dir(target):
        method = inspect.getattr_static(target, name)
        if name.startswith("test") and inspect.isfunction(method):
            yield name, method
