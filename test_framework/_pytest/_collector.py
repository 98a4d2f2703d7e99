"""Collects the tests of one class of ours."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from unittest import TestLoader

import pytest
from _pytest.fixtures import FuncFixtureInfo
from _pytest.python import FunctionDefinition, Metafunc
from _pytest.unittest import UnitTestCase

from test_framework._case._hooks import CLASS_HOOKS
from test_framework._case._host import signature_without_bound
from test_framework._case._scopes import end_scope
from test_framework._pytest._async_fixtures import AsyncFixtures
from test_framework._pytest._class_hooks import register_hooks
from test_framework._pytest._item import CaseItem, is_skipped
from test_framework._pytest._marks import hidden_marks
from test_framework._pytest._methods import (
    has_signature,
    is_plain,
    may_define_fixtures,
    without_arguments,
)
from test_framework._pytest._module_cleanups import run_module_cleanups_of
from test_framework._pytest._versions import parse_fixtures
from test_framework._pytest._wide_loops import close_unused
from test_framework.errors import SettingsError
from test_framework.settings import current
from test_framework.testcase import AsyncTestCase

__all__ = ["CaseCollector", "collect_class"]

__unittest = True

# Those of pytest itself act on marks and fixtures, which are looked at here; pytest-asyncio's is for its own tests.
_KNOWN_GENERATORS = frozenset({"_pytest.python", "_pytest.fixtures", "pytest_asyncio.plugin"})


def collect_class(parent: pytest.Collector, name: str, cls: type[AsyncTestCase]) -> CaseCollector | None:
    """Return the collector for a class, None if it is abstract.

    Args:
        parent: the module, or the class that it is defined in.
        name: where it was found there.
        cls: the class.
    """
    if inspect.isabstract(cls):
        return None
    AsyncFixtures.register(parent.config)
    module = parent.getparent(pytest.Module)
    if module is not None:
        run_module_cleanups_of(module)
    collector: CaseCollector = CaseCollector.from_parent(parent, name=name, obj=cls)
    return collector


class _Definition(FunctionDefinition):
    """What a test is generated from; without the marks that would make other plugins multiply it."""

    def get_closest_marker(self, name: str, default: Any = None) -> Any:
        parent: Any = self.parent
        return default if name in parent.hidden_marks else super().get_closest_marker(name, default)


class CaseCollector(UnitTestCase):
    """Makes an item for each test, with what a function has: fixtures as arguments, parameters, marks.

    setUpClass is called by a fixture, as pytest does it; a class that has none costs its tests nothing.

    Attributes:
        hidden_marks: see `hidden_marks`.
        watched: whether a debugger was asked for.
        class_fixture: the name of the fixture that calls setUpClass, "" for none.
    """

    nofuncargs = False
    hidden_marks: frozenset[str] = frozenset()
    watched = False
    class_fixture = ""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """See `pytest.Collector.collect`; in the order of unittest's own loader."""
        cls: Any = self.obj
        if not getattr(cls, "__test__", True):
            return
        names = [name for name in TestLoader().getTestCaseNames(cls) if getattr(getattr(cls, name), "__test__", True)]
        if not names and callable(getattr(cls, "runTest", None)):
            names = ["runTest"]
        if not names:
            return
        self._check_settings()
        options = self.config.option
        self.hidden_marks = hidden_marks(self.config)
        self.watched = bool(getattr(options, "usepdb", False) or getattr(options, "trace", False))
        if not is_skipped(cls):
            self._register_fixtures(cls)
        yield from self._items(cls, names)

    def _check_settings(self) -> None:
        """Refuse wrong settings once, and without code of this package: they are the same for every test."""
        try:
            current()
        except SettingsError as error:
            self.session.shouldfail = "the settings of test_framework are wrong"
            raise self.CollectError(f"{type(error).__name__}: {error}") from None

    def _register_fixtures(self, cls: Any) -> None:
        register_hooks(self)
        plain = all(
            getattr(getattr(cls, name), "__func__", None) is getattr(AsyncTestCase, name).__func__
            for name in CLASS_HOOKS
        )
        if not plain:
            self._register_unittest_setup_class_fixture(cls)
            self.class_fixture = f"_unittest_setUpClass_fixture_{cls.__qualname__}"
        if any(may_define_fixtures(base) for base in cls.__mro__ if base not in AsyncTestCase.__mro__):
            parse_fixtures(self, self._newinstance())

    def _newinstance(self) -> Any:
        # By the name that unittest gives a meaning only where a class has such a method.
        return self.obj("runTest")

    # -- items ----------------------------------------------------------------------------------------

    def _items(self, cls: Any, names: list[str]) -> Iterator[pytest.Item]:
        shared = self._shared_fixtures(cls)
        for name in names:
            function = cls.__dict__.get(name) or inspect.getattr_static(cls, name)
            if shared is None or not is_plain(function):
                yield from self._generate(cls, name, function)
                continue
            closure, definitions = shared
            # Some plugins add to the names of an item.
            info = FuncFixtureInfo((), tuple(closure), list(closure), dict(definitions))
            yield CaseItem.from_parent(self, name=name, fixtureinfo=info)

    def _shared_fixtures(self, cls: Any) -> tuple[list[str], dict[str, Any]] | None:
        """Return the fixtures of a test that names none itself; None if such tests have to be looked at one by one."""
        module = self.getparent(pytest.Module)
        generators = self.config.hook.pytest_generate_tests.get_hookimpls()
        if (
            any(implementation.function.__module__ not in _KNOWN_GENERATORS for implementation in generators)
            or hasattr(cls, "pytest_generate_tests")
            or hasattr(getattr(module, "obj", None), "pytest_generate_tests")
            or any(self.iter_markers("parametrize"))
        ):
            return None
        info = self.session._fixturemanager.getfixtureinfo(self, None, None)  # type: ignore[arg-type]
        if any(definitions[-1].params is not None for definitions in info.name2fixturedefs.values()):
            return None
        return info.names_closure, dict(info.name2fixturedefs)

    def _generate(self, cls: Any, name: str, function: Any) -> Iterator[pytest.Item]:
        """Yield the items of one method, as pytest generates them for a function."""
        module: Any = self.getparent(pytest.Module)
        function = getattr(function, "__func__", function)
        if not callable(function):
            # A descriptor, as of functools.partialmethod.
            function = getattr(cls, name)
        if not has_signature(function):
            function = without_arguments
        signature = signature_without_bound(function)
        if signature is not None:
            # Else what the decorator gives would be looked for among the fixtures.
            function.__signature__ = signature
        definition = _Definition.from_parent(self, name=name, callobj=function)
        info = definition._fixtureinfo
        metafunc = Metafunc(
            definition=definition,
            fixtureinfo=info,
            config=self.config,
            cls=cls,
            module=module.obj,
            _ispytest=True,
        )
        self._let_choose_backend(definition, info)
        methods = [module.obj.pytest_generate_tests] if hasattr(module.obj, "pytest_generate_tests") else []
        if hasattr(cls, "pytest_generate_tests"):
            methods.append(self._newinstance().pytest_generate_tests)
        self.ihook.pytest_generate_tests.call_extra(methods, {"metafunc": metafunc})
        if not metafunc._calls:
            yield CaseItem.from_parent(self, name=name, fixtureinfo=info)
            return
        recompute = getattr(metafunc, "_recompute_direct_params_indices", None)
        if recompute is not None:  # Since 8.3.
            recompute()
        info.prune_dependency_tree()
        for callspec in metafunc._calls:
            yield CaseItem.from_parent(
                self,
                name=f"{name}[{callspec.id}]" if callspec._idlist else name,
                callspec=callspec,
                fixtureinfo=info,
                keywords={callspec.id: True},
                originalname=name,
            )

    @staticmethod
    def _let_choose_backend(definition: FunctionDefinition, info: FuncFixtureInfo) -> None:
        """Let a parameter of the name "backend" choose it, whether or not the test takes it as an argument too."""
        for mark in definition.iter_markers("parametrize"):
            names = mark.args[0] if mark.args else mark.kwargs.get("argnames", ())
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
            if "backend" in names and "backend" not in info.names_closure:
                info.names_closure.append("backend")

    # -- the end --------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """Run the class cleanups that are left; the last thing of a class, after every fixture of it."""
        cls: Any = self.obj
        errors: list[BaseException] = []
        if cls._class_cleanups:
            cls.doClassCleanups()
            errors += [exception for _, exception, _ in cls.tearDown_exceptions]
        for close in (partial(end_scope, cls), close_unused):
            try:
                close()
            except Exception as error:
                errors.append(error)
        if len(errors) > 1:
            raise BaseExceptionGroup(f"class cleanups of {cls.__qualname__} failed", errors)
        if errors:
            raise errors[0]
