"""The reference pages name what there is, all of it, and nothing else; no link leads nowhere."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

import pytest

import test_framework
from test_framework import AsyncTestCase, TokenError, errors, testcase
from test_framework.settings import OF_ONE_RUN, SETTINGS

# Nothing here depends on the version of Python.
pytestmark = pytest.mark.any_python

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def tables(page: str) -> list[list[str]]:
    """Return the rows of all tables of a reference page, each as its cells, without the heads."""
    lines = (REFERENCE / page).read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    rules = [index for index, row in enumerate(rows) if set(row[0]) == {"-"}]
    return [row for index, row in enumerate(rows) if index not in rules and index + 1 not in rules]


def in_toml(value: object) -> str:
    """Return how the page writes a default."""
    if value is None:
        return "none"
    text = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
    return f"`{text}`"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """Each setting has one row, in order, with its variable, its default and its meaning."""
    expected = [
        [f"`{setting.name}`", f"`{setting.variable}`", in_toml(setting.default), setting.meaning]
        for setting in SETTINGS
    ]
    assert [row for row in tables("settings.md") if len(row) == 4] == expected


def test_the_table_of_settings_of_one_run_is_that_of_the_code() -> None:
    """Each has one row, in order, with its meaning."""
    expected = [[f"`{setting.variable}`", setting.meaning] for setting in OF_ONE_RUN]
    assert [row for row in tables("settings.md") if len(row) == 2] == expected


def test_the_table_of_attributes_is_that_of_the_class() -> None:
    """Each attribute of the class has one row, in order, with its default."""
    own = vars(AsyncTestCase)
    expected = [(f"`{name}`", f"`{dict(own[name]) if name == 'backend_options' else own[name]}`") for name in
                AsyncTestCase.__annotations__]  # fmt: skip
    assert [(row[0], row[1]) for row in tables("async-test-case.md") if len(row) == 3] == expected


def test_every_method_has_its_signature() -> None:
    """Each public method that the standard class does not have is there, and no other."""
    standard = dir(unittest.IsolatedAsyncioTestCase)
    # It is Hypothesis that calls this one.
    added = {name for name in dir(AsyncTestCase) if not name.startswith("_") and name not in standard}
    added -= {*AsyncTestCase.__annotations__, "execute_example"}
    text = (REFERENCE / "async-test-case.md").read_text("utf-8")
    methods = text.partition("## Methods")[2]
    named = set(re.findall(r"^(?:\| |### )`(?:async )?(\w+)\(", methods, re.MULTILINE))
    assert named == {*added, "doCleanups"}
    assert set(re.findall(r"^### `@(\w+)\(", text, re.MULTILINE)) == {*testcase.__all__} - {"AsyncTestCase"}


def test_the_tables_of_errors_are_those_of_the_code() -> None:
    """Each error is there with the class that it also is, each warning with its guard."""
    rows = tables("errors.md")
    documented = {row[0].strip("`") for row in rows}
    public = {name: getattr(test_framework, name) for name in vars(test_framework)["__all__"]}
    roots = (errors.FrameworkError, errors.GuardWarning)
    kinds = {name for name, kind in public.items() if isinstance(kind, type) and issubclass(kind, roots)}
    assert set(errors.__all__) <= kinds
    # The refusals of tokens have a table of their own, beside their codes.
    elsewhere = {name for name in kinds if issubclass(public[name], TokenError)} - {"TokenError"}
    assert documented | {"GuardWarning"} == kinds - elsewhere
    for row in rows:
        kind = public[row[0].strip("`")]
        if len(row) == 3:
            assert issubclass(kind, errors.FrameworkError)
            others = [base.__name__ for base in kind.__bases__ if base is not errors.FrameworkError]
            assert ", ".join(f"`{base}`" for base in others) == row[1]
        else:
            assert issubclass(kind, errors.GuardWarning)


def test_the_index_names_every_page() -> None:
    """A reader who starts at the index reaches every page."""
    linked = re.findall(r"\]\(([\w/-]+\.md)\)", (DOCS / "index.md").read_text("utf-8"))
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert sorted(linked) == sorted(pages)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    """A link to a file of the project is to one that exists."""
    if not path.exists():
        pytest.skip("it is not part of the distribution")
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists() and link not in NOT_IN_WHEEL_TESTS] == []


# The tests of the wheel run beside the documentation, but without these.
NOT_IN_WHEEL_TESTS = ("CONTRIBUTING.md", "LICENSE")
