"""The demo: what the standard class lets through and `AsyncTestCase` does not, by running it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from shutil import rmtree

from test_framework.demo._folder import write_folder
from test_framework.demo._report import Report
from test_framework.demo._runs import COLUMNS, run_all
from test_framework.demo._table import as_text

__all__ = ["Report", "as_text", "run_demo"]


def run_demo(*, keep: bool, progress: Callable[[str], None]) -> Report:
    """Write tests to a temporary folder, run them in every way, and report how they ended.

    Args:
        keep: whether the folder is left there.
        progress: is told about each step that is done.

    Raises:
        OSError: the folder cannot be written, or a process not be started.
    """
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="test-framework-demo-"))
    try:
        write_folder(folder)
        outcomes = run_all(folder, progress)
    finally:
        if not keep:
            rmtree(folder, ignore_errors=True)
    left_out = {column.key: column.missing for column in COLUMNS if column.missing is not None}
    return Report(outcomes, time.monotonic() - started, _versions(), left_out, folder if keep else None)


def _versions() -> dict[str, str]:
    versions = {"Python": python_version()}
    for name in ("pytest", "trio"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
