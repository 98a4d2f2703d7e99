"""Rewrites the legacy imports of a project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date

from test_framework.errors import SettingsError
from test_framework.imports._check import watch_for
from test_framework.imports._config import load_rules
from test_framework.imports._findings import Finding
from test_framework.imports._layout import is_package
from test_framework.imports._legacy import find_legacy
from test_framework.imports._project import Project, scan_project
from test_framework.imports._rules import ImportRules
from test_framework.imports._scanner import Scanner
from test_framework.imports._walk import read
from test_framework.imports._worker import Progress
from test_framework.imports.rewriting._edits import Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._homes import Homes, names_in
from test_framework.imports.rewriting._legacy import LegacyRewrite
from test_framework.imports.rewriting._plan import RewritePlan
from test_framework.imports.rewriting._planning import Paths, plan_rewrites, within

__all__ = ["fix_imports", "legacy_rewrite"]


def fix_imports(
    rules: ImportRules | None = None,
    *,
    paths: Paths | None = None,
    write: bool = False,
    force: bool = False,
    include_broken: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> RewritePlan:
    """Rewrite imports of what is legacy to imports of where it has moved to.

    Args:
        rules: of the project; None for those of the nearest ``pyproject.toml``.
        paths: files and folders to change; None for all packages of the rules.
        write: whether to write the files; otherwise nothing is changed.
        force: write also if git could not bring back what was there; see `RewritePlan.write`.
        include_broken: change import statements also in files that do not parse, as far as a lexer can tell.
        processes: how many may scan; None for as many as pay, two at most.
        progress: called with how many files are done, of how many.

    Returns:
        What changes, and what does not for which reason.

    Raises:
        SettingsError: if nothing is legacy, or a path is not there.
        RewriteRefusedError: if git could not bring back what was there, and `force` is not set.
        RewriteError: if files cannot be written.
    """
    rules = rules if rules is not None else load_rules()
    if not rules.legacy:
        raise SettingsError("nothing is legacy: [tool.test_framework.imports.legacy] is empty or not there")
    rewrite = legacy_rewrite(rules, paths=paths, include_broken=include_broken, processes=processes, progress=progress)
    plan = plan_rewrites([rewrite], rules=rules, paths=paths, progress=progress)
    if write:
        plan.write(force=force)
    return plan


def legacy_rewrite(
    rules: ImportRules,
    *,
    paths: Paths | None = None,
    include_broken: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> LegacyRewrite:
    """Return the rule that rewrites legacy imports, having scanned the project.

    Args:
        rules: of the project.
        paths: files and folders that are to be changed, which may lie outside of the packages.
        include_broken: whether to change statements in files that do not parse.
        processes: how many may scan; None for as many as pay, two at most.
        progress: called with how many files are scanned, of how many.

    Raises:
        SettingsError: if a path is not there.
    """
    rules, _ = within(rules, paths)
    watch = watch_for(rules, ("legacy",))
    project = scan_project(rules, watch, processes=processes, progress=progress)
    scanner = Scanner(watch)
    found = frozenset(finding.path for finding in _findings(project))

    def names(module: str) -> frozenset[str] | None:
        path = project.by_module.get(module)
        if path is None:
            return None
        try:
            return names_in(read(os.path.join(rules.root, path)))
        except OSError:
            return None

    def remaining(changed: Mapping[str, SourceFile]) -> Iterable[tuple[str, Untouched]]:
        for path, source in changed.items():
            if path in project.modules:
                module = project.modules[path]
                project.store.add(path, scanner.scan(source.data, module, is_package=is_package(path)))
        again = Project(project.rules, project.tree, project.store, project.modules, {})
        for finding in _findings(again):
            yield finding.path, Untouched(finding.line, "legacy", finding.target, _reason(finding))

    homes = Homes(rules.legacy, exists=project.exists, names=names, tops=project.tops)
    return LegacyRewrite(homes, scanner, include_broken=include_broken, found=found, remaining=remaining)


def _findings(project: Project) -> Iterable[Finding]:
    return find_legacy(project, today=date.min)


def _reason(finding: Finding) -> str:
    if finding.via:
        return f"{finding.via} passes it on; what that module imports has to change"
    return "it is reached in a way that is not rewritten"
