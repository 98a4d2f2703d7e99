"""The harness notices a broken base, adds nothing of its own, and cannot compare nothing with nothing."""

from __future__ import annotations

import inspect

import pytest

from . import broken_bases
from .catalogue import SUITES, UNITTEST, Module, why_skipped
from .compare import Report, compare
from .corrections import corrections_for
from .harness import PACKAGE, HarnessError, run_module, run_pair

pytestmark = [pytest.mark.conformance, pytest.mark.any_python]

_MODULES = {module.key: module for module in (*UNITTEST, *SUITES)}

_CAUGHT = {
    "PassesWithoutRunning": ("unittest/test_skipping", "Test_TestSkipping.test_decorated_skip"),
    "NeverSetsUp": ("unittest/test_case", "Test_TestCase.test_run_call_order__error_in_setUp"),
    "NeverSetsUpAsync": ("unittest/test_async_case", "TestAsyncCase.test_exception_in_setup"),
    "DropsCleanups": ("unittest/test_runner", "TestCleanUp.testCleanupInRun"),
    "ReversesCleanups": ("unittest/test_runner", "TestCleanUp.testCleanupInRun"),
    "SkipsTearDownAfterFailure": ("unittest/test_case", "Test_TestCase.test_run_call_order__failure_in_test"),
    "TearsDownAfterFailedSetUp": ("unittest/test_case", "Test_TestCase.test_run_call_order__error_in_setUp"),
    "HidesFailures": ("unittest/test_case", "Test_TestCase.test_run_call_order__failure_in_test"),
    "HidesErrorsAndSkips": ("unittest/test_skipping", "Test_TestSkipping.test_decorated_skip"),
    "HidesSubTests": ("unittest/test_case", "Test_TestCase.test_run_call_order__subtests"),
    "NeverAwaits": ("unittest/test_async_case", "TestAsyncCase.test_exception_in_test"),
    "StopsTwice": ("unittest/test_skipping", "Test_TestSkipping.test_expected_failure"),
    "ForgetsClassTearDown": ("unittest/test_setups", "TestSetups.test_teardown_class"),
}
"""For each broken base the module that is run, and one of the tests that must show it."""


def _module(key: str) -> Module:
    module = _MODULES[key]
    reason = why_skipped(module)
    if reason is not None:
        pytest.skip(reason)
    return module


def _report(module: Module, base: str) -> Report:
    return compare(module, *run_pair(module, base=base), corrections_for(module.key))


def _own(name: str) -> str:
    return f"{PACKAGE}.broken_bases:{name}"


@pytest.mark.parametrize("name", _CAUGHT)
def test_broken_base_is_an_unlisted_difference(name: str) -> None:
    """Each broken base makes a test fail that passes unmodified, and the report says which."""
    key, test = _CAUGHT[name]
    report = _report(_module(key), _own(name))
    found = {difference.test: difference for difference in report.unlisted}
    assert test in found
    assert not report.ok
    assert found[test].standard == ("ok",)
    assert f"unlisted difference in {test}\n  standard: ok\n  ours: " in str(report)


def test_every_broken_base_is_tried() -> None:
    """No broken base lies about unused."""
    defined = {
        name
        for name, value in vars(broken_bases).items()
        if inspect.isclass(value) and value.__module__ == broken_bases.__name__ and not name.startswith("_")
    }
    assert {*_CAUGHT, "Hangs", "Unbroken"} == defined


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("PassesWithoutRunning", "suite/test_context"),
        ("PassesWithoutRunning", "suite/test_asyncio.test_queues"),
        ("NeverAwaits", "suite/test_asyncio.test_queues"),
    ],
)
def test_base_that_runs_no_body_is_a_problem_where_it_does_the_testing(name: str, key: str) -> None:
    """In a suite such a base changes no outcome; what shows it is that no test method is entered."""
    module = _module(key)
    report = _report(module, _own(name))
    assert report.unlisted == ()
    assert any(problem.startswith("passed without entering a test method") for problem in report.problems)
    assert not report.ok


@pytest.mark.parametrize("key", [module.key for module in UNITTEST if module.key != "unittest/test_async_case"])
def test_rewriting_alone_changes_nothing(key: str) -> None:
    """With `unittest.TestCase` under another name as the base every outcome stays as it was."""
    report = compare(_module(key), *run_pair(_module(key), base=_own("Unbroken")), ())
    if not report.ok:
        pytest.fail(str(report), pytrace=False)


def test_standard_async_class_is_no_superset_of_the_standard_class() -> None:
    """The comparison is sharp enough to tell IsolatedAsyncioTestCase, which cannot be pickled, from TestCase."""
    report = compare(
        _module("unittest/test_case"),
        *run_pair(_module("unittest/test_case"), base="unittest:IsolatedAsyncioTestCase"),
        (),
    )
    assert "Test_TestCase.testPickle" in {difference.test for difference in report.unlisted}


def test_hanging_base_ends_in_an_error_that_shows_where() -> None:
    """A process that hangs is ended at its limit and its stack is in the error."""
    with pytest.raises(HarnessError, match=r"(?s)Timeout.*broken_bases\.py.*in run"):
        run_module(_module("unittest/test_suite"), base=_own("Hangs"), limit=3.0)


def test_base_that_cannot_be_loaded_is_an_error() -> None:
    """A process that ends badly is never taken for one that saw no differences."""
    with pytest.raises(HarnessError, match="no_such_module") as caught:
        run_module(_module("unittest/test_suite"), base="no_such_module:Base")
    assert caught.value.status != 0
