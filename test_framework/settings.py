"""Settings of a test repository: ``[tool.test_framework]`` and ``TEST_FRAMEWORK_*`` variables.

The environment wins over the nearest ``pyproject.toml``; class attributes and decorators win over both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast, get_args

from test_framework.errors import SettingsError

__all__ = [
    "BACKENDS",
    "GUARDS",
    "LEVELS",
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

GuardLevel = Literal["ignore", "warn", "fail"]
LEVELS: tuple[str, ...] = get_args(GuardLevel)
GUARDS = ("leaked_tasks", "background_exceptions", "unawaited_coroutines", "leaked_threads", "blocking_calls")
Backend = Literal["asyncio", "trio", "asyncio+uvloop"]
BACKENDS: tuple[str, ...] = get_args(Backend)
_PREFIX = "TEST_FRAMEWORK_"
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class _Text(str):
    """What a variable holds; it may stand for a value of another type, which a string of TOML may not."""

    __slots__ = ()


def _choice(*allowed: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return str(value)
        raise ValueError(f"must be one of {', '.join(map(repr, allowed))}")

    return check


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, _Text) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise ValueError("must be true or false")


def _seconds(value: object) -> float:
    if not isinstance(value, bool) and isinstance(value, int | float | _Text):
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if 0.0 < number < float("inf"):
            return number
    raise ValueError("must be a positive number of seconds")


def _seconds_or_none(value: object) -> float | None:
    if value == "none" or (isinstance(value, _Text) and value == "0") or (value == 0 and not isinstance(value, bool)):
        return None
    return _seconds(value)


def _object_path_or_none(value: object) -> str | None:
    if isinstance(value, str):
        module, colon, name = value.strip().partition(":")
        if colon and all(part.isidentifier() for part in f"{module}.{name}".split(".")):
            return f"{module}:{name}"
        if value.strip() == "none":
            return None
    raise ValueError('must be "package.module:name"')


def _address_or_none(value: object) -> str | None:
    if isinstance(value, str):
        if value.strip() == "none":
            return None
        if re.fullmatch(r"(?:https?|wss?)://[^\s/?#@]+[^\s?#@]*", value.strip()):
            return value.strip()
    raise ValueError("must be an address such as http://127.0.0.1:8000, without user info, query and fragment")


def _text_or_none(value: object) -> str | None:
    if isinstance(value, str) and value.strip():
        return None if value.strip() == "none" else value.strip()
    raise ValueError("must be a text that is not empty")


class Setting(NamedTuple):
    """One key of ``[tool.test_framework]``.

    Attributes:
        name: the key; the variable is ``TEST_FRAMEWORK_`` and the key in capitals.
        default: the value when nothing sets it.
        check: returns the value from a TOML value or a variable's text; raises ValueError.
        meaning: one line for the documentation.
    """

    name: str
    default: object
    check: Callable[[object], object]
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return _PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("backend", "asyncio", _choice(*BACKENDS), "the backend of classes that name none"),
    Setting("timeout", None, _seconds_or_none, 'seconds a test may take; 0 or "none" for no limit'),
    Setting("grace_period", 5.0, _seconds, "seconds that each teardown phase may take after a deadline or Ctrl-C"),
    Setting("strict", default=False, check=_boolean, meaning='make every guard "fail"'),
    *(Setting(name, "ignore" if name == "blocking_calls" else "warn", _choice(*LEVELS), meaning)
      for name, meaning in zip(GUARDS, (
          "tasks still running at the end of a test",
          "exceptions of tasks and callbacks that nobody looked at",
          "coroutines that were never awaited",
          "threads still running at the end of a test",
          "calls that block the event loop",
      ), strict=True)),
    Setting("blocking_threshold", 0.1, _seconds, "seconds that a call may block the event loop"),
    Setting("user_execution_context", None, _object_path_or_none,
            "the class that user contexts are built of, as package.module:Class"),
    Setting("environment", None, _object_path_or_none,
            'the product\'s own environment object, as "package.module:get_env"'),
    Setting("backend_url", None, _address_or_none, "the server that the auth helpers test; none for an embedded one"),
    Setting("auth_service_url", None, _address_or_none, "where tokens come from; none for backend_url"),
    Setting("postgres_dsn", None, _text_or_none, "a PostgreSQL server that is there already, as postgresql://..."),
    Setting("redis_url", None, _text_or_none, "a Redis server that is there already, as redis://... or unix://..."),
    Setting("postgres_bin", None, _text_or_none, "the directory of PostgreSQL's programs"),
    Setting("redis_bin", None, _text_or_none, "the directory of Redis's or Valkey's programs"),
    Setting("require_services", default=False, check=_boolean,
            meaning="fail a test that needs a service which is not there, instead of skipping it"),
)  # fmt: skip
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """The settings in force, by name, and where each one that is set comes from.

    Attributes:
        values: every setting by name.
        sources: the file and line, or the variable, of each setting that is not the default.
    """

    values: Mapping[str, Any]
    sources: Mapping[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


_cached: list[Settings] = []


def current() -> Settings:
    """Return the settings of the current directory and environment, read once per process."""
    if not _cached:
        _cached.append(load(os.getcwd(), os.environ))
    return _cached[0]


def forget() -> None:
    """Make the next `current` read the settings again."""
    _cached.clear()


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
    values: dict[str, object] = {setting.name: setting.default for setting in SETTINGS}
    sources: dict[str, str] = {}
    faults: list[str] = []

    def take(name: str, raw: object, source: str) -> None:
        setting = _BY_NAME.get(name)
        if setting is None:
            meant = did_you_mean(name, _BY_NAME)
            faults.append(f"{source}: unknown setting {name!r}{meant}; known are {', '.join(_BY_NAME)}")
            return
        try:
            values[name] = setting.check(raw)
        except ValueError as exc:
            hint = " (write it without quotes)" if _needs_no_quotes(setting, raw) else ""
            # An address with user info holds a password.
            shown = "" if "@" in str(raw) else f", not {raw!r}"
            faults.append(f"{source}: {name} {exc}{shown}{hint}")
        else:
            sources[name] = source

    for name, raw, source in _from_pyproject(directory):
        take(name, raw, source)
    known = {setting.variable for setting in SETTINGS}
    faults += [
        f"environment variable {name}: there is no such setting{did_you_mean(name, known)}; "
        f"known are {', '.join(sorted(known))}"
        for name in environ
        if name.startswith(_PREFIX) and name not in known
    ]
    for setting in SETTINGS:
        # An empty variable counts as unset, as with the interpreter's own.
        if environ.get(setting.variable):
            take(setting.name, _Text(environ[setting.variable]), f"environment variable {setting.variable}")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(values, sources)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question after the name that was meant, in parentheses; an empty text if none is near.

    Args:
        name: what was written.
        known: what may be.
    """
    # It is imported when something is wrong, not whenever settings are read.
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _needs_no_quotes(setting: Setting, raw: object) -> bool:
    if not isinstance(raw, str) or isinstance(raw, _Text):
        return False
    try:
        setting.check(_Text(raw))
    except ValueError:
        return False
    return True


