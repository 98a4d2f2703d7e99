"""Snapshots of the environment."""

from __future__ import annotations

import os

import pytest

from test_framework.environment import Snapshot


def test_what_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of what was set, changed or deleted, however it was done; what pytest keeps there is not counted."""
    monkeypatch.setenv("CHANGED", "1")
    monkeypatch.setenv("DELETED", "1")
    monkeypatch.delenv("ADDED", raising=False)
    snapshot = Snapshot()
    assert snapshot.changed() == set()
    os.environ.update(CHANGED="2", ADDED="1", PYTEST_CURRENT_TEST=os.environ["PYTEST_CURRENT_TEST"] + "x")
    del os.environ["DELETED"]
    assert snapshot.changed() == {"CHANGED", "ADDED", "DELETED"}
    snapshot.restore()
    assert snapshot.changed() == set()
    assert "ADDED" not in os.environ
    snapshot.restore()


def test_a_replaced_environ_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assigning another mapping to `os.environ` is undone too."""
    real = os.environ
    monkeypatch.setattr(os, "environ", real)
    snapshot = Snapshot()
    os.environ = {"ONLY": "1"}  # type: ignore[assignment] # noqa: B003
    snapshot.restore()
    assert os.environ is real


def test_a_plain_mapping_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a suite has replaced `os.environ` before, that mapping is looked after."""
    monkeypatch.setattr(os, "environ", {"KEPT": "1"})
    snapshot = Snapshot()
    os.environ["ADDED"] = "1"
    del os.environ["KEPT"]
    snapshot.restore()
    assert dict(os.environ) == {"KEPT": "1"}
