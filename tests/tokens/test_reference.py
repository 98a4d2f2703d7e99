"""The reference page of the tokens says what the code does."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from pathlib import Path

import pytest

from test_framework import tokens
from test_framework.tokens import TokenError, TokenIssuer, TokenVerifier, hostile_tokens
from tests.tokens.gallery_table import rows

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "tokens.md").read_text("utf-8")


def table(after: str) -> list[list[str]]:
    """Return the rows of the first table after a heading, without its head."""
    lines = PAGE.partition(f"\n## {after}\n")[2].splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("|"))
    found: list[list[str]] = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_the_table_of_codes_is_that_of_the_code() -> None:
    """Each refusal has one row, in the order of the hierarchy, with its code; no code occurs twice."""
    public = [getattr(tokens, name) for name in tokens.__all__]
    kinds = {kind.__name__: kind for kind in public if isinstance(kind, type) and issubclass(kind, TokenError)}
    documented = table("Errors")
    assert {row[0].strip("`") for row in documented} == kinds.keys()
    assert [row[1].strip("`") for row in documented] == [kinds[row[0].strip("`")].code for row in documented]
    assert len({kind.code for kind in kinds.values()}) == len(kinds)
    for kind in kinds.values():
        assert issubclass(kind, ValueError)


def test_the_table_of_groups_is_that_of_the_gallery() -> None:
    """The counts are those of the gallery; what PyJWT accepts, those of the version that the page names."""
    pytest.importorskip("cryptography")
    counted = rows()
    assert [row[:6] for row in table("The gallery")] == [row[:6] for row in counted]
    if version("PyJWT") == "2.15.1":
        assert table("The gallery") == counted


def test_the_signatures_are_those_of_the_code() -> None:
    """Every argument stands on the page with its default."""
    for owner in (TokenIssuer, TokenIssuer.mint, TokenIssuer.verifier, TokenIssuer.rotate, hostile_tokens):
        for parameter in inspect.signature(owner).parameters.values():
            if parameter.name == "self":
                continue
            if parameter.name == "clock":
                text = "clock=time.time"
            elif parameter.default is parameter.empty:
                text = parameter.name
            else:
                text = f"{parameter.name}={parameter.default!r}".replace("'", '"')
            assert text in PAGE, text


def test_the_verifier_has_the_arguments_of_the_issuers() -> None:
    """What `TokenIssuer.verifier` passes on is what `TokenVerifier` takes, with the same defaults."""
    ours = inspect.signature(TokenIssuer.verifier).parameters
    theirs = inspect.signature(TokenVerifier).parameters
    shared = ours.keys() - {"self"}
    assert {name: ours[name].default for name in shared} == {name: theirs[name].default for name in shared}
    assert theirs.keys() - shared == {"keys", "issuer", "audience", "clock"}
