"""In how many pieces packages and names are."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework.imports import Definer, Family, ImportReport, WatchedName, load_rules, report_imports
from tests.imports.samples import checked, project

SETTINGS = """
canonical = { T = "app.core.one" }
fragmentation = { families = { "app.core" = 2 }, names = ["T", "other"] }
"""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return a project with a package of two modules, and a name with four definers."""
    return project(
        tmp_path, SETTINGS, app__init="", app__core__init="from .one import T\n", app__core__two="T = 1\n",
        app__core__one="class T:\n    class T: pass\n",
        app__a="from app.core import T, two\nimport app.core.one, app.core.one as again\nimport app.other\n",
        app__b="from app.core.gone import T\nfrom app.core import *\nfrom json import T\n",
        app__c="from app import core\ncore.T()\nfrom app.core.one import U as T\n",
        tests__test_a="from unittest.mock import patch\ndef T(): pass\npatch('app.core.one.T')\n",
    )  # fmt: skip


def report(folder: Path) -> ImportReport:
    """Measure a project."""
    return report_imports(load_rules(folder), processes=1)


def test_a_family_counts_distinct_modules(sample: Path) -> None:
    """Each statement counts once for each module of the family; those that are not there are named."""
    (family,) = report(sample).families
    modules = {"app.core": 3, "app.core.gone": 1, "app.core.one": 3, "app.core.two": 1}
    assert family == Family("app.core", 4, 7, modules, ("app.core.gone",), 2)
    assert family.count == 4


def test_a_name_counts_where_it_comes_from(sample: Path) -> None:
    """Paths of imports, dotted uses and strings are counted apart; imports from other distributions are not its own."""
    name = next(name for name in report(sample).names if name.name == "T")
    assert name.paths == {"app.core.one": 1, "app.core": 1, "app.core.gone": 1}
    assert (name.attributes, name.patched) == ({"app.core": 1}, {"app.core.one": 1})
    assert (name.count, name.home, name.share) == (3, "app.core.one", 1 / 3)


def test_a_name_has_definers_of_four_kinds(sample: Path) -> None:
    """They are sorted by production and tests; what is in a class is none."""
    name = next(name for name in report(sample).names if name.name == "T")
    assert name.definers == (
        Definer("app.c", "app/c.py", 3, "import-as", test=False),
        Definer("app.core.one", "app/core/one.py", 1, "class", test=False),
        Definer("app.core.two", "app/core/two.py", 1, "assignment", test=False),
        Definer("tests.test_a", "tests/test_a.py", 2, "def", test=True),
    )
    assert name.kinds(test=False) == {"class": 1, "def": 0, "assignment": 1, "import-as": 1}
    assert name.kinds(test=True) == {"class": 0, "def": 1, "assignment": 0, "import-as": 0}


def test_a_name_that_nobody_imports_has_no_share(sample: Path) -> None:
    """Without imports or without a home there is nothing to divide."""
    other = next(name for name in report(sample).names if name.name == "other")
    assert (other, other.share) == (WatchedName("other", {}), None)


def test_a_budget_that_is_broken_is_a_finding(sample: Path) -> None:
    """It is told at the line of the settings that allows less."""
    (finding,) = checked(sample, "fragmentation").findings
    assert (finding.path, finding.line, finding.target) == ("pyproject.toml", 4, "app.core")
    assert "4 modules" in finding.message
