"""The tokens as type checkers see them: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, assert_type

from test_framework import (
    BadClaim,
    Claims,
    FrameworkError,
    HostileToken,
    MissingClaim,
    Revocations,
    SigningKey,
    TokenConfigError,
    TokenError,
    TokenExpired,
    TokenIssuer,
    TokenVerifier,
    hostile_tokens,
)

issuer = TokenIssuer(algorithm="ES256", private_key=b"...", issuer=None, audience="a", kid="k", clock=lambda: 0.0)
assert_type(issuer.mint("u", lifetime=0.5, email="e", tier=None, permissions=["p"], scopes=("s",)), str)
assert_type(issuer.mint("u", token_type="refresh", claims={"a": 1}, without=["jti"], headers={"typ": None}), str)
assert_type(issuer.jwks(), dict[str, list[dict[str, str]]])
assert_type(issuer.rotate(overlap=1), str)
assert_type(issuer.key, SigningKey)
assert_type(issuer.verifier(leeway=1, single_use=True, revocations=Revocations()), TokenVerifier)
issuer.mint()  # type: ignore[call-arg]
issuer.mint("u", 60)  # type: ignore[call-arg]
issuer.mint("u", lifetime="60")  # type: ignore[arg-type]
TokenIssuer("HS256")  # type: ignore[call-arg]

verifier = TokenVerifier([SigningKey.generate()], issuer="i", audience=None)
TokenVerifier({"keys": []}, issuer=None, audience=None)
TokenVerifier(SigningKey.from_jwk({}), issuer=None, audience=None)
TokenVerifier(SigningKey.generate())  # type: ignore[call-arg]
claims = verifier.verify(b"...")
assert_type(claims, Claims)
assert_type(claims.user_id, str)
assert_type(claims.email, str | None)
assert_type(claims.scopes, tuple[str, ...])
assert_type(claims.issued_at, float | None)
assert_type(claims.expires_at, float)
assert_type(claims.raw, Mapping[str, Any])
claims.user_id = "other"  # type: ignore[misc]
verifier.verify(None)  # type: ignore[arg-type]
verifier.revoke("jti")
verifier.revoke_user("u")

refusals: list[type[TokenError]] = [TokenExpired, BadClaim, MissingClaim]
framework: list[type[FrameworkError]] = [TokenError, TokenConfigError]
values: list[type[ValueError]] = [TokenError, TokenConfigError]


def data_of_errors(error: TokenError, claim: BadClaim, config: TokenConfigError) -> None:
    assert_type(error.code, str)
    assert_type(error.reason, str)
    assert_type(claim.claim, str)
    assert_type(config.faults, tuple[str, ...])


for case in hostile_tokens(issuer, user_id="u", claims={"org": "o"}):
    assert_type(case, HostileToken)
    assert_type(case.id, str)
    assert_type(case.expect, Literal["must_reject", "policy", "control"])
    assert_type(case.accepted_answers, frozenset[int])
    assert_type(case.needs, Literal["crypto"] | None)
