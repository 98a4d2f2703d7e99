"""`SSotBaseTestCase` and `SSotAsyncTestCase`: test classes with an environment, metrics, a context and a logger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Never, TypeVar

from test_framework.ssot._context import CategoryType, SsotTestContext, category_of
from test_framework.ssot._expecting import ExpectedException, refuse_unknown
from test_framework.ssot._lazily import Lazily
from test_framework.ssot._measuring import Measuring
from test_framework.ssot._meta import SsotMeta
from test_framework.ssot._metrics import SsotTestMetrics
from test_framework.ssot._real_services import RealServices, environment_name

__all__ = [
    "AsyncTestCase",
    "BaseIntegrationTest",
    "BaseTestCase",
    "CategoryType",
    "SSotAsyncBaseTestCase",
    "SSotAsyncTestCase",
    "SSotBaseTestCase",
    "SsotTestContext",
    "SsotTestMetrics",
    "TestContext",
    "TestMetrics",
]

__unittest = True
__tracebackhide__ = True

E = TypeVar("E", bound=BaseException)


def _logger_of(cls: type) -> logging.Logger:
    return logging.getLogger(cls.__name__)


def _context_of(case: Any) -> SsotTestContext:
    method = getattr(case, case._testMethodName, None)
    return SsotTestContext(
        test_id=case.id(),
        test_name=case._testMethodName,
        test_category=category_of(type(case), method),
        environment=environment_name(case),
    )


class SSotBaseTestCase(Measuring, RealServices, metaclass=SsotMeta):
    """An `AsyncTestCase` with an isolated environment, metrics, a test context, a logger and both styles of hooks.

    Coroutines that are never awaited and exceptions that nobody looks at fail a test here, unless its class or the
    settings say otherwise.

    Attributes:
        env: the environment object; also as ``_env``.
        logger: a logger named after the class.
        test_context: ids and names for this run of this test; also as ``_test_context``.
    """

    # Any: suites assign what they like to them.
    logger: Any = Lazily(lambda case: _logger_of(type(case)), _logger_of)
    _test_context: Any = Lazily(_context_of)
    test_context: Any = Lazily(lambda case: case._test_context)

    def get_test_context(self) -> Any:
        """Return the context of this test, or what the test assigned in its place."""
        return self.test_context

    def create_test_user_execution_context(self, **overrides: Any) -> Any:
        """Return a valid context with unique ids, of the class that the setting ``user_execution_context`` names.

        Args:
            overrides: fields of the context that are not to be made up.

        Raises:
            InvalidContextError: naming everything that is wrong with the overrides.
            SettingsError: the setting names what cannot be imported.
        """
        from test_framework.context import build_test_context

        return build_test_context(**overrides)

    def expect_exception(
        self, expected: type[E] | tuple[type[E], ...], message_pattern: str | None = None, **unknown: Never
    ) -> ExpectedException[E]:
        """Return a context manager that fails unless its block raises an exception.

        Args:
            expected: the type, or a tuple of types.
            message_pattern: what the text of the exception must contain: a regular expression, or the text itself.
            unknown: is refused, with what to write instead.

        Raises:
            TypeError: *expected* is no exception type, the pattern is no text, or there are other arguments.
        """
        refuse_unknown(unknown)
        return ExpectedException(self, expected, message_pattern)

    def add_cleanup(self, callback: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Run a function at the end of the test, last added first.

        Args:
            callback: a function, synchronous or asynchronous.
            args: its arguments.
            kwargs: its keyword arguments.

        Raises:
            TypeError: *callback* cannot be called.
        """
        given: Any = callback
        if not callable(given):
            close = getattr(given, "close", None)
            if hasattr(given, "cr_frame") and close is not None:
                close()
            raise TypeError(f"add_cleanup() takes a function, not {given!r}: leave out the parentheses behind it")
        self.addCleanup(callback, *args, **kwargs)

    def assertHasAttr(self, obj: object, name: str, msg: Any = None) -> None:
        """Fail unless an object has an attribute; the standard class knows this since Python 3.14.

        Args:
            obj: the object.
            name: of the attribute.
            msg: added to the failure, as in other assertions.
        """
        if not hasattr(obj, name):
            what = f"type object {obj.__name__!r}" if isinstance(obj, type) else f"{type(obj).__name__!r} object"
            self.fail(self._formatMessage(msg, f"{what} has no attribute {name!r}"))

    async def wait_for_condition(
        self,
        predicate: Callable[[], Any] | None = None,
        timeout: float = 5.0,
        interval: float = 0.1,
        error_message: str | None = None,
        *,
        condition: Callable[[], Any] | None = None,
    ) -> Any:
        """Wait until a condition holds.

        Args:
            predicate: a function, synchronous or asynchronous, that returns something true when it holds.
            timeout: how long to wait, in seconds.
            interval: the time between two looks, in seconds.
            error_message: the text of the error.
            condition: another name of *predicate*.

        Returns:
            What the condition returned.

        Raises:
            TimeoutError: it did not hold in time.
            TypeError: none of the two is given, or both.
        """
        given = condition if predicate is None else predicate
        if given is None or (condition is not None and predicate is not None):
            raise TypeError("wait_for_condition() takes one condition")
        return await super().wait_for_condition(given, timeout, interval, error_message)


class SSotAsyncTestCase(SSotBaseTestCase):
    """The same as `SSotBaseTestCase`, which takes asynchronous tests too; suites have both names."""


BaseTestCase = SSotBaseTestCase
BaseIntegrationTest = SSotBaseTestCase
AsyncTestCase = SSotAsyncTestCase
SSotAsyncBaseTestCase = SSotAsyncTestCase
TestMetrics = SsotTestMetrics
TestContext = SsotTestContext
