"""Files of variables, read by python-dotenv."""

from __future__ import annotations

import os

__all__ = ["load"]


def load(path: str | os.PathLike[str], *, override: bool) -> dict[str, str]:
    """Set variables from a ``.env`` file and return them; see `Variables.load_from_file`."""
    try:
        from dotenv import dotenv_values, load_dotenv
    except ModuleNotFoundError as exc:
        raise ModuleNotFoundError(
            "reading .env files needs python-dotenv: pip install 'ssot-test-framework[dotenv]'", name=exc.name
        ) from exc
    from pathlib import Path

    Path(path).stat()  # python-dotenv itself would pass over a file that is not there
    before = dict(os.environ)
    named = [key for key, value in dotenv_values(path).items() if value is not None]
    load_dotenv(path, override=override)
    return {key: os.environ[key] for key in named if (override or key not in before) and key in os.environ}
