"""The pytest plugin; imports nothing but what pytest has loaded already."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_makereport", "pytest_runtest_setup"]


# Plugins that take the body of a marked test away from its class, and the mark that each of them looks for.
_CLASS_FIXTURE = "_unittest_setUpClass_fixture_"
_TAKERS = {"anyio": "anyio", "trio": "trio"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep other plugins from running the body of a test of ours without its setUp, or on another loop.

    anyio's replaces marked asynchronous methods by plain functions when the collection is finished, pytest-trio's
    replaces the method when it is called, both for a mark on the class or the module too. The mark is hidden from
    them; ``-m`` still sees it.
    """
    module = sys.modules.get("test_framework.testcase")
    marks = frozenset(mark for plugin, mark in _TAKERS.items() if config.pluginmanager.hasplugin(plugin))
    if module is None or not marks:
        return
    marked: dict[object, bool] = {}
    for item in items:
        cls: Any = getattr(item, "cls", None)
        if cls is None or not issubclass(cls, module.AsyncTestCase):
            continue
        parent = item.parent
        if parent is not None and parent not in marked:
            marked[parent] = any(parent.get_closest_marker(mark) is not None for mark in marks)
        if marked.get(parent) or any(mark.name in marks for mark in item.own_markers):
            _hide(item, marks)


def _hide(item: pytest.Item, marks: frozenset[str]) -> None:
    closest = item.get_closest_marker

    def get_closest_marker(name: str, default: Any = None) -> Any:
        return default if name in marks else closest(name, default)

    item.get_closest_marker = get_closest_marker  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Spare the tests of a class, all but the first, the look-up of the fixture that called their setUpClass.

    It takes a tenth of the time of a trivial test. A fixture that is not set up, or has failed, is left to pytest.
    """
    cls: Any = getattr(item, "cls", None)
    if cls is None or not hasattr(cls, "_test_framework_policies"):
        return
    values: Any = getattr(item, "funcargs", None)
    definitions: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in definitions:
        if name.startswith(_CLASS_FIXTURE):
            result = getattr(definitions[name][-1], "cached_result", None)
            if values is not None and result is not None and result[2] is None:
                values.setdefault(name, result[0])


class _Report(TerminalRepr):
    """A failure whose text says everything: the frames below it are those of this package."""

    def __init__(self, error: BaseException, item: pytest.Item) -> None:
        text = str(error)
        path, line, _ = item.location
        findings: Any = getattr(error, "findings", None)
        first = str(findings[0] if findings else text).partition("\n")[0]
        self.text = f"{type(error).__name__}: {text}"
        # Shown in the short summary: what was found says more than that something was.
        self.reprcrash = ReprFileLocation(path, (line or 0) + 1, f"{type(error).__name__}: {first.strip()}")

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        tw.line(self.text)
        tw.line()
        self.reprcrash.toterminal(tw)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a deadline or what was left behind as it is, not the code of this package that raised it."""
    report = yield
    errors = sys.modules.get("test_framework.errors")
    if errors is None or call.excinfo is None:
        return report
    error: BaseException = call.excinfo.value
    own = isinstance(error, (errors.DeadlineExceeded, errors.LeftBehindError))
    if own and error.__cause__ is None and isinstance(report.longrepr, TerminalRepr):
        report.longrepr = _Report(error, item)
    return report
