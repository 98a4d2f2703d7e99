"""The table of the gallery's groups, as the reference page shows it: ``python -m tests.tokens.gallery_table``."""

from __future__ import annotations

import secrets

import jwt

from test_framework.tokens import HostileToken, TokenIssuer, hostile_tokens
from test_framework.tokens.gallery import GROUPS

__all__ = ["rows"]


def rows() -> list[list[str]]:
    """Count the cases of each group for an HS256 issuer, and what PyJWT's usual call wrongly accepts."""
    secret = secrets.token_bytes(64)
    cases = hostile_tokens(TokenIssuer(secret=secret))
    found = [[letter, title, *_counts([case for case in cases if case.group == letter], secret)]
             for letter, title in GROUPS.items()]  # fmt: skip
    return [*found, ["", "all", *_counts(list(cases), secret)]]


def _counts(cases: list[HostileToken], secret: bytes) -> list[str]:
    def usual_call_accepts(case: HostileToken) -> bool:
        try:
            jwt.decode(case.token, secret, algorithms=["HS256"], audience="test-api")
        # PyJWT 2.14 refuses some claims by the last two.
        except (jwt.PyJWTError, UnicodeError, RecursionError, TypeError, OverflowError):
            return False
        return True

    verdicts = [sum(case.expect == verdict for case in cases) for verdict in ("must_reject", "policy", "control")]
    wrongly = [sum(case.expect == verdict and usual_call_accepts(case) for case in cases)
               for verdict in ("must_reject", "policy")]  # fmt: skip
    return [str(len(cases)), *map(str, verdicts), *map(str, wrongly)]


if __name__ == "__main__":
    for row in rows():
        print(f"| {' | '.join(row)} |".replace("|  |", "| |"))  # noqa: T201 -- it is asked for it
