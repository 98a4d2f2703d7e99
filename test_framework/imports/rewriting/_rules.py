"""The rules of rewriting that ``migrate`` applies, in order: the one place where they are listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from test_framework.errors import SettingsError
from test_framework.imports._rules import ImportRules
from test_framework.imports._worker import Progress
from test_framework.imports.rewriting._bases import BasesRewrite
from test_framework.imports.rewriting._contexts import ContextRewrite
from test_framework.imports.rewriting._definitions import OWN_ROOT
from test_framework.imports.rewriting._duplicates import DuplicatesRewrite
from test_framework.imports.rewriting._fix import legacy_rewrite
from test_framework.imports.rewriting._load_options import load_options
from test_framework.imports.rewriting._options import MigrateOptions
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["MIGRATIONS", "Migration", "Request", "rewrites_for"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for.

    Attributes:
        rules: of the project.
        paths: files and folders to change; None for all packages of the rules.
        include_broken: whether to change files that do not parse.
        processes: how many may scan.
        progress: called with how many files are scanned, of how many.
    """

    rules: ImportRules
    paths: tuple[str, ...] | None = None
    include_broken: bool = False
    processes: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A rule that can be asked for by name.

    Attributes:
        name: as `Rewrite.name`.
        meaning: what it changes, in one line for a person.
        make: returns the rule, or None where the settings leave it nothing to do.
    """

    name: str
    meaning: str
    make: Callable[[Request], Rewrite | None]


def _legacy(request: Request) -> Rewrite | None:
    if not request.rules.legacy:
        return None
    return legacy_rewrite(
        request.rules,
        paths=request.paths,
        include_broken=request.include_broken,
        processes=request.processes,
        progress=request.progress,
    )


def _options(request: Request) -> MigrateOptions:
    """Return the settings, having made sure that what the rules import is this package."""
    root = request.rules.root
    for folder in (root, os.path.join(root, "src")):
        place = os.path.join(folder, "test_framework")
        if os.path.isdir(place) and not os.path.samefile(place, os.path.join(OWN_ROOT, "test_framework")):
            hidden = f"{place} hides this package, which the rules write imports of"
            raise SettingsError(f"{hidden}; rename it, or apply the rule legacy only: --select legacy")
    return load_options(root)


def _context(request: Request) -> Rewrite | None:
    return ContextRewrite(_options(request).contexts)


def _duplicates(request: Request) -> Rewrite | None:
    return DuplicatesRewrite(_options(request), root=request.rules.root)


def _bases(request: Request) -> Rewrite | None:
    return BasesRewrite(_options(request), root=request.rules.root)


MIGRATIONS: tuple[Migration, ...] = (
    Migration("legacy", "imports of what [tool.test_framework.imports.legacy] lists", _legacy),
    Migration("duplicates", "copies of canonical helpers in test files", _duplicates),
    Migration("bases", "base classes, hooks and marks of test classes", _bases),
    Migration("context", "calls that lack required arguments", _context),
)


def rewrites_for(request: Request, select: Iterable[str] | None = None) -> tuple[Rewrite, ...]:
    """Return the rules to apply, in order.

    Args:
        request: what is asked for.
        select: the names of the rules; None for all.

    Raises:
        SettingsError: if a rule is not known.
    """
    known = {migration.name: migration for migration in MIGRATIONS}
    wanted = list(known) if select is None else list(select)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SettingsError(f"there is no rule {', '.join(map(repr, unknown))}; known are {', '.join(known)}")
    made = [migration.make(request) for name, migration in known.items() if name in wanted]
    return tuple(rewrite for rewrite in made if rewrite is not None)
