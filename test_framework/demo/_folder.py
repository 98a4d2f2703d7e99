"""The temporary folder that the demo works in."""

from __future__ import annotations

from pathlib import Path

from test_framework.demo._mistakes import DEADLINE, MISTAKES, Backend
from test_framework.demo._sources import module_source

__all__ = ["FOLDERS", "write_folder"]

# Each has the same tests. They differ in the line that imports the base class; trio's differ in what is asyncio's own.
FOLDERS: dict[str, tuple[str, Backend]] = {
    "standard": ("from unittest import IsolatedAsyncioTestCase as TestCase", "asyncio"),
    "on_asyncio": ("from test_framework import AsyncTestCase as TestCase", "asyncio"),
    "on_trio": ("from test_framework import AsyncTestCase as TestCase", "trio"),
}

_PYPROJECT = f"""\
[tool.test_framework]
strict = true
timeout = {DEADLINE}
grace_period = 0.3
blocking_threshold = 0.25

[tool.pytest.ini_options]
addopts = ["-p", "no:cacheprovider"]
"""

_README = """\
The tests of the demo, once for each base class and backend. Run them yourself:

    cd standard   && python -m unittest -v      (some of them hang)
    cd on_asyncio && python -m unittest -v
    cd on_asyncio && python -m pytest --continue-on-collection-errors
    cd on_trio    && TEST_FRAMEWORK_BACKEND=trio python -m unittest -v
    cd on_trio    && TEST_FRAMEWORK_BACKEND=trio python -m pytest --continue-on-collection-errors

What is strict, and how long a test may take, stands in pyproject.toml.
"""


def write_folder(folder: Path) -> None:
    """Write the test modules, their settings and the recorder.

    Args:
        folder: exists and is empty.
    """
    for name, (base, backend) in FOLDERS.items():
        (folder / name).mkdir()
        for module in {mistake.module for mistake in MISTAKES}:
            (folder / name / f"{module}.py").write_text(module_source(module, base, backend), "utf-8")
    (folder / "pyproject.toml").write_text(_PYPROJECT, "utf-8")
    (folder / "README.txt").write_text(_README, "utf-8")
    (folder / "record.py").write_text(Path(__file__).with_name("_recorder.py").read_text("utf-8"), "utf-8")
