"""Which rule a name breaks, and what replaces it."""

from __future__ import annotations

import pytest

from test_framework.imports import LegacyRule, Target
from test_framework.imports._matching import Matcher, replacement_of

OLD = LegacyRule(Target("app.old"), Target("app.new"))
NAME = LegacyRule(Target("app.old", "T"), Target("app.types", "U"))
BELOW = LegacyRule(Target("app.gone"), below=True)


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("app.old", OLD),
        ("app.old.part", OLD),
        ("app.older", None),
        ("app", None),
        ("app.old.T", NAME),
        ("app.old.T.x", NAME),
        ("app.gone", None),
        ("app.gone.part.x", BELOW),
        ("other.old", None),
    ],
)
def test_the_most_special_rule_is_found(dotted: str, expected: LegacyRule | None) -> None:
    """A rule is about a name and all that is inside; one with a star only about what is inside."""
    assert Matcher([OLD, NAME, BELOW]).rule(dotted) == expected


def test_a_star_may_bring_names() -> None:
    """The rules about names are known by their modules."""
    matcher = Matcher([OLD, NAME, BELOW])
    assert matcher.starred == {"app.old": [NAME]}
    assert (matcher.concerns("app.x"), matcher.concerns("other")) == (True, False)


@pytest.mark.parametrize(
    ("rule", "dotted", "expected"),
    [
        (OLD, "app.old", "app.new"),
        (OLD, "app.old.part", "app.new.part"),
        (OLD, "app.old.part.Name.x", "app.new.part:Name.x"),
        (OLD, "app.old.Name", "app.new:Name"),
        (NAME, "app.old.T", "app.types:U"),
        (NAME, "app.old.T.x", "app.types:U.x"),
        (LegacyRule(Target("app.old", "T"), Target("app.new")), "app.old.T", "app.new:T"),
        (LegacyRule(Target("app.old"), Target("app.new", "T")), "app.old.x", "app.new:T.x"),
        (BELOW, "app.gone.x", None),
    ],
)
def test_what_is_inside_goes_with_it(rule: LegacyRule, dotted: str, expected: str | None) -> None:
    """Modules inside stay modules, names stay names."""
    new = replacement_of(rule, dotted, {"app.old.part"}.__contains__)
    assert (str(new) if new else None) == expected
