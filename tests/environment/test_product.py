"""The setting ``environment``: the product's own object in place of ours."""

from __future__ import annotations

import os
import sys
import types
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework import settings
from test_framework.environment import IsolatedEnvironment, get_env
from test_framework.errors import SettingsError
from test_framework.ssot.base_test_case import SSotBaseTestCase


class Product:
    """An environment manager that keeps variables to itself."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {"KEPT": "1"}

    def get(self, key: str, default: str | None = None) -> str | None:
        return self.variables.get(key, default)

    def set(self, key: str, value: str, source: str = "unknown") -> bool:
        self.variables[key] = value
        return True

    def delete(self, key: str) -> None:
        self.variables.pop(key, None)


class Telling(Product):
    def get_all(self) -> dict[str, str]:
        return dict(self.variables)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a module of a product, whose `get_env` the settings name."""
    made = types.ModuleType("shop_environment")
    vars(made).update(one=Product(), Product=Product, incomplete=object(), Telling=Telling)
    vars(made)["get_env"] = lambda: made.one
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setenv("TEST_FRAMEWORK_ENVIRONMENT_OBJECT", "shop_environment:get_env")
    settings.forget()
    yield made
    settings.forget()


def use(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Name something else in the settings."""
    monkeypatch.setenv("TEST_FRAMEWORK_ENVIRONMENT_OBJECT", path)
    settings.forget()


def test_without_the_setting() -> None:
    """It is the one object of the process."""
    assert get_env() is get_env() is IsolatedEnvironment.of_process()


def test_a_function_an_object_or_a_class(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the path names, the object is used."""
    assert get_env() is module.one
    use(monkeypatch, "shop_environment:one")
    assert get_env() is module.one
    use(monkeypatch, "shop_environment:Product")
    assert isinstance(get_env(), Product)
    assert get_env() is get_env()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no_such_module_here:get_env", "cannot be loaded: No module named"),
        ("shop_environment:nothing", "cannot be loaded: .*nothing"),
        ("shop_environment:incomplete", "has no get, set, delete"),
    ],
)
def test_a_path_that_leads_nowhere(module: Any, monkeypatch: pytest.MonkeyPatch, path: str, message: str) -> None:
    """The error names the setting, and is the error of the test that needs it."""
    use(monkeypatch, path)
    with pytest.raises(SettingsError, match=f"environment variable TEST_FRAMEWORK_ENVIRONMENT_OBJECT: .*{message}"):
        get_env()

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            self.set_env_var("A", "1")

    result = unittest.TestResult()
    Sample("test_it").run(result)
    assert len(result.errors) == 1
    assert "SettingsError" in result.errors[0][1]


@pytest.mark.parametrize("kind", [Product, Telling])
def test_it_is_used_and_undone(module: Any, kind: type[Product]) -> None:
    """Tests read and write the product's object; what they set through us is undone, all of it where it tells all."""
    module.one = kind()

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            assert self.get_env() is self._env is self.env is module.one
            self.set_env_var("ADDED", "2")
            self.set_env_var("KEPT", "2")
            self.delete_env_var("KEPT")
            with self.temp_env_vars(KEPT="3", NEW="4"):
                assert module.one.variables == {"ADDED": "2", "KEPT": "3", "NEW": "4"}
            assert module.one.variables == {"ADDED": "2"}
            assert self.get_env_var("ADDED") == "2"
            assert "ADDED" not in os.environ
            if kind is Telling:
                module.one.set("DIRECTLY", "1")

    result = unittest.TestResult()
    Sample("test_it").run(result)
    assert result.wasSuccessful(), result.failures + result.errors
    assert module.one.variables == {"KEPT": "1"}


def test_an_object_that_the_test_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used without any setting, and what was set in it is undone too."""
    own = Product()

    class Sample(SSotBaseTestCase):
        def setup_method(self, method: Any) -> None:
            self._env = own

        def test_it(self) -> None:
            self.set_env_var("ADDED", "2")
            assert own.variables == {"KEPT": "1", "ADDED": "2"}
            self.fail("on purpose")

    result = unittest.TestResult()
    Sample("test_it").run(result)
    assert len(result.failures) == 1
    assert own.variables == {"KEPT": "1"}
