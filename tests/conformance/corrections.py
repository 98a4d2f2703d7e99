"""The differences from CPython's classes that are meant, each with its reason.

A difference that is not listed fails, and so does an entry whose difference no longer occurs on a Python it names.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

__all__ = ["CORRECTIONS", "Correction", "corrections_for"]


@dataclass(frozen=True, slots=True)
class Correction:
    """One test that a correction makes end otherwise.

    Args:
        module: key of the module in `catalogue`.
        test: class and method, without the module.
        outcomes: what our run reports for it.
        reason: what the standard class does, what ours does, and why.
        since: the first Python on which it differs.
        until: the last one; None for all later ones.
    """

    module: str
    test: str
    outcomes: tuple[str, ...]
    reason: str
    since: tuple[int, int] = (3, 11)
    until: tuple[int, int] | None = None

    def applies_to(self, python: tuple[int, int]) -> bool:
        """Tell whether the difference must occur on a version of Python, given as major and minor."""
        return self.since <= python and (self.until is None or python <= self.until)


_GENERATOR_TEST = (
    "The test defines a test method that contains yield. The standard class calls it, its body never runs, and it "
    "passes with a DeprecationWarning; ours refuses the class with a TypeError when it is made. What this entry hides, "
    "the warning for a returned value and the file it names, is pinned in test_corrections."
)

_OWN_TASK = (
    "From Python 3.14 on the test follows the coroutine of the current task to its own frame. With the standard class "
    "the test's coroutine is the task's; ours runs all phases in one task, whose coroutine awaits that of the phase."
)

_AWAITED = (
    "The test defines an asynchronous test method that returns 1, on the synchronous class. The standard class warns "
    "that it returned a coroutine; ours awaits it, and warns that it returned an int."
)

CORRECTIONS = (
    *(
        Correction("suite/test_asyncio.test_taskgroups", f"{kind}.{test}", ("error",), _OWN_TASK, since=(3, 14))
        for kind in ("TestTaskGroup", "TestEagerTaskTaskGroup")
        for test in (
            "test_exception_refcycles_base_error",
            "test_exception_refcycles_direct",
            "test_exception_refcycles_errors",
            "test_exception_refcycles_parent_task",
            "test_exception_refcycles_parent_task_wr",
            "test_exception_refcycles_propagate_cancellation_error",
        )
    ),
    *(
        Correction(
            module,
            "Test_TestCase.test_deprecation_of_return_val_from_test_async_method",
            ("fail",),
            _AWAITED,
            since=(3, 14),
        )
        for module in ("unittest/test_case", "suite/unittest.test_case")
    ),
    *(
        Correction(module, f"{test}.test_deprecation_of_return_val_from_test", ("error",), _GENERATOR_TEST)
        for module, test in (
            ("unittest/test_async_case", "TestAsyncCase"),
            ("unittest/test_case", "Test_TestCase"),
            ("suite/unittest.test_async_case", "TestAsyncCase"),
            ("suite/unittest.test_case", "Test_TestCase"),
        )
    ),
)
"""All of them."""


def corrections_for(module: str) -> tuple[Correction, ...]:
    """Return the corrections of one module that apply to the running interpreter."""
    python = sys.version_info[:2]
    return tuple(c for c in CORRECTIONS if c.module == module and c.applies_to(python))
