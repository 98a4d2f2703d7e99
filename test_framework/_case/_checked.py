"""Classes whose methods are looked at when they are made."""

from __future__ import annotations

from typing import Any, ClassVar
from unittest import IsolatedAsyncioTestCase, TestCase

from test_framework._case._hooks import STANDARD_NAMES
from test_framework._case._late import methods, running

__all__ = ["CheckedMethods"]

__unittest = True

# The classes that suites do not write.
_framework: set[type] = {*IsolatedAsyncioTestCase.__mro__}


class CheckedMethods(TestCase):
    """Looks at the methods of each class when it is made."""

    _framework_hook_names: ClassVar[frozenset[str]] = STANDARD_NAMES
    _framework_refuses_hidden: ClassVar[bool] = False

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        if cls.__module__.startswith("test_framework."):
            # These define no tests; what looks at tests, and what runs them, is loaded with the first class that may.
            _framework.add(cls)
        else:
            methods.check_methods(cls, CheckedMethods, _framework)
            backend = getattr(cls, "backend", None)
            running.load_runner(backend or "asyncio")
