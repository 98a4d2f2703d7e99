"""Starts the child processes and collects what they report."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .catalogue import Module

__all__ = ["BASE", "LIMIT", "PACKAGE", "HarnessError", "Run", "run_module", "run_pair"]

BASE = "test_framework:AsyncTestCase"
"""The base under test, as ``module:name``."""
PACKAGE = "conformance_harness"
"""The name of this package inside a child process; there it is loaded by its path alone."""

LIMIT = 100.0
"""Seconds after which a child process is hanging, for all that is known: the slowest module needs seven."""

_GRACE = 10.0  # seconds more until it is killed
_PRIVATE = ("COV", "PYTEST", "PYTHON", "TEST_FRAMEWORK_")  # variables that must not reach a child

# The package is not imported under its ordinary name: that needs the project's root on sys.path, where tests/typing
# and the like could hide modules of the standard library, and an installed test_framework would be hidden for certain.
_BOOT = f"""\
import importlib.util, sys
home = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location({PACKAGE!r}, home + "/__init__.py", submodule_search_locations=[home])
sys.modules[{PACKAGE!r}] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from {PACKAGE}.runner import main
main(sys.argv.pop(1))
"""


class HarnessError(RuntimeError):
    """Raised when a child process gives no answer: it crashed, hung, or could not load its module.

    Args:
        module: the module it was to run.
        status: its exit status; negative for a signal.
        output: what it wrote, both streams.
    """

    def __init__(self, module: str, status: int, output: str) -> None:
        super().__init__(module, status, output)
        self.module = module
        self.status = status
        self.output = output

    def __str__(self) -> str:
        """Return the text with the tail of the output, where the reason is."""
        return f"the process that ran {self.module} ended with status {self.status}:\n{self.output[-8000:]}"


@dataclass(frozen=True, slots=True)
class Run:
    """What one child process saw."""

    outcomes: Mapping[str, tuple[str, ...]]
    """Every outcome of each test id, in the order reported."""
    details: Mapping[str, tuple[str, ...]]
    """The tracebacks and reasons that go with them."""
    started: int
    """How many tests were started."""
    unbalanced: tuple[str, ...]
    """Tests whose start and stop were not reported equally often."""
    on_base: int
    """How many of the tests started were instances of the base under test."""
    idle: tuple[str, ...]
    """Tests that passed although no test method was entered; says something only with `Scope.EVERYTHING`."""
    replaced: Mapping[str, int]
    """How often each ``"file:line kind"`` was given the base under test."""
    seconds: float
    """Time for loading and running."""


def run_module(module: Module, *, base: str | None, limit: float = LIMIT) -> Run:
    """Run one module of tests in a process of its own.

    Args:
        module: what to run.
        base: the base of the classes under test as ``module:name``; None runs the module unmodified.
        limit: seconds after which the process says where it hangs and ends itself.

    Returns:
        What happened.

    Raises:
        HarnessError: the process gave no answer or ended badly after giving it.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        answer, request, work = (Path(folder, name) for name in ("answer", "request", "work"))
        work.mkdir()
        content = {
            "module": module.name,
            "rewrite": [module.name, *module.companions],
            "scope": module.scope.value,
            "base": base,
            "home": _home(),
            "limit": limit,
            "answer": str(answer),
        }
        request.write_text(json.dumps(content), encoding="utf-8")
        status, output = _spawn(str(request), work, limit + _GRACE)
        if status or not answer.exists():
            raise HarnessError(module.name, status, output)
        return _decode(json.loads(answer.read_text(encoding="utf-8")))


def run_pair(module: Module, *, base: str = BASE) -> tuple[Run, Run]:
    """Run a module unmodified and on a base, side by side; return both in that order.

    Raises:
        HarnessError: as for `run_module`.
    """
    with ThreadPoolExecutor(2) as pool:
        standard = pool.submit(_run_unmodified, module)
        ours = pool.submit(run_module, module, base=base)
        return standard.result(), ours.result()


@cache
def _run_unmodified(module: Module) -> Run:
    """Run a module as it is; how that ends is the same for every base that is compared with it."""
    return run_module(module, base=None)


def _spawn(request: str, work: Path, limit: float) -> tuple[int, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE)}
    with subprocess.Popen(
        [sys.executable, "-c", _BOOT, str(Path(__file__).parent), request],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # signals that a test sends to its group stay there
        encoding="utf-8",
        errors="backslashreplace",
    ) as child:
        try:
            output, _ = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
        return child.returncode, output


def _home() -> str:
    """Return the folder that holds the very package that is imported here, which may be an installed wheel."""
    spec = importlib.util.find_spec("test_framework")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("test_framework cannot be imported", name="test_framework")
    return str(Path(spec.origin).parents[1])


def _decode(answer: dict[str, Any]) -> Run:
    return Run(
        outcomes={test: tuple(seen) for test, seen in answer["outcomes"].items()},
        details={test: tuple(texts) for test, texts in answer["details"].items()},
        started=answer["started"],
        unbalanced=tuple(str(entry) for entry in answer["unbalanced"]),
        on_base=answer["on_base"],
        idle=tuple(answer["idle"]),
        replaced=answer["replaced"],
        seconds=answer["seconds"],
    )
