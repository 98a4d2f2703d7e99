"""The scopes that are open, by class: opened on first use, closed by the class or when the process ends."""

from __future__ import annotations

import atexit
from collections.abc import Callable

from test_framework._case._scope import Scope
from test_framework.errors import BackendError

__all__ = [
    "before_giving_up",
    "close_scope",
    "end_scope",
    "forsake_scope",
    "keep_scope",
    "lend_scope",
    "open_scope",
    "scope_for",
]

__unittest = True

# What is called when the process ends, before the loops of classes that nobody has closed are given up.
before_giving_up: list[Callable[[], None]] = []
_scopes: dict[type, Scope] = {}


def scope_for(cls: type) -> Scope | None:
    """Return the scope of a class if it has asynchronous fixtures."""
    return _scopes.get(cls) if _scopes else None


def open_scope(cls: type) -> Scope:
    """Return the scope of a class, opened on first use."""
    scope = _scopes.get(cls)
    if scope is None:
        scope = _scopes[cls] = Scope(cls)
        # What is registered last is called first: before the loops of the process are closed.
        atexit.unregister(_give_up_all)
        atexit.register(_give_up_all)
    return scope


def close_scope(cls: type) -> None:
    """Take stock of what the class's fixtures left, and give up the loop, unless it is kept or lent.

    Raises:
        LeftBehindError: they left something behind and a guard says "fail".
    """
    scope = _scopes.get(cls)
    if scope is not None and not scope.kept and not scope.lent:
        del _scopes[cls]
        scope.close()


def forsake_scope(cls: type) -> None:
    """Do not let the fixtures of a class stand in the way of others: Ctrl-C has ended the run, and nobody may close it.

    Args:
        cls: the class whose test was interrupted; a runner may still tear it down.
    """
    scope = scope_for(cls)
    if scope is not None:
        scope.session.runner.forsake()


def keep_scope(cls: type) -> Scope:
    """Return the scope of a class, which now stays open until `end_scope`."""
    scope = open_scope(cls)
    scope.kept = True
    return scope


def lend_scope(cls: type, scope: Scope) -> None:
    """Let a class and its tests use the loop of wider fixtures, until `end_scope`.

    Args:
        cls: the class.
        scope: what was opened for those fixtures.

    Raises:
        BackendError: the class has opened another loop before.
    """
    if _scopes.setdefault(cls, scope) is not scope:
        raise BackendError(
            f"{scope.name} live on one event loop, and {_scopes[cls].name} on another that was opened before: "
            "let every test of the class use them, by @pytest.mark.usefixtures on the class"
        )


def end_scope(cls: type) -> None:
    """Close the scope of a class that was kept; part with one that was lent."""
    scope = _scopes.pop(cls, None)
    if scope is not None and not scope.lent:
        scope.close()


def _give_up_all() -> None:
    # These need the loops.
    for call in before_giving_up:
        call()
    # After Ctrl-C unittest does not tear a class down. A loop that runs is that of a thread that still uses it.
    for scope in list(_scopes.values()):
        if not scope.session.runner.driving:
            scope.give_up()
    _scopes.clear()
