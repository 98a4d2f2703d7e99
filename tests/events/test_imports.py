"""What the room loads, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"anyio", "asyncio", "trio", "websockets", "unittest", "jwt", "pytest"}


@pytest.mark.parametrize(
    ("statement", "loaded"),
    [
        ("import test_framework.events", set()),
        ("from test_framework import assert_golden_path, Event, Timeline, CriticalEvent", set()),
        ("from test_framework import EventRecorder", {"anyio"}),
    ],
)
def test_only_the_recorder_loads_anything(statement: str, loaded: set[str]) -> None:
    """Events and their checks are pure; the recorder brings anyio, and no backend before it is used."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name.partition(".")[0] for name in done.stdout.split()}
    assert found & (HEAVY - {"asyncio"}) == loaded
