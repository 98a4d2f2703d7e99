"""Event loops of asynchronous fixtures that outlive a class: those of a module, a package or the session.

Such a fixture lives on a loop of its own, one for each backend, as long as any of them is set up. The tests that use
it, and the class fixtures of their class, run on that loop.
"""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

from _pytest.fixtures import FixtureDef
from _pytest.nodes import Node

from test_framework._case._policy import policy_of
from test_framework._case._scope import Scope
from test_framework._case._scopes import lend_scope

__all__ = ["close_unused", "hold", "is_asynchronous", "is_wide", "join"]

__unittest = True

_WIDE = frozenset({"module", "package", "session"})
_NAME = "asynchronous fixtures of a module, a package or the session"
# The open loop of each backend, and what it is open for.
_open: dict[str, Scope] = {}
_holds: dict[Scope, int] = {}
# Where each fixture has been set up last.
_homes: dict[FixtureDef[Any], Scope] = {}


def is_asynchronous(function: Any) -> bool:
    """Return whether a fixture is to be awaited."""
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def is_wide(definition: FixtureDef[Any]) -> bool:
    """Return whether a fixture is asynchronous and outlives a class."""
    return definition.scope in _WIDE and is_asynchronous(definition.func)


def join(cls: type, definition: FixtureDef[Any]) -> Scope:
    """Let a class and its tests run on the loop of a wide fixture that one of them uses.

    Args:
        cls: the class.
        definition: the fixture, set up or not.

    Returns:
        What the fixture runs in.

    Raises:
        BackendError: the class has another loop already, or another backend.
    """
    policy = policy_of(cls)
    home = _homes.get(definition) if definition.cached_result is not None else None
    if home is None:
        home = _open.get(policy.backend)
        if home is None:
            home = _open[policy.backend] = Scope(cls, _NAME)
            _holds[home] = 0
    if policy.backend != home.policy.backend:
        # Lent all the same, it would be where the other tests of the class run too.
        home.refuse(policy)
    lend_scope(cls, home)
    return home


def hold(scope: Scope, definition: FixtureDef[Any], node: Node) -> None:
    """Keep a loop open until a node has torn down its fixtures.

    Args:
        scope: what the fixture runs in.
        definition: the fixture.
        node: the module, package or session that it belongs to.
    """
    _homes[definition] = scope
    _holds[scope] += 1
    node.addfinalizer(partial(_release, scope))


def close_unused() -> None:
    """Close loops whose fixtures were never set up, for instance because another one failed before."""
    for scope in [scope for scope, holds in _holds.items() if not holds]:
        _close(scope)


def _release(scope: Scope) -> None:
    _holds[scope] -= 1
    if not _holds[scope]:
        _close(scope)


def _close(scope: Scope) -> None:
    del _holds[scope], _open[scope.policy.backend]
    for definition in [definition for definition, home in _homes.items() if home is scope]:
        del _homes[definition]
    scope.close()
