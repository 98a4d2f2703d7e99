"""What a probe has found: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "ProbeResult", "ProbeStatus", "shown"]

ProbeStatus = Literal["up", "not_ready", "unreachable", "silent", "untrusted", "foreign"]
_WORDS: dict[ProbeStatus, str] = {
    "up": "up",
    "not_ready": "not ready",
    "unreachable": "not reachable",
    "silent": "silent",
    "untrusted": "not trusted",
    "foreign": "something else",
}
_LONGEST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What an exchange has shown.

    Attributes:
        status: as of `ProbeResult`.
        server: as of `ProbeResult`.
        version: as of `ProbeResult`.
        detail: as of `ProbeResult`.
        status_code: as of `ProbeResult`.
    """

    status: ProbeStatus = "up"
    server: str = ""
    version: str = ""
    detail: str = ""
    status_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """Whether a server is there, what it is, and how long the answer took. True if it is up.

    Attributes:
        url: what was asked, without user info, query and fragment.
        status: "up"; "not_ready" if it says itself that it is not, as a gateway with HTTP 502 to 504 does;
            "unreachable" if no connection came about; "silent" if there was no answer in time; "untrusted" if its
            certificate or its lack of TLS is the trouble; "foreign" if what answers is no server of this kind.
        server: the server's name as it gives it, for instance "nginx" or "PostgreSQL"; empty if it does not.
        version: the server's version as it gives it; empty if it does not.
        detail: what else there is to say, or what the matter is; no secret of the address is in it.
        elapsed: seconds until that was known.
        status_code: the HTTP status; None if there was none.
    """

    url: str
    status: ProbeStatus
    server: str = ""
    version: str = ""
    detail: str = ""
    elapsed: float
    status_code: int | None = None

    def __bool__(self) -> bool:
        return self.status == "up"

    def __str__(self) -> str:
        return f"{self.url}: {self.summary}"

    @property
    def summary(self) -> str:
        """All but the address, in one line."""
        name = f"{self.server} {self.version}".strip()
        parts = (_WORDS[self.status], name, self.detail, f"{self.elapsed * 1000:.0f} ms")
        return ", ".join(part for part in parts if part)


def shown(text: str, secrets: Iterable[str]) -> str:
    """Return what a server said, in one line of bounded length that a terminal can be given, without any secret.

    Args:
        text: what it said.
        secrets: what may not be in it.
    """
    # Before anything is cut off: half a secret would not be found any more.
    for secret in sorted({*secrets} - {""}, key=len, reverse=True):
        text = text.replace(secret, "***")
    text = re.sub(r"\s+", " ", text).strip()
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
