"""Whether a call fits what it would call, told from both sources."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from test_framework.imports.rewriting._definitions import Definition
from test_framework.imports.rewriting._methods import Function

__all__ = ["Parameters", "parameters_of", "parameters_of_class"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a function takes.

    Attributes:
        positional: by position, in order.
        needed: those without default.
        by_name: those that can be given by name.
        any_position: whether it takes any more by position.
        any_name: whether it takes any more by name.
    """

    positional: tuple[str, ...]
    needed: frozenset[str]
    by_name: frozenset[str]
    any_position: bool = False
    any_name: bool = False

    def refusal(self, call: ast.Call) -> str | None:
        """Return why a call does not fit; None if it does."""
        if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
            return "passes arguments with stars"
        if len(call.args) > len(self.positional) and not self.any_position:
            return f"passes {len(call.args)} arguments by position"
        given = {*self.positional[: len(call.args)]}
        for keyword in call.keywords:
            name = keyword.arg or ""
            if name in given or not (name in self.by_name or self.any_name):
                return f"passes {name}"
            given.add(name)
        missing = sorted(self.needed - given)
        return f"does not pass {', '.join(missing)}" if missing else None


def parameters_of(function: Function, *, bound: bool) -> Parameters:
    """Return what a function takes.

    Args:
        function: the function or method.
        bound: whether its first argument is given by the instance or the class.
    """
    arguments = function.args
    each = [*arguments.posonlyargs, *arguments.args]
    positional = [one.arg for one in each]
    with_default = {*positional[len(positional) - len(arguments.defaults) :]} if arguments.defaults else set()
    with_default |= {
        one.arg for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default
    }
    by_name = {one.arg for one in (*arguments.args, *arguments.kwonlyargs)}
    first = positional[:1] if bound else []
    names = {*positional, *by_name} - {*first}
    return Parameters(
        tuple(positional[len(first) :]),
        frozenset(names - with_default),
        frozenset(by_name - {*first}),
        arguments.vararg is not None,
        arguments.kwarg is not None,
    )


def parameters_of_class(definition: Definition, init: ast.AST | None) -> Parameters | None:
    """Return what a class takes when it is called; None if it cannot be told.

    Args:
        definition: of the class.
        init: its ``__init__``, wherever it is inherited from; None if there is none.
    """
    if isinstance(init, ast.FunctionDef):
        return parameters_of(init, bound=True)
    node = definition.node
    decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    named = [definition.source.names.meaning(each).dotted for each in decorators]
    if not isinstance(node, ast.ClassDef) or not decorators:
        return Parameters((), frozenset(), frozenset()) if not decorators else None
    if named != ["dataclasses.dataclass"] or node.bases:
        return None
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    # Options and fields with settings of their own may change what is taken, and how.
    options = [each for call in node.decorator_list if isinstance(call, ast.Call) for each in call.keywords]
    if any(each.arg not in ("frozen", "slots", "repr", "eq") for each in options):
        return None
    if any(isinstance(part.value, ast.Call) or "ClassVar" in ast.dump(part.annotation) for part in fields):
        return None
    names = [part.target.id for part in fields if isinstance(part.target, ast.Name)]
    needed = {part.target.id for part in fields if isinstance(part.target, ast.Name) and part.value is None}
    return Parameters(tuple(names), frozenset(needed), frozenset(names))
