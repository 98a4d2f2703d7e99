"""Fixtures that every test of an environment with this package can take, of whatever kind.

This module is loaded in every run of pytest, so what a fixture offers is imported inside of the function.
Asynchronous fixtures run for the classes of this package only; what other tests are to take as well is synchronous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from test_framework.auth import AuthServer

__all__ = ["auth_server", "user_context", "user_contexts"]

__tracebackhide__ = True


@pytest.fixture
def auth_server() -> Iterator[AuthServer]:
    """A real authentication server on loopback, for this test alone."""
    from test_framework.auth import AuthServer

    with AuthServer() as server:
        yield server


@pytest.fixture
def user_context() -> Any:
    """A valid context of one user, with unique ids, of the class that the settings name."""
    from test_framework.context import build_test_context

    return build_test_context()


@pytest.fixture
def user_contexts() -> Callable[..., list[Any]]:
    """A function that returns contexts of so many users, proved to share nothing: ``user_contexts(3, **fields)``."""
    from test_framework.context import assert_isolated
    from test_framework.context._builder import complete_builder

    def make(count: int, /, **fields: Any) -> list[Any]:
        contexts = complete_builder().with_fields(**fields).build_many(count)
        assert_isolated(contexts)
        return list(contexts)

    return make
