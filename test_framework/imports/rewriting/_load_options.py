"""Reads ``[tool.test_framework.migrate]``, and says everything that is wrong with it at once."""

from __future__ import annotations

import builtins
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from test_framework._pyproject import pyprojects
from test_framework.errors import SettingsError
from test_framework.imports._config import parse_rules, text_of
from test_framework.imports._rules import CanonicalRule, ImportRules
from test_framework.imports.rewriting._expression import Expression
from test_framework.imports.rewriting._option_values import (
    boolean,
    class_target,
    class_target_or_none,
    home_module,
    needed_imports,
    pattern,
    strings,
)
from test_framework.imports.rewriting._options import ContextClass, MigrateOptions, Predecessor

__all__ = ["load_options", "parse_options"]

_TABLE = "tool.test_framework.migrate"
_KEYS = ("base", "bare", "files", "predecessors", "context", "canonical")
_CONTEXT_KEYS = ("required", "optional", "imports", "distinct")


def load_options(directory: str | os.PathLike[str] = ".") -> MigrateOptions:
    """Read the nearest table of ``migrate``; the defaults if there is none.

    The homes of canonical names come from the nearest table of imports, wherever that is.

    Args:
        directory: where the search starts; it goes upwards.

    Raises:
        SettingsError: naming every fault with its file and line.
    """
    found: tuple[str, str] | None = None
    rules: ImportRules | None = None
    for path, text in pyprojects(directory, text_of):
        rules = rules or parse_rules(text, path)
        if found is None and _table(text) is not None:
            found = text, path
        if found and rules:
            break
    return _options(*(found or ("", "")), rules)


def parse_options(text: str, path: str) -> MigrateOptions:
    """Return what the text of a ``pyproject.toml`` says about ``migrate``.

    Names that ``[tool.test_framework.imports.canonical]`` gives a home are among the canonical ones.

    Args:
        text: of the file.
        path: of the file, for errors.

    Raises:
        SettingsError: naming every fault with its file and line.
    """
    return _options(text, path, parse_rules(text, path))


