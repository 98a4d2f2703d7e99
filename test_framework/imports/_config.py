"""Reads ``[tool.test_framework.imports]``, and says everything that is wrong with it at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from test_framework._pyproject import pyprojects
from test_framework.errors import SettingsError
from test_framework.imports import _config_values as valid
from test_framework.imports._config_lines import TABLE, line_of, quoted
from test_framework.imports._rules import CanonicalRule, CycleRule, ImportRules, LegacyRule
from test_framework.imports._walk import read
from test_framework.settings import did_you_mean

__all__ = ["load_rules", "parse_rules", "text_of"]


def load_rules(directory: str | os.PathLike[str] = ".") -> ImportRules:
    """Read the rules of the nearest ``pyproject.toml`` that has any.

    Args:
        directory: where the search starts; it goes upwards.

    Raises:
        SettingsError: if there is no such file, or naming every fault with its file and line.
    """
    start = os.path.abspath(directory)
    seen = []
    for path, text in pyprojects(start, text_of):
        seen.append(path)
        rules = parse_rules(text, path)
        if rules is not None:
            return rules
    where = f"{seen[0]} has no table" if seen else f"no pyproject.toml in {start} or above has the table"
    raise SettingsError(
        f'{where} [{TABLE}]; write for instance\n\n[{TABLE}]\npackages = ["app", "tests"]\n\n'
        f'[{TABLE}.legacy]\n"app.old_factory" = "app.manager"'
    )


def text_of(path: str) -> str:
    """Return the text of a file; a pipe or a device is an error, not a wait."""
    return read(path).decode("utf-8")


def parse_rules(text: str, path: str) -> ImportRules | None:
    """Return the rules in the text of a ``pyproject.toml``, or None if it has no table of them.

    Args:
        text: of the file.
        path: of the file; its folder is the root.

    Raises:
        SettingsError: naming every fault with its file and line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path}: {exc}") from None
    table: Any = document
    for name in TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    if table is None:
        return None
    reader = _Reader(text, path)
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: {TABLE} must be a table, not {table!r}")
    values = reader.read(table)
    if reader.faults:
        raise SettingsError("\n".join(reader.faults))
    return ImportRules(root=os.path.dirname(os.path.abspath(path)), **values)


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self.faults: list[str] = []

    def read(self, table: Mapping[str, object]) -> dict[str, Any]:
        """Return the fields of `ImportRules` that a table sets."""
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in _PLAIN:
                found = self._checked("", key, value, _PLAIN[key])
                if found is not _FAULT:
                    values[key] = found
            elif key == "cycles":
                values[key] = self._cycles(value)
            elif key not in _SECTIONS:
                self._unknown("", key, [*_PLAIN, "cycles", *_SECTIONS])
            elif not isinstance(value, dict):
                self._fault("", key, f"must be a table, not {value!r}")
            elif key == "fragmentation":
                values |= self._fragmentation(value)
            else:
                read = self._legacy if key == "legacy" else self._canonical
                rules = [read(name, entry) for name, entry in value.items()]
                values[key] = tuple(rule for rule in rules if rule is not None)
        return values

    def where(self, section: str, key: str) -> str:
        """Return the file and line of a key."""
        return f"{self._path}{line_of(self._text, section, key)}"

    def _fault(self, section: str, key: str, what: str) -> None:
        name = ".".join(part for part in ("imports", section, quoted(key)) if part)
        self.faults.append(f"{self.where(section, key)}: {name}: {what}")

    def _unknown(self, section: str, key: str, known: Iterable[str]) -> None:
        names = list(known)
        self._fault(section, key, f"there is no such key{did_you_mean(key, names)}; known are {', '.join(names)}")

    def _checked(self, section: str, key: str, value: object, check: Callable[[object], Any], part: str = "") -> Any:
        try:
            return check(value)
        except ValueError as exc:
            self._fault(section, key, f"{part}{exc}, not {value!r}")
            return _FAULT

    def _table(self, section: str, key: str, value: object, checks: Mapping[str, Callable[[object], Any]]) -> Any:
        """Return the checked values of a table, or of the first key's value alone."""
        entries = cast("dict[str, object]", value) if isinstance(value, dict) else {next(iter(checks)): value}
        found: dict[str, Any] = {}
        before = len(self.faults)
        for name, entry in entries.items():
            if name not in checks:
                meant = did_you_mean(name, checks)
                self._fault(section, key, f"there is no {name!r}{meant}; known are {', '.join(checks)}")
            else:
                part = f"{name} " if isinstance(value, dict) else ""
                found[name] = self._checked(section, key, entry, checks[name], part)
        return found if len(self.faults) == before else None

    def _legacy(self, key: str, value: object) -> LegacyRule | None:
        below = key.endswith(".*")
        target = self._checked("legacy", key, key.removesuffix(".*"), valid.target, "the key ")
        found = self._table("legacy", key, value, _LEGACY)
        if target is _FAULT or found is None:
            return None
        if below and target.name:
            self._fault("legacy", key, 'a name has nothing below it; write "package.module:Name"')
            return None
        if found.get("replacement") == target and not below:
            self._fault("legacy", key, "is replaced by itself")
            return None
        return LegacyRule(target, below=below, source=self.where("legacy", key), **found)

    def _canonical(self, key: str, value: object) -> CanonicalRule | None:
        found = self._table("canonical", key, value, _CANONICAL)
        if not key.isidentifier():
            self._fault("canonical", key, 'must be a name, with its module as the value: Thing = "package.module"')
            return None
        if found is None:
            return None
        if "home" not in found:
            self._fault("canonical", key, 'home is missing; write home = "package.module"')
            return None
        home = found.pop("home")
        if home.name not in (None, key):
            self._fault("canonical", key, f"its home is a module, not the name {home.name!r}")
            return None
        return CanonicalRule(key, home.module, source=self.where("canonical", key), **found)

    def _fragmentation(self, table: Mapping[str, object]) -> dict[str, Any]:
        values: dict[str, Any] = {"sources": {}}
        for key, value in table.items():
            if key not in ("families", "names"):
                self._unknown("fragmentation", key, ["families", "names"])
                continue
            entries = dict.fromkeys(value) if isinstance(value, list) else value
            if not isinstance(entries, dict) or not all(isinstance(name, str) for name in entries):
                self._fault("fragmentation", key, f"must be a list of names, or a table of name = limit, not {value!r}")
                continue
            values[key] = {}
            for name, limit in entries.items():
                pattern = valid.dotted if key == "families" else valid.name
                if self._checked("fragmentation", key, name, pattern) is _FAULT:
                    continue
                if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
                    self._fault("fragmentation", key, f"the limit of {name} must be a whole number, not {limit!r}")
                    continue
                values[key][name] = limit
                values["sources"][name] = self.where(f"fragmentation.{key}", name)
        return values

    def _cycles(self, value: object) -> CycleRule | None:
        if isinstance(value, bool):
            return CycleRule(source=self.where("", "cycles")) if value else None
        if not isinstance(value, dict):
            self._fault("", "cycles", f"must be true, false or a table, not {value!r}")
            return None
        found: dict[str, Any] = {}
        for key, entry in value.items():
            if key not in _CYCLES:
                self._unknown("cycles", key, _CYCLES)
            else:
                found[key] = self._checked("cycles", key, entry, _CYCLES[key])
        return CycleRule(source=self.where("", "cycles"), **found) if _FAULT not in found.values() else None


_FAULT = object()

_PLAIN: dict[str, Callable[[object], Any]] = {
    "packages": valid.paths,
    "roots": valid.strings,
    "exclude": valid.strings,
    "gitignore": valid.boolean,
    "tests": valid.strings,
    "missing": valid.boolean,
    "shadowed": valid.boolean,
    "baseline": valid.path,
    "trend": valid.path,
    "cache": valid.path_or_none,
}
_SECTIONS = ("legacy", "canonical", "fragmentation")
_LEGACY: dict[str, Callable[[object], Any]] = {
    "replacement": valid.replacement,
    "note": valid.string,
    "deadline": valid.deadline,
    "forms": valid.forms,
}
_CANONICAL: dict[str, Callable[[object], Any]] = {"home": valid.target, "allow": valid.globs, "note": valid.string}
_CYCLES: dict[str, Callable[[object], Any]] = {"packages": valid.globs, "ignore": valid.edges}
