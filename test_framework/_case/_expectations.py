"""Context managers of a test that were made and never entered: what they assert was never asserted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn
from unittest import TestCase

__all__ = ["Expectations", "refuse_async_with"]

__unittest = True

_entering: dict[type, type] = {}


class Expectations(TestCase):
    """Fails a test that passed only because it left out ``with``."""

    # What each of them is called and where it was made, by identity.
    _framework_unentered: dict[int, tuple[str, Any]] | None = None

    def _framework_expect_entered(self, title: str, manager: Any, frames: int = 2) -> None:
        """Note a context manager that has to be entered before the test ends.

        Args:
            title: how it was made.
            manager: the context manager, which calls `_framework_entered`.
            frames: how many calls up the test is.
        """
        if self._framework_unentered is None:
            self._framework_unentered = {}
        frame = sys._getframe(frames + 1)
        where = f'File "{frame.f_code.co_filename}", line {frame.f_lineno}'
        # It is kept alive: an identity is given away again.
        self._framework_unentered[id(manager)] = (f"{title} at {where}", manager)

    def _framework_entered(self, manager: Any) -> None:
        if self._framework_unentered is not None:
            self._framework_unentered.pop(id(manager), None)

    def _framework_check_entered(self) -> None:
        """Fail if a context manager was never entered."""
        unentered, self._framework_unentered = self._framework_unentered, None
        if unentered:
            made = "; ".join(text for text, _ in unentered.values())
            raise self.failureException(f"never entered, so nothing was checked: {made}; write with before it")

    def _framework_track(self, title: str, manager: Any) -> Any:
        if manager is not None:
            kind = type(manager)
            if kind not in _entering:
                own = {"__enter__": _enter, "__aenter__": _refuse_async, "__aexit__": _never}
                _entering[kind] = type(kind.__name__, (kind,), {**own, "__module__": kind.__module__})
            manager.__class__ = _entering[kind]
            manager._framework_case = self
            self._framework_expect_entered(title, manager, 2)
        return manager

    if not TYPE_CHECKING:  # the standard class's signatures say more

        def assertRaises(self, expected_exception: Any, *args: Any, **kwargs: Any) -> Any:
            """Fail unless an exception is raised, as `unittest.TestCase.assertRaises`."""
            context = super().assertRaises(expected_exception, *args, **kwargs)  # noqa: PT027
            return self._framework_track("assertRaises()", context)

        def assertRaisesRegex(self, expected_exception: Any, expected_regex: Any, *args: Any, **kwargs: Any) -> Any:
            """Fail unless an exception is raised, as `unittest.TestCase.assertRaisesRegex`."""
            context = super().assertRaisesRegex(expected_exception, expected_regex, *args, **kwargs)  # noqa: PT027
            return self._framework_track("assertRaisesRegex()", context)

        def assertWarns(self, expected_warning: Any, *args: Any, **kwargs: Any) -> Any:
            """Fail unless a warning is triggered, as `unittest.TestCase.assertWarns`."""
            return self._framework_track("assertWarns()", super().assertWarns(expected_warning, *args, **kwargs))

        def assertWarnsRegex(self, expected_warning: Any, expected_regex: Any, *args: Any, **kwargs: Any) -> Any:
            """Fail unless a warning is triggered, as `unittest.TestCase.assertWarnsRegex`."""
            context = super().assertWarnsRegex(expected_warning, expected_regex, *args, **kwargs)
            return self._framework_track("assertWarnsRegex()", context)

        def assertLogs(self, *args: Any, **kwargs: Any) -> Any:
            """Fail unless something is logged, as `unittest.TestCase.assertLogs`."""
            return self._framework_track("assertLogs()", super().assertLogs(*args, **kwargs))

        def assertNoLogs(self, *args: Any, **kwargs: Any) -> Any:
            """Fail if something is logged, as `unittest.TestCase.assertNoLogs`."""
            context: Any = super().assertNoLogs(*args, **kwargs)
            return self._framework_track("assertNoLogs()", context)

        for _method in (assertRaises, assertRaisesRegex, assertWarns, assertWarnsRegex, assertLogs, assertNoLogs):
            _method.__doc__ = getattr(TestCase, _method.__name__).__doc__
        del _method


def refuse_async_with(title: str) -> NoReturn:
    """Raise TypeError for ``async with`` before a context manager that is synchronous.

    Args:
        title: the method that made it.
    """
    raise TypeError(
        f"{title}() is synchronous, in an asynchronous test too: write `with self.{title}(...)`, without async"
    )


def _refuse_async(self: Any) -> NoReturn:
    case = self.__dict__.pop("_framework_case", None)
    noted = case and (case._framework_unentered or {}).pop(id(self), None)
    refuse_async_with(noted[0].partition("(")[0] if noted else "assertRaises")


async def _never(self: Any, *exc_info: object) -> None: ...


def _enter(self: Any) -> Any:
    case = self.__dict__.pop("_framework_case", None)
    if case is not None:
        case._framework_entered(self)
    kind: Any = super(type(self), self)
    return kind.__enter__()
