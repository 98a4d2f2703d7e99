"""What is imported on first use: public names of a package (PEP 562), and modules inside."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["LazyModule", "lazy_names"]


def lazy_names(
    namespace: dict[str, Any], homes: Mapping[str, str], *, distribution: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and ``__dir__`` of a package whose names load on first use.

    Args:
        namespace: the package's ``globals()``; a loaded name is stored there, and ``__all__`` unless it is there.
        homes: the absolute module that defines each public name.
        distribution: whose version ``__version__`` is.

    Returns:
        The two functions to assign to ``__getattr__`` and ``__dir__``.
    """
    package = namespace["__name__"]
    namespace.setdefault("__all__", sorted({*homes, "__version__"}))

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            value: Any = version(distribution)
        elif name in homes:
            value = getattr(import_module(homes[name]), name)
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        namespace[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*namespace, *homes, "__version__"})

    return __getattr__, __dir__


class LazyModule:
    """Stands for a module that is imported when a name of it is first asked for, and held from then on.

    An import statement in a function would do the same, but look in ``sys.modules`` each time, which a test may have
    emptied.

    Args:
        name: the absolute name of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if "_module" not in self.__dict__:
            self._module = import_module(self._name)
        value = getattr(self._module, name)
        setattr(self, name, value)
        return value
