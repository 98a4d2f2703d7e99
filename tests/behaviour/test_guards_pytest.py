"""The guards under pytest: warnings and failures belong to the test that did it."""

from __future__ import annotations

import pytest

from .backends import INSTALLED
from .leaking import first_of_each
from .leaks import CATEGORIES, LEAKS, Leak
from .pytest_runs import PytestRun, run_pytest

pytestmark = pytest.mark.clock

MODULE = """
import pytest

from tests.behaviour.leaking import make
from tests.behaviour.leaks import LEAKS, release

@pytest.fixture(autouse=True)
def threads_are_released():
    yield
    release()

def pytest_classes():
    for leak in LEAKS:
        for backend in leak.backends:
            if backend in BACKENDS:
                name = leak.name + "_" + backend.replace("+", "_")
                attributes = {"backend": backend, "__module__": __name__, "__qualname__": name}
                if leak.guard == "blocking_calls":
                    attributes["blocking_calls"] = "warn"
                yield name, make(leak, **attributes)

globals().update(pytest_classes())
"""
RUNS = {
    "plain": (),
    "one category": ("-W", "error::test_framework.UnawaitedCoroutineWarning"),
    "all categories": ("-W", "error::test_framework.GuardWarning"),
    "ignored": ("-W", "ignore::test_framework.GuardWarning"),
    "every warning": ("-W", "error"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PytestRun]:
    """Run everything with each set of filters, in one process."""
    source = MODULE.replace("BACKENDS", repr(INSTALLED))
    lines = [("--tb=native", *options, "test_samples.py") for options in RUNS.values()]
    return dict(zip(RUNS, run_pytest(tmp_path_factory.mktemp("guards"), source, lines), strict=True))


def class_name(leak: Leak, backend: str) -> str:
    """Return the name of the class in the module."""
    return f"{leak}_{backend.replace('+', '_')}"


@first_of_each
def test_warning_belongs_to_the_test(runs: dict[str, PytestRun], leak: Leak, backend: str) -> None:
    """Pytest shows one warning, of the guard's category, for the test that did it, and none for the next."""
    name, run = class_name(leak, backend), runs["plain"]
    assert run.outcome(f"{name}::test_1_leaks") == "passed"
    assert run.categories(f"{name}::test_1_leaks") == [CATEGORIES[leak.guard]]
    assert run.outcome(f"{name}::test_9_next") == "passed"
    assert run.categories(f"{name}::test_9_next") == []


@pytest.mark.parametrize("filters", ["one category", "all categories", "every warning"])
@first_of_each
def test_filters_of_pytest(runs: dict[str, PytestRun], leak: Leak, backend: str, filters: str) -> None:
    """``-W error`` for the category, for all of ours or for everything fails the test that did it and no other."""
    name, run = class_name(leak, backend), runs[filters]
    fails = filters != "one category" or leak.guard == "unawaited_coroutines"
    assert run.outcome(f"{name}::test_1_leaks") == ("failed" if fails else "passed")
    if fails:
        assert CATEGORIES[leak.guard] in run.of(f"{name}::test_1_leaks")[1][2]
    assert run.outcome(f"{name}::test_9_next") == "passed", run.of(f"{name}::test_9_next")


@first_of_each
def test_ignored_by_a_filter(runs: dict[str, PytestRun], leak: Leak, backend: str) -> None:
    """``-W ignore`` for our categories shows nothing."""
    name, run = class_name(leak, backend), runs["ignored"]
    assert run.outcome(f"{name}::test_1_leaks") == "passed"
    assert not run.categories(f"{name}::test_1_leaks")


def test_nothing_else_is_warned_of(runs: dict[str, PytestRun]) -> None:
    """Among all leaks there is one warning each; nothing turns up later or in another test."""
    expected = sorted(
        (f"{class_name(leak, backend)}::test_1_leaks", CATEGORIES[leak.guard])
        for leak in LEAKS
        for backend in leak.backends
        if backend in INSTALLED
    )
    assert sorted(warning[:2] for warning in runs["plain"].warnings) == expected
