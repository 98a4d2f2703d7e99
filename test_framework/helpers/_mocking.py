"""Putting a stand-in where the code under test verifies tokens."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import AsyncMock, patch

from test_framework.helpers._data import create_test_user_data

__all__ = ["mock_jwt_validation"]


@contextmanager
def mock_jwt_validation(
    valid: bool = True,  # noqa: FBT001, FBT002 - callers say mock_jwt_validation(False)
    user_data: Mapping[str, Any] | None = None,
    *,
    target: str | None = None,
) -> Generator[AsyncMock, None, None]:
    """Stand in for a coroutine function that verifies a token, where a unit test is about something else.

    It verifies nothing, as its name says: to test authentication, use `WebSocketAuthTester`.

    Args:
        valid: what it says of every token.
        user_data: the user it names; None for that of `create_test_user_data`.
        target: what to replace for the block, such as ``"app.auth.verify"``; None to replace nothing.

    Yields:
        The stand-in: it returns ``valid``, ``user_id``, ``email`` and ``data``, or ``valid`` and ``error``.
    """
    user = dict(create_test_user_data() if user_data is None else user_data)
    good = {"valid": True, "user_id": user.get("id", user.get("user_id")), "email": user.get("email"), "data": user}
    stand_in = AsyncMock(return_value=good if valid else {"valid": False, "error": "Invalid token"})
    if target is None:
        yield stand_in
        return
    with patch(target, stand_in):
        yield stand_in
