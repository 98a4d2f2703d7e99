"""What is audited, and with which tokens."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast, get_args, runtime_checkable

from test_framework.auth._errors import AuthConfigError
from test_framework.auth._server import AuthServer
from test_framework.tokens import HostileToken, TokenIssuer, hostile_tokens
from test_framework.tokens.gallery import Delivery, keyless_tokens

__all__ = ["DELIVERIES", "AuditSubject", "Auditable", "cases_of", "subject_of"]

DELIVERIES: tuple[Delivery, ...] = get_args(Delivery)
_NEEDS = (
    "an audit of a server elsewhere needs a way to make tokens: its key as issuer=TokenIssuer(secret=..., issuer=...,"
    " audience=...) for the whole gallery, or one good token as token=... for the cases that need no"
    " key; on the command line, --key-env, --key-file or --token-file"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSubject:
    """A server, and what is known of it.

    Args:
        url: of the WebSocket endpoint.
        issuer: signs as the server expects it; None if its key is not known.
        token: a good token, where there is no key.
        user_id: a user that the server knows.
        claims: more claims that it demands.
        deliveries: the ways by which it takes tokens; None if that is to be found out.
        name: the scheme, marker, parameter, cookie or key under which tokens travel; empty for the usual one.
        headers: what each handshake has beside its own headers.
    """

    url: str = field(repr=False)
    issuer: TokenIssuer | None = None
    token: str | None = field(default=None, repr=False)
    user_id: str = "user-1"
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    deliveries: tuple[Delivery, ...] | None = None
    name: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@runtime_checkable
class Auditable(Protocol):
    """What knows how it is audited, as the configuration of a tester does."""

    def audit_subject(self) -> AbstractContextManager[AuditSubject]:
        """Return the server for the time of an audit."""
        ...


@contextmanager
def subject_of(
    target: str | AuthServer | Auditable,
    *,
    issuer: TokenIssuer | None,
    token: str | None,
    user_id: str | None,
    claims: Mapping[str, Any] | None,
) -> Generator[AuditSubject, None, None]:
    """Yield what is to be audited, from what the caller knows.

    Raises:
        AuthConfigError: if that is not enough, or too much.
    """
    if issuer is not None and token is not None:
        raise AuthConfigError("give an issuer or a token, not both: with the issuer's key, no token is needed")
    if isinstance(target, str):
        if issuer is None and token is None:
            raise AuthConfigError(_NEEDS)
        yield AuditSubject(url=target, issuer=issuer, token=token, user_id=user_id or "user-1", claims=claims or {})
        return
    if issuer is not None or token is not None:
        raise AuthConfigError("an issuer or a token goes with an address; this target has its own")
    if not isinstance(target, AuthServer):
        if not isinstance(cast("object", target), Auditable):
            kind = type(target).__name__
            raise TypeError(f"audited is an address, an AuthServer or something with audit_subject(), not {kind}")
        with target.audit_subject() as subject:
            if subject.issuer is None and subject.token is None:
                raise AuthConfigError(_NEEDS)
            yield replace(subject, user_id=user_id or subject.user_id, claims=claims or subject.claims)
        return
    with _known_user(target, user_id) as known:
        taken: tuple[Delivery, ...] = tuple(kind for kind in DELIVERIES if kind in target._config.transports)
        scopes = [*target._config.required_scopes]
        needed = {"scope": " ".join(scopes), "scopes": scopes} if scopes else {}
        yield AuditSubject(
            url=target.ws_url,
            issuer=target.issuer,
            user_id=known,
            claims={**needed, **(claims or {})},
            deliveries=taken,
        )


def cases_of(subject: AuditSubject, only: Collection[str]) -> tuple[HostileToken, ...]:
    """Return the gallery for a subject, made now.

    Args:
        subject: the server.
        only: ids of cases or letters of groups; empty for all. Controls are always there.
    """
    if subject.issuer is not None:
        cases = hostile_tokens(subject.issuer, user_id=subject.user_id, claims=subject.claims)
    else:
        cases = keyless_tokens(subject.token or "")
    known = {case.id for case in cases} | {case.group for case in cases}
    if unknown := sorted({*only} - known):
        raise AuthConfigError(f"there is no case or group {', '.join(map(repr, unknown))} in this gallery")
    return tuple(case for case in cases if not only or case.expect == "control" or {case.id, case.group} & {*only})


@contextmanager
def _known_user(server: AuthServer, user_id: str | None) -> Generator[str, None, None]:
    if user_id is not None:
        yield user_id
        return
    own = server.add_user(f"audit-{secrets.token_hex(4)}", scopes=server._config.required_scopes).user_id
    try:
        yield own
    finally:
        if own in server.users:
            server.delete_user(own)
