"""What stands in the way of another base class: what a class would lose with it, or be refused for."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from test_framework.imports.rewriting._marks import mark_of, marks_of, told_by_marks
from test_framework.imports.rewriting._methods import (
    SYNC_HOOKS,
    Function,
    is_fixture,
    methods_of,
    misspelt_hook,
    needed_arguments,
    takes_self,
)
from test_framework.imports.rewriting._names import Names

__all__ = ["API", "TAKEN", "bare_faults_of", "case_faults_of"]

TAKEN = frozenset({
    "backend", "backend_options", "background_exceptions", "blocking_calls", "blocking_threshold", "grace_period",
    "leaked_tasks", "leaked_threads", "loop_debug", "strict", "timeout", "unawaited_coroutines",
})  # fmt: skip
"""Names of our classes that say how tests run; a test compares them with the class."""
API = TAKEN | frozenset({
    "addAsyncCleanup", "addAsyncClassCleanup", "addClassCleanup", "addCleanup", "addTypeEqualityFunc", "adoCleanups",
    "assertCompletesWithin", "assertEventually", "assertRaisesGroup", "countTestCases", "debug", "defaultTestResult",
    "doClassCleanups", "doCleanups", "enterAsyncClassContext", "enterAsyncContext", "enterClassContext",
    "enterContext", "execute_example", "fail", "failureException", "id", "longMessage", "loop_factory", "maxDiff",
    "postgres_database", "redis", "run", "run_with_timeout", "shortDescription", "skipTest", "subTest",
    "tearDown_exceptions", "wait_for_condition", "_classSetupFailed", "_class_cleanups", "_cleanups", "_outcome",
    "_subtest", "_testMethodDoc", "_testMethodName", "_type_equality_funcs",
})  # fmt: skip
"""What a test case has beside tests and hooks: names that pytest leaves to a class which is none."""
_MAKES_ITSELF = ("__init__", "__new__")


def case_faults_of(
    node: ast.ClassDef, names: Names, tests: Iterable[Function], defines: frozenset[str]
) -> Iterator[str]:
    """Yield what our classes would refuse, or take for something else, if a class had one of them as its base.

    Args:
        node: the class.
        names: of its file.
        tests: its test methods.
        defines: the names that its body binds.
    """
    taken = defines & TAKEN
    if taken:
        yield f"it defines {', '.join(sorted(taken))}, which would say how its tests run"
    for method in methods_of(node):
        hook = misspelt_hook(method.name)
        if hook and not is_fixture(method):
            yield f"{method.name} would be refused, because nothing calls it: write {hook}"
    for test in tests:
        if test in names.generators:
            yield f"{test.name} contains yield, so it never runs"
        elif not takes_self(test):
            yield f"{test.name} does not take self"


def bare_faults_of(node: ast.ClassDef, names: Names, tests: Iterable[Function], own: frozenset[str]) -> Iterator[str]:
    """Yield what pytest alone gives to a class that is no test case, and would be lost if it became one.

    Args:
        node: the class.
        names: of its file.
        tests: its test methods.
        own: the names that its body binds, and those of the attributes of its instances.
    """
    yield from told_by_marks(marks_of(node, names), "it")
    for decorator in node.decorator_list:
        if mark_of(decorator, names) is None:
            yield "a decorator may do anything to it"
    if node.keywords:
        yield "it has a metaclass or other arguments"
    for method in methods_of(node):
        if method.name in SYNC_HOOKS:
            yield f"{method.name} is called by pytest only"
        if is_fixture(method):
            yield f"the fixture {method.name} is used by pytest only"
        if method.name in _MAKES_ITSELF:
            yield f"it defines {method.name}, so pytest does not collect it"
    for test in tests:
        yield from told_by_marks(marks_of(test, names), test.name)
        if arguments := needed_arguments(test, names):
            yield f"{test.name} takes {', '.join(arguments)}, which pytest alone gives it"
    for inner in node.body:
        if isinstance(inner, ast.ClassDef) and inner.name.startswith("Test"):
            yield f"no runner would look into {inner.name}, which is inside of it"
    if own & API:
        yield f"it has its own {', '.join(sorted(own & API))}, as every test case has"
