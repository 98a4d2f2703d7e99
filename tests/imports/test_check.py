"""A check of a whole project, against the findings that are expected."""

from __future__ import annotations

import ast
import random
from datetime import date
from pathlib import Path

import pytest

from test_framework import SettingsError
from test_framework.imports import ImportRules, LegacyRule, Target, check_imports, load_rules
from tests.imports.oracle import installed, sources, statements
from tests.imports.samples import ASSETS, checked, found, project, unpacked, write


def test_every_form_is_found(tmp_path: Path) -> None:
    """The sample has every form of import there is; each finding is expected, and each expected one is found."""
    expected = (ASSETS / "forms.expected").read_text("utf-8").splitlines()
    assert found(unpacked("forms.txt", tmp_path)) == expected


def test_a_broken_file_is_scanned_and_named(tmp_path: Path) -> None:
    """A file that does not parse has findings all the same, and its reason is told."""
    result = checked(unpacked("forms.txt", tmp_path))
    assert result.problems == {"tests/broken.py": "it does not parse: invalid syntax (line 2)"}


def test_every_broken_file_is_named_on_demand(tmp_path: Path) -> None:
    """With parse, files are listed that no rule had to look into."""
    project(tmp_path, app__a="def f(:\n", app__b="x = 1\n")
    assert check_imports(load_rules(tmp_path)).problems == {}
    problems = check_imports(load_rules(tmp_path), parse=True).problems
    assert list(problems) == ["app/a.py"]
    assert "line 1" in problems["app/a.py"]


@pytest.mark.parametrize("form", ["from", "attribute", "star"])
def test_only_the_forms_that_are_meant_count(tmp_path: Path, form: str) -> None:
    """A rule with forms finds those."""
    settings = f'legacy = {{ "app.old:T" = {{ replacement = "app.new", forms = ["{form}"] }} }}'
    project(tmp_path, settings, app__init="", app__old="T = 1", app__a="from app.old import T\nfrom app.old import *\n"
            "import app.old\napp.old.T\n")  # fmt: skip
    assert [finding.form for finding in checked(tmp_path, "legacy").findings] == [form]


def test_the_most_special_rule_wins(tmp_path: Path) -> None:
    """A name with a rule of its own is not replaced as the rest of its module is."""
    settings = 'legacy = { "app.old" = "app.new", "app.old:T" = "app.types:T" }'
    project(tmp_path, settings, app__init="", app__old="", app__a="from app.old import T, U\n")
    assert found(tmp_path, "legacy") == [
        "app/a.py:1:1 legacy from app.old -> app.new",
        "app/a.py:1:1 legacy from app.old.T -> app.types:T",
    ]


def test_what_the_new_home_passes_on_is_not_legacy(tmp_path: Path) -> None:
    """Who imports from the replacement does the right thing, even if that still takes it from the old place."""
    files = {"app__old": "x = 1", "app__new": "from app.old import x", "app__a": "from app.new import x"}
    project(tmp_path, 'legacy = { "app.old" = "app.new" }', app__init="", **files)
    assert found(tmp_path, "legacy") == ["app/new.py:1:1 legacy from app.old -> app.new"]


def test_a_legacy_package_may_import_itself(tmp_path: Path) -> None:
    """What is inside of a legacy package goes with it."""
    files = {"app__old__init": "from app.old.part import x", "app__old__part": "from . import y", "app__init": ""}
    project(tmp_path, 'legacy = { "app.old" = "" }', **files)
    assert found(tmp_path, "legacy") == []


def test_a_source_folder_is_no_package(tmp_path: Path) -> None:
    """Modules below src are named without it."""
    project(tmp_path, 'packages = ["src"]\nlegacy = { "app.old" = "app.new" }', src__app__init="", src__app__old="",
            src__app__a="from .old import x")  # fmt: skip
    assert found(tmp_path) == ["src/app/a.py:1:1 legacy from app.old -> app.new"]


def test_a_rule_that_nothing_asks_for_is_an_error(tmp_path: Path) -> None:
    """To select what the settings say nothing about would be a check of nothing."""
    project(tmp_path, app__a="")
    with pytest.raises(SettingsError, match="switch no rule on for canonical"):
        checked(tmp_path, "canonical")
    with pytest.raises(SettingsError, match="there is no rule 'lagacy'; known are legacy"):
        checked(tmp_path, "lagacy")


def test_a_check_without_files_is_an_error(tmp_path: Path) -> None:
    """Nothing to scan is not the same as nothing found."""
    project(tmp_path)
    with pytest.raises(SettingsError, match="there is no Python file"):
        checked(tmp_path)
    write(tmp_path, "pyproject.toml", '[tool.test_framework.imports]\npackages = ["gone"]\n')
    with pytest.raises(SettingsError, match="there is no 'gone' in"):
        checked(tmp_path)


def test_a_deadline_makes_findings_overdue(tmp_path: Path) -> None:
    """From its day on, findings of a rule are overdue."""
    settings = 'legacy = { "app.old" = { replacement = "app.new", deadline = 2026-06-30, note = "See the plan." } }'
    project(tmp_path, settings, app__init="", app__old="", app__a="import app.old")
    rules = load_rules(tmp_path)
    overdue = [check_imports(rules, today=date(2026, 6, day)).findings[0].overdue for day in (29, 30)]
    assert overdue == [False, True]
    assert check_imports(rules).findings[0].note == "See the plan."


def oracle(tree: list[ast.stmt], dotted: str) -> set[int]:
    """Return the lines of statements that import something, by the syntax tree."""
    module, _, name = dotted.rpartition(".")
    lines = set()
    for node in tree:
        if isinstance(node, ast.Import):
            if any(alias.name == dotted or alias.name.startswith(f"{dotted}.") for alias in node.names):
                lines.add(node.lineno)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            base = node.module or ""
            if (
                base == dotted
                or base.startswith(f"{dotted}.")
                or (base == module and any(alias.name == name for alias in node.names))
            ):
                lines.add(node.lineno)
    return lines


def test_two_hundred_names_at_random_agree_with_ast(tmp_path: Path) -> None:
    """What is found of names drawn from installed packages is what the syntax trees have."""
    chance = random.Random(20261122)
    trees: dict[str, list[ast.stmt]] = {}
    for number, (_, data, tree) in enumerate(sources(chance.sample(installed(), 400))):
        trees[f"m{number}.py"] = [node for node in statements(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        write(tmp_path, f"m{number}.py", data)
    names = sorted({
        f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        for tree in trees.values()
        for node in tree
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        for alias in node.names
        if alias.name != "*"
    })  # fmt: skip
    drawn = chance.sample(names, 200)
    every = tuple(LegacyRule(Target(dotted), forms=frozenset({"import", "from", "star"})) for dotted in drawn)
    result = checked_lines(ImportRules(str(tmp_path), legacy=every, cache=None))
    expected = set().union(*(lines_of(trees, dotted) for dotted in drawn))
    assert len(expected) > 200
    assert result == expected


def lines_of(trees: dict[str, list[ast.stmt]], dotted: str) -> set[tuple[str, int]]:
    """Return path and line of every statement that imports something."""
    return {(path, line) for path, tree in trees.items() for line in oracle(tree, dotted)}


def checked_lines(rules: ImportRules) -> set[tuple[str, int]]:
    """Return path and line of every finding that goes no way round."""
    found = check_imports(rules, select=["legacy"], processes=1).findings
    return {(finding.path, finding.line) for finding in found if finding.via is None}
