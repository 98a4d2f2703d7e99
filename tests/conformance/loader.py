"""Import hook that derives the classes under test of chosen modules from another base, and counts them."""

from __future__ import annotations

import sys
import unittest
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from .rewrite import WITNESS, Scope, rewrite

__all__ = ["RewritingFinder", "Witness"]


class Witness:
    """Stands in for the standard bases in rewritten modules and keeps count of where it did.

    Args:
        base: the class that takes the place of the standard bases.
    """

    def __init__(self, base: type[unittest.TestCase]) -> None:
        self._base = base
        self.replaced: Counter[str] = Counter()
        """How often each site (``"file:line kind"``) asked for a standard base and got the one under test."""
        self.entered = 0
        """How many test methods have been entered; counted only with `Scope.EVERYTHING`."""

    def __call__(self, named: object, site: str) -> object:
        """Return the base under test for a standard base, and anything else unchanged.

        Args:
            named: what the original expression evaluated to.
            site: where that expression is, and of which kind it is.
        """
        if named is unittest.TestCase or named is unittest.IsolatedAsyncioTestCase:
            self.replaced[site] += 1
            return self._base
        return named

    def enter(self) -> None:
        """Count a test method whose body has begun."""
        self.entered += 1

    def is_base_of(self, test: object) -> bool:
        """Tell whether a test is an instance of the base under test."""
        return isinstance(test, self._base)


class RewritingFinder(MetaPathFinder):
    """Finds the chosen modules where Python would, and loads them rewritten.

    Args:
        modules: full names of the modules to rewrite.
        scope: how much of them.
        witness: what the rewritten expressions call.
    """

    def __init__(self, modules: Iterable[str], scope: Scope, witness: Witness) -> None:
        self._modules = frozenset(modules)
        self._scope = scope
        self._witness = witness

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the ordinary spec of a chosen module with a loader that rewrites, else None."""
        if fullname not in self._modules:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        spec.loader = _RewritingLoader(fullname, spec.origin, self._scope, self._witness)
        return spec

    def install(self) -> None:
        """Put this finder in front of all others.

        Raises:
            RuntimeError: a module to rewrite has been imported already, so that it would stay as it is.
        """
        early = sorted(self._modules & sys.modules.keys())
        if early:
            raise RuntimeError(f"imported before it could be rewritten: {', '.join(early)}")
        sys.meta_path.insert(0, self)


class _RewritingLoader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, scope: Scope, witness: Witness) -> None:
        super().__init__(fullname, path)
        self._scope = scope
        self._witness = witness

    def get_code(self, fullname: str) -> CodeType:
        # Not through the standard get_code: it would use, and write, the cache of the unmodified module.
        path = self.get_filename(fullname)
        tree = rewrite(self.get_data(path), path, self._scope)
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[WITNESS] = self._witness
        super().exec_module(module)
