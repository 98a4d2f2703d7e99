"""Imports of modules that are not there, and modules that hide behind a folder of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from test_framework.imports._findings import Finding
from test_framework.imports._project import Project

__all__ = ["find_missing", "find_shadowed"]

# What makes it impossible to tell a package's names from its text.
_DYNAMIC = re.compile(
    r"^\s*from\s[^\n]*\simport\s*\(?\s*\*|\b__getattr__\b|\bglobals\(\)|\bvars\(\)|\blocals\(\)|sys\.modules|"
    r"\bsetattr\(|\bexec\(|\blazy_|\b__path__\b",
    re.MULTILINE,
)


def find_missing(project: Project) -> Iterator[Finding]:
    """Find imports of modules that are not in the tree although their package is.

    Args:
        project: what was scanned.
    """
    absent = _Absence(project)
    for number, package, base, names in project.wanted():
        if base is None:
            for index, (name, *_) in enumerate(names):
                missing = absent.module(name)
                if missing:
                    yield from _at(project, number, package, index, missing, "import")
            continue
        missing = absent.module(base)
        if missing:
            yield from _at(project, number, package, None, missing, "from")
            continue
        for index, (name, *_) in enumerate(names):
            if absent.submodule(base, name):
                yield from _at(project, number, package, index, f"{base}.{name}", "from")


class _Absence:
    """Knows what is not there."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, str | None] = {}
        self._ours = self._packages()

    def module(self, name: str) -> str | None:
        """Return the first module on the way to one that is not there; None if all are."""
        if name not in self._known:
            self._known[name] = self._first_absent(name)
        return self._known[name]

    def _first_absent(self, name: str) -> str | None:
        parts = name.split(".")
        if parts[0] not in self._ours:
            return None
        for count in range(2, len(parts) + 1):
            module = ".".join(parts[:count])
            if not self._project.exists(module):
                return module
        return None

    def submodule(self, package: str, name: str) -> bool:
        """Return whether a package has nothing of a name, neither a module nor anything else."""
        project = self._project
        if name == "*" or package.partition(".")[0] not in self._ours or package not in project.folders:
            return False
        if project.exists(f"{package}.{name}") or name in _OF_EVERY_MODULE:
            return False
        if not project.by_module.get(package, "").endswith("/__init__.py"):
            return package not in project.by_module
        text = project.init_text(package)
        return not re.search(rf"\b{re.escape(name)}\b", text) and not _DYNAMIC.search(text)

    def _packages(self) -> frozenset[str]:
        """Return the top packages that are surely those of the tree.

        A folder without ``__init__`` may have the name of an installed package, which wins; it is ours if something
        imports one of its modules.
        """
        project = self._project
        tops = {
            module for module, path in project.by_module.items() if "." not in module and path.endswith("__init__.py")
        }
        for _, _, base, names in project.wanted():
            for name in [base] if base is not None else [name for name, *_ in names]:
                top = name.partition(".")[0]
                if top not in tops and top in project.tops and "." in name and name in project.by_module:
                    tops.add(top)
        return frozenset(tops)


_OF_EVERY_MODULE = frozenset({"__name__", "__file__", "__path__", "__doc__", "__spec__", "__loader__", "__package__"})


def _at(  # noqa: PLR0917 - all of it is needed
    project: Project, number: int, package: str | None, alias: int | None, missing: str, form: str
) -> Iterator[Finding]:
    for path, index in project.places_of(number, package):
        place = project.record(path).place(index, project.store)
        statement = place.statement
        span = (statement.module_start, statement.module_end)
        if alias is not None:
            span = (statement.names[alias].start, statement.names[alias].end)
        scope = project.scope(path, index)
        guarded = scope.kind == "try"
        said = f"{missing} is not there" + (", and try hides it" if guarded else "")
        yield Finding(
            "missing", path, place.line, place.column + 1, said, missing, form, scope=scope.name,
            start=place.start + span[0], end=place.start + span[1], guarded=guarded, key=missing,
        )  # fmt: skip


def find_shadowed(project: Project) -> Iterator[Finding]:
    """Find modules beside a folder of the same name that has modules too.

    Args:
        project: what was scanned.
    """
    files = project.tree.files
    folders = {path.rpartition("/")[0] for path in files}
    for path in list(folders):
        while path := path.rpartition("/")[0]:
            folders.add(path)
    for path in files:
        folder = path.removesuffix(".py")
        if folder not in folders:
            continue
        module = project.modules[path]
        if f"{folder}/__init__.py" in files:
            said = f"{module} is never imported: the package {folder}/ wins over it"
        else:
            said = f"what is in {folder}/ cannot be imported: {module} wins over a folder without __init__.py"
        yield Finding("shadowed", path, 1, 1, said, module, "module", key=module)
