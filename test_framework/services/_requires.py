"""Tests that need a service: skipped with the reason where it is not there, or failed where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast, get_args

from test_framework import settings
from test_framework.errors import FrameworkError
from test_framework.services._errors import NAMES, UNAVAILABLE, ServiceUnavailable
from test_framework.services._finder import external, find
from test_framework.services._shared import begin_shared, shared_postgres, shared_redis
from test_framework.services._skipping import methods_of, wrapped

__all__ = [
    "ServiceName",
    "fail_without_services",
    "missing_shared",
    "require_services",
    "require_shared",
    "requires_services",
    "skips_are_failures",
]

__unittest = True

ServiceName = Literal["postgres", "redis"]
_NAMES: tuple[str, ...] = get_args(ServiceName)
T = TypeVar("T", bound=Callable[..., Any])
_strict = False


def fail_without_services(*, strict: bool) -> None:
    """Let tests fail, whatever the settings say, where a service is not there; or follow the settings again."""
    global _strict
    _strict = strict


def require_services(*services: ServiceName) -> None:
    """Skip the test that runs unless services are there.

    With the setting ``require_services``, or ``--require-services`` of pytest, the test is an error instead.

    Args:
        services: "postgres", "redis" or both.

    Raises:
        unittest.SkipTest: one is not there.
        ServiceUnavailable: one is not there, and tests must not be skipped.
    """
    _check(services)
    _skip_unless(_why(_missing(services)))


def missing_shared(service: ServiceName, *, fresh: bool = False) -> str:
    """Look for a service whose shared server is about to be asked for; it starts meanwhile.

    Args:
        service: "postgres" or "redis".
        fresh: whether not the shared server is meant, but one that is started for the test.

    Returns:
        Why the test is to be skipped; nothing if the service is there.

    Raises:
        ServiceUnavailable: it is not there, and tests must not be skipped.
        ServiceError: it cannot be started.
    """
    if not fresh:
        return _why(_missing((service,), begin_shared))
    try:
        find(service)
    except ServiceUnavailable as exc:
        return _why(exc)
    return ""


def _why(missing: ServiceUnavailable | None) -> str:
    if missing is None:
        return ""
    if skips_are_failures():
        raise missing
    return missing.summary


def _skip_unless(reason: str) -> None:
    if reason:
        # It takes as long to import as all of this package.
        from unittest import SkipTest

        raise SkipTest(reason)


def require_shared(service: ServiceName, *, fresh: bool = False) -> None:
    """Skip the test that runs unless a service is there whose shared server is about to be asked for.

    Args:
        service: "postgres" or "redis".
        fresh: whether not the shared server is meant, but one that is started for the test.

    Raises:
        unittest.SkipTest: it is not there.
        ServiceUnavailable: it is not there, and tests must not be skipped.
        ServiceError: it cannot be started.
    """
    _skip_unless(missing_shared(service, fresh=fresh))


def requires_services(*services: ServiceName) -> Callable[[T], T]:
    """Return a decorator for tests and test classes that need services; without them they are skipped before setUp.

    With the setting ``require_services``, or ``--require-services`` of pytest, they are errors instead.

    Args:
        services: "postgres", "redis" or both.
    """
    _check(services)

    def decorate(target: T) -> T:
        if not isinstance(target, type):
            return cast("T", _wrapped(target, services))
        for name, method in methods_of(target):
            setattr(target, name, _wrapped(method, services))
        _mark(target, services)
        return cast("T", target)

    return decorate


def skips_are_failures() -> bool:
    """Return whether a test fails, instead of being skipped, where what it needs is not there."""
    return _strict or bool(settings.current()["require_services"])


def _wrapped(function: Any, services: tuple[str, ...]) -> Any:
    check: Any = require_services
    wrapper = wrapped(function, lambda: check(*services))
    _mark(wrapper, services)
    return wrapper


def _mark(target: Any, services: tuple[str, ...]) -> None:
    # unittest and pytest look at these before setUp, and only then is it looked whether the services are there.
    target.__unittest_skip__ = _Condition(services)
    target.__unittest_skip_why__ = _reason(services)


class _Condition:
    """True if the tests are to be skipped, whenever it is asked."""

    def __init__(self, services: tuple[str, ...]) -> None:
        self._services = services

    def __bool__(self) -> bool:
        return not skips_are_failures() and _missing(self._services) is not None


def _reason(services: tuple[str, ...]) -> str:
    """Return why tests will be skipped if they are: it has to be a text, long before anybody asks for it."""
    try:
        addressed = [service for service in services if external(service) is not None]
        missing = _missing(tuple(service for service in services if service not in addressed))
    except FrameworkError:
        # The tests themselves will say what is wrong with the settings.
        return ""
    if missing is not None:
        return missing.summary
    names = " or ".join(NAMES[service] for service in addressed or services)
    return f"{UNAVAILABLE}no {names} that answers; `python -m test_framework doctor` says more"


def _missing(services: tuple[str, ...], look: Callable[[str], object] = find) -> ServiceUnavailable | None:
    """Return what says that a service is not there, if one is not."""
    for service in services:
        try:
            if external(service) is None:
                look(service)
            elif service == "postgres":
                shared_postgres()
            else:
                shared_redis()
        except ServiceUnavailable as exc:
            return exc
    return None


def _check(services: tuple[str, ...]) -> None:
    unknown = [repr(service) for service in services if service not in _NAMES]
    if unknown or not services:
        raise ValueError(
            f"the services of a test are {' and '.join(map(repr, _NAMES))}, not {', '.join(unknown) or 'none'}; "
            'write, for instance, @requires_services("postgres")'
        )
