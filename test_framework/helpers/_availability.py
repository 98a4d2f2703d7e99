"""Skipping a test because a service is not there, and for no other reason."""

from __future__ import annotations

import errno
import functools
import inspect
import re
import socket
import sys
import unittest
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload
from urllib.error import HTTPError, URLError

from test_framework.websocket import ConnectionFailed, ConnectionLost, ConnectionRefused

__all__ = ["skip_if_services_unavailable"]

__unittest = True

P = ParamSpec("P")
R = TypeVar("R")
_NOBODY_THERE = frozenset(
    getattr(errno, name)
    for name in (
        "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN",
        "ETIMEDOUT", "EADDRNOTAVAIL",
    )
)  # fmt: skip
# A gateway says these of the service behind it (RFC 9110, 15.6.3 to 15.6.5).
_SERVICE_IS_AWAY = frozenset({502, 503, 504})
_PHRASES = re.compile(
    r"connection refused|connect call failed|all connection attempts failed|connection reset|timed? ?out|timeout"
    r"|not open after|no answer in|name or service not known|nodename nor servname|temporary failure in name resolution"
    r"|getaddrinfo failed|no route to host|network is unreachable|host is (?:down|unreachable)"
    r"|(?:services?|server|backend) (?:is |are )?(?:not available|unavailable|not reachable|unreachable|not running)"
    r"|\bHTTP 50[234]\b",
    re.IGNORECASE,
)
# What says who was refused says that somebody was there to refuse.
_REFUSALS = re.compile(
    r"\bHTTP 4\d\d\b|close code|refused the (?:connection|token)|unauthori[sz]ed|forbidden", re.IGNORECASE
)


@overload
def skip_if_services_unavailable(reason: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def skip_if_services_unavailable(
    reason: str | BaseException | None = None, /
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def skip_if_services_unavailable(reason: Any = None, /) -> Any:
    """Skip the test if a service could not be reached; anything else that went wrong comes through.

    In an ``except`` block it is the exception that counts, whatever the text says: a failed assertion or a refused
    token is raised again. Connectivity failures are refused and lost TCP connections before an answer, timeouts,
    unknown hosts, and HTTP 502 to 504. A connection that was open and broke is none. As a decorator it does the same
    for what the function raises.

    Args:
        reason: an exception, the text of an error, or the function to decorate; None for the active exception.

    Returns:
        The decorated function; without an exception and a text, a decorator.

    Raises:
        unittest.SkipTest: if a service could not be reached; unittest and pytest know it.
        BaseException: the active or the given exception, if it is no connectivity failure.
        AssertionError: if there is no exception and the text is not of a connectivity failure.
    """
    __tracebackhide__ = True
    if callable(reason) and not isinstance(reason, BaseException | type):
        return _decorated(reason)
    active = sys.exc_info()[1]
    error = reason if isinstance(reason, BaseException) and active is None else active
    if error is not None:
        _judge(error)
    elif isinstance(reason, str) and reason:
        if _REFUSALS.search(reason) or not _PHRASES.search(reason):
            raise AssertionError(f"not a matter of connectivity: {reason}")
        raise unittest.SkipTest(f"service not available: {reason}")
    return _decorated


def _decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waits(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                _judge(error)

        return waits

    @functools.wraps(function)
    def calls(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _judge(error)

    return calls


def _judge(error: BaseException) -> None:
    __tracebackhide__ = True
    if _nobody_there(error):
        raise unittest.SkipTest(f"service not available: {type(error).__name__}: {error}") from None
    raise error


def _nobody_there(error: BaseException | None) -> bool:
    match error:
        case None | AssertionError() | ConnectionRefused() | ConnectionLost() | unittest.SkipTest():
            return False
        case BaseExceptionGroup():
            return all(_nobody_there(each) for each in error.exceptions)
        case URLError(reason=BaseException() as reason):
            return _nobody_there(reason)
        case OSError():
            return _no_service(error)
        case _:
            # Clients of other libraries wrap the system's error, and say so.
            return _nobody_there(error.__cause__)


def _no_service(error: OSError) -> bool:
    match error:
        case ConnectionFailed():
            return error.close_code is None and (error.status_code is None or error.status_code in _SERVICE_IS_AWAY)
        case HTTPError():
            return error.code in _SERVICE_IS_AWAY
        case TimeoutError() | socket.gaierror() | ConnectionRefusedError() | ConnectionResetError():
            return True
        case _:
            if error.errno is not None:
                return error.errno in _NOBODY_THERE
            # Without a number, its class and its cause are all it says.
            return isinstance(error, ConnectionError) or _nobody_there(error.__cause__)
