"""What pyproject.toml promises is what the other files do."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

# Nothing here depends on the version of Python.
pytestmark = pytest.mark.any_python

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
GROUPS = PYPROJECT["dependency-groups"]
REQUIREMENTS = [
    requirement
    for requirements in (PROJECT["dependencies"], *EXTRAS.values(), *GROUPS.values())
    for requirement in requirements
    if isinstance(requirement, str) and not requirement.startswith(PROJECT["name"])
]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_requirement_has_a_lowest_version_and_no_highest(requirement: str) -> None:
    """The session `lowest` can install what is promised, and no cap stands in a user's way."""
    specifier = requirement.partition(";")[0]
    assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?>=[\d.]+", specifier)


def test_all_means_every_extra() -> None:
    """The extra `all` names every other extra."""
    (everything,) = EXTRAS["all"]
    assert everything == f"{PROJECT['name']}[{','.join(sorted(EXTRAS.keys() - {'all'}))}]"


def test_the_changelog_knows_the_version() -> None:
    """The version that is being made has its section."""
    assert re.search(
        rf"^## {re.escape(PROJECT['version'])}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )


def test_the_workflow_runs_the_promised_pythons() -> None:
    """Each Python of the classifiers is a job of the workflow."""
    promised = re.findall(r":: (3\.\d+)\n", "\n".join([*PROJECT["classifiers"], ""]))
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    (matrix,) = re.findall(r"^ +python: \[(.*)\]$", workflow, re.MULTILINE)
    assert re.findall(r"[\d.]+", matrix) == promised


def test_the_workflow_runs_every_check() -> None:
    """Each nox session that is no measurement and no part of another is a job of the workflow."""
    decorated = r"^@nox\.session\((.*)\)\n(?:@nox\.parametrize.*\n)*def (\w+)"
    sessions = re.findall(decorated, (ROOT / "noxfile.py").read_text("utf-8"), re.MULTILINE)
    checks = [name for options, name in sessions if "default=False" not in options]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    (matrix,) = re.findall(r"^ +session: \[(.*)\]$", workflow, re.MULTILINE)
    assert sorted([*re.findall(r"\w+", matrix), "bench", "tests"]) == sorted(checks)
