"""Every key of ``[tool.test_framework]`` and every variable ``TEST_FRAMEWORK_*``, with its default and its meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from test_framework._choices import BACKENDS, GUARDS, LEVELS
from test_framework._start import PREFIX
from test_framework._values import (
    address_or_none,
    boolean,
    choice,
    environment_name_or_none,
    names_or_none,
    object_path_or_none,
    seconds,
    seconds_or_none,
    text_or_none,
)

__all__ = ["OF_ONE_RUN", "SETTINGS", "Setting"]


class Setting(NamedTuple):
    """One key of ``[tool.test_framework]``.

    Attributes:
        name: the key.
        default: the value when nothing sets it.
        check: returns the value from a TOML value or a variable's text; raises ValueError.
        meaning: one line for the documentation.
        suffix: what follows ``TEST_FRAMEWORK_`` in the name of the variable; empty for the key in capitals.
    """

    name: str
    default: object
    check: Callable[[object], object]
    meaning: str
    suffix: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + (self.suffix or self.name.upper())


SETTINGS: tuple[Setting, ...] = (
    Setting("backend", "asyncio", choice(*BACKENDS), "the backend of classes that name none"),
    Setting("timeout", None, seconds_or_none, 'seconds a test may take; 0 or "none" for no limit'),
    Setting("grace_period", 5.0, seconds, "seconds that each teardown phase may take after a deadline or Ctrl-C"),
    Setting("strict", default=False, check=boolean, meaning='make every guard "fail"'),
    *(Setting(name, "ignore" if name == "blocking_calls" else "warn", choice(*LEVELS), meaning)
      for name, meaning in zip(GUARDS, (
          "tasks still running at the end of a test",
          "exceptions of tasks and callbacks that nobody looked at",
          "coroutines that were never awaited",
          "threads still running at the end of a test",
          "calls that block the event loop",
      ), strict=True)),
    Setting("blocking_threshold", 0.1, seconds, "seconds that a call may block the event loop"),
    Setting("user_execution_context", None, object_path_or_none,
            "the class that user contexts are built of, as package.module:Class"),
    Setting("environment", None, object_path_or_none,
            'the product\'s own environment object, as "package.module:get_env"', suffix="ENVIRONMENT_OBJECT"),
    Setting("backend_url", None, address_or_none, "the server that the auth helpers test; none for an embedded one"),
    Setting("auth_service_url", None, address_or_none, "where tokens come from; none for backend_url"),
    Setting("postgres_dsn", None, text_or_none, "a PostgreSQL server that is there already, as postgresql://..."),
    Setting("redis_url", None, text_or_none, "a Redis server that is there already, as redis://... or unix://..."),
    Setting("postgres_bin", None, text_or_none, "the directory of PostgreSQL's programs"),
    Setting("redis_bin", None, text_or_none, "the directory of Redis's or Valkey's programs"),
    Setting("postgres_cache", "auto", text_or_none,
            "the directory that keeps what initdb makes; auto for the user's cache, none to run it for each server"),
    Setting("require_services", default=False, check=boolean,
            meaning="fail a test that needs a service which is not there, instead of skipping it"),
)  # fmt: skip
# A file is everybody's: with these in it, whoever runs the tests would reach servers elsewhere without knowing.
OF_ONE_RUN: tuple[Setting, ...] = (
    Setting("selected_environment", None, environment_name_or_none,
            "the environment that the auth helpers test", suffix="ENVIRONMENT"),
    Setting("allow_remote", None, names_or_none, "the environments and hosts elsewhere that this run may reach"),
)  # fmt: skip
