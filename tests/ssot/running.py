"""Running test classes inside of a test."""

from __future__ import annotations

import unittest

__all__ = ["run_class", "texts"]


def run_class(*classes: type[unittest.TestCase]) -> unittest.TestResult:
    """Run all tests of classes, with their class hooks."""
    result = unittest.TestResult()
    loader = unittest.defaultTestLoader
    unittest.TestSuite(map(loader.loadTestsFromTestCase, classes)).run(result)
    return result


def texts(result: unittest.TestResult) -> str:
    """Return the tracebacks of everything that failed."""
    return "\n".join(text for _, text in [*result.failures, *result.errors])
