"""Decorators without their parentheses or with a misspelt name, the wrong `with`: the error says what to write."""

from __future__ import annotations

import unittest
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, deadline, guard, on_backends
from tests.behaviour.recording import run_class


@pytest.mark.parametrize(
    ("decorator", "text"),
    [
        (deadline, r"write @deadline\(5\.0\), or @deadline\(None\)"),
        (guard, r'write @guard\(leaked_tasks="ignore"\); there are leaked_tasks, '),
        (on_backends, r'write @on_backends\("asyncio", "trio"\)'),
    ],
)
def test_a_bare_decorator(decorator: Any, text: str) -> None:
    """On a method and on a class."""
    with pytest.raises(TypeError, match=text):
        decorator(lambda self: None)
    with pytest.raises(TypeError, match=text):
        decorator(type("Sample", (AsyncTestCase,), {}))


def test_a_synchronous_with() -> None:
    """`with self.assertCompletesWithin()` in place of `async with`."""
    limit: Any = AsyncTestCase().assertCompletesWithin(1.0)
    with pytest.raises(TypeError, match=r"write `async with self\.assertCompletesWithin\(\.\.\.\)`"), limit:
        pass


def test_a_misspelt_guard() -> None:
    """All that is misspelt is named, with what may be meant."""
    wrong: Any = {"leaked_task": "fail", "nothing": "warn"}
    with pytest.raises(TypeError) as caught:
        guard(**wrong)
    assert str(caught.value).startswith(
        "@guard: there is no guard 'leaked_task' (did you mean 'leaked_tasks'?) and 'nothing'; there are leaked_tasks, "
    )


SYNCHRONOUS: dict[str, tuple[Any, ...]] = {
    "assertRaises": (ValueError,),
    "assertRaisesRegex": (ValueError, "x"),
    "assertWarns": (UserWarning,),
    "assertWarnsRegex": (UserWarning, "x"),
    "assertLogs": (),
    "assertNoLogs": (),
    "assertRaisesGroup": (ValueError,),
}


@pytest.mark.parametrize("title", SYNCHRONOUS)
def test_an_asynchronous_with(title: str) -> None:
    """`async with self.assertRaises()` in place of `with`: one error, with what to write, and no word of the rest."""

    class Sample(AsyncTestCase):
        async def test(self) -> None:
            await anyio.sleep(0)
            async with getattr(self, title)(*SYNCHRONOUS[title]):
                pass

    ((kind, text),) = run_class(Sample).of("test")
    assert kind == "error"
    assert text.endswith(
        f"{title}() is synchronous, in an asynchronous test too: write `with self.{title}(...)`, without async"
    )


@pytest.mark.parametrize("title", [title for title in SYNCHRONOUS if hasattr(unittest.TestCase, title)])
def test_the_docstring_of_a_standard_assertion(title: str) -> None:
    """What `help()` shows is the standard class's."""
    assert getattr(AsyncTestCase, title).__doc__ == getattr(unittest.TestCase, title).__doc__
