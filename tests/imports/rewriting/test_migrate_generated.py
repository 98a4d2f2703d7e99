"""The rules of ``migrate`` over generated modules: what holds for every file holds for these."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from test_framework.imports.rewriting._bases import BasesRewrite
from test_framework.imports.rewriting._contexts import ContextRewrite
from test_framework.imports.rewriting._duplicates import DuplicatesRewrite
from test_framework.imports.rewriting._options import MigrateOptions
from test_framework.imports.rewriting._rewrite import Rewrite
from tests.imports.rewriting.harness import rewritten

pytestmark = pytest.mark.any_python

OPTIONS = MigrateOptions()
RULES: dict[str, Rewrite] = {
    "bases": BasesRewrite(OPTIONS),
    "context": ContextRewrite(OPTIONS.contexts),
    "duplicates": DuplicatesRewrite(OPTIONS),
}
# Without these most names mean nothing.
ALWAYS = [
    "import unittest, pytest",
    "from unittest import TestCase, IsolatedAsyncioTestCase as Isolated",
    "from tests.old import (\n    SSotAsyncTestCase,  # why\n    Other,\n)",
    "from .old import SSotBaseTestCase; x = 1",
    "from legacy import SSotAsyncBaseTestCase, SSotAsyncTestCase as S",
    "from test_framework.testcase import AsyncTestCase as Ours",
    "from test_framework.context import UserExecutionContext as Context",
]
IMPORTS = [
    '"""Doc."""',
    "from __future__ import annotations",
    "from test_framework import AsyncTestCase, UserExecutionContext",
    "try:\n    from a import Mixin\nexcept ImportError:\n    Mixin = object",
    "from app import *",
    "def helper(): return UserExecutionContext()  # ü",
    "fresh_run_id = None",
    "class AsyncTestCase: pass",
]  # fmt: skip
BASES = ["unittest.TestCase", "TestCase", "Isolated", "SSotAsyncTestCase", "SSotBaseTestCase", "S",
         "SSotAsyncBaseTestCase", "AsyncTestCase", "Ours",
         "Mixin", "object", "A", "TestB", "unittest.IsolatedAsyncioTestCase", "Other", "(Mixin)"]  # fmt: skip
BODIES = [
    "pass",
    "async def test_a(self): pass",
    "def test_b(self):\n    c = UserExecutionContext(user_id='u')",
    "def test_c(self, db): pass",
    "async def setUp(self):\n    super().setUp()\n    self.x = 1",
    "async def setUp(self):\n    await super().setUp()  # ü",
    "def setUp(self): super().setUp()",
    "async def tearDown(self):\n    '''ü'''\n    await super().tearDown()",
    "@pytest.mark.asyncio\nasync def test_d(self): await self.setUp()",
    "@pytest.mark.slow\n@pytest.mark.asyncio  # why\nasync def test_e(self):\n\n    pass",
    "pytestmark = [pytest.mark.asyncio, pytest.mark.slow]",
    "context = Context(\n    user_id='ü',  # who\n    thread_id=make(),\n)",
    "def test_f(self):\n    return [Context(user_id=f'{i}', thread_id=f'{i}') for i in range(2)]",
    "def test_g(self):\n    with self.assertRaises(TypeError): Context()",
    "timeout = 3",
]  # fmt: skip
HELPERS = [
    "class WebSocketAuthTester:\n    def __init__(self, config=None): pass\n    async def cleanup(self): pass",
    "async def use():\n    await WebSocketAuthTester().cleanup()",
    "tester = WebSocketAuthTester(1, 2)",
    "Context('u'), Context(**{}), Context(user_id='u', thread_id='t')",
    "\n# A comment.\n",
    "lambda: Context(user_id='u',\n  websocket_client_id='w')",
]
CLASSES = st.builds(
    lambda name, bases, body: f"class {name}{f'({bases})' if bases else ''}:\n{indent(body, '    ')}",
    st.sampled_from(["A", "TestB", "C", "TestD"]),
    st.one_of(st.just(""), st.lists(st.sampled_from(BASES), min_size=1, max_size=3, unique=True).map(", ".join)),
    st.lists(st.sampled_from(BODIES), min_size=1, max_size=4, unique=True).map("\n".join),
)
MODULES = st.tuples(
    st.tuples(st.permutations(ALWAYS), st.lists(st.sampled_from(IMPORTS), max_size=2, unique=True)).map(
        lambda parts: [*parts[0], *parts[1]]
    ),
    st.lists(st.one_of(CLASSES, st.sampled_from(HELPERS)), max_size=5),
    st.sampled_from(["\n", "\n\n\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
).map(lambda parts: _joined(*parts))


def _joined(head: list[str], body: list[str], gap: str, newline: str, ends: bool) -> bytes:
    future = [part for part in head if part.startswith(('"""', "from __f"))]
    text = "\n".join([*sorted(future), *(part for part in head if part not in future)]) + gap + gap.join(body)
    return (text + "\n" * ends).replace("\n", newline).encode()


def bound_at_top(text: str) -> set[str]:
    """Return what a module binds, whatever is deleted again: no rule may unbind any of it."""
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
    return names


def names_of_tests(text: str) -> list[str]:
    """Return the names of all tests, in order."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, functions) and node.name[:4] == "test"]


def comments_in(text: str) -> int:
    """Return how many comments there are."""
    return text.count("#")


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(module=MODULES, other=MODULES)
def test_generated_modules_keep_every_promise(rule: str, module: bytes, other: bytes) -> None:
    """The tree is the one meant, the rest is kept to the byte, twice is once, no name and no test is lost."""
    results = rewritten(RULES[rule], {"tests/test_a.py": module, "tests/base.py": other})
    for path, before in (("tests/test_a.py", module), ("tests/base.py", other)):
        text, after = before.decode(), results[path].text
        assert bound_at_top(text) <= bound_at_top(after)
        assert names_of_tests(text) == names_of_tests(after)
        assert comments_in(text) == comments_in(after)
        if not results[path].changes:
            assert after == text
