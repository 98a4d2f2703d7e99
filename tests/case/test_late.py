"""Modules that are loaded when they are used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from test_framework._lazy import LazyModule

# Each way in which a test can end has code of its own to be loaded.
SAMPLE = """
import asyncio, sys, unittest
from unittest import mock
from test_framework import AsyncTestCase, deadline

class Sample(AsyncTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(sys.modules))
        for name in [name for name in sys.modules if name.partition(".")[0] in {emptied!r}]:
            del sys.modules[name]
    async def fail_later(self):
        raise OSError("no server")
    async def test_fails(self):
        self.assertEqual(1, 2)
    async def test_group(self):
        async with asyncio.TaskGroup() as group:
            group.create_task(self.fail_later())
    @deadline(0.2)
    async def test_hangs(self):
        await asyncio.sleep(60)
    async def test_leaves_a_coroutine(self):
        self.fail_later()
    async def test_raises_group(self):
        with self.assertRaisesGroup(OSError):
            async with asyncio.TaskGroup() as group:
                group.create_task(self.fail_later())
    async def test_waits(self):
        await self.assertEventually(lambda: True)
    async def test_without_with(self):
        self.assertRaises(OSError)
    async def test_yields(self):
        return (number for number in range(3))

unittest.main()
"""


def report(folder: Path, emptied: list[str], *names: str) -> str:
    """Return what unittest prints of the sample, without times."""
    script = folder / "sample.py"
    script.write_text(SAMPLE.format(emptied=emptied), "utf-8")
    process = subprocess.run(
        [sys.executable, str(script), *names], capture_output=True, text=True, timeout=60, check=False
    )
    return re.sub(r" in \d+\.\d+s", "", process.stdout + process.stderr)


def test_a_test_that_empties_sys_modules(tmp_path: Path) -> None:
    """What tests need later is held, not looked for again: there is one of each class, and reports stay the same."""
    names = re.findall(r"def (test_\w+)", SAMPLE)
    whole = report(tmp_path, [])
    assert f"Ran {len(names)} tests" in whole
    assert "FAILED (failures=3, errors=2)" in whole
    assert report(tmp_path, ["test_framework"]) == whole
    for name in names:
        assert report(tmp_path, ["test_framework"], f"Sample.{name}") == report(tmp_path, [], f"Sample.{name}")


PATCHED = """
import asyncio, builtins, os, sys, unittest
from unittest import mock
from test_framework import AsyncTestCase

class Sample(AsyncTestCase):
    timeout = 30

    @classmethod
    def setUpClass(cls):
        patch = {patch}
        patch.start()
        cls.addClassCleanup(patch.stop)
    async def test_it(self):
        await asyncio.sleep(0)

if __name__ == "__main__":
    unittest.main()
"""
PATCHES = {
    "the system": 'mock.patch("os.name", "nt")',
    "files": 'mock.patch("io.open", mock.mock_open())',
    "paths": 'mock.patch("os.fspath")',
    "imports": 'mock.patch("sys.meta_path", [])',
    "code": 'mock.patch("builtins.exec")',
    "loops": 'mock.patch("asyncio.new_event_loop")',
    "the collector": 'mock.patch("gc.collect", side_effect=OSError)',
}


@pytest.mark.parametrize("runner", ["unittest", "pytest"])
@pytest.mark.parametrize("patched", PATCHES)
def test_a_first_class_that_patches_what_loading_needs(tmp_path: Path, patched: str, runner: str) -> None:
    """Nothing is loaded from its setUpClass on: the first class of a run is no worse off than those that follow."""
    (tmp_path / "test_sample.py").write_text(PATCHED.format(patch=PATCHES[patched]), "utf-8")
    command = (
        ["test_sample.py"] if runner == "unittest" else ["-m", "pytest", "-p", "no:cacheprovider", "test_sample.py"]
    )
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_lazy_module_is_loaded_once_and_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module is imported with the first name, and is the same one afterwards, whatever sys.modules holds."""
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    late = LazyModule("wave")
    assert "wave" not in sys.modules
    error = late.Error
    first = sys.modules.pop("wave")
    assert late.Error is error is first.Error
    assert late.open is first.open
    assert "wave" not in sys.modules


def test_a_lazy_module_has_the_names_of_the_module_only() -> None:
    """A name that is not there is an AttributeError of the module."""
    with pytest.raises(AttributeError, match="'colorsys' has no attribute 'missing'"):
        _ = LazyModule("colorsys").missing
