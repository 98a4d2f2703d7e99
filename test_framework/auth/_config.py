"""The arguments of a server, checked all at once."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from test_framework.auth._errors import AuthConfigError
from test_framework.tokens import TokenIssuer
from test_framework.websocket._credentials import CREDENTIAL_KINDS, CredentialKind

__all__ = ["HANDSHAKE_TRANSPORTS", "CloseCodes", "ServerConfig"]

__tracebackhide__ = True

CloseCodes = Literal["standard", "private"]
HANDSHAKE_TRANSPORTS: tuple[CredentialKind, ...] = ("header", "subprotocol", "query", "cookie", "userinfo")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """What an AuthServer was made with; see there for the meanings."""

    port: int = 0
    transports: Collection[CredentialKind] = HANDSHAKE_TRANSPORTS
    close_codes: CloseCodes = "standard"
    allowed_origins: Collection[str] | None = None
    max_connections_per_user: int | None = None
    max_queued_messages: int = 1000
    auth_timeout: float = 5.0
    max_message_size: int = 2**20
    leeway: float = 0.0
    single_use: bool = False
    max_token_length: int = 8000
    max_lifetime: float = 86_400.0
    issuer: TokenIssuer | None = None
    required_scopes: Collection[str] = ()
    required_permissions: Mapping[str, str] = field(default_factory=lambda: {"broadcast": "broadcast"})

    def __post_init__(self) -> None:
        faults = [*self._faults()]
        if faults:
            raise AuthConfigError(*faults)

    def _faults(self) -> list[str]:
        faults: list[str] = []

        def check(name: str, rule: str, *, met: bool) -> None:
            if not met:
                faults.append(f"{name} must be {rule}, not {getattr(self, name)!r:.200}")

        kinds = ", ".join(map(repr, CREDENTIAL_KINDS))
        check("port", f"0 (any free one) to {_LAST_PORT}", met=_is_count(self.port, 0) and self.port <= _LAST_PORT)
        check(
            "transports",
            f"one or more of {kinds}",
            met=_are_names(self.transports) and bool(self.transports) and {*self.transports} <= {*CREDENTIAL_KINDS},
        )
        check("close_codes", "'standard' or 'private'", met=self.close_codes in ("standard", "private"))
        check(
            "allowed_origins",
            "origins such as 'https://app.test', or None for the server's own",
            met=self.allowed_origins is None
            or (_are_names(self.allowed_origins) and all(map(_is_origin, self.allowed_origins))),
        )
        check(
            "max_connections_per_user",
            "1 or more, or None for no limit",
            met=self.max_connections_per_user is None or _is_count(self.max_connections_per_user, 1),
        )
        check("max_queued_messages", "1 or more", met=_is_count(self.max_queued_messages, 1))
        check(
            "auth_timeout", "a positive number of seconds", met=_is_seconds(self.auth_timeout) and self.auth_timeout > 0
        )
        check("max_message_size", "1 or more", met=_is_count(self.max_message_size, 1))
        check("leeway", "seconds, 0 or more", met=_is_seconds(self.leeway) and self.leeway >= 0)
        check("max_token_length", "1 or more", met=_is_count(self.max_token_length, 1))
        check(
            "max_lifetime", "a positive number of seconds", met=_is_seconds(self.max_lifetime) and self.max_lifetime > 0
        )
        check("single_use", "True or False", met=_is_one(bool, self.single_use))
        check("issuer", "a TokenIssuer or None", met=self.issuer is None or _is_one(TokenIssuer, self.issuer))
        check("required_scopes", "a tuple of scopes", met=_are_names(self.required_scopes))
        check(
            "required_permissions",
            "permissions by the type of message",
            met=_are_named(self.required_permissions),
        )
        return faults


def _is_one(kind: type, value: object) -> bool:
    return isinstance(value, kind)


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_names(values: object) -> bool:
    return (
        isinstance(values, Collection)
        and not isinstance(values, str | bytes)
        and all(isinstance(value, str) and value for value in values)
    )


def _are_named(values: object) -> bool:
    return isinstance(values, Mapping) and _are_names([*values, *values.values()])


def _is_origin(value: str) -> bool:
    scheme, _, host = value.partition("://")
    return bool(scheme and host) and not host.endswith("/") and "*" not in value
