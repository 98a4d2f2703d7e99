"""The command over projects of several shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework.cli import main

PLAIN = "import unittest\nclass Base(unittest.TestCase): pass\n"
DERIVED = "from ..base import Base\nclass T(Base):\n    async def test_a(self): pass\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a base class above its tests, which is the current folder."""
    for path, text in {"tests/base.py": PLAIN, "tests/unit/test_a.py": DERIVED, "pyproject.toml": ""}.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_named_one_by_one_know_each_other(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any settings modules are named from the root, however deep the paths lie."""
    assert main(["migrate", "tests/unit/test_a.py", "tests/base.py"]) == 1
    assert "+class Base(AsyncTestCase): pass" in capsys.readouterr().out


def test_a_base_class_that_was_not_named_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason says which class it is."""
    assert main(["migrate", "tests/unit"]) == 0
    shown = capsys.readouterr()
    assert "its base class tests.base.Base is a TestCase, and not in a file of this run" in shown.out + shown.err


@pytest.mark.parametrize("place", ["test_framework", "src/test_framework"])
def test_a_package_of_our_name_is_an_error(project: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    """What the rules import would be another thing."""
    (project / place).mkdir(parents=True)
    assert main(["migrate", "tests"]) == 2
    assert f"{project / place} hides this package" in capsys.readouterr().err
    assert main(["migrate", "tests", "--select", "legacy"]) == 0


def test_faults_in_the_settings_are_status_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are named with their line, before any file is read."""
    (project / "pyproject.toml").write_text("[tool.test_framework.migrate]\nbear = false\n", "utf-8")
    assert main(["migrate", "tests"]) == 2
    assert "pyproject.toml:2: migrate.bear: there is no such key" in capsys.readouterr().err
