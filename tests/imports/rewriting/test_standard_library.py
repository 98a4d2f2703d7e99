"""The rule over the tests of the interpreter itself."""

from __future__ import annotations

import gc
import shutil
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_framework.imports import fix_imports, parse_rules

LIB = Path(sysconfig.get_paths()["stdlib"]) / "test"
SETTINGS = """
[tool.test_framework.imports]
packages = ["test"]

[tool.test_framework.imports.legacy]
"unittest.mock:patch" = "doubles:patch"
"os.path:realpath" = "paths.posix:real"
"importlib.util:find_spec" = "specs:find"
"""


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Switch the garbage collector off, as the command does: trees have no cycles."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("uncollected")
def test_all_of_it_still_compiles(tmp_path: Path) -> None:
    """A copy is rewritten as a whole; what changes parses and compiles, twice is once, the rest is as it was."""
    shutil.copytree(LIB, tmp_path / "test", ignore=lambda _, names: [name for name in names if name.endswith(".pyc")])
    rules = parse_rules(SETTINGS, str(tmp_path / "pyproject.toml"))
    assert rules is not None
    plan = fix_imports(rules)
    faults = [each for each in plan.untouched if "fault" in each.reason or "once more" in each.reason]
    assert faults == []
    assert (len(plan.files) > 30, plan.changes > 60) == (True, True), (len(plan.files), plan.changes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in plan.files:
            compile(file.after, file.path, "exec", dont_inherit=True)
    assert set(plan.write(force=True)) == {file.path for file in plan.files}
    changed = {file.path for file in plan.files}
    assert fix_imports(rules, paths=[tmp_path / path for path in changed]).files == ()
    for path in LIB.rglob("*.py"):
        name = f"test/{path.relative_to(LIB).as_posix()}"
        if name not in changed:
            assert (tmp_path / name).read_bytes() == path.read_bytes()
