"""Environment variables, isolated for each test."""

from __future__ import annotations

from test_framework.environment._isolated import IsolatedEnvironment
from test_framework.environment._product import get_env
from test_framework.environment._snapshot import Snapshot

__all__ = ["IsolatedEnvironment", "Snapshot", "get_env"]