def _table(text: str) -> Any:
    table: Any = tomllib.loads(text)
    for name in _TABLE.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _options(text: str, path: str, rules: ImportRules | None) -> MigrateOptions:
    table = _table(text)
    reader = _Reader(text, path)
    if table is None:
        table = {}
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: {_TABLE} must be a table, not {table!r}")
    options = reader.options(table, rules.canonical if rules else ())
    if reader.faults:
        raise SettingsError("\n".join(reader.faults))
    return options


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self.faults: list[str] = []

    def options(self, table: Mapping[str, object], canonical: tuple[CanonicalRule, ...]) -> MigrateOptions:
        values: dict[str, Any] = {}
        for key in table:
            if key not in _KEYS:
                self._fault("", key, f"there is no such key; known are {', '.join(_KEYS)}")
        default = MigrateOptions()
        values["base"] = self._checked("", "base", table.get("base", str(default.base)), class_target)
        values["bare"] = self._checked("", "bare", table.get("bare", default.bare), boolean)
        values["files"] = self._checked("", "files", table.get("files", [*default.files]), strings)
        values["predecessors"] = self._predecessors(self._inner(table, "predecessors"), default.predecessors)
        values["contexts"] = self._contexts(self._inner(table, "context"), default.contexts)
        homes = {name: self._home(name, home) for name, home in self._inner(table, "canonical").items()}
        for rule in (*default.canonical, *canonical):
            homes.setdefault(rule.name, rule)
        values["canonical"] = tuple(rule for rule in homes.values() if rule is not None)
        return default if self.faults else MigrateOptions(**values)

    def _inner(self, table: Mapping[str, object], key: str) -> Mapping[str, object]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self._fault("", key, f"must be a table, not {value!r}")
        return {}

    def _predecessors(self, table: Mapping[str, object], default: tuple[Predecessor, ...]) -> tuple[Predecessor, ...]:
        found = {f"{each.module}:{each.name}": each for each in default}
        # What the settings name comes first, so that a pattern of ours does not hide it.
        first: dict[str, Predecessor] = {}
        for key, value in table.items():
            found.pop(key, None)
            source = self._checked("predecessors", key, key, pattern)
            if value is False or source is None:
                continue
            check = class_target_or_none
            successor = self._checked("predecessors", key, value, check)
            first[key] = Predecessor(source[0], source[1], successor)
        return (*first.values(), *found.values())

    def _home(self, name: str, value: object) -> CanonicalRule | None:
        if value is False:
            return None
        home = self._checked("canonical", name, value, home_module)
        return CanonicalRule(name, home or "", source=self._path)

    def _contexts(self, table: Mapping[str, object], default: tuple[ContextClass, ...]) -> tuple[ContextClass, ...]:
        read: list[ContextClass] = []
        for key, value in table.items():
            source = self._checked("context", key, key, pattern)
            if not isinstance(value, dict):
                self._fault("context", key, f"must be a table, not {value!r}")
            elif source is not None and (found := self._context(f'context."{key}"', source, value)):
                read.append(found)
        return (*read, *default)

    def _context(self, where: str, source: tuple[str, str], table: Mapping[str, object]) -> ContextClass | None:
        before = len(self.faults)
        for key in table:
            if key not in _CONTEXT_KEYS:
                self._fault(where, key, f"there is no {key!r}; known are {', '.join(_CONTEXT_KEYS)}")
        required = self._required(where, table.get("required"))
        optional = self._checked(where, "optional", table.get("optional", []), strings) or ()
        imports = self._checked(where, "imports", table.get("imports", []), needed_imports) or ()
        distinct = self._checked(where, "distinct", table.get("distinct", []), strings) or ()
        known = {each.bound for each in imports} | set(dir(builtins))
        for name, expression in required.items():
            try:
                unknown = sorted(expression.names - known)
            except ValueError as exc:
                self._fault(f"{where}.required", name, f"{expression.text!r} {exc}")
                continue
            for other in unknown:
                self._fault(
                    f"{where}.required", name, f'{other} is not imported; add "package.module:{other}" to imports'
                )
            for other in expression.references:
                if other not in required:
                    self._fault(f"{where}.required", name, f"${other} is none of the required arguments")
        for name in distinct:
            if name not in (*required, *optional):
                self._fault(f"{where}.distinct", name, f"{name} is no argument")
        if len(self.faults) == before and _circular(required):
            self._fault(where, "required", "the expressions refer to each other in a circle")
        if len(self.faults) > before:
            return None
        return ContextClass((source[0],), source[1], required, optional, imports, distinct)

    def _required(self, where: str, value: object) -> dict[str, Expression]:
        if not isinstance(value, dict) or not value:
            self._fault(
                where, "required", 'must be a table of arguments: required = { run_id = "new_run($thread_id)" }'
            )
            return {}
        found: dict[str, Expression] = {}
        for name, text in value.items():
            if not name.isidentifier() or not isinstance(text, str):
                self._fault(f"{where}.required", name, f"must be an expression, as a string, not {text!r}")
            else:
                found[name] = Expression(text)
        return found

    def _checked(self, where: str, key: str, value: object, check: Callable[[object], Any]) -> Any:
        try:
            return check(value)
        except ValueError as exc:
            self._fault(where, key, f"{exc}, not {value!r}")
            return None

    def _fault(self, where: str, key: str, what: str) -> None:
        name = ".".join(part for part in (where, key if re.fullmatch(r"[\w-]+", key) else f'"{key}"') if part)
        self.faults.append(f"{self._path}{self._line_of(key)}: migrate.{name}: {what}")

    def _line_of(self, key: str) -> str:
        header = re.search(r"test_framework[\"']?\s*\.\s*[\"']?migrate", self._text)
        place = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])").search(self._text, header.end() if header else 0)
        return f":{self._text.count(chr(10), 0, place.start()) + 1}" if place else ""


def _circular(required: Mapping[str, Expression]) -> bool:
    done: set[str] = set()
    while ready := [name for name in required if name not in done and {*required[name].references} <= done]:
        done.update(ready)
    return len(done) < len(required)
