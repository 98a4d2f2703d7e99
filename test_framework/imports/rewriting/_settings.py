"""The settings of a run of ``migrate``, which needs no table of imports."""

from __future__ import annotations

import os
from collections.abc import Sequence

from test_framework.errors import SettingsError
from test_framework.imports._config import parse_rules
from test_framework.imports._rules import ImportRules
from test_framework.imports._walk import read

__all__ = ["rules_for"]


def rules_for(paths: Sequence[str]) -> ImportRules:
    """Return the rules of the project that some paths are in.

    Where no ``pyproject.toml`` above them has a table of imports, the folder of the nearest one is the root, and there
    are no rules about imports. Where there is none at all, the root is the current folder if the paths are below it.

    Args:
        paths: files and folders.

    Raises:
        SettingsError: if a path is not there, or the settings cannot be read, or are wrong.
    """
    absent = [path for path in paths if not os.path.exists(path)]
    if absent:
        raise SettingsError("\n".join(f"there is no {path}" for path in absent))
    common = os.path.commonpath([os.path.abspath(path) for path in paths])
    start = folder = common if os.path.isdir(common) else os.path.dirname(common)
    nearest, parent = "", ""
    while folder != parent:
        path = os.path.join(folder, "pyproject.toml")
        try:
            text = read(path).decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            pass
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{path}: cannot be read: {exc}") from exc
        else:
            nearest = nearest or folder
            rules = parse_rules(text, path)
            if rules is not None:
                return rules
        folder, parent = os.path.dirname(folder), folder
    here = os.getcwd()
    root = nearest or (here if start == here or start.startswith(os.path.join(here, "")) else start)
    packages = tuple(os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/") for path in paths)
    # Modules are named from the root, however deep the paths lie.
    roots = (".", "src") if os.path.isdir(os.path.join(root, "src")) else (".",)
    return ImportRules(root=root, packages=packages, roots=roots, cache=None)
