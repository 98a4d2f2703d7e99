"""Every check of the project, each by one command: `nox` runs them all, `nox -s NAME` runs one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_external_run = True

PROJECT = nox.project.load_toml("pyproject.toml")
VERSIONS = nox.project.python_versions(PROJECT)
ROOT = Path(__file__).parent
IN_WHEEL_TESTS = [
    ".github",
    ".importlinter",
    "CHANGELOG.md",
    "README.md",
    "docs",
    "noxfile.py",
    "pyproject.toml",
    "tests",
]

# The tests of what differs from one version of Python to the next.
BY_VERSION = [f"tests/{room}" for room in ("case", "conformance", "environment", "guards", "plugin", "runners", "ssot")]
# Of the behaviour of the class: contexts, signals, processes, and the libraries that wrap its methods.
BY_VERSION += [f"tests/behaviour/test_{name}.py" for name in ("context", "libraries", "processes", "sigint")]
# Of these, what says how the class works inside; the others hold for it where they hold before and after it.
BETWEEN = [f"tests/{room}" for room in ("case", "conformance", "guards", "runners")]

os.environ["UV_PYTHON_DOWNLOADS"] = "never"


def answers(candidate: str, version: str) -> bool:
    """Return whether a program is a Python of this version; a pyenv shim of an inactive one is not."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([candidate, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def off_the_path(version: str) -> Iterator[Path]:
    """Yield the programs of a version that pyenv and uv installed, whether they are active or not."""
    homes = [("pyenv", "root", "versions"), ("uv", "python", "dir", "")]
    for program, *arguments, below in homes:
        if shutil.which(program):
            command = [program, *arguments]
            root = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
            if root:
                yield from sorted((Path(root) / below).glob(f"*/bin/python{version}"), reverse=True)


def find_pythons() -> list[str]:
    """Return the supported versions found on this machine, each made reachable through PATH."""
    found: list[str] = []
    for version in VERSIONS:
        # On Windows nox and uv find interpreters by themselves, through the registry.
        if os.name == "nt" or answers(f"python{version}", version):
            found.append(version)
            continue
        for candidate in off_the_path(version):
            if answers(str(candidate), version):
                os.environ["PATH"] = f"{candidate.parent}{os.pathsep}{os.environ['PATH']}"
                found.append(version)
                break
    return found


PYTHONS = find_pythons()
if not PYTHONS:
    raise SystemExit(f"none of the supported Pythons was found: {', '.join(VERSIONS)}")
# What needs to run once runs where most goes wrong: on the oldest version found.
OLDEST = PYTHONS[0]


def install(session: nox.Session, *groups: str, extras: str = "[all]") -> None:
    """Install the package from this folder, and dependency groups."""
    session.install("-e", f".{extras}", *nox.project.dependency_groups(PROJECT, *groups))


def run_tests(session: nox.Session, *arguments: str) -> None:
    """Run tests, two files at a time; those that fail once more on their own, since a busy machine is no bug.

    What many tests of a file look at is run once for all of them, so they stay in one process.
    """
    command = ["python", "-m", "pytest", *arguments, *session.posargs]
    last_failed = Path.cwd() / ".pytest_cache/v/cache/lastfailed"
    last_failed.unlink(missing_ok=True)
    try:
        session.run(*command, "-n", "2", "--dist", "loadfile")
    except CommandFailed as error:
        # 1: some tests failed. Anything else, and a failure that is no test's, is final.
        if error.return_code != 1 or not last_failed.exists():
            raise
        session.run(*command, "--lf", "--lfnf", "none")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests, with every extra and beside other async plugins."""
    install(session, "test")
    # CI has little time, and everything has run on the oldest version: what reaches into the interpreter's own modules,
    # its compiler and its pytest runs again on the newest, and the core of that on those between.
    reduced = os.environ.get("CI") and session.python != OLDEST
    rooms = BY_VERSION if session.python == PYTHONS[-1] else BETWEEN
    run_tests(session, *(["-m", "not any_python", *rooms] if reduced else []))


@nox.session(python=[OLDEST])
def tests_without_extras(session: nox.Session) -> None:
    """Run the tests with what a plain installation brings: no trio, no uvloop, no cryptography."""
    install(session, "test-core", extras="")
    absent = "import importlib.util as u, sys; sys.exit(any(map(u.find_spec, sys.argv[1:])))"
    session.run("python", "-c", absent, "trio", "uvloop", "cryptography")
    run_tests(session)


@nox.session(python=[OLDEST])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows."""
    install_lowest = ["--resolution", "lowest-direct", "-e", ".[all]"]
    session.install(*install_lowest, *nox.project.dependency_groups(PROJECT, "test"))
    run_tests(session)


