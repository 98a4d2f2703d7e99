"""The rule for base classes over CPython's own tests: what it writes is what it says, and compiles."""

from __future__ import annotations

import gc
import sysconfig
import warnings
from pathlib import Path

import pytest

from test_framework.imports import RewritePlan, load_rules, plan_rewrites
from test_framework.imports.rewriting._bases import BasesRewrite
from test_framework.imports.rewriting._load_options import parse_options

# The grammar of one Python is enough: nothing in it differs between versions.
pytestmark = pytest.mark.any_python

SUITE = Path(sysconfig.get_path("stdlib"), "test")
# Every class of tests changes with these.
ALL_CLASSES = '[tool.test_framework.migrate.predecessors]\n"unittest:TestCase" = ""\n'


def migrated(folder: Path, files: dict[str, bytes], settings: str = "") -> RewritePlan:
    """Migrate a copy of some files in a folder; return what was written there."""
    for path, data in files.items():
        target = folder / "test" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (folder / "pyproject.toml").write_text(
        '[tool.test_framework.imports]\npackages = ["test"]\ncache = false\n', "utf-8"
    )
    plan = planned(folder, settings)
    plan.write(force=True)
    for path, data in files.items():
        changed = next((file for file in plan.files if file.path == f"test/{path}"), None)
        now = (folder / "test" / path).read_bytes()
        assert now == (changed.after if changed else data)
        assert not changed or not compiles(data) or compiles(now), path
    assert not [each for each in plan.untouched if "fault of this program" in each.reason]
    return plan


def planned(folder: Path, settings: str = "") -> RewritePlan:
    """Return what the rule would change."""
    rules = load_rules(folder)
    rule = BasesRewrite(parse_options(settings, "pyproject.toml"), root=rules.root)
    gc.disable()
    try:
        return plan_rewrites([rule], rules=rules)
    finally:
        gc.enable()


def compiles(data: bytes) -> bool:
    """Return whether Python takes a source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "sample", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


@pytest.fixture(scope="module")
def suite() -> dict[str, bytes]:
    """Return all Python files of CPython's tests."""
    if not (SUITE / "test_asyncio").is_dir():
        pytest.skip("this Python came without its tests")
    return {path.relative_to(SUITE).as_posix(): path.read_bytes() for path in sorted(SUITE.rglob("*.py"))}


@pytest.mark.timeout(300)
def test_all_tests_of_cpython_still_compile(tmp_path: Path, suite: dict[str, bytes]) -> None:
    """A copy of all of them is migrated: what compiled compiles, and what is not changed is the same to the byte."""
    plan = migrated(tmp_path, suite)
    assert plan.scanned == len(suite) > 500
    assert len(plan.files) >= 5


def test_every_class_of_many_tests_can_change(tmp_path: Path, suite: dict[str, bytes]) -> None:
    """With the standard class as a predecessor hundreds of headers change; a second run has nothing to do."""
    small = {path: data for path, data in suite.items() if len(data) < 6000 and b"unittest.TestCase" in data}
    plan = migrated(tmp_path, small, ALL_CLASSES)
    assert len(plan.files) > 100
    assert len([change for file in plan.files for change in file.changes if "class" in change.what]) > 200
    assert planned(tmp_path, ALL_CLASSES).files == ()
