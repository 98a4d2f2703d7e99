"""Which modules are run, and when they are skipped."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from .catalogue import SUITES, UNITTEST, Module, why_skipped
from .rewrite import Scope


def test_keys_and_floors() -> None:
    """Every module has a key of its own and floors above nothing."""
    modules = (*UNITTEST, *SUITES)
    assert len({module.key for module in modules}) == len(modules)
    assert all(module.tests > 0 and module.sites > 0 for module in modules)
    assert {module.scope for module in UNITTEST} == {Scope.UNDER_TEST}
    assert {module.scope for module in SUITES} == {Scope.EVERYTHING}


def test_interpreter_without_tests_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that ships none of the modules is skipped, with the file that was looked for in the reason."""
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    assert f"this Python ships no tests: {tmp_path}" in (why_skipped(UNITTEST[0]) or "")


def test_single_missing_module_is_not_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other modules are there, a missing one is run all the same, and fails."""
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    SUITES[-1].path.parent.mkdir(parents=True)
    SUITES[-1].path.touch()
    assert not UNITTEST[0].path.exists()
    assert why_skipped(UNITTEST[0]) is None


def test_module_of_a_later_python_is_skipped() -> None:
    """A module that does not exist yet is skipped with the version that brings it."""
    later = (sys.version_info.major, sys.version_info.minor + 1)
    reason = why_skipped(Module("suite/later", "test.test_later", 1, 1, since=later))
    assert reason == f"test.test_later exists since Python {later[0]}.{later[1]}"


def test_other_implementations_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another implementation ships other tests, which nobody promised to pass."""
    monkeypatch.setattr(sys.implementation, "name", "other")
    assert why_skipped(UNITTEST[0]) == "other is not the interpreter whose tests these are"


def test_package_is_found_as_a_folder() -> None:
    """A module that is a package is looked for as one."""
    dataclasses = next(module for module in SUITES if module.key == "suite/test_dataclasses")
    if why_skipped(dataclasses) is None:
        assert dataclasses.path.exists()
