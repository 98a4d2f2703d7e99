"""Files of variables, read by python-dotenv."""

from __future__ import annotations

import os

__all__ = ["load"]


def load(path: str | os.PathLike[str], *, override: bool) -> dict[str, str]:
    """Set variables from a ``.env`` file.

    Args:
        path: the file.
        override: whether the file wins over variables that are set already.

    Returns:
        The variables that were set.

    Raises:
        FileNotFoundError: there is no such file; python-dotenv itself would pass over it.
        ModuleNotFoundError: python-dotenv is not installed.
    """
    try:
        from dotenv import dotenv_values, load_dotenv
    except ModuleNotFoundError as exc:
        raise ModuleNotFoundError(
            "reading .env files needs python-dotenv: pip install 'ssot-test-framework[dotenv]'", name=exc.name
        ) from exc
    from pathlib import Path

    Path(path).stat()
    before = dict(os.environ)
    named = [key for key, value in dotenv_values(path).items() if value is not None]
    load_dotenv(path, override=override)
    return {key: os.environ[key] for key in named if (override or key not in before) and key in os.environ}
