"""CPython's tests of `unittest`, with the classes under test in them derived from `AsyncTestCase`."""

from __future__ import annotations

import pytest

from .catalogue import UNITTEST, Module, why_skipped
from .compare import compare
from .corrections import corrections_for
from .harness import run_pair

pytestmark = pytest.mark.conformance


@pytest.mark.parametrize("module", UNITTEST, ids=lambda module: module.key)
def test_ends_as_with_the_standard_classes(module: Module) -> None:
    """Every test of the module ends as it does unmodified, but for the listed corrections."""
    reason = why_skipped(module)
    if reason is not None:
        pytest.skip(reason)
    report = compare(module, *run_pair(module), corrections_for(module.key))
    if not report.ok:
        pytest.fail(str(report), pytrace=False)
