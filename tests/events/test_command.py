"""The subcommand `timeline`: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from test_framework import GoldenPathError, Timeline, assert_golden_path, events_to_jsonl
from test_framework.cli import main
from tests.events.making import START, event, run

TWO = [each for pair in zip(run(), run("bob", "run-2", start=START + 0.5), strict=True) for each in pair]
BROKEN = [*TWO[:4], *TWO[5:]]


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Call the command; return its status and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["timeline", *map(str, arguments)])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a recording of two users."""
    path = tmp_path / "two.jsonl"
    path.write_text(events_to_jsonl(TWO), "utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a recording in which a tool completes that was never begun."""
    path = tmp_path / "broken.jsonl"
    path.write_text(events_to_jsonl(BROKEN), "utf-8")
    return path


def test_text_is_the_default(recording: Path) -> None:
    """Without an option, and with --text, a line for each event goes to stdout."""
    assert call(recording) == (0, f"{Timeline(TWO).as_text()}\n", "")
    assert call(recording, "--text") == call(recording)


def test_mermaid(recording: Path) -> None:
    """With --mermaid, a diagram goes to stdout."""
    assert call(recording, "--mermaid") == (0, Timeline(TWO).as_mermaid(), "")


def test_svg(recording: Path, tmp_path: Path) -> None:
    """With --svg, a picture goes to the file, with its title, or to stdout for a hyphen."""
    target = tmp_path / "out.svg"
    assert call(recording, "--svg", target, "--title", "Two") == (0, "", "")
    assert target.read_text("utf-8") == Timeline(TWO).as_svg(title="Two")
    assert call(recording, "--svg", "-") == (0, Timeline(TWO).as_svg(), "")
    ET.fromstring(call(recording, "--svg", "-")[1])


def test_a_user_or_a_run_can_be_chosen(recording: Path) -> None:
    """With --user or --run, only their events are shown."""
    assert call(recording, "--user", "bob")[1].count("\n") == 5
    assert call(recording, "--run", "run-1", "--user", "alice")[1].count("\n") == 5


def test_a_user_that_is_not_there_is_exit_status_2(recording: Path) -> None:
    """A question about nobody is answered with who there is."""
    assert call(recording, "--user", "eve\x1b") == (
        2,
        "",
        "test-framework: error: there is no event of user 'eve\\x1b'; there are: 'alice', 'bob'\n",
    )
    status, _, err = call(recording, "--run", "run-1", "--user", "bob")
    assert (status, err.partition("; ")[2]) == (2, "there are: 'run-2'\n")


def test_a_good_recording_is_exit_status_0(recording: Path) -> None:
    """--check alone prints its verdict; beside a form, the verdict goes to stderr."""
    verdict = "10 events of 2 runs follow the golden path\n"
    assert call(recording, "--check") == (0, verdict, "")
    assert call(recording, "--check", "--mermaid") == (0, Timeline(TWO).as_mermaid(), verdict)
    assert call(recording, "--check", "--user", "bob")[1] == "5 events of 1 run follow the golden path\n"


def test_a_bad_recording_is_exit_status_1(broken: Path, tmp_path: Path) -> None:
    """--check shows the failure as the assertion does, and marks the place in what it draws."""
    with pytest.raises(GoldenPathError) as caught:
        assert_golden_path(BROKEN)
    assert call(broken, "--check") == (1, f"{caught.value}\n", "")
    status, out, err = call(broken, "--check", "--text")
    assert (status, out, err) == (1, f"{Timeline(BROKEN, mark=caught.value.index).as_text()}\n", f"{caught.value}\n")
    call(broken, "--check", "--svg", tmp_path / "out.svg")
    assert 'class="wrong"' in (tmp_path / "out.svg").read_text("utf-8")
    assert call(broken) == (0, f"{Timeline(BROKEN).as_text()}\n", "")


def test_rules_can_be_chosen(broken: Path, tmp_path: Path) -> None:
    """--without, --allow-no-tools and --refuse-extra do what the arguments of the assertion do."""
    assert call(broken, "--check", "--without", "tools_paired")[0] == 0
    path = tmp_path / "thinks.jsonl"
    path.write_text(events_to_jsonl([*run()[:2], event("progress"), run()[4]]), "utf-8")
    assert call(path, "--check")[0] == 1
    assert call(path, "--check", "--allow-no-tools")[0] == 0
    assert "no_extra" in call(path, "--check", "--allow-no-tools", "--refuse-extra")[1]
    status, out, err = call(path, "--check", "--without", "tool_paired")
    assert (status, out) == (2, "")
    assert "did you mean 'tools_paired'?" in err


def test_bad_lines_are_exit_status_2(tmp_path: Path) -> None:
    """Each line that cannot be read is named by its number, on stderr; nothing is drawn of the rest."""
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b'{"type": "agent_started"}\noops\n\n{"type": "\xff"}\n')
    assert call(path) == (
        2,
        "",
        (
            f"test-framework: error: {path} cannot be read:\n"
            "  - line 2: it is not JSON (Expecting value, at character 0)\n"
            "  - line 4: it is not JSON (not UTF-8)\n"
        ),
    )


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_recording_is_exit_status_2(tmp_path: Path, content: str) -> None:
    """A recording without events is nothing to draw, and nothing that could be checked."""
    path = tmp_path / "empty.jsonl"
    path.write_text(content, "utf-8")
    assert call(path, "--check") == (2, "", f"test-framework: error: {path} has no events\n")


def test_a_file_that_is_not_there_is_exit_status_2(tmp_path: Path) -> None:
    """What the system refuses is one line on stderr."""
    status, out, err = call(tmp_path / "none.jsonl")
    assert (status, out) == (2, "")
    assert err.startswith("test-framework: error: [Errno 2]")


@pytest.mark.parametrize("arguments", [[], ["a", "--text", "--mermaid"], ["a", "--svg"], ["a", "--sgv", "b"]])
def test_wrong_usage_is_exit_status_2(arguments: list[str]) -> None:
    """A missing file, two forms at once and an unknown option are usage errors."""
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("usage: ")


def test_standard_input_and_any_encoding(tmp_path: Path) -> None:
    """A hyphen reads stdin; a terminal that cannot show a character gets an escape for it."""
    command = [sys.executable, "-X", "utf8=0", "-m", "test_framework", "timeline", "-"]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "", "SYSTEMROOT": ""}
    text = events_to_jsonl(run("j\u00fcrgen"))
    done = subprocess.run(
        [*command, "--mermaid"], input=text.encode(), capture_output=True, env=environment, check=True
    )
    assert b"participant user1 as j\\xfcrgen" in done.stdout
    done = subprocess.run(
        [*command, "--svg", "-"], input=text.encode(), capture_output=True, env=environment, check=True
    )
    assert "j\u00fcrgen" in "".join(ET.fromstring(done.stdout).itertext())
    done = subprocess.run(command, input=b"", capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, b"test-framework: error: standard input has no events\n")
