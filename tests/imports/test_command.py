"""The command: exit statuses, baselines, formats, trends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from test_framework.cli import main
from tests.imports.samples import project, unpacked, write


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one finding, which is the current folder."""
    project(tmp_path, 'legacy = { "app.old" = "app.new" }\n', app__init="", app__old="", app__a="import app.old\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the command; return status, stdout and stderr."""
    status = main(["imports", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_findings_are_status_1(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text groups by what to write instead, and ends with a summary."""
    status, out, err = run(capsys, "check")
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert lines[:3] == [
        "legacy: 1 finding in 1 file",
        "  app.old -> app.new   1 finding in 1 file",
        "    app/a.py:1:1: app.old is legacy; use app.new [import]",
    ]
    assert lines[-1].startswith("1 finding (3 files, 1 import statement, ")


def test_nothing_found_is_status_0(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clean project says what was checked."""
    write(sample, "app/a.py", "import app.new\n")
    write(sample, "app/new.py", "")
    status, out, _ = run(capsys, "check")
    assert status == 0
    assert out.startswith("Nothing found: checked legacy, missing, shadowed, cycles (4 files")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--select", "lagacy"], "there is no rule 'lagacy'"),
        (["--baseline", "gone.json"], "there is no baseline gone.json"),
        (["--accept-new"], "--accept-new goes with --update-baseline"),
        (["--no-baseline", "--strict-baseline"], "--no-baseline goes with no other"),
        (["--project", "/nowhere/at/all"], "no such folder"),
        (["--jobs", "0"], "must be at least 1"),
    ],
)
def test_wrong_usage_is_status_2(sample: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """What cannot be done is said on stderr."""
    status, out, err = run(capsys, "check", *words)
    assert (status, out) == (2, "")
    assert said in err


def test_what_an_error_suggests_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the first line of an error has the prefix; the settings that it shows are settings, and they work."""
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, "check")
    first, suggestion = err.split("\n", 1)
    assert (status, out, first[:23]) == (2, "", "test-framework: error: ")
    write(tmp_path, "pyproject.toml", suggestion)
    for path in ("app/__init__.py", "tests/test_app.py"):
        write(tmp_path, path, "import app.old_factory\n")
    status, out, _ = run(capsys, "check", "--select", "legacy")
    assert (status, "app.old_factory -> app.manager   2 findings" in out) == (1, True)


def test_a_budget_only_shrinks(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is allowed stays so wherever it moves in its file; what is new fails; what is fixed has to leave."""
    assert run(capsys, "check", "--update-baseline")[0] == 0
    assert json.loads((sample / "imports-baseline.json").read_text()) == {
        "version": 1,
        "allowed": [{"rule": "legacy", "path": "app/a.py", "target": "app.old", "form": "import"}],
    }
    write(sample, "app/a.py", "\n\n\nimport app.old\n")
    assert run(capsys, "check", "--strict-baseline")[0] == 0

    write(sample, "app/b.py", "import app.old\n")
    status, out, _ = run(capsys, "check")
    assert status == 1
    assert ("app/b.py:1:1" in out, "app/a.py" in out, "1 new finding, 1 allowed by" in out) == (True, False, True)
    status, _, err = run(capsys, "check", "--update-baseline")
    assert status == 1
    assert "--accept-new" in err
    assert "app/b.py" not in (sample / "imports-baseline.json").read_text()

    (sample / "app/b.py").unlink()
    write(sample, "app/a.py", "")
    status, out, _ = run(capsys, "check")
    assert status == 0
    assert "the baseline allows what is there no more (1)" in out
    assert run(capsys, "check", "--strict-baseline")[0] == 1
    assert run(capsys, "check", "--update-baseline")[0] == 0
    assert run(capsys, "check", "--strict-baseline")[0] == 0

    write(sample, "app/b.py", "import app.old\n")
    assert run(capsys, "check", "--update-baseline", "--accept-new")[0] == 0
    assert run(capsys, "check")[0] == 0


def test_a_second_finding_of_the_same_kind_is_new(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The baseline counts: twice the same import is one too many."""
    run(capsys, "check", "--update-baseline")
    write(sample, "app/a.py", "import app.old\nimport app.old\n")
    status, out, _ = run(capsys, "check")
    assert (status, "app/a.py:2:1" in out) == (1, True)


def test_no_baseline_outlives_a_deadline(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After its day, what was allowed fails, and no update allows it again."""
    run(capsys, "check", "--update-baseline")
    table = (
        '[tool.test_framework.imports]\nlegacy = { "app.old" = { replacement = "app.new", deadline = 2020-01-01 } }\n'
    )
    write(sample, "pyproject.toml", table)
    status, out, _ = run(capsys, "check")
    assert (status, "overdue since 2020-01-01" in out) == (1, True)
    assert run(capsys, "check", "--update-baseline", "--accept-new")[0] == 1


def test_a_tangle_may_shrink_but_not_grow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cycle that loses modules is allowed; one that gains a module is new."""
    ring = {"app__init": "", "app__a": "import app.b", "app__b": "import app.c\nimport app.a", "app__c": "import app.a"}
    project(tmp_path, "", **ring)
    here = ["--project", str(tmp_path)]
    assert run(capsys, "check", "--update-baseline", *here)[0] == 0
    write(tmp_path, "app/c.py", "")
    assert run(capsys, "check", *here)[0] == 0
    assert run(capsys, "check", "--strict-baseline", *here)[0] == 1
    write(tmp_path, "app/c.py", "import app.d\n")
    write(tmp_path, "app/d.py", "import app.a\n")
    assert run(capsys, "check", *here)[0] == 1


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 2, "allowed": []}', '{"version": 1, "allowed": [{"rule": 1}]}']
)
def test_a_baseline_that_cannot_be_read_is_status_2(
    sample: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """A damaged baseline allows nothing and is never passed over."""
    write(sample, "imports-baseline.json", text)
    status, _, err = run(capsys, "check")
    assert status == 2
    assert "imports-baseline.json" in err


def test_json_has_everything(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The document has a version, and each finding its place in bytes."""
    document = json.loads(run(capsys, "check", "--json")[1])
    (finding,) = document["findings"]
    assert (document["version"], document["counts"]["legacy"], document["files"]) == (1, 1, 3)
    span = (finding["start"], finding["end"])
    assert (sample / "app/a.py").read_bytes()[slice(*span)] == b"app.old"
    assert (finding["replacement"], finding["new"]) == ("app.new", True)


def test_sarif_is_what_its_readers_expect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every result has a rule, a place and a fingerprint of its own, which moving code does not change."""
    unpacked("forms.txt", tmp_path)
    here = ["--project", str(tmp_path)]
    (first,) = json.loads(run(capsys, "check", "--sarif", *here)[1])["runs"]
    write(tmp_path, "tests/test_forms.py", b"#\n" + (tmp_path / "tests/test_forms.py").read_bytes())
    (second,) = json.loads(run(capsys, "check", "--sarif", *here)[1])["runs"]

    def fingerprints(document: dict[str, Any]) -> list[str]:
        return [each["partialFingerprints"]["testFrameworkImport/v1"] for each in document["results"]]

    assert fingerprints(first) == fingerprints(second)
    assert len({*fingerprints(first)}) == len(first["results"]) > 50
    ids = [rule["id"] for rule in first["tool"]["driver"]["rules"]]
    for each in first["results"]:
        assert ids[each["ruleIndex"]] == each["ruleId"]
        place = each["locations"][0]["physicalLocation"]
        assert (tmp_path / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] >= 1
    notes = first["invocations"][0]["toolExecutionNotifications"]
    assert ["does not parse" in note["message"]["text"] for note in notes] == [True]


def test_columns_of_sarif_are_utf16(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Readers of SARIF count in UTF-16 code units: one for an umlaut of two bytes, two for a sign of four."""
    for encoding, name in (("utf-8", "b"), ("latin-1", "c")):
        sign = "\N{MUSICAL SYMBOL G CLEF}" if encoding == "utf-8" else ""
        text = f"# coding: {encoding}\nx = 'ä{sign}'; import app.old\n"
        write(sample, f"app/{name}.py", text.encode(encoding))
    (run_,) = json.loads(run(capsys, "check", "--sarif")[1])["runs"]
    assert run_["columnKind"] == "utf16CodeUnits"
    places = {
        place["artifactLocation"]["uri"]: (place["region"]["startLine"], place["region"]["startColumn"])
        for place in (each["locations"][0]["physicalLocation"] for each in run_["results"])
    }
    assert places == {"app/a.py": (1, 1), "app/b.py": (2, 12), "app/c.py": (2, 10)}


def test_annotations_of_github(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each new finding is a workflow command; above fifty the rest is counted."""
    out = run(capsys, "check", "--github")[1]
    assert out.splitlines()[0] == (
        "::error file=app/a.py,line=1,col=1,title=imports%3A legacy::app.old is legacy; use app.new"
    )
    write(sample, "app/a.py", "import app.old\n" * 60)
    lines = run(capsys, "check", "--github")[1].splitlines()
    assert sum(line.startswith("::error file") for line in lines) == 50
    assert "::error title=imports::10 more findings are not shown here" in lines


def test_an_output_file(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would go to stdout goes to the file."""
    assert run(capsys, "check", "--json", "--output", "out.json")[:2] == (1, "")
    assert json.loads((sample / "out.json").read_text())["new"] == 1


def test_the_report_counts_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Families, names, definers and cycles are those of the sample."""
    unpacked("forms.txt", tmp_path)
    here = ["--project", str(tmp_path)]
    document = json.loads(run(capsys, "report", "--json", *here)[1])
    (family,) = document["families"]
    assert family["modules"] == {"app.core": 3, "app.core.manager": 2, "app.core.other": 1}
    manager = next(name for name in document["names"] if name["name"] == "Manager")
    assert manager["paths"] == {"app.core": 1, "app.core.manager": 1, "app.core.other": 1}
    assert (manager["attributes"], round(manager["share"], 2)) == ({"app.core": 1}, 0.33)
    assert manager["production"] == {"class": 1, "def": 0, "assignment": 1, "import-as": 0}
    assert manager["tests"] == {"class": 0, "def": 1, "assignment": 0, "import-as": 0}
    kinds = [(cycle["import_time"], len(cycle["chain"])) for cycle in document["cycles"]]
    assert kinds == [(True, 3), (False, 2)]
    status, out, _ = run(capsys, "report", *here)
    assert status == 0
    assert "Name Manager: imported from 3 modules (at most 1 allowed)\n  home app.core.manager: 33% of imports" in out
    assert "    app/ring_b.py:1: app.ring_b imports app.ring_c\n" in out


def test_a_trend_grows_by_a_line_a_run(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each run is a line, and the sparkline has one block for each."""
    run(capsys, "trend")
    write(sample, "app/b.py", "import app.old\n")
    status, out, _ = run(capsys, "trend", "--svg", "trend.svg")
    assert status == 0
    assert "  legacy app.old  ▁█  1 -> 2 (+1)" in out
    lines = (sample / "imports-trend.jsonl").read_text().splitlines()
    assert [json.loads(line)["counts"]["legacy"] for line in lines] == [1, 2]
    root = ET.parse(sample / "trend.svg").getroot()
    names = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{names}polyline")) == 5
    assert "legacy: 2" in "".join(root.itertext())


def test_a_merged_trend_is_put_in_order(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that two branches added count by date, each once; what is no run is an error with its line."""
    lines = [
        {"date": f"2026-11-{day:02}T00:00:00+00:00", "commit": "c", "files": 1, "counts": {"legacy": day}}
        for day in (3, 1, 2, 1)
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    write(sample, "imports-trend.jsonl", text)
    assert "legacy  ▁▅█  1 -> 3 (+2)" in run(capsys, "trend", "--no-record")[1]
    write(sample, "imports-trend.jsonl", text + "<<<<<<< HEAD\n")
    status, _, err = run(capsys, "trend", "--no-record")
    assert status == 2
    assert "imports-trend.jsonl:5: this is no run" in err


def test_no_trend_yet_is_status_2(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to show before the first run."""
    assert run(capsys, "trend", "--no-record")[0] == 2
