"""A package with one form of import in each file: it works before and after, and after the old module is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from test_framework.imports import RewritePlan, check_imports, fix_imports, load_rules
from tests.imports.samples import project, unpacked, write

FORMS = {
    "plain": "from pkg.legacy import Thing\nvalue = Thing\n",
    "alias": "from pkg.legacy import Thing as T\nvalue = T\n",
    "same_alias": "from pkg.legacy import Thing as Thing\nvalue = Thing\n",
    "mixed": "from pkg.legacy import Other, Thing\nvalue = Thing\nother = Other\n",
    "lines": "from pkg.legacy import (  # first\n    Other,  # other\n    Thing,  # thing\n)\nvalue = Thing\n",
    "unused": "from pkg.legacy import Thing\nvalue = None\n",
    "fallback": "try:\n    from pkg.legacy import Thing as T\nexcept ImportError:\n    T = None\nvalue = T\n",
    "checking": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from pkg.legacy import Thing\nvalue = 'Thing'\n",
    "function": "def get():\n    from pkg.legacy import Thing\n    return Thing\nvalue = get()\n",
    "klass": "class C:\n    from pkg.legacy import Thing\nvalue = C.Thing\n",
    "relative": "from .legacy import Thing\nvalue = Thing\n",
    "parent": "from pkg import legacy\nvalue = legacy.Thing\n",
    "relative_parent": "from . import legacy as old\nvalue = old.Thing\n",
    "dotted": "import pkg.legacy\nvalue = pkg.legacy.Thing\n",
    "dotted_mixed": "import pkg.legacy\nvalue = pkg.legacy.Thing\nother = pkg.legacy.Other\n",
    "module_alias": "import pkg.legacy as L\nvalue = L.Thing\n",
    "several": "import os, pkg.legacy as L, sys\nvalue = L.Thing\n",
    "one_line": "if True: from pkg.legacy import Thing, Other; value = Thing\n",
    "backslash": "from pkg.legacy \\\n    import Other, \\\n    Thing\nvalue = Thing\n",
    "merged": "from pkg.canon import Extra\nfrom pkg.legacy import Thing, Other\nvalue = Thing\n",
    "patched": "from unittest import mock\nwith mock.patch('pkg.legacy.Thing', 1) as value: pass\n",
    "base": "import pkg.legacy\nclass value(pkg.legacy.Thing): pass\n",
    "decorated": "from pkg import legacy\ndef f(x: legacy.Thing = legacy.Thing): return x\nvalue = f()\n",
    "through": "from pkg.plain import Thing\nvalue = Thing\n",
}
SHOW = """
import importlib, pkgutil, pkg
for found in sorted(module.name for module in pkgutil.iter_modules(pkg.__path__)):
    if found not in ("legacy", "canon"):
        module = importlib.import_module(f"pkg.{found}")
        names = sorted(name for name in vars(module) if not name.startswith("__"))
        print(found, names, getattr(module.value, "__mro__", module.value), getattr(module, "other", None))
"""


def shown(folder: Path) -> list[str]:
    """Import all modules of the package; return what they have, a line each."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", SHOW], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("whole", [False, True], ids=["name", "module"])
def test_every_form_works_before_and_after(tmp_path: Path, whole: bool) -> None:
    """What modules have, and what it is, is the same; of the old module only what did not move is needed."""
    rule = '"pkg.legacy" = "pkg.canon"' if whole else '"pkg.legacy:Thing" = "pkg.canon:Thing"'
    project(tmp_path, f"cache = false\nmissing = false\n[tool.test_framework.imports.legacy]\n{rule}\n")
    write(tmp_path, "pkg/__init__.py", "")
    write(tmp_path, "pkg/canon.py", "class Thing: pass\nclass Extra: pass\nclass Other: pass\n")
    write(tmp_path, "pkg/legacy.py", "from pkg.canon import Thing, Other\n")
    for name, text in FORMS.items():
        write(tmp_path, f"pkg/{name}.py", text)
    before = shown(tmp_path)
    assert len(before) == len(FORMS)

    plan = fix_imports(load_rules(tmp_path), write=True, processes=1)
    assert plan.untouched == ()
    assert {file.path for file in plan.files} == {f"pkg/{name}.py" for name in FORMS if name != "through"}
    assert shown(tmp_path) == before
    assert check_imports(load_rules(tmp_path), select=["legacy"], processes=1).findings == ()
    (tmp_path / "pkg/legacy.py").write_text("" if whole else "from pkg.canon import Other\n")
    assert shown(tmp_path) == before


def left(plan: RewritePlan) -> set[tuple[str, int]]:
    """Return the places that a plan leaves alone."""
    return {(each.path, each.line) for each in plan.untouched}


def test_every_finding_is_rewritten_or_listed(tmp_path: Path) -> None:
    """In the sample with every form, a place either is gone afterwards or has a reason."""
    unpacked("forms.txt", tmp_path)
    rules = load_rules(tmp_path)
    found = check_imports(rules, select=["legacy"], processes=1).findings
    plan = fix_imports(rules, processes=1)
    plan.write(force=True)
    again = fix_imports(rules, processes=1)
    assert again.files == ()
    remaining = check_imports(rules, select=["legacy"], processes=1).findings
    assert {(finding.path, finding.line) for finding in remaining} <= left(again)
    assert len(remaining) < len(found) / 2
    assert len(left(plan)) >= len({(finding.path, finding.line) for finding in remaining})
