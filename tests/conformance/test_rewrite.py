"""Which expressions are wrapped, and what the wrapped module does."""

from __future__ import annotations

import ast
import sys
import unittest
from pathlib import Path
from typing import Any

import pytest

from .loader import RewritingFinder, Witness
from .rewrite import WITNESS, Scope, rewrite

_SOURCE = '''\
"""Docstring."""
from __future__ import annotations
import unittest
from unittest import IsolatedAsyncioTestCase as Standard

class Does(unittest.TestCase):
    def test_it(self):
        """Say what."""
        class Nested(Standard): pass
        class Derived(Nested, Mixin): pass
        return Nested, Derived, unittest.TestCase("run"), unittest.TestCase.longMessage, unittest.TestCase

class Mixin:
    class Inner(unittest.TestCase): pass

DIRECT = unittest.TestCase
'''


class _Base(unittest.IsolatedAsyncioTestCase):
    longMessage = False


def _load(scope: Scope) -> tuple[dict[str, Any], Witness]:
    witness = Witness(_Base)
    names: dict[str, Any] = {"__name__": "sample", WITNESS: witness}
    exec(compile(rewrite(_SOURCE, "sample.py", scope), "sample.py", "exec", dont_inherit=True), names)
    return names, witness


def test_classes_inside_a_scope_get_the_base() -> None:
    """A class inside a function or class gets the base under test, by any name of the standard ones."""
    names, _ = _load(Scope.UNDER_TEST)
    nested, derived, *_ = names["Does"]("test_it").test_it()
    assert (_Base,) == nested.__bases__
    assert (nested, names["Mixin"]) == derived.__bases__
    assert (_Base,) == names["Mixin"].Inner.__bases__


def test_classes_that_do_the_testing_keep_their_base() -> None:
    """A class at module level keeps the standard base, and so do plain references."""
    names, _ = _load(Scope.UNDER_TEST)
    assert (unittest.TestCase,) == names["Does"].__bases__
    assert unittest.TestCase is names["DIRECT"]
    assert unittest.TestCase is names["Does"]("test_it").test_it()[4]


def test_direct_objects_and_attributes_come_from_the_base() -> None:
    """An instance of the standard class, and what is read from it, come from the base under test."""
    names, _ = _load(Scope.UNDER_TEST)
    _, _, direct, attribute, _ = names["Does"]("test_it").test_it()
    assert type(direct) is _Base
    assert attribute is False


def test_everything_includes_module_level() -> None:
    """With EVERYTHING the classes at module level have the base under test, helpers without a base keep none."""
    names, _ = _load(Scope.EVERYTHING)
    assert (_Base,) == names["Does"].__bases__
    assert (object,) == names["Mixin"].__bases__


def test_sites_are_counted_where_the_base_was_given() -> None:
    """Each place is counted by file and line when it is reached, and only if it got the base."""
    names, witness = _load(Scope.UNDER_TEST)
    assert witness.replaced == {"sample.py:14 base": 1}
    names["Does"]("test_it").test_it()
    names["Does"]("test_it").test_it()
    assert witness.replaced == {
        "sample.py:14 base": 1,
        "sample.py:9 base": 2,
        "sample.py:11 call": 2,
        "sample.py:11 attribute": 2,
    }


@pytest.mark.parametrize(("scope", "entered"), [(Scope.UNDER_TEST, 0), (Scope.EVERYTHING, 1)])
def test_entered_methods_are_counted(scope: Scope, entered: int) -> None:
    """A test method that is entered counts where the classes that do the testing are ours, and keeps its docstring."""
    names, witness = _load(scope)
    names["Does"]("test_it").test_it()
    assert entered == witness.entered
    assert names["Does"].test_it.__doc__ == "Say what."


def test_lines_are_those_of_the_source() -> None:
    """Every statement keeps its line, so tracebacks of rewritten modules can be read."""
    rewritten = rewrite(_SOURCE, "sample.py", Scope.UNDER_TEST)
    lines = [
        [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        for tree in (ast.parse(_SOURCE), rewritten)
    ]
    assert lines[0] == lines[1]


def test_loader_rewrites_the_chosen_module_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import hook rewrites what it was asked to, ignores bytecode caches and refuses to come too late."""
    for name in ("conformance_sample_a", "conformance_sample_b"):
        (tmp_path / f"{name}.py").write_text(_SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    witness = Witness(_Base)
    __import__("conformance_sample_b")
    RewritingFinder(["conformance_sample_a"], Scope.EVERYTHING, witness).install()
    rewritten, plain = __import__("conformance_sample_a"), sys.modules["conformance_sample_b"]
    for name in ("conformance_sample_a", "conformance_sample_b"):
        monkeypatch.delitem(sys.modules, name)
    assert (_Base,) == rewritten.Does.__bases__
    assert (unittest.TestCase,) == plain.Does.__bases__
    monkeypatch.setitem(sys.modules, "conformance_sample_b", plain)
    with pytest.raises(RuntimeError, match="conformance_sample_b"):
        RewritingFinder(["conformance_sample_b"], Scope.EVERYTHING, witness).install()
