"""Asynchronous fixtures of the tests of this package, each on the loop that its scope asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from functools import partial
from types import AsyncGeneratorType, CoroutineType
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef, SubRequest, resolve_fixture_function

from test_framework._case._scope import Scope
from test_framework._case._scopes import keep_scope
from test_framework._pytest._item import CaseItem
from test_framework._pytest._wide_loops import hold, is_asynchronous, join
from test_framework.errors import BackendError

__all__ = ["AsyncFixtures"]

__unittest = True
__tracebackhide__ = True

_NAME = "test_framework.async_fixtures"
Step = Callable[[str, Callable[[], Any]], None]


class AsyncFixtures:
    """The plugin that is registered when the first class of this package is collected."""

    @classmethod
    def register(cls, config: pytest.Config) -> None:
        """Register it, once for each run."""
        if not config.pluginmanager.has_plugin(_NAME):
            config.pluginmanager.register(cls(), _NAME)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: FixtureDef[Any], request: SubRequest) -> Generator[None, Any, Any]:
        """Let pytest, and every other plugin, see a synchronous function that runs the asynchronous one.

        Other plugins would run it on a loop of theirs.
        """
        function = fixturedef.func
        if not is_asynchronous(function):
            return (yield)
        item: Any = request._pyfuncitem
        ours = isinstance(item, CaseItem)
        try:
            if ours:
                bound = resolve_fixture_function(fixturedef, request)
                step = _step_of(item, fixturedef, request)
                fixturedef.func = _synchronous(bound, fixturedef.argname, step, request)  # type: ignore[misc]
            made = yield
            if not ours and isinstance(made, CoroutineType | AsyncGeneratorType):
                # Nobody awaits it; pytest before 9 would hand it on to the tests that follow.
                item.addfinalizer(partial(_forget, fixturedef))
            return made
        finally:
            fixturedef.func = function  # type: ignore[misc]
            if fixturedef.cached_result is None:
                # It was refused before it was called. Since 9, pytest could not set it up any more.
                _forget(fixturedef)


def _forget(definition: FixtureDef[Any]) -> None:
    """Let a fixture be set up anew for the next test that uses it."""
    definition.cached_result = None
    definition._finalizers.clear()


def _synchronous(function: Callable[..., Any], name: str, step: Step, request: SubRequest) -> Callable[..., Any]:
    """Return a synchronous function that does what a fixture does."""

    def set_up(**arguments: Any) -> Any:
        value: list[Any] = []

        async def run() -> None:
            value.append(await function(**arguments))

        step(f"fixture {name!r}", run)
        return value[0]

    def set_up_generator(**arguments: Any) -> Any:
        generator = function(**arguments)
        value: list[Any] = []

        async def start() -> None:
            try:
                value.append(await generator.__anext__())
            except StopAsyncIteration:
                pytest.fail(f"fixture {name!r} did not yield a value:\n{_place(function)}", pytrace=False)

        async def end() -> None:
            try:
                await generator.__anext__()
            except StopAsyncIteration:
                return
            await generator.aclose()
            pytest.fail(f"fixture {name!r} has more than one yield:\n{_place(function)}", pytrace=False)

        step(f"fixture {name!r}", start)
        request.addfinalizer(lambda: step(f"teardown of fixture {name!r}", end))
        return value[0]

    return set_up_generator if inspect.isasyncgenfunction(function) else set_up


def _place(function: Callable[..., Any]) -> str:
    code = inspect.unwrap(function).__code__
    return f"{code.co_filename}:{code.co_firstlineno}"


def _step_of(item: CaseItem, definition: FixtureDef[Any], request: SubRequest) -> Step:
    """Return what runs the parts of a fixture: in the task of the test, or in that of its class or of a wider scope."""
    case: Any = item.instance
    if request.scope == "function":
        host = item.host

        def in_the_test(name: str, function: Callable[[], Any]) -> None:
            case._framework_run_fixture(host, name, function)

        return in_the_test

    scope = _scope_of(item, definition, request)

    def in_the_scope(name: str, function: Callable[[], Any]) -> None:
        scope.run(function(), name)

    return in_the_scope


def _scope_of(item: CaseItem, definition: FixtureDef[Any], request: SubRequest) -> Scope:
    case: Any = item.instance
    parent: Any = item.parent
    session = case._asyncioRunner
    if session is not None and session.runner.driving:
        raise BackendError(
            f"fixture {definition.argname!r} is asynchronous, and was asked for by request.getfixturevalue() while "
            "the event loop runs: let the test take it as an argument"
        )
    if request.scope == "class":
        scope = keep_scope(parent.obj)
    else:
        scope = join(parent.obj, definition)
        hold(scope, definition, request.node)
    if session is not None and not session.runner.shares(scope.session.runner):
        raise BackendError(
            f"fixture {definition.argname!r} has {request.scope} scope and was asked for after the test had begun on "
            "a loop of its own: let the test take it as an argument"
        )
    return scope
