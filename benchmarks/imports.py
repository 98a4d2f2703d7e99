"""Measure the engine of imports against ruff: the same ten legacy names in the same tree, in the same run.

Run it with an interpreter that has the package and ruff::

    python benchmarks/imports.py [--files N] [--rounds N] [--report-only]

The tree is the standard library and the installed packages, repeated until it has enough files. Each round runs both
commands one after the other as whole processes; each of ours is divided by the ruff beside it, and the median of the
ratios is held against the target. Ruff runs without its cache and its default excludes, with two threads. Both sides
must find the same import statements, or the numbers mean nothing.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tables import rounds_parser

__all__ = ["NAMES", "TARGETS", "main"]

NAMES = (
    "distutils", "pkg_resources", "asyncore", "imp", "six", "collections:Mapping", "inspect:getargspec",
    "unittest.mock:patch", "xml.etree.cElementTree", "typing:NoReturn",
)  # fmt: skip
TARGETS = {
    "cold check": 1.0,
    "warm check": 1 / 3,
    "all reports, cold": 3.0,
}
MEMORY = 300.0
"""The most that our processes may hold together, in MB."""

DOUBLING = 2.2
"""What doubling the tree may cost: twice, and a tenth for the noise of the machine."""

_RULES = "[tool.test_framework.imports]\ngitignore = false\n[tool.test_framework.imports.legacy]\n"


class Cost(NamedTuple):
    """What one process took.

    Attributes:
        wall: seconds.
        cpu: seconds of all its processes.
        output: what it wrote to stdout.
    """

    wall: float
    cpu: float
    output: bytes


def build(folder: Path, files: int) -> tuple[int, float]:
    """Copy the library and the packages as often as it takes; return the number of files and their megabytes."""
    roots = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib"))]
    sources = [
        (number, path)
        for number, root in enumerate(roots)
        for path in root.rglob("*.py")
        if path.is_file() and (number or "site-packages" not in path.parts) and "node_modules" not in path.parts
    ]
    count, size, copy = 0, 0, 0
    while count < files:
        for number, path in sources:
            target = folder / f"copy{copy}" / f"part{number}" / path.relative_to(roots[number])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            count, size = count + 1, size + path.stat().st_size
        copy += 1
    old = time.time() - 3600
    for path in folder.rglob("*.py"):
        os.utime(path, (old, old))
    return count, size / 1e6


def configure(folder: Path) -> None:
    """Write the same ten names for both sides."""
    rules = "".join(f'"{name}" = ""\n' for name in NAMES)
    (folder / "pyproject.toml").write_text(_RULES + rules)
    banned = "".join(f'"{name.replace(":", ".")}".msg = "legacy"\n' for name in NAMES)
    (folder / "ruff.toml").write_text(f"exclude = []\n[lint.flake8-tidy-imports.banned-api]\n{banned}")


def run(command: Sequence[str], folder: Path) -> Cost:
    """Run a command; an exit status of 0 or 1 is well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.stderr.decode()
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)


def ours(*words: str) -> list[str]:
    """Return our command."""
    return [sys.executable, "-m", "test_framework", "imports", *words]


def ruff() -> list[str]:
    """Return ruff's command."""
    program = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    assert program is not None, "ruff is not installed"
    words = ["check", "--select", "TID251", "--no-cache", "--no-respect-gitignore", "--exit-zero"]
    return [program, *words, "--config", "ruff.toml", "--output-format", "json"]


def agree(folder: Path) -> tuple[int, int]:
    """Return how many lines with import statements both sides name, and how many ruff alone does."""
    mine = json.loads(run(ours("check", "--select", "legacy", "--json", "--no-cache"), folder).output)
    theirs = json.loads(run([*ruff(), "."], folder).output)
    forms = {"import", "from", "star", "attribute", "re-export"}
    lines = {(entry["path"], entry["line"]) for entry in mine["findings"] if entry["form"] in forms}
    named = {
        (os.path.relpath(entry["filename"], folder), entry["location"]["row"])
        for entry in theirs
        if entry["code"] == "TID251"
    }
    starts = {(path, line) for path, line in named if _imports(folder / path, line)}
    return len(starts & lines), len(starts - lines)


