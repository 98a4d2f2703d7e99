"""What is remembered: for long enough, and not for longer."""

from __future__ import annotations

import pytest

from test_framework.tokens import Revocations, TokenConfigError
from test_framework.tokens._revocations import Expiring
from tests.tokens.clocks import NOON, Clock


def test_the_memory_is_bounded_by_time() -> None:
    """Entries leave when no token that they concern can be valid any more."""
    clock = Clock()
    revocations = Revocations(clock=clock, keep=100)
    for number in range(1000):
        revocations.revoke(f"token-{number}")
        clock.advance(1)
    assert len(revocations) == 99
    clock.advance(100)
    revocations.revoke("last")
    assert len(revocations) == 1


def test_revoking_again_remembers_longer() -> None:
    """The later of two ends counts."""
    clock = Clock()
    revocations = Revocations(clock=clock, keep=10)
    revocations.revoke("t")
    clock.advance(9)
    revocations.revoke("t")
    clock.advance(9)
    assert revocations.refuses(jti="t", user_id="u", issued_at=NOON, now=clock())
    clock.advance(1)
    assert not revocations.refuses(jti="t", user_id="u", issued_at=NOON, now=clock())
    assert len(revocations) == 0


def test_what_is_remembered_is_not_cut_short() -> None:
    """Putting a name again with an earlier end leaves the later one."""
    memory = Expiring()
    memory.put("t", 1, until=10, now=0)
    memory.put("t", 2, until=5, now=0)
    assert (memory.get("t", 9), memory.get("t", 10)) == (2, None)


def test_revoking_often_costs_no_memory() -> None:
    """The same name takes one place, however often it is revoked."""
    clock = Clock()
    memory = Expiring()
    for _ in range(1000):
        memory.put("u", clock(), until=clock() + 100, now=clock())
        clock.advance(0.01)
    assert len(memory._by_end) == memory.count(clock()) == 1
    clock.advance(100)
    assert memory.count(clock()) == len(memory._by_end) == 0


def test_a_user_is_revoked_until_a_moment() -> None:
    """Tokens of that moment and before are refused; so are those that do not say when they were issued."""
    clock = Clock()
    revocations = Revocations(clock=clock)
    revocations.revoke_user("u")
    for issued_at, refused in {NOON - 1: True, NOON: True, NOON + 0.001: False, None: True}.items():
        assert revocations.refuses(jti="", user_id="u", issued_at=issued_at, now=NOON + 1) is refused
        assert not revocations.refuses(jti="", user_id="other", issued_at=issued_at, now=NOON + 1)


@pytest.mark.parametrize("name", ["", " ", "a\n", None, 7])
def test_only_names_can_be_revoked(name: object) -> None:
    """A value that no token can have is a mistake."""
    with pytest.raises(TokenConfigError, match="jti"):
        Revocations().revoke(name)  # type: ignore[arg-type]
    with pytest.raises(TokenConfigError, match="user_id"):
        Revocations().revoke_user(name)  # type: ignore[arg-type]


def test_an_empty_one_is_not_false() -> None:
    """A check for None is not fooled by an object that remembers nothing yet."""
    assert Revocations()
    assert repr(Revocations()) == "<Revocations: 0 remembered>"
