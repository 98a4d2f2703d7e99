"""Applies rules to the files of a project, without writing any."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from test_framework.errors import SettingsError
from test_framework.imports._layout import module_of, roots_of
from test_framework.imports._patterns import Patterns
from test_framework.imports._rules import ImportRules
from test_framework.imports._walk import Tree, read, walk
from test_framework.imports._worker import Progress
from test_framework.imports.rewriting._edits import Edit
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._passes import Rewritten, rewrite
from test_framework.imports.rewriting._plan import AppliedChange, FileRewrite, LeftAlone, RewritePlan
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["plan_rewrites", "within"]

Paths = Iterable[str | os.PathLike[str]]


def plan_rewrites(
    rewrites: Sequence[Rewrite],
    *,
    rules: ImportRules,
    paths: Paths | None = None,
    progress: Progress | None = None,
) -> RewritePlan:
    """Find out what rules would change in the files of a project. Nothing is written.

    Each rule sees the text as the rules before it have left it. What it proposes is verified: the result is parsed, and
    its tree compared with the tree before to which the rule has made the same change. A file in which that fails stays
    as it is, with all of its changes.

    Args:
        rewrites: the rules, in order.
        rules: which files there are and how they are imported; see `load_rules`.
        paths: files and folders to change; None for all packages of the rules.
        progress: called with how many files are done, of how many.

    Returns:
        The plan; its method `write` writes it.

    Raises:
        SettingsError: if a path is not there, is not below the root, or has no Python file in it.
    """
    started = time.perf_counter()
    rules, starts = within(rules, paths)
    tree = _walked(rules, starts)
    if not tree.files:
        raise SettingsError(f"there is no Python file in {', '.join(starts)} of {rules.root}")
    roots = roots_of(rules, tree)
    files: list[FileRewrite] = []
    untouched: list[LeftAlone] = []
    problems = dict(tree.problems)
    done: dict[str, Rewritten] = {}
    for each in rewrites:
        # Most rules look at one file at a time, and need no file to be read for this.
        if type(each).survey is not Rewrite.survey:
            each.survey(_sources(rules.root, tree, roots))
    for count, path in enumerate(_each_once(rules.root, tree, problems)):
        if progress and not count % _STEP:
            progress(count, len(tree.files))
        try:
            data = read(os.path.join(rules.root, path))
        except OSError as exc:
            problems[path] = f"it cannot be read: {exc.strerror or exc}"
            continue
        source = SourceFile(path, data, module_of(path, roots))
        result = rewrite(source, rewrites)
        untouched += [LeftAlone(path, each.line, each.rule, each.what, each.reason) for each in result.untouched]
        if result.edits:
            # Trees take much room, and only the text is needed any more.
            done[path] = replace(result, after=SourceFile(path, result.after.data, source.module))
            files.append(FileRewrite(path, data, result.after.data, _changes(result.edits)))
    untouched += _remaining(rewrites, done, untouched, set(tree.files))
    untouched.sort(key=lambda each: (each.path, each.line))
    return RewritePlan(
        rules.root,
        tuple(each.name for each in rewrites),
        tuple(files),
        tuple(dict.fromkeys(untouched)),
        dict(sorted(problems.items())),
        len(tree.files),
        time.perf_counter() - started,
    )


_STEP = 20


def _sources(root: str, tree: Tree, roots: Sequence[str]) -> Iterator[SourceFile]:
    """Yield the files of a run, one at a time."""
    for path in _each_once(root, tree, {}):
        try:
            yield SourceFile(path, read(os.path.join(root, path)), module_of(path, roots))
        except OSError:
            continue


def within(rules: ImportRules, paths: Paths | None) -> tuple[ImportRules, tuple[str, ...]]:
    """Return rules that know all of some paths, and the paths relative to the root.

    Raises:
        SettingsError: if a path is not there, or is not below the root.
    """
    if paths is None:
        found = rules.packages
        absent = [path for path in found if not os.path.exists(os.path.join(rules.root, path))]
    else:
        given = [os.fspath(path) for path in paths]
        absent = [path for path in given if not os.path.exists(path)]
        # A link in the way to the root must not lead out of it.
        root = rules.root if all(_below(rules.root, path) for path in given) else os.path.realpath(rules.root)
        given = given if root == rules.root else [os.path.realpath(path) for path in given]
        outside = [path for path in given if not _below(root, path)]
        if outside and not absent:
            where = f"{rules.root}, the folder of pyproject.toml"
            raise SettingsError("\n".join(f"{path} is not below {where}" for path in outside))
        found = tuple(dict.fromkeys(os.path.relpath(path, root).replace(os.sep, "/") for path in given))
    if absent:
        raise SettingsError("\n".join(f"there is no {path}" for path in absent))
    packages = [os.path.normpath(package).replace(os.sep, "/") for package in rules.packages]
    new = [path for path in found if not any(one in (path, ".") or path.startswith(f"{one}/") for one in packages)]
    return replace(rules, packages=(*rules.packages, *new)) if new else rules, found


def _below(root: str, path: str) -> bool:
    return not os.path.relpath(os.path.abspath(path), root).startswith(os.pardir)


def _walked(rules: ImportRules, starts: Sequence[str]) -> Tree:
    exclude = Patterns([*rules.exclude, *([f"/{rules.cache}/"] if rules.cache else [])])
    return walk(rules.root, starts, exclude=exclude, gitignore=rules.gitignore)


def _each_once(root: str, tree: Tree, problems: dict[str, str]) -> list[str]:
    """Return the files, a file that several links lead to by one path; note links that lead out of the project."""
    real = os.path.realpath(root)
    found: dict[str, str] = {}
    for path in sorted(tree.files, key=lambda path: (os.path.islink(os.path.join(root, path)), path)):
        target = os.path.realpath(os.path.join(root, path))
        if os.path.commonpath([real, target]) != real:
            problems[path] = "it is a link to a file outside of the project"
        else:
            found.setdefault(target, path)
    return sorted(found.values())


def _changes(edits: Iterable[Edit]) -> tuple[AppliedChange, ...]:
    found = dict.fromkeys(AppliedChange(edit.line, edit.rule, edit.what) for edit in edits)
    return tuple(sorted(found, key=lambda change: change.line))


def _remaining(
    rewrites: Sequence[Rewrite], done: dict[str, Rewritten], untouched: Sequence[LeftAlone], selected: set[str]
) -> list[LeftAlone]:
    """Return what rules still find and nobody has listed."""
    listed = {(each.path, each.line, each.rule) for each in untouched}
    changed = {path: result.after for path, result in done.items()}
    found: list[LeftAlone] = []
    for each in rewrites:
        for path, place in each.remaining(changed):
            origin = done[path].origin if path in done else None
            line = origin[min(place.line, len(origin)) - 1] if origin else place.line
            if path in selected and (path, line, place.rule) not in listed:
                found.append(LeftAlone(path, line, place.rule, place.what, place.reason))
    return found
