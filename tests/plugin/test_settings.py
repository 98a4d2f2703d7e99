"""Wrong settings under pytest."""

from __future__ import annotations

import pytest

from .runs import ALONE, HEAD

SOURCE = """
    class TestFirst(AsyncTestCase):
        async def test_one(self): pass
        async def test_two(self): pass

    class TestSecond(AsyncTestCase):
        async def test_three(self): pass
"""


def test_told_once(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """They end the run with all their faults, told once, and without a line of the package's code."""
    monkeypatch.setenv("TEST_FRAMEWORK_TIMEOUT", "soon")
    monkeypatch.setenv("TEST_FRAMEWORK_STRICT", "perhaps")
    source = HEAD + SOURCE.replace("\n    ", "\n")
    pytester.makepyfile(test_sample=source, test_other=source)
    # In a process of its own: settings are read once.
    text = pytester.runpytest_subprocess(*ALONE).stdout.str()
    assert text.count("SettingsError: ") == 1
    assert text.count("environment variable TEST_FRAMEWORK_TIMEOUT: ") == 1
    assert text.count("environment variable TEST_FRAMEWORK_STRICT: ") == 1
    assert "the settings of test_framework are wrong" in text
    assert "def current" not in text
    assert "passed" not in text
