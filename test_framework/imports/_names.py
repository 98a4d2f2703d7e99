"""The absolute names behind what import statements say."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["absolute", "bound_names", "package_of"]


def package_of(module: str, *, is_package: bool) -> str:
    """Return the package that the relative imports of a module start from."""
    return module if is_package else module.rpartition(".")[0]


def absolute(module: str | None, level: int, package: str) -> str | None:
    """Return the absolute name of what stands between ``from`` and ``import``.

    Args:
        module: the name without its leading dots.
        level: how many leading dots.
        package: the package of the importing module.

    Returns:
        The dotted name, or None if the dots lead above the top.
    """
    if not level:
        return module or ""
    parts = package.split(".") if package else []
    if level > len(parts):
        return None
    base = parts[: len(parts) - level + 1]
    return ".".join([*base, module] if module else base)


def bound_names(
    module: str | None, level: int, names: Iterable[tuple[str, str | None]], package: str
) -> dict[str, str]:
    """Return the names that an import statement binds, and the absolute dotted name of what each stands for."""
    if module is None and not level:
        return {asname or name.partition(".")[0]: name if asname else name.partition(".")[0] for name, asname in names}
    base = absolute(module, level, package)
    if base is None:
        return {}
    return {asname or name: f"{base}.{name}" if base else name for name, asname in names if name != "*"}
