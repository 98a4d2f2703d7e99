"""Who and what a test is about."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

__all__ = ["CategoryType", "SsotTestContext", "category_of"]


class CategoryType(StrEnum):
    """The kinds of tests that suites mark."""

    UNIT = "unit"
    INTEGRATION = "integration"
    E2E = "e2e"
    REAL_SERVICES = "real_services"
    GOLDEN_PATH = "golden_path"
    MISSION_CRITICAL = "mission_critical"
    CRITICAL = "critical"
    PERFORMANCE = "performance"
    STAGING = "staging"
    SMOKE = "smoke"
    REGRESSION = "regression"
    SECURITY = "security"
    API = "api"
    AUTH = "auth"
    DATABASE = "database"
    WEBSOCKET = "websocket"


def _unique(prefix: str) -> str:
    return f"{prefix}_{os.urandom(8).hex()}"


@dataclass
class SsotTestContext:
    """Names and ids that belong to one run of one test; the ids are new for each.

    Attributes:
        test_id: identifies the test, as ``TestCase.id()``.
        test_name: the name of the method.
        test_category: what kind of test it is.
        user_id: a user for this test alone.
        trace_id: for logs and traces.
        session_id: a session for this test alone.
        environment: the name of the environment: "test", "development", ...
        metadata: anything else.
    """

    __test__: ClassVar[bool] = False

    test_id: str = field(default_factory=lambda: _unique("test"))
    test_name: str = ""
    test_category: CategoryType = CategoryType.UNIT
    user_id: str | None = field(default_factory=lambda: _unique("user"))
    trace_id: str = field(default_factory=lambda: _unique("trace"))
    session_id: str | None = field(default_factory=lambda: _unique("session"))
    environment: str = "test"
    metadata: dict[str, Any] = field(default_factory=dict)


def category_of(cls: type, method: object) -> CategoryType:
    """Return the kind of a test: its nearest mark that names one, else "unit".

    Args:
        cls: its class; its own marks come after those of the method, and before those of the module.
        method: the test method.
    """
    module = sys.modules.get(cls.__module__)
    for owner in (method, *cls.__mro__, module):
        marks: Any = getattr(owner, "__dict__", {}).get("pytestmark", ())
        for mark in marks if isinstance(marks, Iterable) else (marks,):
            try:
                return CategoryType(getattr(mark, "name", ""))
            except ValueError:
                continue
    return CategoryType.UNIT
