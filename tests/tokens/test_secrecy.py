"""No token and no key is shown: not by a repr, an error, its chain or traceback, a pickle or a log."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.tokens import (
    Revocations,
    SigningKey,
    TokenConfigError,
    TokenError,
    TokenIssuer,
    TokenVerifier,
    _errors as errors,
    hostile_tokens,
)

SECRET = b"correct-horse-battery-staple-correct-horse-battery-staple-correct"


def spellings(secret: bytes) -> list[str]:
    """Return how a secret might be printed."""
    return [secret.decode("latin-1"), secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1]]


def everything_about(error: BaseException) -> str:
    """Return all that an error can tell: texts, arguments, attributes, chain, locals of its frames, pickle."""
    chain: list[str] = []
    current: BaseException | None = error
    while current is not None:
        chain += [str(current), repr(current), repr(current.args), repr(vars(current)), str(current.__traceback__)]
        current = current.__cause__ or current.__context__
    chain.append("".join(traceback.format_exception(error)))
    chain.append(pickle.dumps(error).decode("latin-1"))
    return "\n".join(chain)


def frames_of(error: BaseException) -> Iterator[str]:
    """Yield the names of the functions that the traceback goes through."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_name


def test_no_refusal_tells_the_token(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Over the whole gallery, with logging at its lowest level: no part of a token and no key anywhere."""
    caplog.set_level(logging.NOTSET)
    issuer = TokenIssuer(secret=SECRET)
    verifier = issuer.verifier()
    refused = 0
    told = []
    for case in hostile_tokens(issuer):
        try:
            verifier.verify(case.token)
        except TokenError as error:
            refused += 1
            told.append(everything_about(error))
            assert (error.__cause__, error.__context__) == (None, None), case
            # One frame of ours, whose arguments pytest does not print.
            assert list(frames_of(error))[1:] == ["verify"]
            for piece in filter(lambda piece: len(piece) > 12, case.token.split(".")):
                assert piece[:2000] not in told[-1], case
            if len(case.token) > 8:
                assert case.token[:2000] not in told[-1], case
    assert refused > 150
    output = "\n".join([*told, caplog.text, *capfd.readouterr(), repr(issuer), repr(verifier), repr(issuer.key)])
    assert not [spelling for spelling in spellings(SECRET) if spelling in output]


def test_no_claim_of_a_refused_token_is_told() -> None:
    """Texts that come from the token are not repeated: they might be secret, and they might be hostile."""
    issuer = TokenIssuer()
    verifier = issuer.verifier()
    marker = "MARKER-7f3a"
    for claims in ({"sub": f"{marker}\n"}, {"iss": marker}, {"aud": marker}, {"exp": marker}, {"token_type": marker},
                   {"scope": f" {marker}"}, {"email": [marker]}):  # fmt: skip
        with pytest.raises(TokenError) as caught:
            verifier.verify(issuer.mint("user-1", claims=claims))
        assert marker not in everything_about(caught.value)
    for headers in ({marker: 1}, {"typ": marker}, {"crit": [marker]}):
        with pytest.raises(TokenError) as caught:
            verifier.verify(issuer.mint("user-1", headers=headers))
        assert marker not in everything_about(caught.value)


def test_an_error_that_is_caught_elsewhere_keeps_its_caller_only() -> None:
    """The chain has nothing of ours even when the caller was handling something already."""
    issuer = TokenIssuer()
    try:
        raise LookupError("of the caller")
    except LookupError:
        with pytest.raises(TokenError) as caught:
            issuer.verifier().verify("\ud800")
    assert caught.value.__cause__ is None
    assert isinstance(caught.value.__context__, LookupError)


@pytest.mark.parametrize("make", [
    lambda: SigningKey.from_secret(SECRET[:10]),
    lambda: SigningKey.from_secret(SECRET, algorithm="RS256"),
    lambda: SigningKey.from_secret(SECRET, kid=" "),
    lambda: TokenIssuer(secret=SECRET, private_key="x"),
    lambda: TokenIssuer(algorithm="ES256", secret=SECRET),
    lambda: SigningKey.from_jwk({"kty": "oct", "alg": "HS256", "k": SECRET.decode()}),
    lambda: SigningKey.from_jwk({"kty": "RSA", "alg": "RS256", "n": "AQ", "e": "AQAB", "d": SECRET.decode()}),
    lambda: SigningKey.from_key(SECRET, algorithm="RS256"),
    lambda: SigningKey.from_key(f"-----BEGIN PRIVATE KEY-----\n{SECRET.decode()}\n-----END", algorithm="ES256"),
])  # fmt: skip
def test_no_mistake_with_a_key_tells_the_key(make: Any) -> None:
    """What is wrong with a key is said without it."""
    pytest.importorskip("cryptography")
    with pytest.raises(TokenConfigError) as caught:
        make()
    assert SECRET[:10].decode() not in everything_about(caught.value).replace("SECRET", "")


def test_no_object_tells_its_key() -> None:
    """Neither by its repr nor by the reprs of what it holds openly."""
    pytest.importorskip("cryptography")
    private = SigningKey.generate("ES256")
    issuer = TokenIssuer(secret=SECRET)
    verifier = TokenVerifier([issuer.key, private], issuer=None, audience=None)
    shown = " ".join(
        map(repr, [issuer, issuer.key, private, verifier, verifier.revocations, Revocations(), issuer.jwks()])
    )
    assert not [spelling for spelling in spellings(SECRET) if spelling in shown]
    number = private._private.private_numbers().private_value
    assert not [text for text in (str(number), f"{number:x}") if text in shown]


def test_errors_survive_a_pickle() -> None:
    """Test runners send errors between processes."""
    made: list[Exception] = [
        errors.BadClaim("exp", "is not a date"), errors.TokenExpired(), errors.MalformedToken("it is"),
        errors.TokenConfigError("a", "b"), errors.MissingClaim("sub"),
    ]  # fmt: skip
    for error in made:
        same = pickle.loads(pickle.dumps(error))
        assert (type(same), str(same), vars(same)) == (type(error), str(error), vars(error))


SHOWN = """
from test_framework import TokenIssuer

ISSUER = TokenIssuer()

def test_it():
    ISSUER.verifier().verify(ISSUER.mint("user-1", lifetime=-1))
"""


def test_a_failing_test_does_not_show_the_token(pytester: pytest.Pytester) -> None:
    """Pytest prints the arguments of the functions in a traceback, and locals on request; not those of ours."""
    pytester.makepyfile(SHOWN)
    result = pytester.runpytest("--showlocals", "-p", "no:asyncio", "-p", "no:trio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TokenExpired: the token has expired*"])
    result.stdout.no_fnmatch_line("*eyJ*")
