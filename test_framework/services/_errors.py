"""What goes wrong with services."""

from __future__ import annotations

from test_framework.errors import FrameworkError

__all__ = ["NAMES", "UNAVAILABLE", "ServiceError", "ServiceUnavailable"]

NAMES = {"postgres": "PostgreSQL", "redis": "Redis"}
# What the reasons of skipped tests begin with.
UNAVAILABLE = "service unavailable: "


class ServiceUnavailable(FrameworkError, RuntimeError):
    """Raised when a service that a test needs is not there.

    Attributes:
        service: "postgres" or "redis".
        places: every place that was looked at, with what was found there.
        cures: what makes the service available, a line each.
    """

    def __init__(self, service: str, places: tuple[tuple[str, str], ...], cures: tuple[str, ...]) -> None:
        super().__init__(service, places, cures)
        self.service = service
        self.places = places
        self.cures = cures

    def __str__(self) -> str:
        width = max((len(place) for place, _ in self.places), default=0)
        looked = [f"  {place:<{width}}  {found}" for place, found in self.places]
        cures = [f"  {cure}" for cure in self.cures]
        name = NAMES.get(self.service, self.service)
        return "\n".join([f"no {name} that could be used; looked at", *looked, "to have one, either", *cures])

    @property
    def why(self) -> str:
        """What was found where something was, in one line."""
        found = [f"{place}: {what}" for place, what in self.places if what not in _NOTHING]
        return "; ".join(found) or f"not found in {len(self.places)} places"

    @property
    def summary(self) -> str:
        """One line, as the reason of a skipped test."""
        name = NAMES.get(self.service, self.service)
        return f"{UNAVAILABLE}no {name} ({self.why}); {' or '.join(self.cures)}"


_NOTHING = ("not set", "not installed", "not there", "nothing")


class ServiceError(FrameworkError, RuntimeError):
    """Raised when a server fails: it does not start, it refuses a statement, or what it holds is not ours.

    Attributes:
        message: what went wrong.
        log: the last lines of the server's log; empty if there are none.
        code: what the server calls the error: a SQLSTATE (PostgreSQL, appendix A) or the first word of an error of
            Redis; empty if there is none.
    """

    def __init__(self, message: str, *, log: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.log = log
        self.code = code

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code else ""
        log = f"\n\nthe last lines of its log:\n{self.log}" if self.log else ""
        return f"{self.message}{code}{log}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_service_error, (self.message, self.log, self.code))


def _service_error(message: str, log: str, code: str) -> ServiceError:
    return ServiceError(message, log=log, code=code)
