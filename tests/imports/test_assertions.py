"""The assertions: for tests that keep a project's imports as they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework import FrameworkError, SettingsError
from test_framework.imports import (
    ImportComplianceError,
    assert_canonical,
    assert_fragmentation_at_most,
    assert_no_cycles,
    assert_no_legacy_imports,
)
from tests.imports.samples import project

SETTINGS = 'legacy = { "app.old" = "app.new" }\ncanonical = { T = "app.new" }\n'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """Return a project that keeps its rules."""
    return project(
        tmp_path, SETTINGS, app__init="", app__old="", app__new="class T: pass\n", app__a="from app.new import T\n"
    )


@pytest.fixture
def bad(good: Path) -> Path:
    """Return a project that breaks each of them."""
    (good / "app" / "b.py").write_text("import app.old\nfrom app.a import T\nimport app.c\n")
    (good / "app" / "c.py").write_text("from app import b\nclass T: pass\n")
    return good


def test_a_good_project_passes(good: Path) -> None:
    """Nothing is raised where nothing is wrong."""
    assert_no_legacy_imports(rules=good)
    assert_canonical(rules=good)
    assert_canonical("T", rules=good)
    assert_fragmentation_at_most("app", 1, rules=good)
    assert_fragmentation_at_most("T", 1, rules=good)
    assert_no_cycles(rules=good)


def test_legacy_imports_fail(bad: Path) -> None:
    """The failure names each place; the rules may be given in the test."""
    with pytest.raises(ImportComplianceError) as caught:
        assert_no_legacy_imports(rules=bad)
    assert str(caught.value) == "1 legacy import\napp/b.py:1:1: app.old is legacy; use app.new"
    assert [finding.target for finding in caught.value.findings] == ["app.old"]
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, FrameworkError)
    with pytest.raises(ImportComplianceError, match="2 legacy imports"):
        assert_no_legacy_imports({"app.new:T": "app.types:T"}, rules=bad)


def test_names_away_from_home_fail(bad: Path) -> None:
    """An import from elsewhere and a second definition are named."""
    with pytest.raises(ImportComplianceError) as caught:
        assert_canonical("T", rules=bad)
    assert str(caught.value).splitlines() == [
        "2 places where a name is not that of its home",
        "app/b.py:2:1: T is imported from app.a; its home is app.new",
        "app/c.py:2:1: class T is defined here as well; its home is app.new",
    ]
    with pytest.raises(ImportComplianceError, match=r"its home is app\.c"):
        assert_canonical(homes={"T": "app.c"}, rules=bad)


def test_too_many_paths_fail(bad: Path) -> None:
    """The failure lists the modules with their counts."""
    with pytest.raises(ImportComplianceError, match=r"T is fragmented: 2 modules.*1 are allowed\n +1 x app"):
        assert_fragmentation_at_most("T", 1, rules=bad)
    with pytest.raises(ImportComplianceError, match=r"app is fragmented: 5 modules.*4 are allowed"):
        assert_fragmentation_at_most("app", 4, rules=bad)


def test_cycles_fail(bad: Path) -> None:
    """The failure shows the chain with the line of each import."""
    with pytest.raises(ImportComplianceError) as caught:
        assert_no_cycles(rules=bad)
    assert "  app/b.py:3: app.b imports app.c\n  app/c.py:1: app.c imports app.b" in str(caught.value)
    assert_no_cycles("tests", rules=bad)


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    """An assertion without rules would hold for any project."""
    project(tmp_path, "", app__init="", app__a="")
    with pytest.raises(SettingsError, match=r"legacy\] has nothing to check"):
        assert_no_legacy_imports(rules=tmp_path)
    with pytest.raises(SettingsError, match=r"canonical\] has nothing to check: canonical.T is not set"):
        assert_canonical("T", rules=tmp_path)
    with pytest.raises(SettingsError, match="there is no 'gone'"):
        assert_no_cycles(rules=tmp_path, paths=["gone"])
    with pytest.raises(SettingsError, match="legacy"):
        assert_no_legacy_imports({"no name": ""}, rules=tmp_path)