def _imports(path: Path, line: int) -> bool:
    text = path.read_bytes().splitlines()[line - 1].split()
    # What is relative here is so to a copy, which ruff takes for the top.
    return text[:1] in ([b"import"], [b"from"]) and not text[1].startswith(b".")


def memory(folder: Path) -> float:
    """Return the megabytes that a cold check holds at most, its helper counted as much as itself."""
    code = (
        "import resource, sys; from test_framework.cli import main; main(sys.argv[1:]); "
        "own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        "helper = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; print((own + helper) / 1024, file=sys.stderr)"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "imports",
        "check",
        "--select",
        "legacy",
        "--no-cache",
        "--output",
        os.devnull,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stderr.splitlines()[-1])


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line.

    Args:
        arguments: the command line without the program; None for the process's own.

    Returns:
        0, or 1 if a target is not met and ``--report-only`` is not given.
    """
    parser = rounds_parser(__doc__, rounds=7)
    parser.add_argument("--files", type=int, default=10_000, help="how many files the tree has at least (10000)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        return int(_measured(Path(scratch), options.files, options.rounds) and not options.report_only)


def _measured(scratch: Path, files: int, rounds: int) -> bool:
    folder = scratch / "tree"
    count, size = build(folder, files)
    configure(folder)
    version = run([*ruff()[:1], "--version"], folder).output.decode().strip()
    print(f"Python {platform.python_version()}, {version}, {os.cpu_count()} cores, {count:,} files, {size:.0f} MB")
    both, missed = agree(folder)
    print(f"lines with import statements that both sides name: {both:,}; that only ruff names: {missed}")
    assert both > 0
    assert missed == 0
    check = ours("check", "--select", "legacy", "--output", os.devnull)
    rows = {
        "cold check": [*check, "--no-cache"],
        "warm check": check,
        "all reports, cold": ours("report", "--no-cache", "--output", os.devnull),
    }
    run(check, folder)
    wrong = False
    print(f"{'':22}{'ours':>10}{'ruff':>10}{'CPU':>8}{'CPU':>8}{'ratio':>8}{'best':>8}{'target':>9}")
    cold, work = 0.0, 0.0
    for name, command in rows.items():
        pairs = [
            (run(command, folder), run([*ruff(), "--output-file", os.devnull, "."], folder)) for _ in range(rounds)
        ]
        ratio = median([mine.wall / theirs.wall for mine, theirs in pairs])
        mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
        cold = cold or min(cost.wall for cost in mine)
        work = work or min(cost.cpu for cost in mine)
        best = min(cost.wall for cost in mine) / min(cost.wall for cost in theirs)
        walls = [median([cost.wall for cost in costs]) for costs in (mine, theirs)]
        cpus = [median([cost.cpu for cost in costs]) for costs in (mine, theirs)]
        target = TARGETS[name]
        print(f"{name:22}{walls[0]:8.2f} s{walls[1]:8.2f} s{cpus[0]:8.2f}{cpus[1]:8.2f}{ratio:8.2f}{best:8.2f}"
              f"{f'<= {target:.2f}':>9}")  # fmt: skip
        wrong = wrong or ratio > target
    held = memory(folder)
    print(f"{'memory':22}{held:7.0f} MB{'':42}{f'<= {MEMORY:.0f}':>9}")
    one = [run([*check, "--no-cache", "--jobs", "1"], folder).wall for _ in range(3)]
    print(f"{'one process':22}{min(one):8.2f} s, so the second is worth {min(one) / cold:.2f} times the time")
    shutil.copytree(folder, folder / "again", ignore=shutil.ignore_patterns(".test_framework_cache", "*.toml"))
    # Of processor time: this is not measured side by side with anything.
    doubled = min(run([*check, "--no-cache"], folder).cpu for _ in range(3)) / work
    print(f"{'twice the tree':22}{doubled:8.2f} times the processor time{'':20}{f'<= {DOUBLING}':>9}")
    return wrong or held > MEMORY or doubled > DOUBLING


if __name__ == "__main__":
    sys.exit(main())
