"""The clock of the package, whatever a test does to the time."""

from __future__ import annotations

import sys
import time
from unittest import mock

import pytest

from test_framework import AsyncTestCase
from test_framework.runners import monotonic

PARTS = ("test_framework.runners", "test_framework.guards", "test_framework._case")


def test_it_is_the_monotonic_clock() -> None:
    """Its differences are seconds of the real time."""
    before = time.monotonic()
    assert before <= monotonic() <= time.monotonic()


def test_replacing_the_function_does_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that mocks `time.monotonic` moves no deadline."""
    monkeypatch.setattr(time, "monotonic", lambda: -1.0)
    assert monotonic() > 0


def test_nothing_to_replace_by_identity() -> None:
    """Libraries that freeze the time look for its functions in every module; those that limit tests show none."""
    assert AsyncTestCase.__module__ in sys.modules
    found = [
        f"{name}.{attribute}"
        for name, module in list(sys.modules.items())
        if name.startswith(PARTS)
        for attribute, value in vars(module).items()
        if value is time.monotonic
    ]
    assert found == []


def test_the_watchdog_starts_whatever_threads_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first deadline of a process may be that of a test whose class has mocked `threading.Thread`."""
    from test_framework.guards import _watchdog

    ran: list[bool] = []
    monkeypatch.setattr("threading.Thread", mock.MagicMock())
    # A second watchdog that went on would be taken for the one of the process.
    monkeypatch.setattr(_watchdog._Watchdog, "_watch", lambda self: ran.append(True))
    dog = _watchdog._Watchdog()
    dog.start()
    assert dog.thread is not None
    dog.thread.join()
    assert ran == [True]