@nox.session(python=[OLDEST])
@nox.parametrize("others", ["none", "all"])
@nox.parametrize("pytest_release", ["8.4.0", "8.4.*", "9.0.*", "9.*"])
def plugins(session: nox.Session, pytest_release: str, others: str) -> None:
    """Run the tests of the pytest plugin with several releases of pytest, alone and beside other plugins."""
    group = "plugins" if others == "all" else "test-core"
    session.install(f"pytest=={pytest_release}", "-e", ".[all]", *nox.project.dependency_groups(PROJECT, group))
    if others == "all" and pytest_release.startswith("8"):
        # Sub-tests are part of pytest since 9.0.
        session.install(f"pytest=={pytest_release}", "pytest-subtests>=0.14")
    session.run("python", "-m", "pytest", "tests/plugin", "tests/test_pytest_plugin.py", *session.posargs)


@nox.session(python=PYTHONS, default=False)
def conformance(session: nox.Session) -> None:
    """Run CPython's own tests on AsyncTestCase; `tests` runs them too."""
    install(session, "test")
    session.run("python", "-m", "pytest", "tests/conformance", *session.posargs)


@nox.session(python=OLDEST)
def typing(session: nox.Session) -> None:
    """Check the types with mypy for every supported version, and with basedpyright."""
    install(session, "typing")
    # What differs between versions differs most between the first and the last; CI has little time.
    versions = [VERSIONS[0], VERSIONS[-1]] if os.environ.get("CI") else VERSIONS
    for version in versions:
        session.run("mypy", "--python-version", version, "test_framework", "tests", "noxfile.py")
    session.run("basedpyright")
    session.run("basedpyright", "--verifytypes", "test_framework", "--ignoreexternal")


@nox.session(python=OLDEST)
def lint(session: nox.Session) -> None:
    """Check rules and format."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python=OLDEST)
def floors(session: nox.Session) -> None:
    """Check that imports point down only."""
    install(session, "test-core")
    session.run("lint-imports")


@nox.session(python=OLDEST)
def docs(session: nox.Session) -> None:
    """Run every example of the README and the documentation."""
    install(session, "test")
    session.run("python", "-m", "pytest", "tests/test_docs.py", *session.posargs)


@nox.session(python=OLDEST)
def coverage(session: nox.Session) -> None:
    """Measure which lines and branches the tests reach; coverage starts before the plugin is imported."""
    install(session, "coverage")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "2", "--dist", "loadfile", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(python=OLDEST)
def build(session: nox.Session) -> None:
    """Build the distribution, check it, and run the tests on the installed wheel."""
    session.install(*nox.project.dependency_groups(PROJECT, "build"))
    dist = session.cache_dir / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", str(dist))
    (wheel,) = dist.glob("*.whl")
    session.run("check-wheel-contents", str(wheel))
    session.run("twine", "check", "--strict", *map(str, dist.iterdir()))

    # Not below session.create_tmp(), which moves TMPDIR, and with it the folders of the tests, into this project.
    elsewhere = session.cache_dir / "away"
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir()
    for name in IN_WHEEL_TESTS:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, elsewhere / name)
    session.install(f"{wheel}[all]", *nox.project.dependency_groups(PROJECT, "test"))
    session.chdir(elsewhere)
    installed = "import test_framework as t; print(t.__file__); assert 'site-packages' in t.__file__"
    session.run("python", "-c", installed)
    # What depends on the installed files; the rest is the same code that `tests` runs, the examples of the pages too.
    run_tests(session, *sorted(str(path) for path in Path("tests").glob("test_*.py") if path.name != "test_docs.py"))


@nox.session(python=OLDEST)
def bench(session: nox.Session) -> None:
    """Compare the speed with that of peers, and of doing without us; see that checks are linear."""
    install(session, "test")
    session.run("python", "benchmarks/overhead.py", *session.posargs)
    for name in ("auth", "context", "events"):
        session.run("python", f"benchmarks/{name}.py")


@nox.session(python=OLDEST, default=False)
def bench_services(session: nox.Session) -> None:
    """Compare databases for tests with pytest-postgresql and pytest-redis."""
    install(session, "test-core", "server-peers")
    session.run("python", "benchmarks/services.py", *session.posargs)
