"""The commands ``imports fix`` and ``migrate``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from test_framework.cli import main
from tests.imports.rewriting.test_plan import git
from tests.imports.samples import project, write

TABLE = '[tool.test_framework.imports.legacy]\n"app.old" = "app.new"\n"app.gone" = ""\n'
FIX, MIGRATE = ["imports", "fix"], ["migrate", "."]


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one place to change and one that stays, which is the current folder."""
    text = "from app.old import x\nimport app.gone\n"
    project(tmp_path, f"cache = false\n{TABLE}", app__init="", app__new="x = 1\n", app__a=text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the command; return status, stdout and stderr."""
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("command", [FIX, MIGRATE])
def test_without_write_there_is_a_diff(sample: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """The diff alone is on stdout, every change and every place that stays on stderr; the status is 1."""
    status, out, err = run(capsys, *command)
    assert (status, out.splitlines()) == (
        1,
        ["--- a/app/a.py", "+++ b/app/a.py", "@@ -1,2 +1,2 @@", "-from app.old import x", "+from app.new import x",
         " import app.gone"],
    )  # fmt: skip
    lines = err.splitlines()
    assert lines[:5] == [
        "app/a.py",
        "  1: app.old.x -> app.new.x [legacy]",
        "",
        "app/a.py (left alone)",
        "  2: app.gone: it has no replacement [legacy]",
    ]
    assert lines[-1].startswith("1 change ")
    assert "1 place left alone" in lines[-1]
    assert lines[-1].endswith("Nothing is written yet; --write does it.")
    assert (sample / "app/a.py").read_text() == "from app.old import x\nimport app.gone\n"


@pytest.mark.parametrize("command", [FIX, MIGRATE])
def test_with_write_the_list_is_on_stdout(sample: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """The status is 0, then and when nothing is left to do."""
    status, out, err = run(capsys, *command, "--write")
    assert (status, err, out.splitlines()[1]) == (0, "", "  1: app.old.x -> app.new.x [legacy]")
    assert (sample / "app/a.py").read_text() == "from app.new import x\nimport app.gone\n"
    for words in ((), ("--write",)):
        status, out, err = run(capsys, *command, *words)
        assert status == 0
        assert "Nothing to change; 1 place left alone" in out + err


def test_a_dirty_tree_is_status_2(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written without --force."""
    git(sample, "init")
    status, out, err = run(capsys, *FIX, "--write")
    assert (status, out) == (2, "")
    assert err.startswith("test-framework: error: git does not track what would be changed: app/a.py; commit first, or")
    assert run(capsys, *FIX)[0] == 1
    assert run(capsys, *FIX, "--write", "--force")[0] == 0


@pytest.mark.parametrize("command", [FIX, MIGRATE])
def test_json_has_everything(sample: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """The same document whether it is written or not."""
    status, out, err = run(capsys, *command, "--json")
    document = json.loads(out)
    assert (status, err, document["version"], document["written"]) == (1, "", 1, False)
    (file,) = document["files"]
    assert file["changes"] == [{"line": 1, "rule": "legacy", "what": "app.old.x -> app.new.x"}]
    assert file["diff"].startswith("--- a/app/a.py\n")
    assert document["untouched"] == [
        {"path": "app/a.py", "line": 2, "rule": "legacy", "what": "app.gone", "reason": "it has no replacement"}
    ]
    assert json.loads(
        run(capsys, *command, "--json", "--write", "--output", "out.json")[1] or Path("out.json").read_text()
    )["written"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*FIX, "--force"], "--force goes with --write"),
        ([*FIX, "nowhere"], "there is no nowhere"),
        ([*FIX, "--project", "nowhere"], "no such folder"),
        (["migrate", "nowhere"], "there is no nowhere"),
        ([*MIGRATE, "--select", "lagacy"], "there is no rule 'lagacy'; known are legacy"),
        (["migrate"], "required: PATH"),
        ([*FIX, "pyproject.toml/x"], "there is no pyproject.toml/x"),
    ],
)
def test_wrong_usage_is_status_2(sample: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """What cannot be done is said on stderr."""
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert said in err


def test_wrong_settings_are_status_2(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both commands read the same table."""
    write(sample, "pyproject.toml", "[tool.test_framework.imports]\nlegacy = 3\n")
    write(sample / "empty", "pyproject.toml", "[tool.test_framework.imports]\n")
    assert "nothing is legacy" in run(capsys, *FIX, "--project", "empty")[2]
    for command in (FIX, MIGRATE):
        status, _, err = run(capsys, *command)
        assert (status, "legacy: must be a table" in err) == (2, True)


def test_migrate_needs_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no settings speak of imports, there is nothing about imports to do."""
    write(tmp_path, "tests/test_a.py", "import os\n")
    monkeypatch.chdir(tmp_path / "tests")
    for path in (".", "test_a.py", str(tmp_path)):
        status, _, err = run(capsys, "migrate", path)
        assert (status, err.startswith("Nothing to change (1 file")) == (0, True)


def test_files_that_do_not_parse_on_demand(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They stay without the option."""
    write(sample, "app/a.py", "from app.old import x\ny = (\n")
    status, _, err = run(capsys, *FIX)
    assert (status, "the file does not parse: '(' was never closed (line 2)" in err) == (0, True)
    assert run(capsys, *FIX, "--include-broken", "--write")[0] == 0
    assert (sample / "app/a.py").read_text() == "from app.new import x\ny = (\n"


def test_what_is_shown_on_a_terminal_cannot_steer_it(
    sample: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control characters are escaped, and the diff is coloured."""
    write(sample, "app/a.py", "from app.old import x  # \x1b[31m\ty\r\n")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = run(capsys, *FIX)[1]
    assert "\x1b[32m+from app.new import x  # \\x1b[31m\ty\x1b[0m\n" in out
