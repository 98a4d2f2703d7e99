"""Compare databases for tests with pytest-postgresql and pytest-redis: the same programs, the same tests, in turn.

Run it with an interpreter that has the package, both peers and psycopg::

    python benchmarks/services.py [--rounds N] [--tests N] [--report-only]

Each side is a run of pytest over the same tests: each connects to a database that begins with the same tables, writes
and reads. A third run has as many tests, imports the same driver and has neither plugin nor database: its times are
taken off both sides, from the start of the process on, so that what is compared is what the databases cost. As root
all sides run as an ordinary user, since pytest-postgresql does not run as root; the interpreter has to be one that
this user can reach. After the timing each side is killed in the middle, and what it leaves counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from tables import rounds_parser

import test_framework
from test_framework.services._finder import find

__all__ = ["main"]

FIRST_TARGET, TOTAL_TARGET = 3.0, 2.0
_ORDINARY = 65534
_SCHEMA = "".join(f"CREATE TABLE t{number} (id serial PRIMARY KEY, v text);\n" for number in range(20))
_CONFTEST = """
import json, time
STAMPS = {"tests": []}
def pytest_unconfigure(config):
    with open("stamps.json", "w") as file:
        json.dump(STAMPS, file)
"""
_TESTS = """
import time
import pytest
from conftest import STAMPS
{head}
@pytest.mark.parametrize("number", range({count}))
def test_it({fixture}, number):
    {body}
    STAMPS["tests"].append(time.time())
    if {pause}:
        open("ready", "w").close()
        time.sleep(60)
