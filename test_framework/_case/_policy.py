"""What a class, its decorators and the settings say about how its tests run."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from test_framework import settings
from test_framework.errors import BackendError
from test_framework.guards import GUARD_MARK, class_levels
from test_framework.settings import GUARDS, Backend, GuardLevel

__all__ = ["BACKENDS_MARK", "BACKEND_MARK", "DEADLINE_MARK", "Policy", "policy_of"]

__unittest = True

# Attributes that decorators leave on test functions.
BACKEND_MARK = "__test_framework_backend__"
BACKENDS_MARK = "__test_framework_backends__"
DEADLINE_MARK = "__test_framework_deadline__"

_ATTRIBUTES = (
    "backend", "backend_options", "timeout", "grace_period", "loop_debug", "strict",
    "blocking_threshold", *GUARDS,
)  # fmt: skip
_snapshot = attrgetter(*_ATTRIBUTES)


# Not a dataclass: making one takes longer than loading this module does.
class Policy(NamedTuple):
    """How a test is to be run.

    Attributes:
        backend: "asyncio", "trio" or "asyncio+uvloop".
        options: the backend's options.
        timeout: seconds for the whole test, or None.
        grace: seconds for each teardown phase after a deadline or Ctrl-C.
        debug: asyncio's debug mode, or None for asyncio's own switches.
        levels: the level of each guard.
        blocking_threshold: seconds that a call may block the loop.
    """

    backend: Backend
    options: Mapping[str, Any]
    timeout: float | None
    grace: float
    debug: bool | None
    levels: Mapping[str, GuardLevel]
    blocking_threshold: float


_MARKS = frozenset({BACKEND_MARK, DEADLINE_MARK, GUARD_MARK})
_CACHE = "_test_framework_policies"
# The key of the policy that a class has; under None is that of its tests, if they can run on its backend.
_OF_CLASS = "class"


def policy_of(cls: Any, method: object = None) -> Policy:
    """Return the policy for a class, or for one of its test methods.

    Args:
        cls: a subclass of AsyncTestCase.
        method: the bound test method.

    Raises:
        BackendError: the settings choose trio for a test of a class with a loop_factory.
    """
    snapshot = _snapshot(cls)
    cached: tuple[tuple[Any, ...], dict[object, Policy]] | None = cls.__dict__.get(_CACHE)
    if cached is None or cached[0] != snapshot:
        check_made(cls)
        cached = (snapshot, _class_policies(cls))
        setattr(cls, _CACHE, cached)
    by_marks = cached[1]
    marks = getattr(method, "__dict__", None)
    if not marks or _MARKS.isdisjoint(marks):
        try:
            return by_marks[None]
        except KeyError:
            return _without_marks(cls, by_marks, method)
    guards = marks.get(GUARD_MARK, {})
    key = (tuple(guards.items()), marks.get(DEADLINE_MARK, ...), marks.get(BACKEND_MARK))
    policy = by_marks.get(key)
    if policy is None:
        base = by_marks[_OF_CLASS] if BACKEND_MARK in marks else _without_marks(cls, by_marks, method)
        timeout = marks.get(DEADLINE_MARK, base.timeout)
        backend = marks.get(BACKEND_MARK, base.backend)
        policy = by_marks[key] = base._replace(timeout=timeout, backend=backend, levels={**base.levels, **guards})
    return policy


def _class_policies(cls: Any) -> dict[object, Policy]:
    policy = _class_policy(cls)
    # What a decorator chooses for a test, it chooses with a backend of its own.
    fits = policy.backend != "trio" or cls.loop_factory is None
    return {_OF_CLASS: policy, None: policy} if fits else {_OF_CLASS: policy}


def _without_marks(cls: Any, by_marks: Mapping[object, Policy], method: object) -> Policy:
    if None not in by_marks and method is not None:
        raise BackendError(
            f"{cls.__qualname__}.loop_factory makes loops of asyncio, and the backend of this test is 'trio', by "
            f"{settings.current().sources.get('backend', 'the class')}: "
            'write backend = "asyncio" in the class, or loop_factory = None'
        ) from None
    return by_marks[_OF_CLASS]


def _class_policy(cls: Any) -> Policy:
    defaults = settings.current()
    timeout = _number_or_none(cls.timeout)
    return Policy(
        backend=cls.backend or defaults["backend"],
        options=cls.backend_options or {},
        timeout=defaults["timeout"] if timeout is None else timeout or None,
        grace=defaults["grace_period"] if cls.grace_period is None else cls.grace_period,
        debug=cls.loop_debug,
        levels=class_levels(cls, {**defaults.values, **_own_defaults(cls, defaults)}),
        blocking_threshold=(
            defaults["blocking_threshold"] if cls.blocking_threshold is None else cls.blocking_threshold
        ),
    )


def _own_defaults(cls: Any, defaults: settings.Settings) -> dict[str, GuardLevel]:
    """Return the levels that a kind of test case has where the settings say nothing."""
    own: Mapping[str, GuardLevel] = cls._framework_guards
    return {name: level for name, level in own.items() if name not in defaults.sources}


def _number_or_none(value: object) -> float | None:
    # A method or property of the suite that happens to be called "timeout" is not ours.
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def check_made(cls: type) -> None:
    """Check that a class was looked at when it was made, and that nothing asynchronous of it would be dropped.

    Raises:
        TypeError: it was not, or its setUpClass or tearDownClass has been replaced by an asynchronous function.
    """
    if "_test_framework_made" not in vars(cls):
        raise TypeError(
            f"class {cls.__qualname__} was made without AsyncTestCase.__init_subclass__: "
            "one of its bases must call super().__init_subclass__()"
        )
    for name in ("setUpClass", "tearDownClass"):
        if inspect.iscoroutinefunction(getattr(cls, name)):
            raise TypeError(
                f"{cls.__qualname__}.{name} was replaced by an asynchronous function after the class was made"
            )
