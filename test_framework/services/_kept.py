"""Where the data directory that initdb makes is kept, so that it runs once and not for every server."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from test_framework import settings
from test_framework.services._errors import ServiceError
from test_framework.services._finder import Installation

__all__ = ["kept_file"]

AUTO = "auto"


def kept_file(installation: Installation, arguments: Sequence[str]) -> str | None:
    """Return the file that is for what a program makes with its arguments; None if nothing is to be kept.

    Args:
        installation: the programs; other ones, also of the same version, have a file of their own, and the same ones
            in another place, as in another virtual environment, have the same.
        arguments: of initdb, without its directory.

    Raises:
        ServiceError: the setting ``postgres_cache`` names a directory that cannot be trusted.
    """
    directory = _directory()
    if directory is None:
        return None
    sums = hashlib.sha256()
    for program in (installation.program, installation.program.with_name("initdb")):
        with program.open("rb") as file:
            sums.update(hashlib.file_digest(file, "sha256").digest())
    sums.update("\n".join((installation.version, sys.platform, os.uname().machine, *arguments)).encode())
    return str(directory / f"postgres-{installation.version}-{sums.hexdigest()[:20]}.kept")


def _directory() -> Path | None:
    named: str | None = settings.current()["postgres_cache"]
    if named is None:
        return None
    if named == AUTO:
        return _own_directory()
    directory = Path(named).expanduser().absolute()
    fault = _fault(directory)
    if fault:
        raise ServiceError(f"postgres_cache = {named}: {fault}")
    return directory


def _own_directory() -> Path | None:
    """Return the folder for what programs of the user keep; None if there is no home that is the user's."""
    # A user may have no home, and no name either.
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - pathlib's raises then
    try:
        # With sudo, HOME may be that of somebody else, who could not use what root leaves there.
        if home.stat().st_uid != os.geteuid():
            return None
    except OSError:
        return None
    usual = home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    asked = Path(os.environ.get("XDG_CACHE_HOME", ""))
    directory = (asked if asked.is_absolute() else usual) / "ssot-test-framework"
    return None if _fault(directory) else directory


def _fault(directory: Path) -> str:
    """Return why what lies in a directory cannot be trusted; nothing if it can, or is not there yet."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.stat()
    except OSError as exc:
        return f"it cannot be made: {exc.strerror}"
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        return "it has to belong to the user who runs the tests, and nobody else may write in it"
    return ""
