"""One test of a class of ours: pytest sets it up and reports it, the class runs it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, cast

import pytest
from _pytest._code.code import ExceptionInfo, TerminalRepr
from _pytest.debugging import maybe_wrap_pytest_function_for_tracing
from _pytest.fixtures import FixtureDef
from _pytest.outcomes import exit as pytest_exit, skip
from _pytest.unittest import TestCaseFunction

from test_framework._case._host import Host
from test_framework._pytest import _subtests, _wide_loops
from test_framework._pytest._reports import OwnReport, speaks_for_itself
from test_framework.settings import BACKENDS

__all__ = ["CaseItem", "is_skipped"]

__unittest = True

ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
# A parameter of one of these names says on which backend the test runs; the second is anyio's.
_BACKEND_PARAMETERS = ("backend", "anyio_backend")


def is_skipped(obj: object) -> bool:
    """Return whether a class or method has been decorated by ``unittest.skip`` and the like."""
    return bool(getattr(obj, "__unittest_skip__", False))


class CaseItem(TestCaseFunction):
    """A test that takes fixtures and parameters, is run by its class, and is the result of that run."""

    nofuncargs = False
    # unittest asks the result of a sub-test for it.
    failfast = False
    _host: Host | None = None
    _failed_subtests = 0

    def _getinstance(self) -> Any:
        parent: Any = self.parent
        return parent.obj(self.originalname)

    def get_closest_marker(self, name: str, default: Any = None) -> Any:
        """Return the nearest mark of a name, except those by which other plugins would run the test themselves.

        Args:
            name: of the mark.
            default: returned where there is none.
        """
        parent: Any = self.parent
        return default if name in parent.hidden_marks else super().get_closest_marker(name, default)

    # -- setup ----------------------------------------------------------------------------------------

    @property
    def host(self) -> Host:
        """What pytest has to do with this run; made when there is something."""
        if self._host is None:
            self._host = cast("Any", self.instance)._framework_host = Host()
        return self._host

    def setup(self) -> None:
        """Set up the fixtures that the test uses."""
        self._host = None
        self._failed_subtests = 0
        if not self.fixturenames and not hasattr(self, "callspec"):
            return
        self._skip_before_fixtures()
        self._choose_backend()
        parent: Any = self.parent
        for definition in self._wide_fixtures():
            _wide_loops.join(parent.obj, definition)
        if parent.class_fixture:
            self._spare_class_fixture(parent.class_fixture)
        self._request._fillfixtures()

    def _skip_before_fixtures(self) -> None:
        for skipped in (cast("Any", self.parent).obj, self.obj):
            if is_skipped(skipped):
                _skip(skipped.__unittest_skip_why__)

    def _choose_backend(self) -> None:
        parameters = self.callspec.params if hasattr(self, "callspec") else {}
        for name in _BACKEND_PARAMETERS:
            value = parameters.get(name)
            if isinstance(value, str) and value in BACKENDS:
                self.host.backend = cast("Any", value)

    def _wide_fixtures(self) -> list[FixtureDef[Any]]:
        definitions = self._fixtureinfo.name2fixturedefs
        last = [definitions[name][-1] for name in self.fixturenames if name in definitions]
        return [definition for definition in last if _wide_loops.is_wide(definition)]

    def _spare_class_fixture(self, name: str) -> None:
        """Spare the tests of a class, all but the first, the look-up of the fixture that called their setUpClass.

        It takes a tenth of the time of a trivial test. A fixture that is not set up, or has failed, is left to pytest.
        """
        definitions = self._fixtureinfo.name2fixturedefs.get(name)
        result = definitions[-1].cached_result if definitions else None
        if result is not None and result[2] is None:
            self.funcargs.setdefault(name, result[0])

    # -- run ------------------------------------------------------------------------------------------

    def runtest(self) -> None:
        """Let the class run the test; this item is the result."""
        case: Any = self.instance
        parent: Any = self.parent
        if parent.watched:
            self._let_debug(case)
        obj = self._obj
        if obj is not None and obj != getattr(case, self.originalname):
            # --trace and some plugins replace what is to be called.
            setattr(case, self.originalname, obj)
        names = self._fixtureinfo.argnames
        if names:
            self.host.arguments = {name: self.funcargs[name] for name in names}
        case(self)
        if self._excinfo is not None or self._failed_subtests:
            self._settle()

    def _let_debug(self, case: Any) -> None:
        function = self.obj
        if inspect.iscoroutinefunction(function) and self.config.option.trace:
            # pytest's own wrapper would make the coroutine and drop it.
            self.obj = _traced(function)
        else:
            maybe_wrap_pytest_function_for_tracing(self)
        if self.config.option.usepdb:
            # The debugger opens with everything in place; this runs before the fixtures are torn down.
            self.host.late = True
            self.addfinalizer(partial(self._tear_down_late, case))

    def _tear_down_late(self, case: Any) -> None:
        with self._own_exceptions() as found:
            case._framework_tear_down_late(self.host, self)
        if len(found) == 1:
            _raise(found[0])
        if found:
            raise BaseExceptionGroup("teardown and cleanups failed", [info.value for info in found])

    def _settle(self) -> None:
        """Report the first exception for the test itself and each other one at teardown, and lose none."""
        found = self._excinfo or []
        if not found and self._failed_subtests:
            self._addexcinfo(_subtests.excinfo_of_parent(self._failed_subtests))
            return
        for info in found[1:]:
            self.addfinalizer(partial(_raise, info))
        del found[1:]

    def teardown(self) -> None:
        """End what fixtures have begun; the last thing of a test."""
        host, case = self._host, vars(self).pop("_instance", None)
        self._obj = None
        if host is not None and host.keeps_session and case is not None:
            case._framework_end_kept()

    # -- as unittest.TestResult -----------------------------------------------------------------------

    def addError(self, testcase: Any, rawexcinfo: Any) -> None:
        """Keep an exception, with its traceback as it is now."""
        if isinstance(rawexcinfo[1], pytest_exit.Exception):
            raise rawexcinfo[1]
        self._addexcinfo(rawexcinfo)

    def addSkip(self, testcase: Any, reason: str, **more: Any) -> None:
        """Keep a skip; that of a sub-test is reported for the sub-test alone."""
        try:
            _skip(reason)
        except skip.Exception:
            info = cast("ExcInfo", sys.exc_info())
        if hasattr(testcase, "test_case"):
            self._report_subtest(testcase, info)
        else:
            self._addexcinfo(info)

    def addSubTest(self, test_case: Any, test: Any, exc_info: Any) -> None:
        """Report a sub-test."""
        if exc_info is not None:
            self._failed_subtests += 1
        self._report_subtest(test, exc_info)

    def _report_subtest(self, test: Any, exc_info: ExcInfo | None) -> None:
        standard: Callable[..., None] | None = getattr(super(), "addSubTest", None)
        # Making a report takes the first exception that is kept for its own, and its letter on the terminal
        # must not be taken for output of the test.
        with self._own_exceptions(), _subtests.on_the_terminal(self.config):
            if standard is not None:
                standard(test.test_case, test, exc_info)
            else:
                _subtests.report(self, test, exc_info)

    @contextmanager
    def _own_exceptions(self) -> Generator[list[ExceptionInfo[BaseException]], None, None]:
        """Yield a list that gathers the exceptions which are added meanwhile, apart from those that are kept."""
        kept = vars(self).pop("_excinfo", None)
        found: list[ExceptionInfo[BaseException]] = []
        self._excinfo = found
        try:
            yield found
        finally:
            del self._excinfo
            if kept is not None:
                self._excinfo = kept

    # -- reports --------------------------------------------------------------------------------------

    def _repr_failure_py(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> TerminalRepr:
        if not self.config.option.fulltrace and speaks_for_itself(excinfo.value):
            return OwnReport(excinfo.value, self)
        return super()._repr_failure_py(excinfo, style)


def _traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        pytest.set_trace()
        return await function(*args, **kwargs)

    return traced


def _skip(reason: str) -> NoReturn:
    # Reported at the line of the test.
    raise skip.Exception(reason, _use_item_location=True)


def _raise(info: pytest.ExceptionInfo[BaseException]) -> NoReturn:
    raise info.value.with_traceback(info.tb)
