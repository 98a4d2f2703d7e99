"""`IsolatedEnvironment`: the real variables, with a way back."""

from __future__ import annotations

import os

import pytest

from test_framework.environment import IsolatedEnvironment


def test_the_way_back() -> None:
    """Changes, additions and deletions are undone; the first snapshot counts."""
    env = IsolatedEnvironment()
    os.environ["KEPT"], os.environ["CHANGED"], os.environ["DELETED"] = "1", "1", "1"
    before = dict(os.environ)
    env.enable_isolation()
    os.environ["CHANGED"], os.environ["ADDED"] = "2", "2"
    env.enable_isolation(backup_original=True)
    del os.environ["DELETED"]
    env.reset_to_original()
    assert dict(os.environ) == before
    assert env.is_isolated()
    env.clear()
    assert not os.environ
    env.disable_isolation()
    assert dict(os.environ) == before
    assert not env.is_isolated()


def test_without_a_snapshot() -> None:
    """What cannot be undone is refused; isolation without a backup undoes nothing."""
    env = IsolatedEnvironment()
    with pytest.raises(RuntimeError, match="call enable_isolation"):
        env.clear()
    with pytest.raises(RuntimeError, match="call enable_isolation"):
        env.reset_to_original()
    env.enable_isolation(backup_original=False)
    env.set("SAMPLE", "1")
    env.reset()
    assert os.environ["SAMPLE"] == "1"
    env.enable_isolation()
    env.set("SAMPLE", "2", "me")
    env.disable_isolation(restore_original=False)
    assert os.environ["SAMPLE"] == "2"


@pytest.mark.parametrize(
    ("value", "name"), [("Production", "production"), ("prod", "production"), ("stage", "staging"),
                        ("testing", "test"), ("dev", "development"), ("local", "development"), ("qa", "qa")]
)  # fmt: skip
def test_the_name_of_the_environment(value: str, name: str) -> None:
    """It comes from ENVIRONMENT, and each question about it agrees."""
    env = IsolatedEnvironment()
    env.set("ENVIRONMENT", value)
    assert env.get_environment_name() == name
    asked = {"development": env.is_development(), "test": env.is_test(), "staging": env.is_staging(),
             "production": env.is_production()}  # fmt: skip
    assert [kind for kind, answer in asked.items() if answer] == [name] * (name != "qa")


def test_the_name_where_nothing_says_it() -> None:
    """Without ENVIRONMENT it is "test" in isolation, else "development"."""
    env = IsolatedEnvironment()
    env.delete("ENVIRONMENT")
    assert env.is_development()
    env.enable_isolation()
    assert env.is_test()


def test_no_value_is_printed() -> None:
    """Some values are secrets."""
    env = IsolatedEnvironment()
    env.set("SAMPLE", "hunter2")
    assert "hunter2" not in repr(env)
