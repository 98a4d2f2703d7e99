"""Where the time of one side goes: cProfile of its tests, ``-X importtime`` of its imports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from samplers import child_environment
from sides import SIDES, Harness

__all__ = ["PROFILED", "explain"]

PROFILED = [
    name for name, side in SIDES.items() if side.harness not in (Harness.COLLECTED, Harness.PEAK, Harness.RETAINED)
]
"""The sides whose cost is time."""

_HERE = Path(__file__).resolve().parent
_PROGRAM = """\
import cProfile, os, pstats, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from child import HARNESSES
from sides import SIDES
side = SIDES[{name!r}]
terminal = os.dup(1)
os.dup2(2, 1)  # what a test runner prints
measure = HARNESSES[side.harness](side, {tests}, Path.cwd())
profile = cProfile.Profile()
plain = measure()
profile.runcall(measure)
sys.stdout.flush()
os.dup2(terminal, 1)
print(f"{{plain * 1e6:.1f}} us without the profiler; calls are per {tests} tests")
for order in "tottime", "cumulative":
    pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(35)
"""
_SLOW_IMPORT = 500
"""Microseconds, its own imports included, from which an import is listed."""


def explain(name: str, *, tests: int) -> str:
    """Return the breakdown of one side, as text.

    Args:
        name: one of ``PROFILED``.
        tests: how many tests are run, where the side does not say.
    """
    side = SIDES[name]
    if side.harness is Harness.IMPORT:
        errors = _run("-X", "importtime", "-c", side.imports[0]).stderr.splitlines()
        return "\n".join([errors[0], *filter(_slow, errors[1:])])
    program = _PROGRAM.format(here=str(_HERE), name=name, tests=side.tests or tests)
    done = _run("-c", program)
    return done.stdout if not done.returncode else done.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            check=False,
            cwd=folder,
            env=child_environment(),
            text=True,
        )


def _slow(line: str) -> bool:
    columns = line.removeprefix("import time:").split("|")
    return len(columns) == 3 and columns[1].strip().isdigit() and int(columns[1]) >= _SLOW_IMPORT
