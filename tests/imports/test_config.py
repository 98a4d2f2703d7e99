"""The settings: what they mean, and every fault at once with its file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from test_framework import SettingsError
from test_framework.imports import CanonicalRule, CycleRule, LegacyRule, Target, load_rules, parse_rules
from tests.imports.samples import write

TABLE = "[tool.test_framework.imports]\n"


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    """Each key has its place in the rules."""
    text = (
        TABLE
        + """packages = ["app"]
roots = ["lib"]
exclude = ["gen/"]
gitignore = false
tests = ["spec/"]
missing = false
shadowed = false
baseline = "b.json"
trend = "t.jsonl"
cache = false
[tool.test_framework.imports.legacy]
"app.old" = "app.new"
"app.old:T" = { replacement = "app.new:T", note = "n", deadline = "2027-01-31", forms = ["from"] }
"app.gone.*" = ""
[tool.test_framework.imports.canonical]
T = { home = "app.new", allow = "app.*", note = "m" }
[tool.test_framework.imports.fragmentation]
families = ["app.core"]
names = { T = 2 }
[tool.test_framework.imports.cycles]
packages = ["app"]
ignore = ["app.a -> app.b"]
"""
    )
    rules = parse_rules(text, str(tmp_path / "pyproject.toml"))
    assert rules is not None
    where = str(tmp_path / "pyproject.toml")
    assert rules.legacy == (
        LegacyRule(Target("app.old"), Target("app.new"), source=f"{where}:13"),
        LegacyRule(
            Target("app.old", "T"), Target("app.new", "T"), forms=frozenset({"from"}), note="n",
            deadline=date(2027, 1, 31), source=f"{where}:14",
        ),
        LegacyRule(Target("app.gone"), None, below=True, source=f"{where}:15"),
    )  # fmt: skip
    assert rules.canonical == (CanonicalRule("T", "app.new", ("app.*",), "m", f"{where}:17"),)
    assert rules.cycles == CycleRule(("app",), frozenset({("app.a", "app.b")}), f"{where}:21")
    assert (rules.families, rules.names, rules.root) == ({"app.core": None}, {"T": 2}, str(tmp_path))
    plain = (rules.packages, rules.roots, rules.exclude, rules.gitignore, rules.tests, rules.missing, rules.shadowed)
    assert plain == (("app",), ("lib",), ("gen/",), False, ("spec/",), False, False)
    assert (rules.baseline, rules.trend, rules.cache) == ("b.json", "t.jsonl", None)


def test_all_faults_are_told_at_once() -> None:
    """Each fault has the line it is in, what is wrong and what may be written."""
    text = TABLE + (
        'packages = []\nexcept = ["x"]\nmissing = "yes"\n'
        '[tool.test_framework.imports.legacy]\n"app old" = "x"\n"a.b" = 1\n"a.c" = { replacment = "x", forms = ["form"] }\n'
        '"a.d:e.*" = ""\n"a.e" = "a.e"\n'
        '[tool.test_framework.imports.canonical]\n"a.T" = "a"\nU = { allow = ["x"] }\nV = "a:W"\n'
        '[tool.test_framework.imports.fragmentation]\nfamily = ["x"]\nnames = { T = -1 }\n'
        '[tool.test_framework.imports.cycles]\nignore = ["a, b"]\n'
    )
    with pytest.raises(SettingsError) as caught:
        parse_rules(text, "/x/pyproject.toml")
    assert str(caught.value).splitlines() == [
        "/x/pyproject.toml:2: imports.packages: must name at least one path, not []",
        "/x/pyproject.toml:3: imports.except: there is no such key (did you mean 'exclude'?); known are packages, roots, exclude, gitignore, tests, "
        "missing, shadowed, baseline, trend, cache, cycles, legacy, canonical, fragmentation",
        "/x/pyproject.toml:4: imports.missing: must be true or false, not 'yes'",
        '/x/pyproject.toml:6: imports.legacy."app old": the key must be "package.module" or "package.module:Name", '
        "not 'app old'",
        '/x/pyproject.toml:7: imports.legacy."a.b": must be "package.module" or "package.module:Name", or "" if there is '
        "none, not 1",
        "/x/pyproject.toml:8: imports.legacy.\"a.c\": there is no 'replacment' (did you mean 'replacement'?); known are replacement, note, deadline, forms",
        '/x/pyproject.toml:8: imports.legacy."a.c": forms must be a list of import, from, star, attribute, re-export, '
        "dynamic, patch, not ['form']",
        '/x/pyproject.toml:9: imports.legacy."a.d:e.*": a name has nothing below it; write "package.module:Name"',
        '/x/pyproject.toml:10: imports.legacy."a.e": is replaced by itself',
        '/x/pyproject.toml:12: imports.canonical."a.T": must be a name, with its module as the value: Thing = "package.module"',
        '/x/pyproject.toml:13: imports.canonical.U: home is missing; write home = "package.module"',
        "/x/pyproject.toml:14: imports.canonical.V: its home is a module, not the name 'W'",
        "/x/pyproject.toml:16: imports.fragmentation.family: there is no such key (did you mean 'families'?); known are families, names",
        "/x/pyproject.toml:17: imports.fragmentation.names: the limit of T must be a whole number, not -1",
        "/x/pyproject.toml:19: imports.cycles.ignore: must be a list of imports such as \"app.a -> app.b\", not ['a, b']",
    ]


def test_the_nearest_file_with_rules_counts(tmp_path: Path) -> None:
    """A folder below the project finds the rules of the project, past files without any."""
    write(tmp_path, "pyproject.toml", TABLE + 'packages = ["app"]\n')
    write(tmp_path, "app/pyproject.toml", "[project]\nname = 'x'\n")
    assert load_rules(tmp_path / "app").root == str(tmp_path)


def test_no_rules_is_an_error_with_an_example(tmp_path: Path) -> None:
    """Without rules there is nothing to check, and the error shows what to write."""
    with pytest.raises(SettingsError, match=r"\[tool.test_framework.imports\]\npackages"):
        load_rules(tmp_path)
    write(tmp_path, "pyproject.toml", "not toml")
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        load_rules(tmp_path)


def test_a_table_may_be_written_inline() -> None:
    """Lines of keys are found however the table is written."""
    text = "[tool.test_framework]\nimports = { packages = 3 }\n"
    with pytest.raises(SettingsError, match=r"^/x/p.toml:2: imports.packages: must be a list of strings, not 3$"):
        parse_rules(text, "/x/p.toml")
