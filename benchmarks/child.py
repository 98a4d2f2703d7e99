"""One side of a comparison, in an interpreter of its own: prints one number for each line it reads."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.util
import os
import sys
import tracemalloc
import unittest
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from types import ModuleType

from sides import SIDES, Harness, Side
from workloads import write

Measure = Callable[[], float]


def load(side: Side, tests: int, folder: Path) -> ModuleType:
    """Write a module of tests, import it and return it."""
    name = f"generated_{tests}"
    write(side, tests, folder / f"{name}.py")
    sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def proved(ran: list[None], tests: int) -> None:
    """Refuse a measurement unless each test has run, once.

    Raises:
        RuntimeError: another number of test bodies ran.
    """
    if len(ran) != tests:
        raise RuntimeError(f"{len(ran)} test bodies ran instead of {tests}")
    ran.clear()


def run_suite(module: ModuleType, tests: int, before: Callable[[], None] | None = None) -> float:
    """Run all tests of a module and return the seconds that the run of the suite took."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TestResult()
    if before is not None:
        before()
    start = perf_counter()
    suite.run(result)
    seconds = perf_counter() - start
    if not result.wasSuccessful() or result.testsRun != tests:
        problems = [text for _, text in result.failures + result.errors]
        raise RuntimeError("\n".join([f"{result.testsRun} of {tests} tests ran", *problems[:1]]))
    proved(module.RAN, tests)
    return seconds


def under_unittest(side: Side, tests: int, folder: Path) -> Measure:
    """Measure ``TestSuite.run`` after a warm-up of the whole suite or 200 tests of it."""
    warm = min(tests, 200)
    run_suite(load(side, warm, folder), warm)
    module = load(side, tests, folder)
    return lambda: run_suite(module, tests) / tests


def under_pytest(side: Side, tests: int, folder: Path) -> Measure:
    """Measure what the second to the last test add to a pytest session.

    A round is a session of one test, then a session of all; the difference, divided by
    the number of tests between them, contains collection, setup, call, teardown and reporting, and
    neither the start of the interpreter nor that of pytest and its plugins.
    """
    import pytest

    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    one, many = (write(side, n, folder / f"test_of_{n}.py") for n in (1, tests))
    found = [name for name in side.optional_plugins if _exists(name)]
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    options += [word for name in (*side.plugins, *found) for word in ("-p", name)]

    def session(path: Path, *more: str, ran: int) -> float:
        sys.modules.pop(path.stem, None)
        start = perf_counter()
        status = pytest.main([*options, *more, str(path)])
        seconds = perf_counter() - start
        if status != 0:
            raise RuntimeError(f"pytest ended with {status!r}")
        proved(sys.modules[path.stem].RAN, ran)
        return seconds

    def measure() -> float:
        alone = session(one, ran=1)
        return (session(many, ran=tests) - alone) / (tests - 1)

    session(one, ran=1)
    session(many, "--collect-only", ran=0)  # writes the rewritten module's bytecode
    return measure


def by_calls(side: Side, tests: int, folder: Path) -> Measure:
    """Measure ``asyncio.run`` of the same body that the test awaits."""
    module = load(side, 1, folder)

    def measure() -> float:
        start = perf_counter()
        for _ in range(tests):
            asyncio.run(module.body())
        seconds = perf_counter() - start
        proved(module.RAN, tests)
        return seconds / tests

    measure()
    return measure


def in_memory(side: Side, tests: int, folder: Path) -> Measure:
    """Measure traced memory, after one run of the suite that fills every cache."""
    module = load(side, tests, folder)
    run_suite(module, tests)
    tracemalloc.start()

    def traced() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    def collected() -> float:
        before = traced()
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        return (traced() - before) / suite.countTestCases()

    def peak() -> float:
        started = 0

        def reset() -> None:
            nonlocal started
            started = traced()
            tracemalloc.reset_peak()

        run_suite(module, tests, before=reset)
        return tracemalloc.get_traced_memory()[1] - started

    def retained() -> float:
        before = traced()
        run_suite(module, tests)
        return (traced() - before) / tests

    measures = {Harness.COLLECTED: collected, Harness.PEAK: peak, Harness.RETAINED: retained}
    return measures[side.harness]


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


HARNESSES: dict[Harness, Callable[[Side, int, Path], Measure]] = {
    Harness.UNITTEST: under_unittest,
    Harness.PYTEST: under_pytest,
    Harness.CALLS: by_calls,
    Harness.COLLECTED: in_memory,
    Harness.PEAK: in_memory,
    Harness.RETAINED: in_memory,
}


def main(name: str, tests: str, folder: str) -> None:
    """Serve measurements of one side until the input ends."""
    # What a test runner prints must not reach the pipe; beside the errors it explains them.
    orders = os.fdopen(os.dup(0), encoding="ascii")
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    side = SIDES[name]
    measure = HARNESSES[side.harness](side, int(tests), Path(folder))
    print("ready", file=answers, flush=True)
    for _ in orders:
        print(repr(measure()), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
