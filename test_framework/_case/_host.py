"""What a runner that provides for a test, as pytest does with fixtures, has to do with its run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import Context, ContextVar, copy_context
from typing import Any

from test_framework._choices import Backend

__all__ = ["Host", "carry_over", "missing_arguments", "signature_without_bound"]

__unittest = True

_UNSET: Any = object()


class Host:
    """What the runner of a test provides for it, and what it does itself.

    Attributes:
        arguments: what the test method is called with.
        backend: the backend of this run; None for that of the method or its class.
        keeps_session: the host has begun the session before setUp, and ends it after the run.
        late: teardown and cleanups are left for the host to call, after a debugger has looked.
        owes_tear_down: setUp has succeeded and tearDown has been left to the host.
        outside: the context when the session was begun.
    """

    __slots__ = ("arguments", "backend", "keeps_session", "late", "outside", "owes_tear_down")

    def __init__(self) -> None:
        self.arguments: Mapping[str, Any] = {}
        self.backend: Backend | None = None
        self.keeps_session = False
        self.late = False
        self.owes_tear_down = False
        self.outside: Context | None = None


def signature_without_bound(method: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature of a test method, or function, of which a decorator gives some arguments by itself.

    unittest-parametrize wraps a test and keeps its parameters as a default of the wrapper, whose signature still is
    that of the test.

    Args:
        method: the method or function.

    Returns:
        The signature without what is given; None where it is right as it is.
    """
    bound: set[str] = set()
    inner: Any = method
    while inner is not None:
        defaults: Mapping[str, Any] = getattr(inner, "__kwdefaults__", None) or {}
        if "_func" in defaults and isinstance(defaults.get("_params"), dict):
            bound.update(defaults["_params"])
        inner = getattr(inner, "__wrapped__", None)
    if not bound:
        return None
    signature = inspect.signature(method)
    return signature.replace(parameters=[p for name, p in signature.parameters.items() if name not in bound])


def missing_arguments(method: Callable[..., Any], given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the arguments without which a test method cannot be called.

    Args:
        method: the bound method.
        given: what it is called with.
    """
    try:
        parameters = (signature_without_bound(method) or inspect.signature(method)).parameters.values()
    except (TypeError, ValueError):
        return ()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind not in variadic and parameter.name not in given
    )


def carry_over(before: Mapping[ContextVar[Any], Any], into: Context) -> None:
    """Set in a context what has been set outside of it.

    Args:
        before: the variables outside, when they were last the same.
        into: the context.
    """
    for variable, value in copy_context().items():
        if before.get(variable, _UNSET) is not value:
            into.run(variable.set, value)
