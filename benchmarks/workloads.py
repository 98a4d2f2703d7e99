"""The modules of trivial tests that are measured, written out as a user would write them."""

from __future__ import annotations

from pathlib import Path

from sides import Side

__all__ = ["source", "write"]

# Every body counts itself, on both sides alike: a test that is not run would be very fast.
_HEAD = """\
import asyncio
{imports}

RAN: list[None] = []


async def step() -> None:
    await asyncio.sleep(0)


async def body() -> None:
    await asyncio.gather(*[asyncio.create_task(step()) for _ in range({tasks})])
    RAN.append(None)

"""
_HOOKS = """\
    async def asyncSetUp(self) -> None:
        self.ready = True

    async def asyncTearDown(self) -> None:
        self.ready = False

"""


def source(side: Side, tests: int) -> str:
    """Return the text of a module with that many tests.

    Args:
        side: what the tests look like.
        tests: how many of them; spread over classes where the side has a base.
    """
    head = _HEAD.format(imports="\n".join(side.imports), tasks=side.tasks)
    if not side.base:
        lines = "\n".join(side.attributes)
        return head + lines + "\n\n" + "".join(_test(side, n, "") for n in range(tests))
    step = side.per_class
    return head + "\n".join(_case(side, range(start, min(start + step, tests))) for start in range(0, tests, step))


def write(side: Side, tests: int, path: Path) -> Path:
    """Write that module to a file and return its path."""
    path.write_text(source(side, tests), encoding="utf-8")
    return path


def _case(side: Side, numbers: range) -> str:
    lines = "".join(f"    {line}\n" for line in side.attributes)
    hooks = _HOOKS if side.hooks else ""
    head = f"\nclass Case{numbers.start}({side.base}):\n{lines}\n{hooks}"
    return head + "".join(_test(side, n, "    ") for n in numbers)


def _test(side: Side, number: int, indent: str) -> str:
    prefix = "" if side.synchronous else "async "
    parameter = "self" if side.base else ""
    lines = [side.proof] if side.proof else []
    lines.append("await body()" if side.tasks else "RAN.append(None)")
    body = "".join(f"{indent}    {line}\n" for line in lines)
    return f"{indent}{prefix}def test_{number:04}({parameter}) -> None:\n{body}\n"
