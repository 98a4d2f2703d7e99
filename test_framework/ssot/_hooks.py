"""Both styles of hooks, each run once by us, whatever else would run some of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from test_framework._case._class_hooks import ClassHook, run_timed
from test_framework._case._hooks import DONE, Hooks
from test_framework._choices import GuardLevel
from test_framework.ssot._adapting import adapted, is_fixture, takes_method, wrap_hook, wrapped
from test_framework.testcase import AsyncTestCase

__all__ = ["BothStyles"]

__unittest = True
__tracebackhide__ = True

_WITH_METHOD = frozenset({"setup_method", "async_setup_method", "async_teardown_method", "teardown_method"})
_OF_CLASS = ("setup_class", "teardown_class")
_PAIRS = (
    ("setup_method", "teardown_method"),
    ("async_setup_method", "async_teardown_method"),
    ("setUp", "tearDown"),
    ("asyncSetUp", "asyncTearDown"),
)


class BothStyles(AsyncTestCase):
    """Runs the hooks of pytest's style around those of unittest's."""

    _framework_refuses_hidden = True
    _framework_hook_names = AsyncTestCase._framework_hook_names | _WITH_METHOD | {*_OF_CLASS}
    # A test whose check was never awaited, or failed in a task that nobody looked at, has not passed.
    _framework_guards: ClassVar[Mapping[str, GuardLevel]] = MappingProxyType(
        {"unawaited_coroutines": "fail", "background_exceptions": "fail"}
    )
    # Hooks of bases that stand behind this class, which the standard class's would hide.
    _framework_behind: ClassVar[Mapping[str, Callable[..., Any]]] = MappingProxyType({})

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        cls._framework_behind = _behind(cls)
        for name in cls._framework_behind:
            if inspect.getattr_static(cls, name) is vars(BothStyles)[name]:
                setattr(cls, name, _forwarding(name))
        for name in (*_WITH_METHOD, *_OF_CLASS):
            wrap_hook(cls, name, ours=vars(BothStyles)[name], of_class=name in _OF_CLASS)

    # They take anything, so that each override may take the method, or nothing.

    @classmethod
    def setup_class(cls, *args: Any) -> Any:
        """Set up what the tests of the class share; runs before setUpClass."""
        return DONE

    @classmethod
    def setUpClass(cls) -> Any:
        """Set up what the tests of the class share; runs after setup_class."""
        return DONE

    @classmethod
    def tearDownClass(cls) -> Any:
        """Tear down what the tests of the class share; runs after asyncTearDownClass."""
        return DONE

    @classmethod
    def teardown_class(cls, *args: Any) -> Any:
        """Tear down what the tests of the class share; runs after tearDownClass."""
        return DONE

    def setup_method(self, *args: Any, **kwargs: Any) -> Any:
        """Set up for one test; runs first.

        Args:
            args: the test method; an override may take it or not.
            kwargs: the same by name.
        """
        return self._framework_next("setup_method", *args, **kwargs)

    def async_setup_method(self, *args: Any, **kwargs: Any) -> Any:
        """Set up for one test; runs after setup_method.

        Args:
            args: the test method; an override may take it or not.
            kwargs: the same by name.
        """
        return self._framework_next("async_setup_method", *args, **kwargs)

    def setUp(self) -> Any:
        """Set up for one test; runs after async_setup_method."""
        return self._framework_next("setUp")

    def asyncSetUp(self) -> Any:
        """Set up for one test; runs after setUp."""
        return self._framework_next("asyncSetUp")

    def asyncTearDown(self) -> Any:
        """Tear down after one test; runs right after it."""
        return self._framework_next("asyncTearDown")

    def tearDown(self) -> Any:
        """Tear down after one test; runs after asyncTearDown."""
        return self._framework_next("tearDown")

    def async_teardown_method(self, *args: Any, **kwargs: Any) -> Any:
        """Tear down after one test; runs after tearDown.

        Args:
            args: the test method; an override may take it or not.
            kwargs: the same by name.
        """
        return self._framework_next("async_teardown_method", *args, **kwargs)

    def teardown_method(self, *args: Any, **kwargs: Any) -> Any:
        """Tear down after one test; runs after async_teardown_method, before the cleanups.

        Args:
            args: the test method; an override may take it or not.
            kwargs: the same by name.
        """
        return self._framework_next("teardown_method", *args, **kwargs)

    def _framework_next(self, name: str, *args: Any, **kwargs: Any) -> Any:
        behind = self._framework_behind
        if name not in behind:
            return DONE
        value = adapted(behind[name], 1)(self, *args, **kwargs)
        return DONE if value is None else value

    def _framework_returned(self, method: Callable[[], Any], value: object) -> None:
        name = getattr(method, "__qualname__", self._testMethodName)
        raise TypeError(
            f"{name} returned {type(value).__name__}, which nobody looks at: "
            "write assert in place of return; if it is no test, its name must not begin with 'test'"
        )

    def _framework_arguments(self, name: str) -> tuple[Any, ...]:
        if name not in _WITH_METHOD:
            return ()
        hook = getattr(self, name)
        # One that was replaced after the class was made has no wrapper that sees to it.
        if getattr(hook, "__func__", None) not in wrapped and not takes_method(hook):
            return ()
        return (getattr(self, self._testMethodName),)

    @classmethod
    def _framework_set_up_class(cls, set_up_class: Callable[[type], Any]) -> None:
        if not _overrides(cls, "setup_class"):
            super()._framework_set_up_class(set_up_class)
            return
        run_timed(cls, lambda _: cls.setup_class(), "setup_class")
        try:
            super()._framework_set_up_class(set_up_class)
        except Exception as exc:
            # setup_class has succeeded, so teardown_class is owed.
            try:
                run_timed(cls, lambda _: cls.teardown_class(), "teardown_class")
            except Exception as second:
                raise BaseExceptionGroup("setting up the class and teardown_class both failed", [exc, second]) from None
            raise

    @classmethod
    def _framework_class_tear_downs(cls, tear_down_class: Callable[[type], Any]) -> list[ClassHook]:
        hooks = super()._framework_class_tear_downs(tear_down_class)
        if _overrides(cls, "teardown_class"):
            hooks.append(("teardown_class", lambda _: cls.teardown_class()))
        return hooks


BothStyles._framework_hooks = Hooks(BothStyles, *_PAIRS)


def _overrides(cls: Any, name: str) -> bool:
    return getattr(cls, name).__func__ is not getattr(BothStyles, name).__func__


def _behind(cls: type) -> Mapping[str, Callable[..., Any]]:
    """Return the hooks of bases that come after ours, the first of each name."""
    mro = cls.__mro__
    found: dict[str, Callable[..., Any]] = {}
    for klass in mro[mro.index(BothStyles) + 1 :]:
        if klass is object or klass in AsyncTestCase.__mro__:
            continue
        for name in BothStyles._framework_hooks.set_up_names | BothStyles._framework_hooks.tear_down_names:
            hook = vars(klass).get(name)
            if callable(hook) and not is_fixture(hook):
                found.setdefault(name, hook)
    return MappingProxyType(found)


def _forwarding(name: str) -> Callable[..., Any]:
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._framework_next(name, *args, **kwargs)

    hook.__name__ = name
    hook.__qualname__ = f"{BothStyles.__qualname__}.{name}"
    return hook
