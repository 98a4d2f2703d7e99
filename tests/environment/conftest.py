"""What the tests do to the environment is undone after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from test_framework.environment import Snapshot


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    before = Snapshot()
    yield
    before.restore()
