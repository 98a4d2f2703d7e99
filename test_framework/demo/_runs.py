"""Runs the demo's tests, each runner and backend in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from test_framework.demo._mistakes import MISTAKES, Backend, Mistake
from test_framework.demo._outcomes import Outcome, hanging, outcomes_of_junit, outcomes_of_record

__all__ = ["COLUMNS", "HANG_SECONDS", "Column", "run_all"]

Outcomes = dict[str, Outcome]

HANG_SECONDS = 3.0
"""A test of the standard class that has not ended after this time hangs."""
# No process takes longer than this on any machine.
_PROCESS_SECONDS = 45.0
_AT_ONCE = 6
# How many processes begin with the tests of the standard class: as few of those that hang as possible in each.
_PARTS = 3
_NOT_FOR_CHILDREN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONWARNINGS")


@dataclass(frozen=True, slots=True)
class Column:
    """One way to run the tests.

    Attributes:
        key: its name.
        folder: where its tests are.
        runner: "unittest" or "pytest".
        backend: "asyncio" or "trio".
    """

    key: str
    folder: str
    runner: Literal["unittest", "pytest"]
    backend: Backend

    @property
    def missing(self) -> str | None:
        """The module that it cannot be run without and that is not installed."""
        wanted = [name for name in (self.backend, self.runner) if name in ("trio", "pytest")]
        return next((name for name in wanted if importlib.util.find_spec(name) is None), None)


COLUMNS = (
    Column("standard", "standard", "unittest", "asyncio"),
    Column("unittest-asyncio", "on_asyncio", "unittest", "asyncio"),
    Column("unittest-trio", "on_trio", "unittest", "trio"),
    Column("pytest-asyncio", "on_asyncio", "pytest", "asyncio"),
    Column("pytest-trio", "on_trio", "pytest", "trio"),
)


def run_all(folder: Path, progress: Callable[[str], None]) -> dict[str, Outcomes]:
    """Run every column that can be run here.

    Args:
        folder: as `write_folder` made it.
        progress: is told what has been done.

    Returns:
        The outcomes by the keys of the columns and the names of the mistakes.
    """
    columns = [column for column in COLUMNS if column.missing is None]
    found: dict[str, Outcomes] = {column.key: {} for column in columns}
    processes = _Processes(folder, progress)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # The standard class takes longest, since a test that hangs has to be waited for: it begins.
        jobs = {
            pool.submit(processes.run_with_hangs, columns[0], MISTAKES[part::_PARTS]): columns[0].key
            for part in range(_PARTS)
        } | {pool.submit(processes.run, column): column.key for column in columns[1:]}
        try:
            for future in as_completed(jobs):
                found[jobs[future]].update(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.kill()
            raise
    return found


class _Processes:
    """The processes that run tests.

    Args:
        folder: where the tests are.
        progress: is told about each process that has ended.
    """

    def __init__(self, folder: Path, progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._progress = progress
        self._alive: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, column: Column) -> Outcomes:
        """Run all tests of a column, none of which can hang."""
        if column.runner == "pytest":
            report = self._folder / f"{column.key}.xml"
            options = ["-q", "-p", "test_framework.pytest_plugin", "--continue-on-collection-errors"]
            # What other plugins do to tests is not the subject, and they take time to load.
            variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            self._start(column, ["pytest", *options, f"--junit-xml={report}"], variables)
            outcomes = outcomes_of_junit(report)
        else:
            record = self._folder / f"{column.key}.jsonl"
            self._start(column, ["unittest", "-v", "record"], {"DEMO_RECORD": str(record)})
            outcomes = outcomes_of_record(record)
        self._progress(f"AsyncTestCase, {column.runner} on {column.backend}: {len(outcomes)} tests have run")
        return outcomes

    def run_with_hangs(self, column: Column, mistakes: Sequence[Mistake]) -> Outcomes:
        """Run tests of which some may hang: those that are left run on in a new process."""
        outcomes: Outcomes = {}
        while left := [mistake.name for mistake in mistakes if mistake.name not in outcomes and not self._stopped]:
            record = self._folder / f"{column.key}-{mistakes[0].name}-{len(outcomes)}.jsonl"
            options = [word for name in left for word in ("-k", f"*.{name}.*")]
            variables = {"DEMO_RECORD": str(record), "DEMO_SECONDS": str(HANG_SECONDS)}
            self._start(column, ["unittest", "-v", "record", *options], variables)
            new = outcomes_of_record(record)
            if not new:
                break
            outcomes |= new
            stuck = hanging(new)
            self._progress(
                f"IsolatedAsyncioTestCase: {len(new)} tests have run"
                + (f"; {stuck} hung, it was killed after {HANG_SECONDS:g} s" if stuck else "")
            )
        return outcomes

    def kill(self) -> None:
        """End all processes, and start no more."""
        self._stopped = True
        for process in list(self._alive):
            process.kill()

    def _start(self, column: Column, command: Sequence[str], variables: Mapping[str, str]) -> None:
        """Run ``python -m command`` where the tests of a column are."""
        process = subprocess.Popen(  # noqa: S603 - our own tests
            [sys.executable, "-m", *command],
            cwd=self._folder / column.folder,
            env={**_environment(self._folder, column), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._alive.add(process)
        try:
            process.wait(_PROCESS_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            self._alive.discard(process)


def _environment(folder: Path, column: Column) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TEST_FRAMEWORK_") and name not in _NOT_FOR_CHILDREN
    }
    path = [str(folder), *_home_of_this_copy(), environment.get("PYTHONPATH", "")]
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    if column.key != "standard":
        environment["TEST_FRAMEWORK_BACKEND"] = column.backend
    return environment


def _home_of_this_copy() -> Iterator[str]:
    """Yield where the package is, if it was not installed the usual way."""
    home = Path(__file__).resolve().parents[2]
    if home not in {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}:
        yield str(home)
