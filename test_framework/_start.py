"""Where the process was, and what its environment said to this package, before any test ran."""

from __future__ import annotations

import os

__all__ = ["DIRECTORY", "PREFIX", "VARIABLES", "working_directory"]


def working_directory() -> str | None:
    """Return the current directory, None if it has been removed."""
    try:
        return os.getcwd()
    except OSError:
        return None


PREFIX = "TEST_FRAMEWORK_"
DIRECTORY = working_directory()
VARIABLES = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