"""
_SQL = """connection.execute("INSERT INTO t3 (v) VALUES ('x')")
    assert connection.execute("SELECT count(*) FROM t3").fetchone() == (1,)"""


@dataclass(frozen=True)
class Side:
    """One library.

    Attributes:
        name: what the table calls it.
        fixture: what each test takes.
        head: what its module begins with.
        body: of each test.
        options: of pytest.
    """

    name: str
    fixture: str
    head: str
    body: str
    options: tuple[str, ...]


def sides(programs: Path, redis: Path) -> dict[str, tuple[Side, Side, Side]]:
    """Return ours, the peer and the run without databases of each comparison."""
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:anyio", "-p", "no:valkey")
    ours_only = (*quiet, "-p", "no:pytest_postgresql", "-p", "no:pytest_redis")
    theirs_only = (*quiet, "-p", "no:test_framework")
    neither = (*ours_only, "-p", "no:test_framework")
    postgres = (
        Side(
            "ours",
            "postgres_dsn",
            f'import psycopg\n@pytest.fixture(scope="session")\ndef postgres_template():\n    return """{_SCHEMA}"""\n',
            f"with psycopg.connect(postgres_dsn) as connection:\n        {_SQL.replace(chr(10), chr(10) + '    ')}",
            ours_only,
        ),
        Side(
            "pytest-postgresql",
            "database",
            "from pathlib import Path\nfrom pytest_postgresql import factories\n"
            'schema = Path("schema.sql").absolute()\n'
            f'server = factories.postgresql_proc(executable="{programs}/pg_ctl", load=[schema])\n'
            'database = factories.postgresql("server")\n',
            f"connection = database\n    {_SQL}",
            theirs_only,
        ),
        Side("neither", "request", "import psycopg\n", "pass", neither),
    )
    keys = 'client.set("key", "1")\n    assert client.dbsize() == 1'
    redis_sides = (
        Side("ours", "redis_url", "import redis\n", f"client = redis.from_url(redis_url)\n    {keys}", ours_only),
        Side(
            "pytest-redis",
            "cache",
            "from pytest_redis import factories\n"
            f'server = factories.redis_proc(executable="{redis}")\ncache = factories.redisdb("server")\n',
            f"client = cache\n    {keys}",
            theirs_only,
        ),
        Side("neither", "request", "import redis\n", "pass", neither),
    )
    return {"PostgreSQL": postgres, "Redis": redis_sides}


def prepare(folder: Path, side: Side, count: int, *, pause: bool) -> None:
    """Write the tests of a side."""
    text = _TESTS.format(head=side.head, count=count, fixture=side.fixture, body=side.body, pause=pause)
    (folder / "test_it.py").write_text(text, "utf-8")
    (folder / "conftest.py").write_text(_CONFTEST, "utf-8")
    (folder / "schema.sql").write_text(_SCHEMA, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    folder.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(folder, _ORDINARY, _ORDINARY)


def start(folder: Path, side: Side, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start the run of a side, as an ordinary user if we are root."""
    user = _ORDINARY if os.geteuid() == 0 else None
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *side.options],
        cwd=folder,
        env=environment,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def measure(side: Side, count: int, environment: dict[str, str], home: str) -> dict[str, float]:
    """Return the seconds of one run: to the end of the first test, for each further one, to stop, and in all."""
    with tempfile.TemporaryDirectory(prefix="bench-services-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        prepare(folder, side, count, pause=False)
        began = time.time()
        run = start(folder, side, {**environment, "TMPDIR": name, "HOME": home})
        output, _ = run.communicate(timeout=600)
        ended = time.time()
        if run.returncode:
            raise SystemExit(f"{side.name} fails:\n{output}")
        stamps = json.loads((folder / "stamps.json").read_text("utf-8"))
    tests = stamps["tests"]
    assert len(tests) == count
    return {
        "first database": tests[0] - began,
        "each further": (tests[-1] - tests[0]) / (count - 1),
        "stop": ended - tests[-1],
        "in all": ended - began,
    }


def left_by_killing(side: Side, environment: dict[str, str]) -> int:
    """Kill a run in the middle; return how many processes are still there two seconds later, and end them."""
    with tempfile.TemporaryDirectory(prefix="bench-services-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        prepare(folder, side, 2, pause=True)
        run = start(folder, side, {**environment, "TMPDIR": name, "HOME": name})
        deadline = time.monotonic() + 120
        while not (folder / "ready").exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        below = _descendants(run.pid)
        run.kill()
        run.wait()
        if run.stdout is not None:
            run.stdout.close()
        time.sleep(2)
        # Some become daemons: those still name the folder.
        left = [pid for pid in below | _naming(name) if _is_running(pid)]
        for how in (signal.SIGQUIT, signal.SIGKILL):
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, how)
            time.sleep(0.5)
        return len(left)


def _naming(folder: str) -> set[int]:
    """Return the processes whose arguments name a folder, and those below them."""
    found: set[int] = set()
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and int(path.name) != os.getpid():
            with suppress(OSError):
                if folder in (path / "cmdline").read_text("utf-8", "replace"):
                    found |= {int(path.name), *_descendants(int(path.name))}
    return found


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ["X", "0"]


def _is_running(pid: int) -> bool:
    return _stat(pid)[0] not in {"X", "Z"}


def _descendants(pid: int) -> set[int]:
    parents = {int(path.name): int(_stat(int(path.name))[1]) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found: set[int] = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer} - found
        found |= layer
    return found


@contextmanager
def home() -> Iterator[str]:
    """Make a home for the user who runs the tests: what a library keeps from one run to the next is there."""
    with tempfile.TemporaryDirectory(prefix="bench-home-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            os.chown(name, _ORDINARY, _ORDINARY)
        yield name


Run: TypeAlias = "dict[str, float]"


def rounds(
    sides: tuple[Side, Side, Side], options: argparse.Namespace, environment: dict[str, str]
) -> Iterator[tuple[Run, Run, Run]]:
    """Yield a run of each side, in turn: once with nothing kept from a run before, then round by round."""
    with home() as name:
        for _ in range(options.rounds + 1):
            ours, theirs, neither = (measure(side, options.tests, environment, name) for side in sides)
            yield ours, theirs, neither


def cost(runs: Sequence[tuple[Run, Run, Run]], side: int, row: str) -> float:
    """Return what databases cost on a side: the shortest of its runs, less the shortest without databases.

    Whatever else the machine does makes runs longer, never shorter.
    """
    return min(run[side][row] for run in runs) - min(run[2][row] for run in runs)


def compare(
    name: str, sides: tuple[Side, Side, Side], options: argparse.Namespace, environment: dict[str, str]
) -> bool:
    """Print the rows of one comparison; return whether its targets are met."""
    never, *measured = rounds(sides, options, environment)
    rows: list[tuple[str, str, float | None, list[tuple[Run, Run, Run]]]] = [
        ("first ever", "first database", None, [never]),
        ("first database", "first database", FIRST_TARGET, measured),
        ("each further", "each further", None, measured),
        ("stop", "stop", None, measured),
        ("in all", "in all", TOTAL_TARGET, measured),
    ]
    met = True
    for title, row, target, runs in rows:
        ours, theirs = cost(runs, 0, row), cost(runs, 1, row)
        # On a machine that is too busy, what is left of a short time may be nothing: that proves nothing.
        ratio = theirs / ours if ours > 0 else float("nan")
        held = target is None or ratio >= target
        met = met and held
        verdict = "" if target is None else f"{'at least' if held else 'NOT'} {target:g}"
        print(f"{name:<11} {title:<15} {ours * 1000:>9.1f} {theirs * 1000:>9.1f} {ratio:>8.1f}  {verdict}", flush=True)
    left = [left_by_killing(side, environment) for side in sides[:2]]
    print(
        f"{name:<11} {'left by SIGKILL':<15} {left[0]:>9} {left[1]:>9} {'':>8}  {'none' if not left[0] else 'NOT none'}"
    )
    return met and not left[0]


def compile_everything() -> None:
    """Compile what is installed, as pip does: the user who runs the tests may not be able to keep bytecode."""
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), str(Path(test_framework.__file__).parent)}
    command = [sys.executable, "-m", "compileall", "-q", "-x", "/(test|lib2to3)/", *places]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and return 0 if every target is met."""
    parser = rounds_parser(__doc__, rounds=5)
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--only", choices=("PostgreSQL", "Redis"), help="compare only these servers")
    options = parser.parse_args(argv)
    compile_everything()
    postgres, redis = find("postgres"), find("redis")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEST_FRAMEWORK_")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    peers = ", ".join(f"{name} {metadata.version(name)}" for name in ("pytest-postgresql", "pytest-redis", "pytest"))
    print(f"Python {platform.python_version()}, PostgreSQL {postgres.version}, Redis {redis.version}, {peers}")
    user = "an ordinary user" if os.geteuid() == 0 else "the same user"
    print(f"{options.tests} tests, {options.rounds} rounds in turn, as {user}; load {os.getloadavg()[0]:.1f}")
    print("the shortest of each, less the shortest of the same tests without databases\n")
    print(f"{'':<11} {'milliseconds':<15} {'ours':>9} {'peer':>9} {'times':>8}")
    if shutil.which("pg_config") is None:
        environment["PATH"] = f"{postgres.program.parent}{os.pathsep}{environment['PATH']}"
    pairs = sides(postgres.program.parent, redis.program)
    names = [options.only] if options.only else list(pairs)
    met = [compare(name, pairs[name], options, environment) for name in names]
    return 0 if all(met) or options.report_only else 1


if __name__ == "__main__":
    sys.exit(main())
