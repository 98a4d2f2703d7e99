"""The comparison by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import __main__ as main_module
from .catalogue import UNITTEST, why_skipped
from .harness import PACKAGE

pytestmark = pytest.mark.conformance


@pytest.fixture(autouse=True)
def _needs_tests() -> None:
    reason = why_skipped(UNITTEST[0])
    if reason is not None:
        pytest.skip(reason)


def test_table_of_equal_modules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each chosen module, a total, the numbers as JSON, and success if nothing differs."""
    numbers = tmp_path / "numbers.json"
    chosen = ["unittest/test_suite", "--base", f"{PACKAGE}.broken_bases:Unbroken", "--json", str(numbers)]
    assert main_module.main(chosen) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["module", "tests", "sites", "classes", "equal", "listed", "unlisted", "seconds"]
    assert lines[3].split()[0] == "unittest/test_suite"
    assert lines[4].startswith("1 modules ")
    row = json.loads(numbers.read_text(encoding="utf-8"))["unittest/test_suite"]
    assert row["tests"] == row["equal"] >= 26
    assert row["unlisted"] == 0


def test_differences_follow_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """What differs, and a module that gave no answer, is told below the table, and the status says so."""
    assert main_module.main(["unittest/test_suite", "--base", f"{PACKAGE}.broken_bases:PassesWithoutRunning"]) == 1
    assert "unittest/test_suite: unlisted difference in Test_TestSuite.test_basetestsuite" in capsys.readouterr().out
    assert main_module.main(["unittest/test_suite", "--base", "no_such_module:Base"]) == 1
    assert "no_such_module" in capsys.readouterr().out


def test_skipped_modules_are_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that cannot be run is in the table with the reason."""
    monkeypatch.setattr(main_module, "why_skipped", lambda module: "not here")
    assert main_module.main(["unittest/test_suite"]) == 0
    assert "skipped: not here" in capsys.readouterr().out


def test_unknown_module_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that fits no module is an error, not an empty table."""
    with pytest.raises(SystemExit):
        main_module.main(["no_such_module"])
    assert "no module is named like no_such_module" in capsys.readouterr().err