def _from_pyproject(directory: str | os.PathLike[str]) -> list[tuple[str, object, str]]:
    # Paths by hand: pathlib would take longer to import than all the rest of this module.
    folder, parent = os.path.abspath(directory), ""
    while folder != parent:
        path = os.path.join(folder, "pyproject.toml")
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            pass
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{path}: cannot be read: {exc}") from exc
        else:
            # tomllib takes longer to import than most files to read; few files have the table.
            return _parse(path, text) if "test_framework" in text or "test-framework" in text else []
        folder, parent = os.path.dirname(folder), folder
    return []


def _parse(path: str, text: str) -> list[tuple[str, object, str]]:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path}: {exc}") from None
    tool = document.get("tool", {})
    table = tool.get("test_framework", {}) if isinstance(tool, dict) else {}
    if isinstance(tool, dict) and isinstance(tool.get("test-framework"), dict):
        header = re.search(r"^\s*\[\s*tool\s*\.\s*[\"']?test-framework", text, re.MULTILINE)
        line = "" if header is None else f":{text.count(chr(10), 0, header.end()) + 1}"
        raise SettingsError(f"{path}{line}: [tool.test-framework] is not read; write [tool.test_framework]")
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.test_framework must be a table, not {table!r}")
    # Sub-tables belong to other parts of the framework, which check them.
    return [
        (name, value, f"{path}{_line_of(text, name)}")
        for name, value in cast("dict[str, object]", table).items()
        if not isinstance(value, dict)
    ]


def _line_of(text: str, key: str) -> str:
    """Return ":LINE" of a key, however the table is written; nothing where it cannot be told."""
    table = re.search(r"^\s*\[\s*tool\s*\.\s*[\"']?test_framework[\"']?\s*\]", text, re.MULTILINE)
    name = rf"[\"']?{re.escape(key)}[\"']?\s*="
    found = (
        re.compile(rf"^\s*{name}", re.MULTILINE).search(text, table.end())
        if table
        else re.search(rf"test_framework[\"']?\s*(?:\.|=\s*\{{[^\n]*?)\s*{name}", text)
    )
    return "" if found is None else f":{text.count(chr(10), 0, found.end()) + 1}"
