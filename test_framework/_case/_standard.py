"""The standard class, with the private parts of it that this package works with declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from unittest import IsolatedAsyncioTestCase

from test_framework._case._host import Host

__all__ = ["StandardCase"]


class StandardCase(IsolatedAsyncioTestCase):
    """`unittest.IsolatedAsyncioTestCase` as CPython has it since 3.11.

    Attributes:
        loop_factory: makes the asyncio loop of each test; the standard class knows it since 3.13.
    """

    loop_factory: Callable[[], Any] | None = None

    _testMethodName: str
    _outcome: Any
    _cleanups: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]
    _class_cleanups: ClassVar[list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]]
    tearDown_exceptions: ClassVar[list[Any]]

    # What unittest's decorators set; found faster where there is something to find.
    __unittest_skip__: bool = False
    __unittest_expecting_failure__: bool = False

    # A Session while the test runs.
    _asyncioRunner: Any = None
    _asyncioTestContext: Any = None
    # Set by a runner that provides for the test.
    _framework_host: Host | None = None
