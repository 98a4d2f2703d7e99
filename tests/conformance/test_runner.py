"""What the child process records."""

from __future__ import annotations

import unittest

from .loader import Witness
from .runner import RecordingResult


class _Sample(unittest.TestCase):
    def good(self) -> None:
        pass

    def wrong(self) -> None:
        self.fail("wrong")

    def broken(self) -> None:
        raise OSError("broken")

    def skipped(self) -> None:
        self.skipTest("why not")

    @unittest.expectedFailure
    def expected(self) -> None:
        self.fail("expected")

    @unittest.expectedFailure
    def unexpected(self) -> None:
        pass

    def subtests(self) -> None:
        for error in (AssertionError("one"), OSError("two"), None):
            with self.subTest(error=error):
                if error is not None:
                    raise error


class _BrokenClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        raise OSError("no class")

    def good(self) -> None:
        pass


def _run(result: RecordingResult, *tests: unittest.TestCase) -> RecordingResult:
    unittest.TestSuite(tests).run(result)
    return result


def test_outcomes_are_kept_by_test() -> None:
    """Every kind of outcome is kept under the id of its test, those of sub-tests too."""
    names = ("good", "wrong", "broken", "skipped", "expected", "unexpected", "subtests")
    result = _run(RecordingResult(), *map(_Sample, names))
    assert {test.rpartition(".")[2]: seen for test, seen in result.outcomes.items()} == {
        "good": ["ok"],
        "wrong": ["fail"],
        "broken": ["error"],
        "skipped": ["skip"],
        "expected": ["expected failure"],
        "unexpected": ["unexpected success"],
        "subtests": ["subtest fail", "subtest error"],
    }
    details = {test.rpartition(".")[2]: texts for test, texts in result.details.items()}
    assert details["wrong"][0].endswith("AssertionError: wrong\n")
    assert details["skipped"] == ["skip: why not"]
    assert len(details["subtests"]) == 2


def test_failing_class_is_recorded() -> None:
    """What goes wrong outside any test is an outcome too."""
    result = _run(RecordingResult(), _BrokenClass("good"))
    assert [seen for test, seen in result.outcomes.items() if test.startswith("setUpClass")] == [["error"]]


def test_tests_on_the_base_are_counted_and_idle_ones_named() -> None:
    """A test is on the base if it is an instance of it, and idle if it passed without being entered."""
    witness = Witness(_Sample)
    result = _run(
        RecordingResult(witness), _Sample("good"), _Sample("skipped"), unittest.FunctionTestCase(witness.enter)
    )
    assert result.on_base == 2
    assert [f"{__name__}._Sample.good"] == result.idle


def test_start_and_stop_are_counted() -> None:
    """Each start has its stop."""
    result = _run(RecordingResult(), _Sample("good"), _Sample("good"))
    assert result.started == result.stopped
    assert result.started[_Sample("good").id()] == 2
