"""What differs between the versions of pytest."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal

import pytest
from _pytest import fixtures

__all__ = ["is_fixture", "parse_fixtures", "register_autouse"]


# What @pytest.fixture makes of a function since 8.4; before that it left an attribute on it.
_DEFINITION: Any = getattr(fixtures, "FixtureFunctionDefinition", ())


def is_fixture(value: object) -> bool:
    """Return whether something in the namespace of a class is a fixture."""
    return isinstance(value, _DEFINITION) or hasattr(value, "_pytestfixturefunction")


def parse_fixtures(collector: pytest.Class, holder: object) -> None:
    """Make the fixtures that are defined in a class known.

    Args:
        collector: of the class.
        holder: an instance of it.
    """
    parse: Any = collector.session._fixturemanager.parsefactories
    if "holder" in inspect.signature(parse).parameters:
        parse(holder=holder, node=collector)
    else:
        parse(holder, collector.nodeid)


def register_autouse(
    collector: pytest.Class, name: str, function: Callable[..., Any], scope: Literal["class", "function"]
) -> None:
    """Register a fixture that every test of a class uses.

    Args:
        collector: of the class.
        name: of the fixture.
        function: makes it; takes ``request``.
        scope: "class" or "function".
    """
    register: Any = getattr(fixtures, "register_fixture", None)
    if register is not None:
        register(name=name, func=function, node=collector, scope=scope, autouse=True)
    else:
        manager: Any = collector.session._fixturemanager
        manager._register_fixture(name=name, func=function, nodeid=collector.nodeid, scope=scope, autouse=True)
