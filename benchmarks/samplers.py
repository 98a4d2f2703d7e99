"""Interpreters that measure one side each."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from threading import Timer
from time import perf_counter
from types import TracebackType
from typing import Self

from sides import SIDES, Harness

__all__ = ["MeasurementError", "Sampler", "child_environment", "sampler"]

_HERE = Path(__file__).resolve().parent
_PATIENCE = 120.0
"""Seconds that an interpreter may take for one answer."""
_DISTURBING = ("TEST_FRAMEWORK_", "PYTEST_", "COVERAGE_")
"""Beginnings of the variables that would change what is measured."""


class MeasurementError(Exception):
    """Raised when a side could not be measured.

    Attributes:
        log: the end of what its interpreter has printed.
    """

    def __init__(self, name: str, log: list[str]) -> None:
        super().__init__(name, log)
        self.name = name
        self.log = log

    def __str__(self) -> str:
        return f"{self.name}: {self.log[-1] if self.log else 'no answer'}"


class Sampler(ABC):
    """Gives one measurement of one side at a time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def sample(self) -> float:
        """Measure once."""

    @abstractmethod
    def close(self) -> None:
        """End what was started."""


class _Child(Sampler):
    """An interpreter that stays, warm, and measures on request."""

    def __init__(self, name: str, tests: int) -> None:
        self._name = name
        self._folder = tempfile.TemporaryDirectory(prefix="overhead-")
        self._complaints = Path(self._folder.name) / "stderr"
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, str(_HERE / "child.py"), name, str(tests), self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd=self._folder.name,
                env=child_environment(),
                text=True,
            )
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    def sample(self) -> float:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # then there is no answer either
            print("measure", file=self._process.stdin, flush=True)
        return float(self._answer())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        alarm = Timer(_PATIENCE, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        if line:
            return line
        self._process.wait()
        raise MeasurementError(self._name, _tail(self._complaints.read_text(errors="replace")))


class _Statement(Sampler):
    """A new interpreter for each measurement: what a command line pays."""

    def __init__(self, statement: str) -> None:
        self._command = [sys.executable, "-c", statement]
        self._environment = child_environment()
        self._folder = tempfile.TemporaryDirectory(prefix="overhead-")
        self.sample()  # writes the bytecode

    def sample(self) -> float:
        start = perf_counter()
        done = subprocess.run(
            self._command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self._folder.name,
            env=self._environment,
            check=False,
            timeout=_PATIENCE,
            text=True,
        )
        seconds = perf_counter() - start
        if done.returncode:
            raise MeasurementError(self._command[-1], _tail(done.stderr))
        return seconds

    def close(self) -> None:
        self._folder.cleanup()


def sampler(name: str, tests: int) -> Sampler:
    """Start measuring a side, with that many tests where the side does not say."""
    side = SIDES[name]
    if side.harness is Harness.IMPORT:
        return _Statement(side.imports[0])
    return _Child(name, side.tests or tests)


def child_environment() -> dict[str, str]:
    """Return this process's environment without what would change the measurements."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DISTURBING) and (not name.startswith("PYTHON") or name in ("PYTHONPATH", "PYTHONHOME"))
    }
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if importlib.util.find_spec("test_framework") is None:
        path = [str(_HERE.parent), *filter(None, [kept.get("PYTHONPATH")])]
        kept["PYTHONPATH"] = os.pathsep.join(path)
    return kept


def _tail(printed: str) -> list[str]:
    return printed.strip().splitlines()[-40:]
