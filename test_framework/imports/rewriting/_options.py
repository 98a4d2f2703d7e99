"""What the rules of ``migrate`` go by: defaults, which ``[tool.test_framework.migrate]`` adds to and changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from test_framework.imports._rules import CanonicalRule, Target
from test_framework.imports.rewriting._additions import Needed
from test_framework.imports.rewriting._expression import Expression

__all__ = ["ISOLATED_CASES", "OWN_CASES", "PLAIN_CASES", "ContextClass", "MigrateOptions", "Predecessor"]

_SSOT = "test_framework.ssot.base_test_case"
_HELPERS = "test_framework.helpers.auth_helpers"

PLAIN_CASES = frozenset({"unittest.TestCase", "unittest.case.TestCase"})
ISOLATED_CASES = frozenset({
    "unittest.IsolatedAsyncioTestCase", "unittest.async_case.IsolatedAsyncioTestCase",
})  # fmt: skip
_SSOT_NAMES = {
    "SSotBaseTestCase": "SSotBaseTestCase",
    "SSotAsyncTestCase": "SSotAsyncTestCase",
    "SSotAsyncBaseTestCase": "SSotAsyncTestCase",
    "BaseTestCase": "SSotBaseTestCase",
    "BaseIntegrationTest": "SSotBaseTestCase",
    "AsyncTestCase": "SSotAsyncTestCase",
}
OWN_CASES: Mapping[str, str] = MappingProxyType(
    {
        "test_framework.AsyncTestCase": "AsyncTestCase",
        "test_framework.testcase.AsyncTestCase": "AsyncTestCase",
        "test_framework.SSotBaseTestCase": "SSotBaseTestCase",
        "test_framework.SSotAsyncTestCase": "SSotAsyncTestCase",
    }
    | {f"{_SSOT}.{name}": kind for name, kind in _SSOT_NAMES.items()}
)
"""The classes of ours, by each dotted name that they have."""


@dataclass(frozen=True, slots=True)
class ContextClass:
    """A class whose calls get the arguments that they lack.

    Attributes:
        modules: the modules that it is imported from, as patterns.
        name: of the class.
        required: the arguments that each call needs, with what to write for them.
        optional: the other arguments that it takes.
        imports: what the expressions need.
        distinct: arguments that must not have the same value.
    """

    modules: tuple[str, ...]
    name: str
    required: Mapping[str, Expression]
    optional: tuple[str, ...] = ()
    imports: tuple[Needed, ...] = ()
    distinct: tuple[str, ...] = ()

    def matches(self, dotted: str) -> bool:
        """Return whether a dotted name is that of the class."""
        module, _, name = dotted.rpartition(".")
        return name == self.name and any(fnmatchcase(module, pattern) for pattern in self.modules)


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A base class that another one replaces.

    Attributes:
        module: that it is imported from, as a pattern.
        name: of the class.
        successor: what replaces it; None for the base class of the settings.
    """

    module: str
    name: str
    successor: Target | None = None

    def matches(self, dotted: str) -> bool:
        """Return whether a dotted name is that of the class."""
        module, _, name = dotted.rpartition(".")
        return name == self.name and fnmatchcase(module, self.module)


OWN_CONTEXT = ContextClass(
    ("test_framework", "test_framework.context"),
    "UserExecutionContext",
    {
        "user_id": Expression("fresh_user_id()"),
        "thread_id": Expression("fresh_thread_id()"),
        "run_id": Expression("fresh_run_id($thread_id)"),
    },
    (
        "websocket_client_id", "request_id", "created_at", "agent_context", "audit_metadata", "operation_depth",
        "parent_request_id", "db_session",
    ),
    tuple(Needed("test_framework", name) for name in ("fresh_user_id", "fresh_thread_id", "fresh_run_id")),
    ("user_id", "thread_id", "run_id", "websocket_client_id", "request_id", "parent_request_id"),
)  # fmt: skip
OWN_PREDECESSORS = (
    *(Predecessor("*", name, Target(_SSOT, name)) for name in tuple(_SSOT_NAMES)[:3]),
    # Modules of this name that suites had before; what there is in this package is no predecessor.
    *(Predecessor("test_framework.*", name, Target(_SSOT, name)) for name in ("BaseTestCase", "BaseIntegrationTest")),
    Predecessor("backports.async_case", "IsolatedAsyncioTestCase"),
    Predecessor("aiounittest", "AsyncTestCase"),
    Predecessor("asynctest", "TestCase"),
)
OWN_CANONICAL = tuple(
    CanonicalRule(name, _HELPERS, ("test_framework", "test_framework.*"))
    for name in (
        "AuthTestConfig", "MessagePreservationTester", "TokenExpiryTester", "WebSocketAuthTester",
        "assert_auth_performance", "assert_token_rejection", "skip_if_services_unavailable",
    )
)  # fmt: skip


_BASE = Target("test_framework", "AsyncTestCase")


@dataclass(frozen=True, slots=True)
class MigrateOptions:
    """Everything that is set for the rules of ``migrate``.

    Attributes:
        base: what a standard test class with asynchronous tests becomes.
        bare: whether classes without a base class that pytest collects become test cases.
        files: names of files in which pytest collects tests, as patterns.
        predecessors: base classes that others replace.
        contexts: classes whose calls get the arguments that they lack.
        canonical: names with one home, whose copies in test files go.
    """

    base: Target = _BASE
    bare: bool = True
    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    predecessors: tuple[Predecessor, ...] = OWN_PREDECESSORS
    contexts: tuple[ContextClass, ...] = (OWN_CONTEXT,)
    canonical: tuple[CanonicalRule, ...] = OWN_CANONICAL

    def is_test_file(self, path: str) -> bool:
        """Return whether pytest collects tests from a file."""
        name = path.replace("\\", "/").rpartition("/")[2]
        return any(fnmatchcase(name, pattern) for pattern in self.files)
