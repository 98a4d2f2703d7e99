"""The command line: what it says, where, and with which exit status."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from test_framework import __version__, demo
from test_framework.cli import main
from test_framework.demo import Report
from tests.test_demo import canned_report


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def quick_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command report a run that took place elsewhere; how runs are made is the business of test_demo."""

    def run_demo(*, keep: bool, progress: Callable[[str], None]) -> Report:
        progress("halfway")
        return canned_report(Path("/kept") if keep else None)

    monkeypatch.setattr(demo, "run_demo", run_demo)
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, stdout: io.StringIO | None = None, stderr: io.StringIO | None = None) -> tuple[int, str, str]:
    """Call the command; return its status and what it wrote."""
    out, err = stdout or io.StringIO(), stderr or io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(arguments)
    return status, out.getvalue(), err.getvalue()


def test_version() -> None:
    """--version names the distribution's version and ends well."""
    assert run("--version") == (0, f"test-framework {__version__}\n", "")


def test_help_lists_the_commands() -> None:
    """--help shows every command with what it does."""
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    assert "demo" in out
    assert "show what AsyncTestCase catches" in out


def test_help_of_a_command_explains_its_exit_status() -> None:
    """The help of the demo says what its exit status means."""
    status, out, _ = run("demo", "--help")
    assert status == 0
    assert "0 if every test ends as promised, 1 if one does not" in " ".join(out.split())


@pytest.mark.parametrize("arguments", [[], ["dmeo"], ["demo", "--jsn"], ["--verbose", "demo"]])
def test_wrong_usage_is_exit_status_2(arguments: list[str]) -> None:
    """A missing or unknown command and an unknown option are usage errors: a hint on stderr, no traceback."""
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("usage: ")
    assert "Traceback" not in err


@pytest.mark.usefixtures("quick_demo")
def test_the_demo_prints_a_table() -> None:
    """The table goes to stdout, without colours where that is no terminal; progress goes to stderr, a line each."""
    status, out, err = run("demo")
    assert (status, out) == (0, demo.as_text(canned_report(), colours=False))
    assert "\x1b" not in out + err
    assert err.splitlines()[1:] == ["halfway"]


@pytest.mark.usefixtures("quick_demo")
def test_on_a_terminal_progress_is_one_line_that_vanishes() -> None:
    """On a terminal each step overwrites the one before, and nothing is left of it under the table."""
    _, _, err = run("demo", stderr=Terminal())
    assert "\n" not in err
    assert err.endswith("\r\x1b[Khalfway\r\x1b[K")


@pytest.mark.usefixtures("quick_demo")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A terminal gets colours unless NO_COLOR is set or it cannot show them."""
    _, coloured, _ = run("demo", stdout=Terminal())
    monkeypatch.setenv(name, value)
    _, plain, _ = run("demo", stdout=Terminal())
    assert coloured == demo.as_text(canned_report(), colours=True)
    assert plain == demo.as_text(canned_report(), colours=False)


@pytest.mark.usefixtures("quick_demo")
def test_json_is_all_that_goes_to_stdout() -> None:
    """With --json, stdout is one JSON document."""
    _, out, _ = run("demo", "--json")
    assert out == canned_report().as_json() + "\n"


@pytest.mark.usefixtures("quick_demo")
def test_keep_says_where_the_folder_is() -> None:
    """With --keep the last line names the folder; without it none is named."""
    assert "/kept" in run("demo", "--keep")[1].splitlines()[-1]
    assert "/kept" not in run("demo")[1]


def test_a_broken_promise_is_exit_status_1(quick_demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One outcome that is not as promised makes the command fail."""
    monkeypatch.setattr(demo, "run_demo", lambda **_: canned_report(unlike="Hang"))
    assert run("demo")[0] == 1
    assert run("demo", "--json")[0] == 1


def test_an_error_of_the_system_is_one_line(quick_demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses is exit status 2 and one line on stderr, not a traceback."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied", "/nowhere")

    monkeypatch.setattr(demo, "run_demo", refuse)
    status, out, err = run("demo")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == "test-framework: error: [Errno 13] Permission denied: '/nowhere'"


@pytest.mark.parametrize("arguments", [["--help"], ["demo"]])
def test_a_reader_that_has_gone_is_no_traceback(arguments: list[str]) -> None:
    """When nobody reads stdout any more, as after `| head -1`, the command ends quietly with exit status 1."""
    read, write = os.pipe()
    os.close(read)
    code = (
        "import sys, test_framework.demo as demo; from tests.test_demo import canned_report\n"
        "demo.run_demo = lambda **_: canned_report()\n"
        f"from test_framework.cli import main; sys.exit(main({arguments!r}))"
    )
    # Unbuffered, argparse would meet the broken pipe first, and pass over it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
            check=False,
        )
    finally:
        os.close(write)
    assert done.returncode == 1
    assert "Error" not in done.stderr


def test_python_m_and_the_script_are_the_same_command() -> None:
    """`python -m test_framework` calls the same function as the script, and its help names it as it was called."""
    command = [sys.executable, "-m", "test_framework", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: python -m test_framework ")
    script = Path(sys.executable).with_name("test-framework")
    if script.exists():
        done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("usage: test-framework ")


def test_importing_it_is_cheap() -> None:
    """The module loads no test runner, no event loop and no library; a command loads what it needs."""
    heavy = ["anyio", "asyncio", "importlib.metadata", "json", "pytest", "subprocess", "trio", "unittest"]
    code = f"import sys, test_framework.cli; print([name for name in {heavy!r} if name in sys.modules])"
    # -S: what .pth files of an editable installation import is not ours.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
