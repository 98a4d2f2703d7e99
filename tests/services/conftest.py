"""Servers for the tests of services."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from test_framework import settings


@pytest.fixture
def fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let a test set variables; the settings are read again before and after it."""

    def setenv(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"TEST_FRAMEWORK_{name}", value)
        settings.forget()

    yield setenv
    monkeypatch.undo()
    settings.forget()
