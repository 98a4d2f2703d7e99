"""A test is skipped because a service is not there, and for no other reason."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import unittest
import urllib.request
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from test_framework.helpers.auth_helpers import skip_if_services_unavailable
from test_framework.websocket import ConnectionFailed, ConnectionLost, ConnectionRefused, ConnectionTimeout

REFUSED = OSError(errno.ECONNREFUSED, "Connection refused")


def http_error(status: int) -> HTTPError:
    """Return what urllib raises for a status."""
    from email.message import Message

    return HTTPError("http://h/", status, "", Message(), None)


class WrapsError(Exception):
    """What a client of another library raises."""


def wrapped(cause: BaseException) -> Exception:
    """Return an error that has another as its cause."""
    error = WrapsError("all attempts failed")
    error.__cause__ = cause
    return error


CONNECTIVITY = [
    ConnectionRefusedError(),
    ConnectionResetError(),
    ConnectionError("gone"),
    REFUSED,
    OSError(errno.EHOSTUNREACH, "No route to host"),
    TimeoutError(),
    socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    ConnectionFailed("nobody listens"),
    ConnectionFailed("HTTP 503", status_code=503),
    ConnectionTimeout("not open after 5 s"),
    URLError(REFUSED),
    wrapped(ConnectionRefusedError()),
    ExceptionGroup("several", [ConnectionRefusedError(), TimeoutError()]),
]
OTHERS = [
    AssertionError("the bypass was let in"),
    ConnectionRefused(status_code=401),
    ConnectionLost(1006),
    ConnectionFailed("HTTP 500", status_code=500),
    ConnectionFailed("closed", close_code=1011),
    ValueError("connection refused"),
    KeyError("websocket"),
    FileNotFoundError(errno.ENOENT, "no such file"),
    PermissionError(errno.EACCES, "no"),
    URLError("unknown url type"),
    wrapped(AssertionError("connection refused")),
    ExceptionGroup("several", [ConnectionRefusedError(), AssertionError("bypass")]),
]


def name_of(error: BaseException) -> str:
    """Return an id for a case."""
    return f"{type(error).__name__}-{error}"[:50]


@pytest.mark.parametrize("error", CONNECTIVITY, ids=name_of)
@pytest.mark.parametrize("how", ["active", "given", "text", "nothing"])
def test_a_failure_of_connectivity_skips(error: BaseException, how: str) -> None:
    """As unittest and pytest know it, with the reason."""
    reason: Any = {"text": "whatever", "nothing": None}.get(how, error)

    def judged() -> None:
        if how == "given":
            skip_if_services_unavailable(error)
        try:
            raise error
        except Exception:
            skip_if_services_unavailable(reason)

    with pytest.raises(unittest.SkipTest, match="service not available"):
        judged()


@pytest.mark.parametrize("error", OTHERS, ids=name_of)
@pytest.mark.parametrize("text", ["connection refused", "services not available", None])
def test_anything_else_comes_through(error: BaseException, text: str | None) -> None:
    """The exception counts, whatever the text says."""

    def judged() -> None:
        try:
            raise error
        except Exception:
            skip_if_services_unavailable(text)

    with pytest.raises(type(error)) as caught:
        judged()
    assert caught.value is error


@pytest.mark.parametrize(
    "text",
    [
        "[Errno 111] Connection refused",
        "All connection attempts failed",
        "ws://127.0.0.1:9/ws: Connect call failed ('127.0.0.1', 9)",
        "Server not available",
        "services not available",
        "ws://h/ws: not open after 5 s",
        "http://h/auth/validate: no answer in 10 s",
        "[Errno -2] Name or service not known",
        "ws://h/ws: HTTP 503 Service Unavailable",
    ],
)
def test_a_text_alone_skips_if_it_is_of_connectivity(text: str) -> None:
    """As results have it in `error`."""
    with pytest.raises(unittest.SkipTest, match="service not available"):
        skip_if_services_unavailable(text)


@pytest.mark.parametrize(
    "text",
    [
        "the server refused the token: HTTP 401 invalid_token",
        "the server refused the connection: close code 1008 timeout",
        "Authentication failed: token expired",
        "HTTP 403 Forbidden",
        "KeyError: 'websocket'",
    ],
)
def test_a_text_of_anything_else_fails(text: str) -> None:
    """A refused token does not pass for a service that is away: the test fails."""
    with pytest.raises(AssertionError, match="not a matter of connectivity"):
        skip_if_services_unavailable(text)


def test_the_errors_of_real_connections() -> None:
    """Of the system, of urllib, of anyio's and asyncio's clients: nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        async def by_asyncio() -> None:
            await asyncio.open_connection("127.0.0.1", port)

        async def by_anyio() -> None:
            import anyio

            await anyio.connect_tcp("127.0.0.1", port)

        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for attempt in (
            lambda: socket.create_connection(("127.0.0.1", port)),
            lambda: opener.open(f"http://127.0.0.1:{port}/"),
            lambda: asyncio.run(by_asyncio()),
            lambda: asyncio.run(by_anyio()),
        ):
            with pytest.raises(unittest.SkipTest):
                skip_if_services_unavailable(attempt)()


def test_as_a_decorator() -> None:
    """Plain or called, on functions and coroutine functions; the result comes through."""

    @skip_if_services_unavailable
    def away(kind: type[BaseException]) -> None:
        raise kind

    @skip_if_services_unavailable()
    async def fine() -> int:
        return 3

    @skip_if_services_unavailable
    async def bad(kind: type[BaseException]) -> None:
        raise kind

    assert away.__name__ == "away"
    assert asyncio.run(fine()) == 3
    with pytest.raises(unittest.SkipTest):
        away(ConnectionRefusedError)
    with pytest.raises(AssertionError):
        away(AssertionError)
    with pytest.raises(unittest.SkipTest):
        asyncio.run(bad(TimeoutError))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(bad(ZeroDivisionError))


def test_both_runners_report_a_skip(pytester: pytest.Pytester) -> None:
    """And a bypass inside of `except Exception` as the failure that it is."""
    pytester.makepyfile(
        """
        import unittest
        from test_framework import AsyncTestCase
        from test_framework.helpers.auth_helpers import skip_if_services_unavailable

        class SampleTest(AsyncTestCase):
            async def test_away(self):
                try:
                    raise ConnectionRefusedError
                except Exception as error:
                    skip_if_services_unavailable(str(error))

            async def test_bypass(self):
                try:
                    assert "an expired token was let in" == ""
                except Exception as error:
                    skip_if_services_unavailable(str(error))
        """
    )
    by_pytest = pytester.runpytest_subprocess("-p", "no:randomly")
    by_pytest.assert_outcomes(skipped=1, failed=1)
    by_pytest.stdout.fnmatch_lines(["*an expired token was let in*"])
    name = next(pytester.path.glob("test_*.py")).stem
    by_unittest = pytester.run(sys.executable, "-m", "unittest", name)
    by_unittest.stderr.fnmatch_lines(["*FAILED (failures=1, skipped=1)"])


def test_nothing_to_judge_is_nothing() -> None:
    """Without an exception and a text it is only a decorator in waiting."""
    waiting: Any = skip_if_services_unavailable()
    assert callable(waiting)
