"""Which hooks a kind of test case has around each test, and which of them a class overrides."""

from __future__ import annotations

from collections.abc import Callable, Generator
from operator import attrgetter
from typing import Any
from unittest import IsolatedAsyncioTestCase

__all__ = ["CLASS_HOOKS", "DONE", "STANDARD_HOOKS", "STANDARD_NAMES", "Hooks"]

__unittest = True


class _Done:
    def __await__(self) -> Generator[None, None, None]:
        yield from ()


DONE = _Done()
"""What a hook that does nothing may return: it can be awaited, and need not be."""


class Hooks:
    """The hooks around each test, in pairs: one that sets up, and the one that is owed once that has succeeded.

    Args:
        base: the class whose hooks do nothing, so that they need not be called.
        pairs: names, outermost first.
    """

    def __init__(self, base: type, *pairs: tuple[str, str]) -> None:
        self.pairs = pairs
        self.set_ups_of = attrgetter(*[set_up for set_up, _ in pairs])
        self.tear_downs_of = attrgetter(*[tear_down for _, tear_down in pairs])
        self.plain_set_ups = self.set_ups_of(base)
        self.plain_tear_downs = self.tear_downs_of(base)
        self.set_up_names = frozenset(set_up for set_up, _ in pairs)
        self.tear_down_names = frozenset(tear_down for _, tear_down in pairs)
        self._plain = {name: getattr(base, name) for pair in pairs for name in pair}

    def overridden(self, case: object, name: str) -> Callable[..., Any] | None:
        """Return a hook of a test case if it is more than the one that does nothing.

        Args:
            case: the instance.
            name: of the hook.
        """
        hook: Callable[..., Any] = getattr(case, name)
        return None if getattr(hook, "__func__", None) is self._plain[name] else hook


STANDARD_HOOKS = Hooks(IsolatedAsyncioTestCase, ("setUp", "tearDown"), ("asyncSetUp", "asyncTearDown"))
CLASS_HOOKS = ("asyncSetUpClass", "setUpClass", "asyncTearDownClass", "tearDownClass")
STANDARD_NAMES = STANDARD_HOOKS.set_up_names | STANDARD_HOOKS.tear_down_names | {*CLASS_HOOKS}
