"""What all tests share: a clean environment and Hypothesis without a clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import jwt.algorithms  # noqa: F401
import pytest
from hypothesis import settings

import test_framework

# A developer's own settings must not decide how the tests end: this comes before anything is loaded that reads them.
for _name in [name for name in os.environ if name.startswith("TEST_FRAMEWORK_")]:
    del os.environ[_name]

# Runs of pytest inside of tests forget the modules that they were the first to load. Whoever holds a class of such a
# module would meet another of the same name later: so all are loaded now, and cryptography, which holds its own.
for _name in dir(test_framework):
    getattr(test_framework, _name)

# A slow machine is not a bug, and neither is the same example found again.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that watch a clock may fail once; the summary counts each rerun."""
    for item in items:
        if item.get_closest_marker("clock") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Where this run was started in the background it ignores Ctrl-C, and so would what it starts."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
