"""What the compiled code of a class or a test says about what it never uses."""

from __future__ import annotations

import dis
import inspect
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from types import CodeType

__all__ = ["contains_code", "ends_without_value", "idle_functions", "names_used", "shadowed_names"]

__unittest = True

_JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})
# From Python 3.15 on None comes by the second.
_CONSTANTS = frozenset({"LOAD_CONST", "LOAD_COMMON_CONSTANT"})


def contains_code(body: CodeType, codes: Collection[CodeType]) -> bool:
    """Return whether one of these functions was compiled as a part of *body*.

    Args:
        body: of a class.
        codes: of functions; the same objects count, not equal ones.
    """
    parts = {*map(id, body.co_consts)}
    return any(id(code) in parts for code in codes)


def ends_without_value(code: CodeType) -> bool:
    """Return whether a function can end by returning, and returns None wherever it does.

    Args:
        code: of the function.
    """
    instructions = [i for i in dis.get_instructions(code) if i.opname not in {"CACHE", "EXTENDED_ARG", "NOP"}]
    values: list[object] = []
    for before, instruction in pairwise(instructions):
        if instruction.opname == "RETURN_CONST":
            values.append(instruction.argval)
        elif instruction.opname == "RETURN_VALUE":
            values.append(before.argval if before.opname in _CONSTANTS else before)
    return bool(values) and all(value is None for value in values)


def names_used(code: CodeType) -> set[str]:
    """Return all attributes and globals that a function and those inside of it name, in texts too.

    Args:
        code: of the function.
    """
    used = {*code.co_names}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            used |= names_used(constant)
        elif isinstance(constant, str):
            # As in getattr(self, "name").
            used.add(constant)
    return used


def shadowed_names(body: CodeType) -> list[str]:
    """Return the tests that the body of a class defines more than once, unless it may be meant.

    It may be where one of several branches defines the test, where the first definition is used by the second, and
    where all but the last are overloads.

    Args:
        body: of a class.
    """
    functions = [c.co_name for c in body.co_consts if isinstance(c, CodeType) and c.co_name.startswith("test")]
    if len(functions) == len(set(functions)) or "overload" in body.co_names:
        return []
    instructions = list(dis.get_instructions(body))
    if any(instruction.opcode in _JUMPS for instruction in instructions):
        return []
    stored = Counter(i.argval for i in instructions if i.opname == "STORE_NAME")
    loaded = {i.argval for i in instructions if i.opname in {"LOAD_NAME", "DELETE_NAME"}}
    return [name for name, times in Counter(functions).items() if times > 1 and stored[name] > 1 and name not in loaded]


def idle_functions(code: CodeType) -> list[str]:
    """Return the asynchronous functions that a function defines and never uses, though they could make it fail.

    Where it uses another one, a function that neither checks nor raises anything may be left over.

    Args:
        code: of the function.
    """
    inner = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_flags & inspect.CO_COROUTINE]
    if not inner or "locals" in code.co_names:
        return []
    # A name that functions inside refer to is no plain local: whoever refers to it may use it.
    plain = {c.co_name for c in inner} & ({*code.co_varnames} - {*code.co_cellvars})
    if not plain:
        return []
    previous, bare, loaded = "", set[str](), set[str]()
    for instruction in dis.get_instructions(code):
        names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        if instruction.opname == "STORE_FAST" and previous in {"MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE"}:
            # A decorated one is stored after a call: the decorator has it.
            bare.update(names)
        elif instruction.opname.startswith("STORE_FAST_"):
            loaded.update(names)
        elif instruction.opname.startswith("LOAD_"):
            loaded.update(name for name in names if isinstance(name, str))
        if instruction.opname not in {"CACHE", "EXTENDED_ARG", "NOP"}:
            previous = instruction.opname
    idle = [c for c in inner if c.co_name in plain & bare - loaded]
    if len(idle) < len(inner):
        # What the test calls may be all there is to it: only one that could fail it is missed.
        idle = [c for c in idle if _checks(c, code.co_varnames[: code.co_argcount])]
    return [c.co_name for c in idle]


def _checks(code: CodeType, arguments: Sequence[str]) -> bool:
    """Return whether a function inside of a test uses what the test was called with, asserts or raises."""
    return not set(arguments).isdisjoint(code.co_freevars) or any(
        instruction.opname == "RAISE_VARARGS" for instruction in dis.get_instructions(code)
    )
