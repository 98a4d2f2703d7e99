"""What the files of a project are called as modules."""

from __future__ import annotations

import os
from collections.abc import Sequence

from test_framework.imports._rules import ImportRules
from test_framework.imports._walk import Tree

__all__ = ["is_package", "module_of", "roots_of"]


def roots_of(rules: ImportRules, tree: Tree) -> tuple[str, ...]:
    """Return the folders that module names start from, the deepest first."""
    if rules.roots:
        found = {_normal(root) for root in rules.roots}
    else:
        found = set()
        for start in map(_normal, rules.packages):
            layout = start.rpartition("/")[2] == "src" and f"{start}/__init__.py" not in tree.files
            found.add(start if not start or layout else start.rpartition("/")[0])
    return tuple(sorted(found, key=lambda root: (-len(root), root)))


def _normal(path: str) -> str:
    path = os.path.normpath(path).replace(os.sep, "/")
    return "" if path == "." else path


def module_of(path: str, roots: Sequence[str]) -> str:
    """Return the dotted name of a file.

    Args:
        path: of the file, relative to the root of the project.
        roots: as `roots_of` returns them.
    """
    root = next((root for root in roots if not root or path.startswith(f"{root}/")), "")
    inside = path[len(root) + 1 :] if root else path
    name = inside.removesuffix(".py").removesuffix("/__init__")
    return name.replace("/", ".")


def is_package(path: str) -> bool:
    """Return whether a file is the ``__init__`` of a package."""
    return path.endswith("/__init__.py")
