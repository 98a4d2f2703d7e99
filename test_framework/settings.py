"""Settings of a test repository: ``[tool.test_framework]`` and ``TEST_FRAMEWORK_*`` variables.

The environment wins over the nearest ``pyproject.toml`` with this table; class attributes and decorators win over
both. What holds for one run, and must not hold for everybody who has the file, is set by variables only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from test_framework._choices import BACKENDS, GUARDS, LEVELS, Backend, GuardLevel
from test_framework._known_settings import OF_ONE_RUN, SETTINGS, Setting
from test_framework._pyproject import table_of
from test_framework._start import DIRECTORY, PREFIX, VARIABLES, working_directory
from test_framework._values import Text
from test_framework.errors import SettingsError

if TYPE_CHECKING:
    # Few files have such a table.
    from test_framework.environments import Environment

__all__ = [
    "BACKENDS",
    "GUARDS",
    "LEVELS",
    "OF_ONE_RUN",
    "SETTINGS",
    "Backend",
    "GuardLevel",
    "Setting",
    "Settings",
    "current",
    "did_you_mean",
    "forget",
    "load",
]

__tracebackhide__ = True
__unittest = True

# Tables of the file that have a reader of their own.
_TABLES = ("environments", "imports", "migrate")
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings in force, by name, and where each one that is set comes from.

    Attributes:
        values: every setting by name.
        sources: the file and line, or the variable, of each setting that is not the default.
        environments: where the product runs, by name.
    """

    # Not shown: an address may hold a password.
    values: Mapping[str, Any] = field(repr=False)
    sources: Mapping[str, str]
    environments: Mapping[str, Environment] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


_cached: list[Settings] = []
_forgotten: list[bool] = []


def current() -> Settings:
    """Return the settings of the process, read once.

    They are those of the directory in which it was, and of the variables that it had, when this package was imported:
    the fixtures of a module may change both, and no limit may depend on which module comes first. Variables that have
    been set since then count too.
    """
    if not _cached:
        started = None if _forgotten else DIRECTORY
        variables = os.environ if _forgotten else {**VARIABLES, **os.environ}
        _cached.append(load(started or working_directory() or DIRECTORY or os.sep, variables))
    return _cached[0]


def forget() -> None:
    """Make the next `current` read the settings again, those of the directory and the environment as they are then."""
    _cached.clear()
    _forgotten[:] = [True]


def load(directory: str | os.PathLike[str], environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        directory: where the search for ``pyproject.toml`` starts; it goes upwards.
        environ: the environment variables.

    Returns:
        The settings in force.

    Raises:
        SettingsError: naming every key that is unknown or has a wrong value, with the file and line.
    """
    values: dict[str, object] = {setting.name: setting.default for setting in (*SETTINGS, *OF_ONE_RUN)}
    sources: dict[str, str] = {}
    faults: list[str] = []
    environments: dict[str, Environment] = {}

    def take(setting: Setting, raw: object, source: str) -> None:
        try:
            values[setting.name] = setting.check(raw)
        except ValueError as exc:
            hint = _hint(setting, raw)
            # An address with user info holds a password.
            shown = "" if "@" in str(raw) else f", not {raw!r}"
            faults.append(f"{source}: {setting.name} {exc}{shown}{hint}")
        else:
            sources[setting.name] = source

    for name, raw, source in table_of(directory):
        if name == "environments":
            from test_framework.environments import Environment

            environments = Environment.read_all(raw, source, faults)
        elif name in _TABLES and isinstance(raw, dict):
            continue
        elif (fault := _misplaced(name, raw)) is not None:
            faults.append(f"{source}: {fault}")
        else:
            take(_BY_NAME[name], raw, source)
    faults += _unknown_variables(environ)
    for setting in (*SETTINGS, *OF_ONE_RUN):
        # An empty variable counts as unset, as with the interpreter's own.
        if environ.get(setting.variable):
            take(setting, Text(environ[setting.variable]), f"environment variable {setting.variable}")
    faults += _contradictions(values, sources, environments)
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(values, sources, environments)


def _misplaced(name: str, raw: object) -> str | None:
    """Return why a key of the file cannot stand there; None if it can."""
    for setting in OF_ONE_RUN:
        if name == setting.name:
            return f"{name} is for one run, not for a file that everybody has; set {setting.variable}"
    if name in _BY_NAME and not isinstance(raw, dict):
        return None
    if isinstance(raw, dict):
        return (
            f"unknown table [tool.test_framework.{name}]{did_you_mean(name, _TABLES)}; known are {', '.join(_TABLES)}"
        )
    return f"unknown setting {name!r}{did_you_mean(name, _BY_NAME)}; known are {', '.join(_BY_NAME)}"


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    known = {setting.variable for setting in (*SETTINGS, *OF_ONE_RUN)}
    return [
        f"environment variable {name}: there is no such setting{did_you_mean(name, known, PREFIX)}; "
        f"known are {', '.join(sorted(known))}"
        for name in environ
        if name.startswith(PREFIX) and name not in known
    ]


def _contradictions(
    values: Mapping[str, object], sources: Mapping[str, str], environments: Mapping[str, Environment]
) -> list[str]:
    """Return what is wrong with the choice of an environment."""
    name = values["selected_environment"]
    if name is None:
        return []
    source = sources["selected_environment"]
    found = []
    if name not in environments:
        known = ", ".join(environments) or "none: they are tables [tool.test_framework.environments.NAME]"
        found.append(f"{source}: there is no environment {name!r} in the settings; known are {known}")
    found += [
        f"{source} and {sources[address]} both name what is tested; unset one of them"
        for address in ("backend_url", "auth_service_url")
        if values[address] is not None and sources[address].startswith("environment variable ")
    ]
    return found


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return a question after the name that was meant, in parentheses; an empty text if none is near.

    Args:
        name: what was written.
        known: what may be.
        prefix: what all of them begin with, which makes no two alike.
    """
    # It is imported when something is wrong, not whenever settings are read.
    from difflib import get_close_matches

    near = get_close_matches(name.removeprefix(prefix), sorted(each.removeprefix(prefix) for each in known), n=1)
    return f" (did you mean {prefix + near[0]!r}?)" if near else ""


def _hint(setting: Setting, raw: object) -> str:
    """Return what is said besides of a wrong value."""
    if _needs_no_quotes(setting, raw):
        return " (write it without quotes)"
    if setting.name == "environment" and isinstance(raw, str) and raw.strip().replace("-", "_").isidentifier():
        return f"; the deployment that a run tests is chosen by the variable {PREFIX}ENVIRONMENT"
    return ""


def _needs_no_quotes(setting: Setting, raw: object) -> bool:
    if not isinstance(raw, str) or isinstance(raw, Text):
        return False
    try:
        setting.check(Text(raw))
    except ValueError:
        return False
    return True
