"""pytest's own hooks, ``setup_method`` and ``setup_class``, of classes that do not call them by themselves."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, Literal

import pytest

from test_framework._pytest._versions import register_autouse

__all__ = ["register_hooks"]

__unittest = True

_PACKAGE = __name__.partition(".")[0]


def register_hooks(collector: pytest.Class) -> None:
    """Let pytest call the hooks that a class defines, synchronous or not, unless its base class calls them.

    A class of this package that has such a hook for others to override runs it too, under every runner.

    Args:
        collector: of the class.
    """
    _register(collector, "class", "setup_class", "teardown_class")
    _register(collector, "function", "setup_method", "teardown_method")


def _register(collector: pytest.Class, scope: Literal["class", "function"], up: str, down: str) -> None:
    hooks = [getattr(collector.obj, name, None) for name in (up, down)]
    if not any(map(callable, hooks)) or any(_run_by_the_class(collector.obj, name) for name in (up, down)):
        return

    def call(request: Any, name: str) -> Any:
        owner, argument = (request.cls, request.cls) if scope == "class" else (request.instance, request.function)
        hook = getattr(owner, name, None)
        if hook is None:
            return None
        return hook(argument) if inspect.signature(hook).parameters else hook()

    def hooks_of_pytest(request: Any) -> Generator[None, None, None]:
        call(request, up)
        yield
        call(request, down)

    async def asynchronous_hooks_of_pytest(request: Any) -> AsyncGenerator[None, None]:
        await _settle(call(request, up))
        yield
        await _settle(call(request, down))

    asynchronous = any(map(inspect.iscoroutinefunction, hooks))
    function: Callable[..., Any] = asynchronous_hooks_of_pytest if asynchronous else hooks_of_pytest
    register_autouse(collector, f"_{up}_{collector.obj.__qualname__}", function, scope)


def _run_by_the_class(cls: type, name: str) -> bool:
    return any(base.__module__.partition(".")[0] == _PACKAGE and name in vars(base) for base in cls.__mro__)


async def _settle(value: Any) -> None:
    if inspect.isawaitable(value):
        await value
