"""The metaclass of the SSot classes: the order of bases, and whatever ``__init__`` a suite brings."""

from __future__ import annotations

import inspect
import sys
from abc import ABCMeta
from typing import TYPE_CHECKING, Any, Protocol

from test_framework._case._phases import Phases

__all__ = ["SsotMeta"]

__unittest = True

# The most derived metaclass of the standard library's mixins: that of Protocol is one of ABC too.
if TYPE_CHECKING:
    _ProtocolMeta = ABCMeta
else:
    _ProtocolMeta = type(Protocol)
_PLAIN_INIT = Phases.__init__


class SsotMeta(_ProtocolMeta):
    """Says how to order bases that cannot be ordered, and gives every instance its state as a test case."""

    if not TYPE_CHECKING:  # the base classes' signatures say the same
        # Nothing is registered as a virtual subclass of a test class, and looking for it would slow isinstance down.
        __instancecheck__ = type.__instancecheck__
        __subclasscheck__ = type.__subclasscheck__

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **kwargs: Any) -> Any:
        """Make the class.

        Raises:
            TypeError: a base stands before a class that is derived from it.
        """
        if len(bases) > 1:
            _check_order(name, bases)
        # As for any other class: otherwise those that are made by calls would say that they are defined here.
        namespace.setdefault("__module__", sys._getframe(1).f_globals.get("__name__", "builtins"))
        cls: Any = super().__new__(mcs, name, bases, namespace, **kwargs)
        if cls.__abstractmethods__ and not any(_is_abstract_base(base) for base in cls.__mro__):
            # It asked for no such check, and pytest would pass over the class without a word.
            cls.__abstractmethods__ = frozenset()
        return cls

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance for one test method; an ``__init__`` that knows nothing of test cases does no harm."""
        if cls.__init__ is _PLAIN_INIT:  # type: ignore[misc]  # cls is the class that is instantiated
            return type.__call__(cls, *args, **kwargs)
        return _make(cls, args, kwargs)


def _check_order(name: str, bases: tuple[type, ...]) -> None:
    for position, base in enumerate(bases):
        if any(other is not base and base in other.__mro__ for other in bases[position + 1 :]):
            derived_first: list[type] = []
            for candidate in bases:
                # Before the first of its own bases; all others keep their order.
                places = (place for place, other in enumerate(derived_first) if other in candidate.__mro__)
                derived_first.insert(next(places, len(derived_first)), candidate)
            written, cure = (", ".join(kind.__name__ for kind in kinds) for kinds in (bases, derived_first))
            raise TypeError(
                f"class {name}({written}) cannot be made, since {base.__name__} stands before a class derived from "
                f"it: write class {name}({cure})"
            )


def _is_abstract_base(base: type) -> bool:
    return isinstance(base, ABCMeta) and not isinstance(base, SsotMeta)


def _make(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    case = cls.__new__(cls) if cls.__new__ is object.__new__ else cls.__new__(cls, *args, **kwargs)
    if not isinstance(case, cls):
        return case
    method = kwargs.get("methodName", args[0] if args else "runTest")
    if not isinstance(method, str):
        method = "runTest"
    # First, so that an __init__ that does not call super() may still use what a test case has.
    Phases.__init__(case, method)
    if _accepts(cls.__init__, args, kwargs):
        case.__init__(*args, **kwargs)
    elif args in ((), (method,)) and not kwargs.keys() - {"methodName"}:
        case.__init__()
        if case._testMethodName != method:
            # Its super().__init__() did not know the name.
            case._testMethodName = method
            case._testMethodDoc = getattr(getattr(case, method, None), "__doc__", None)
    else:
        case.__init__(*args, **kwargs)
    return case


def _accepts(init: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if init is object.__init__:
        return False
    try:
        inspect.signature(init).bind(None, *args, **kwargs)
    except TypeError:
        return False
    except ValueError:
        return True
    return True
