"""Fixtures that every test of an environment with this package can take, of whatever kind.

A fixture that another room of the package offers is defined here, under its public name, with a docstring for
``pytest --fixtures``. This module is loaded in every run of pytest, so the room is imported inside of the function::

    @pytest.fixture
    def user_context() -> UserExecutionContext:
        \"\"\"A valid context of one user, with unique ids.\"\"\"
        from test_framework.context import UserExecutionContextBuilder

        return UserExecutionContextBuilder().build()

Asynchronous fixtures run for the classes of this package only; what other tests are to take as well is synchronous.
"""

from __future__ import annotations

__all__: list[str] = []
