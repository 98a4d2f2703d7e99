"""Base classes, hooks and marks of test classes: changed, or left with the reason."""

from __future__ import annotations

from textwrap import dedent

import pytest

from test_framework.imports.rewriting._bases import BasesRewrite
from test_framework.imports.rewriting._load_options import parse_options
from test_framework.imports.rewriting._options import MigrateOptions
from tests.imports.rewriting.harness import Rewritten, rewritten

# The rules work on trees and texts, which every Python reads alike.
pytestmark = pytest.mark.any_python

SSOT = "test_framework.ssot.base_test_case"
OURS = "from test_framework import AsyncTestCase\n"


def migrated(files: dict[str, str | bytes], settings: str | None = None) -> dict[str, Rewritten]:
    """Run the rule on several files."""
    options = MigrateOptions() if settings is None else parse_options(settings, "pyproject.toml")
    return rewritten(BasesRewrite(options), files)


def one(text: str | bytes, settings: str | None = None, path: str = "tests/test_a.py") -> Rewritten:
    """Run the rule on one file."""
    return migrated({path: text}, settings)[path]


CHANGED = {
    "a plain class with an asynchronous test": (
        "import unittest\nclass T(unittest.TestCase):\n    async def test_a(self): pass\n",
        f"import unittest\n{OURS}class T(AsyncTestCase):\n    async def test_a(self): pass\n",
    ),
    "the standard class for them": (
        "from unittest import IsolatedAsyncioTestCase as I\nclass T(I):\n    def test_a(self): pass\n",
        f"from unittest import IsolatedAsyncioTestCase as I\n{OURS}class T(AsyncTestCase):\n    def test_a(self): pass\n",
    ),
    "an asynchronous hook": (
        "import unittest\nclass T(unittest.TestCase):\n    async def asyncSetUp(self): pass\n    def test_a(self): pass\n",
        f"import unittest\n{OURS}class T(AsyncTestCase):\n    async def asyncSetUp(self): pass\n    def test_a(self): pass\n",
    ),
    "a test from a mixin": (
        "import unittest\nclass M:\n    async def test_a(self): pass\nclass T(M, unittest.TestCase): pass\n",
        f"import unittest\n{OURS}class M:\n    async def test_a(self): pass\nclass T(M, AsyncTestCase): pass\n",
    ),
    "a bare class": (
        "class TestA:\n    async def test_a(self): pass\n",
        f"{OURS}\nclass TestA(AsyncTestCase):\n    async def test_a(self): pass\n",
    ),
    "a bare class with brackets": (
        "class TestA ( ):  # why\n    async def test_a(self): pass\n",
        f"{OURS}\nclass TestA (AsyncTestCase ):  # why\n    async def test_a(self): pass\n",
    ),
    "a bare class of object": (
        "class TestA(object):\n    async def test_a(self): pass\n",
        f"{OURS}\nclass TestA(AsyncTestCase):\n    async def test_a(self): pass\n",
    ),
    "a bare class with a mixin": (
        "class Mixin:\n    pass\nclass TestA(Mixin):\n    async def test_a(self): pass\n",
        f"{OURS}\nclass Mixin:\n    pass\nclass TestA(Mixin, AsyncTestCase):\n    async def test_a(self): pass\n",
    ),
    "a bare class and one derived from it": (
        "class TestA:\n    def test_a(self): pass\nclass TestB(TestA):\n    async def test_b(self): pass\n",
        f"{OURS}\nclass TestA(AsyncTestCase):\n    def test_a(self): pass\nclass TestB(TestA):\n    async def test_b(self): pass\n",
    ),
    "a patched test": (
        "from unittest import mock\nclass TestA:\n    @mock.patch('os.x')\n    @mock.patch.object(mock, 'x', new=1)\n"
        "    async def test_a(self, x): pass\n",
        f"from unittest import mock\n{OURS}class TestA(AsyncTestCase):\n    @mock.patch('os.x')\n"
        "    @mock.patch.object(mock, 'x', new=1)\n    async def test_a(self, x): pass\n",
    ),
    "imported already, by another name": (
        "import unittest\nfrom test_framework.testcase import AsyncTestCase as A\n"
        "class T(unittest.TestCase):\n    async def test_a(self): pass\n",
        "import unittest\nfrom test_framework.testcase import AsyncTestCase as A\n"
        "class T(A):\n    async def test_a(self): pass\n",
    ),
    "decorated, spread over lines": (
        "import unittest\n@d\nclass T(\n    unittest.TestCase,  # why\n):\n    async def test_a(self): pass\n",
        f"import unittest\n{OURS}@d\nclass T(\n    AsyncTestCase,  # why\n):\n    async def test_a(self): pass\n",
    ),
    "a predecessor of the same name": (
        "from tests.base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
        f"from {SSOT} import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
    ),
    "a predecessor among others": (
        "from tests.base import Other, SSotBaseTestCase\nclass T(SSotBaseTestCase): pass\n"
        "def f(x): return isinstance(x, SSotBaseTestCase)\n",
        f"from tests.base import Other\nfrom {SSOT} import SSotBaseTestCase\nclass T(SSotBaseTestCase): pass\n"
        "def f(x): return isinstance(x, SSotBaseTestCase)\n",
    ),
    "two predecessors from one statement": (
        "from tests.base import SSotAsyncTestCase, SSotBaseTestCase\nclass T(SSotAsyncTestCase): pass\n"
        "class U(SSotBaseTestCase): pass\n",
        f"from {SSOT} import SSotAsyncTestCase, SSotBaseTestCase\nclass T(SSotAsyncTestCase): pass\n"
        "class U(SSotBaseTestCase): pass\n",
    ),
    "a bare class with a comma": (
        "class M: pass\nclass TestA(M,):\n    async def test_a(self): pass\n",
        f"{OURS}\nclass M: pass\nclass TestA(M, AsyncTestCase,):\n    async def test_a(self): pass\n",
    ),
    "a predecessor by its module": (
        "import tests.base as base\nclass T(base.SSotAsyncTestCase): pass\n",
        f"import tests.base as base\nfrom {SSOT} import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
    ),
    "a predecessor by another name": (
        "from tests.base import SSotAsyncTestCase as Base\nclass T(Base): pass\n",
        f"from tests.base import SSotAsyncTestCase as Base\nfrom {SSOT} import SSotAsyncTestCase\n"
        "class T(SSotAsyncTestCase): pass\n",
    ),
    "a predecessor that is passed on": (
        "from tests.base import SSotAsyncTestCase as SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
        f"from {SSOT} import SSotAsyncTestCase as SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
    ),
    "a predecessor from a module of our name that is not there": (
        "from test_framework.base import BaseIntegrationTest, SSotBaseTestCase\nclass T(BaseIntegrationTest): pass\n"
        "class U(SSotBaseTestCase): pass\n",
        f"from {SSOT} import BaseIntegrationTest, SSotBaseTestCase\nclass T(BaseIntegrationTest): pass\n"
        "class U(SSotBaseTestCase): pass\n",
    ),
    "a relative predecessor": (
        "from .base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
        f"from {SSOT} import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
    ),
    "a base before one derived from it": (
        f"import unittest\n{OURS}class T(unittest.TestCase, AsyncTestCase): pass\n",
        f"import unittest\n{OURS}class T(AsyncTestCase, unittest.TestCase): pass\n",
    ),
    "a mixin whose hook would be hidden": (
        "import unittest\nclass M:\n    def setUp(self): pass\nclass T(unittest.TestCase, M):\n    async def test_a(self): pass\n",
        f"import unittest\n{OURS}class M:\n    def setUp(self): pass\nclass T(M, AsyncTestCase):\n    async def test_a(self): pass\n",
    ),
    "a mixin that stands well": (
        "import unittest\nclass M:\n    def make(self): pass\nclass T(unittest.TestCase, M):\n    async def test_a(self): pass\n",
        f"import unittest\n{OURS}class M:\n    def make(self): pass\nclass T(AsyncTestCase, M):\n    async def test_a(self): pass\n",
    ),
    "a mixin that the class calls itself": (
        "import unittest\nclass M:\n    def setUp(self): pass\nclass T(unittest.TestCase, M):\n"
        "    def setUp(self): M.setUp(self)\n    async def test_a(self): pass\n",
        f"import unittest\n{OURS}class M:\n    def setUp(self): pass\nclass T(AsyncTestCase, M):\n"
        "    def setUp(self): M.setUp(self)\n    async def test_a(self): pass\n",
    ),
    "the order of what is derived from what changes": (
        "import unittest\nclass T(unittest.TestCase):\n    async def test_a(self): pass\n"
        "class U(unittest.IsolatedAsyncioTestCase, T): pass\n",
        f"import unittest\n{OURS}class T(AsyncTestCase):\n    async def test_a(self): pass\n"
        "class U(T, unittest.IsolatedAsyncioTestCase): pass\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGED)
def test_a_class_gets_a_base_that_runs_its_tests(case: str) -> None:
    """The header changes and the import comes with it, nothing else."""
    before, after = CHANGED[case]
    result = one(before)
    assert result.text == after
    assert result.left == []
    compile(result.text, "migrated", "exec")


@pytest.mark.parametrize(
    "text",
    [
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
        f"{OURS}class T(AsyncTestCase):\n    async def test_a(self): pass\n",
        f"from {SSOT} import SSotAsyncTestCase, BaseTestCase\nclass T(SSotAsyncTestCase): pass\nclass U(BaseTestCase): pass\n",
        "class TestA:\n    def test_a(self, tmp_path): pass\n",
        "class Helper:\n    async def test_a(self): pass\n",
        "class TestA:\n    __test__ = False\n    async def test_a(self): pass\n",
        "class TestA:\n    async def make(self): pass\n",
        "from app.testing import Case\nclass T(Case):\n    async def test_a(self): pass\n",
        "x = 'class T(unittest.TestCase): async def test_a'\n",
        "import unittest, a\nclass T(unittest.TestCase):\n    @a.run_async\n    async def test_a(self): pass\n",
        "import unittest\nclass T(unittest.TestCase):\n    @run_async\n    async def test_a(self): pass\n",
    ],
)
def test_what_is_as_it_should_be_stays(text: str) -> None:
    """Classes whose tests run are neither changed nor reported, nor what is none of ours."""
    assert one(text) == Rewritten(text, [], [])


def test_a_bare_class_is_a_test_only_where_pytest_looks() -> None:
    """In another file it is a class like any other; patterns for the files come from the settings."""
    text = "class TestA:\n    async def test_a(self): pass\n"
    assert one(text, path="app/a.py").text == text
    settings = '[tool.test_framework.migrate]\nfiles = ["check_*.py"]\n'
    assert one(text, settings).text == text
    assert one(text, settings, path="app/check_a.py").text != text
    assert one(text, "[tool.test_framework.migrate]\nbare = false\n") == Rewritten(text, [], [])


BARE = {
    "async def test_a(self, tmp_path): pass": "test_a takes tmp_path, which pytest alone gives it",
    "async def test_a(self, *, db): pass": "test_a takes db, which pytest alone gives it",
    "@pytest.mark.parametrize('x', [1])\n    async def test_a(self, x=1): pass":
        "test_a is parametrized, which is for pytest alone",
    "@pytest.mark.usefixtures('db')\n    async def test_a(self): pass":
        "test_a uses fixtures, which are for pytest alone",
    "@pytest.mark.anyio\n    async def test_a(self): pass":
        "test_a has the mark anyio, which runs tests on several backends: write @on_backends",
    "@pytest.mark.asyncio(loop_scope='class')\n    async def test_a(self): pass":
        "test_a has the mark asyncio with arguments, by which tests may share a loop",
    "pytestmark = [pytest.mark.anyio]\n    async def test_a(self): pass":
        "it has the mark anyio, which runs tests on several backends: write @on_backends",
    "def setup_method(self): pass\n    async def test_a(self): pass": "setup_method is called by pytest only",
    "@pytest.fixture(autouse=True)\n    def db(self): pass\n    async def test_a(self): pass":
        "the fixture db is used by pytest only",
    "def __init__(self): pass\n    async def test_a(self): pass": "it defines __init__, so pytest does not collect it",
    "def setup(self): pass\n    async def test_a(self): pass":
        "setup would be refused, because nothing calls it: write setUp",
    "def run(self): pass\n    async def test_a(self): pass": "it has its own run, as every test case has",
    "async def test_a(self): self.id = 1": "it has its own id, as every test case has",
    "async def test_a(): pass": "test_a does not take self",
    "@staticmethod\n    async def test_a(x): pass": "test_a does not take self",
    "async def test_a(self): yield": "test_a contains yield, so it never runs",
    "class TestInner:\n        def test_b(self): pass\n    async def test_a(self): pass":
        "no runner would look into TestInner, which is inside of it",
    "timeout = 5\n    async def test_a(self): pass": "it defines timeout, which would say how its tests run",
}  # fmt: skip


@pytest.mark.parametrize("body", BARE)
def test_a_bare_class_with_features_of_pytest_is_left(body: str) -> None:
    """What a test case cannot have is the reason."""
    text = f"import pytest\n\n\nclass TestA:\n    {body}\n"
    result = one(text)
    assert result.text == text
    assert result.left[0] == f"4: class TestA: {BARE[body]}"


def test_what_a_class_of_the_family_needs_counts() -> None:
    """A base class is left if one derived from it could not live as a test case, also in another file."""
    files: dict[str, str | bytes] = {
        "tests/test_a.py": "class TestA:\n    async def test_a(self): pass\n",
        "tests/test_b.py": "from .test_a import TestA\nclass TestB(TestA):\n    def test_b(self, db): pass\n",
        "tests/test_c.py": "import unittest\nfrom .test_d import TestMixin\n"
                           "class TestC(TestMixin, unittest.TestCase): pass\n",
        "tests/test_d.py": "class TestMixin:\n    async def test_a(self): pass\n",
    }  # fmt: skip
    results = migrated(files)
    assert results["tests/test_a.py"].left == [
        "1: class TestA: TestB in line 2 of tests/test_b.py, of the same family: "
        "test_b takes db, which pytest alone gives it"
    ]
    assert results["tests/test_d.py"].left == [
        "1: class TestMixin: TestC in line 3 of tests/test_c.py, of the same family: "
        "is a test case by another base class, or may be"
    ]
    assert "class TestC(TestMixin, AsyncTestCase)" in results["tests/test_c.py"].text


def test_setup_method_is_no_obstacle_for_a_class_that_calls_it() -> None:
    """The SSot classes call the hooks of pytest under both runners."""
    text = "class TestA:\n    def setup_method(self): pass\n    async def test_a(self): pass\n"
    settings = f'[tool.test_framework.migrate]\nbase = "{SSOT}:SSotAsyncTestCase"\n'
    assert one(text, settings).text.startswith(
        f"from {SSOT} import SSotAsyncTestCase\n\nclass TestA(SSotAsyncTestCase):"
    )


LEFT = {
    "a star import": (
        "from unittest import *\nclass T(IsolatedAsyncioTestCase):\n    async def test_a(self): pass\n",
        "2: class T: what its base class is cannot be told: IsolatedAsyncioTestCase may come from a star import",
    ),
    "a predecessor from a star import": (
        "from tests.base import *\nclass T(SSotAsyncTestCase):\n    def test_a(self): pass\n",
        "2: class T: what its base class is cannot be told: SSotAsyncTestCase may come from a star import",
    ),
    "bound twice": (
        "try:\n    from a import TestCase\nexcept ImportError:\n    from unittest import TestCase\n"
        "class T(TestCase):\n    async def test_a(self): pass\n",
        "5: class T: what its base class is cannot be told: TestCase is bound more than once",
    ),
    "in a function": (
        "import unittest\ndef f():\n    class T(unittest.IsolatedAsyncioTestCase): pass\n",
        "3: class T: it is inside of function f",
    ),
    "in a class": (
        "import unittest\nclass A:\n    class T(unittest.TestCase):\n        async def test_a(self): pass\n",
        "3: class T: it is inside of class A",
    ),
    "made twice": (
        "import unittest\nif x:\n    class T(unittest.IsolatedAsyncioTestCase): pass\nelse:\n    T = None\n",
        "3: class T: it is not the only thing of its name",
    ),
    "its name is taken": (
        "import unittest\nclass AsyncTestCase(unittest.TestCase):\n    async def test_a(self): pass\n",
        "2: class AsyncTestCase: AsyncTestCase stands for something else in this file",
    ),
    "it says how tests run": (
        "import unittest\nclass T(unittest.TestCase):\n    timeout = 5\n    backend = None\n    async def test_a(self): pass\n",
        "2: class T: it defines backend, timeout, which would say how its tests run",
    ),
    "a misspelt hook": (
        "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    def asyncSetup(self): pass\n",
        "2: class T: asyncSetup would be refused, because nothing calls it: write asyncSetUp",
    ),
    "a predecessor that is used in another way": (
        "from tests.base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\nSSotAsyncTestCase.helper()\n",
        "2: class T: SSotAsyncTestCase stands for something else in this file",
    ),
    "a predecessor whose hook is called by name": (
        "import tests.base as b\nclass T(b.SSotAsyncTestCase):\n    def setUp(self): b.SSotAsyncTestCase.setUp(self)\n",
        "2: class T: its methods call hooks of SSotAsyncTestCase by name",
    ),
    "two predecessors": (
        "from tests.base import A, B\nclass T(A, B): pass\n",
        "2: class T: two of its base classes would become the same one",
    ),
    "a type parameter": (
        "class TestA[T]:\n    async def test_a(self): pass\n", "1: class TestA: its header is written in an unusual way",
    ),
    "a decorator": (
        "import d\n@d.d\nclass TestA:\n    async def test_a(self): pass\n",
        "3: class TestA: a decorator may do anything to it",
    ),
    "a metaclass": (
        "class TestA(metaclass=M):\n    async def test_a(self): pass\n",
        "1: class TestA: it has a metaclass or other arguments",
    ),
    "no order of bases": (
        "import unittest\nclass A(unittest.IsolatedAsyncioTestCase): pass\nclass B(A): pass\nclass C(A): pass\n"
        "class D(B, C): pass\nclass E(C, B): pass\nclass F(D, E): pass\n",
        "7: class F: its base classes cannot stand in any order",
    ),
}  # fmt: skip
PREDECESSORS = '[tool.test_framework.migrate.predecessors]\n"tests.base:A" = ""\n"tests.base:B" = ""\n'


@pytest.mark.parametrize("case", LEFT)
def test_a_doubtful_class_is_left_with_the_reason(case: str) -> None:
    """Nothing of the class changes, and the report says why."""
    text, reason = LEFT[case]
    try:
        compile(text, "sample", "exec")
    except SyntaxError:
        pytest.skip("this Python does not know its syntax")
    result = one(text, PREDECESSORS)
    assert reason in result.left
    if case != "no order of bases":
        assert result.text == text


def test_a_predecessor_of_the_settings() -> None:
    """It may be named for any module, and become the base class of the settings or another one."""
    settings = """
        [tool.test_framework.migrate]
        base = "tests.case:ProductCase"
        [tool.test_framework.migrate.predecessors]
        "tests.*:Broken" = ""
        "app.testing:Old" = "app.cases:New"
        "*:SSotAsyncTestCase" = false
    """
    text = """\
        from app.testing import Old
        from tests.a.b import Broken
        from tests.base import SSotAsyncTestCase
        class T(Broken): pass
        class U(Old): pass
        class V(SSotAsyncTestCase): pass
    """
    assert one(text, dedent(settings)).text == dedent("""\
        from app.testing import Old
        from tests.a.b import Broken
        from tests.base import SSotAsyncTestCase
        from tests.case import ProductCase
        from app.cases import New
        class T(ProductCase): pass
        class U(New): pass
        class V(SSotAsyncTestCase): pass
    """)


def test_what_tests_use_of_a_predecessor_is_not_lost() -> None:
    """Where the predecessor can be read, a class that uses what its successor lacks is left."""
    files: dict[str, str | bytes] = {
        "tests/base.py": "class SSotAsyncTestCase:\n    def make_client(self): pass\n    def record_metric(self): pass\n",
        "tests/test_a.py": "from tests.base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase):\n"
                           "    def test_a(self): self.record_metric('a', 1)\n",
        "tests/test_b.py": "from tests.base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase):\n"
                           "    def test_a(self): self.make_client()\n",
    }  # fmt: skip
    results = migrated(files)
    assert results["tests/test_a.py"].text.startswith(f"from {SSOT} import SSotAsyncTestCase\n")
    assert results["tests/test_b.py"].left == [
        f"2: class T: it uses make_client of SSotAsyncTestCase, which {SSOT}:SSotAsyncTestCase does not have"
    ]


def test_a_class_of_the_project_that_is_one_of_ours_is_no_predecessor() -> None:
    """A suite may have a class of the same name that adds to ours."""
    files: dict[str, str | bytes] = {
        "tests/base.py": f"from {SSOT} import SSotAsyncTestCase as Ours\nclass SSotAsyncTestCase(Ours):\n    pass\n",
        "tests/test_a.py": "from tests.base import SSotAsyncTestCase\nclass T(SSotAsyncTestCase): pass\n",
    }
    assert all(result == Rewritten(str(files[path]), [], []) for path, result in migrated(files).items())


def test_a_base_class_in_another_file_changes_for_those_derived_from_it() -> None:
    """The base changes where it stands; the file of the derived class says so."""
    files: dict[str, str | bytes] = {
        "tests/base.py": "import unittest\nclass Base(unittest.TestCase):\n    pass\n",
        "tests/__init__.py": "from .base import *\n",
        "tests/test_a.py": "from tests import Base\nclass T(Base):\n    async def setUp(self): pass\n"
                           "    async def test_a(self): pass\n",
    }  # fmt: skip
    results = migrated(files)
    assert results["tests/base.py"].text == f"import unittest\n{OURS}class Base(AsyncTestCase):\n    pass\n"
    assert "async def asyncSetUp" in results["tests/test_a.py"].text
    assert results["tests/test_a.py"].left == [
        "2: class T: its own line stays as it is: Base in tests/base.py gets another base class"
    ]


def test_a_plain_base_class_outside_of_the_run_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tests of a class cannot run, and its base class is in a file that nobody asked to change."""
    root = tmp_path_factory.mktemp("project")
    (root / "tests").mkdir()
    (root / "tests" / "base.py").write_text("import unittest\nclass Base(unittest.TestCase): pass\n", "utf-8")
    text = "from tests.base import Base\nclass T(Base):\n    async def test_a(self): pass\n"
    rule = BasesRewrite(MigrateOptions(), root=str(root))
    assert rewritten(rule, {"tests/test_a.py": text})["tests/test_a.py"].left == [
        "2: class T: its base class tests.base.Base is a TestCase, and not in a file of this run"
    ]


HOOKS = """\
import unittest
class T(unittest.IsolatedAsyncioTestCase):
    async def setUp(self):
        {}
    async \\
    def tearDown(self):
        pass
    @classmethod
    async def setUpClass(cls):
        await super().setUpClass()
    async def test_a(self):
        pass
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("super().setUp()", "await super().asyncSetUp()"),
        ("await super().setUp()", "await super().asyncSetUp()"),
        ("super(T, self).setUp()  # first", "await super(T, self).asyncSetUp()  # first"),
        ("await (super() . setUp ())", "await (super() . asyncSetUp ())"),
        ("pass", "pass"),
        ("x = await super().setUp()", "x = await super().asyncSetUp()"),
    ],
)
def test_asynchronous_hooks_get_the_names_of_such(before: str, after: str) -> None:
    """The calls of the inherited hook go with them, and are awaited."""
    expected = HOOKS.format(after).replace("import unittest\n", f"import unittest\n{OURS}").replace(
        "unittest.Iso", "Iso").replace("IsolatedAsyncioTestCase", "AsyncTestCase")  # fmt: skip
    for old, new in {"def setUp(": "def asyncSetUp(", "def tearDown(": "def asyncTearDown(",
                     "setUpClass": "asyncSetUpClass"}.items():  # fmt: skip
        expected = expected.replace(old, new)
    result = one(HOOKS.format(before))
    assert result.text == expected
    assert result.left == []


STUCK = {
    "async def asyncSetUp(self): pass": "the class has asyncSetUp too",
    "async def test_b(self): await self.setUp()": "line 5 uses setUp in another way than by super().setUp()",
    "async def test_b(self): x = T.setUp": "line 5 uses setUp in another way than by super().setUp()",
}


@pytest.mark.parametrize("more", STUCK)
def test_a_hook_that_is_used_by_name_keeps_it(more: str) -> None:
    """It is awaited under that name as well."""
    result = one(f"{OURS}class T(AsyncTestCase):\n    async def setUp(self):\n        pass\n    {more}\n")
    assert result.changes == []
    assert result.left == [f"3: T.setUp: {STUCK[more]}"]


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        ("async def setUp(self, x=1): pass", "a hook takes no arguments"),
        ("async def setUp(self): return super().setUp()", "line 3 uses what super().setUp() returns"),
        ("async def setUp(self): super().setUp(1)", "line 3 uses setUp in another way than by super().setUp()"),
        ("async def setUp(self): asyncio.run(super().setUp())", "line 3 uses what super().setUp() returns"),
    ],
)
def test_an_unusual_hook_keeps_its_name(hook: str, reason: str) -> None:
    """It is reported with the reason."""
    result = one(f"{OURS}class T(AsyncTestCase):\n    {hook}\n")
    assert (result.changes, result.left) == ([], [f"3: T.setUp: {reason}"])


SYNC_BASE = "class Base(AsyncTestCase):\n    def setUp(self): pass\n    def tearDown(self): pass\n"


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ('"""Doc."""\n        super().setUp()\n        self.x = 1', True),
        ("self.x = 1\n        super().setUp()", False),
        ("self.x = 1", False),
    ],
)
def test_a_hook_above_is_called_neither_twice_nor_at_another_time(body: str, changes: bool) -> None:
    """Under another name it does not replace the synchronous one above, which then runs by itself, before it."""
    result = one(f"{OURS}{SYNC_BASE}class T(Base):\n    async def setUp(self):\n        {body}\n")
    assert bool(result.changes) is changes
    reason = "the setUp of Base would run at another time, or would begin to run"
    assert result.left == ([] if changes else [f"6: T.setUp: {reason}"])


def test_hooks_of_a_family_change_together() -> None:
    """If one of them has to keep its name, the others keep theirs, also in other files."""
    files: dict[str, str | bytes] = {
        "tests/base.py": f"{OURS}class Base(AsyncTestCase):\n    async def setUp(self): pass\n",
        "tests/test_a.py": "from .base import Base\nclass A(Base):\n    async def setUp(self): await super().setUp()\n",
        "tests/test_b.py": "from .base import Base\nclass B(Base):\n    async def setUp(self): x = self.setUp\n",
    }
    results = migrated(files)
    assert [result.changes for result in results.values()] == [[], [], []]
    told = (
        "B in line 2 of tests/test_b.py, of the same family: line 3 uses setUp in another way than by super().setUp()"
    )
    assert results["tests/base.py"].left == [f"3: Base.setUp: {told}"]
    assert results["tests/test_a.py"].left == [f"3: A.setUp: {told}"]


def test_the_hook_of_a_mixin_is_not_left_alone() -> None:
    """A mixin is no test case, so its hook keeps its name, and with it the one that calls it."""
    text = f"""{OURS}class Mixin:
    async def setUp(self): pass
class T(Mixin, AsyncTestCase):
    async def setUp(self):
        self.x = 1
        await super().setUp()
"""
    result = one(text)
    reason = "Mixin in line 2 of tests/test_a.py, of the same family: it has the hook too, and is no test case"
    assert (result.changes, result.left) == ([], [f"5: T.setUp: {reason}"])


MARKS = """\
import pytest
from pytest import mark
from test_framework import AsyncTestCase
@mark.asyncio()
class T(AsyncTestCase):
    pytestmark = [{}]
    @pytest.mark.asyncio  # it is
    @pytest.mark.slow
    @ pytest.mark.anyio
    async def test_a(self): pass
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pytest.mark.slow, mark.asyncio", "pytest.mark.slow"),
        ("pytest.mark.asyncio, pytest.mark.slow", "pytest.mark.slow"),
        ("pytest.mark.asyncio(), mark.slow(1), mark.x", "mark.slow(1), mark.x"),
        ("mark.asyncio", ""),
        ("mark.slow", "mark.slow"),
    ],
)
def test_marks_without_effect_go(before: str, after: str) -> None:
    """Comments beside them stay, and so do their imports."""
    expected = MARKS.format(after).replace("@mark.asyncio()\n", "").replace("    @ pytest.mark.anyio\n", "")
    result = one(MARKS.format(before))
    assert result.text == expected.replace("@pytest.mark.asyncio  # it", "# it")
    assert result.left == []


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ("pytestmark = pytest.mark.asyncio", "pytestmark would have to change in another way than by one mark less"),
        ("pytestmark = (pytest.mark.asyncio, 1)", "pytestmark would have to change in another way than by one mark less"),
        ("pytestmark = [pytest.mark.asyncio,  # why\n        1]", "there is a comment beside it"),
        ("@pytest.mark.asyncio(loop_scope='class')\n    def test_a(self): pass",
         "it has arguments, which have no effect on this class"),
        ("@(pytest.mark.asyncio)\n    def test_a(self): pass", "more than the mark stands in its line"),
    ],
)  # fmt: skip
def test_marks_that_cannot_go_are_named(mark: str, reason: str) -> None:
    """No name is unbound, and nothing else is lost."""
    result = one(f"import pytest\n{OURS}class T(AsyncTestCase):\n    {mark}\n")
    assert (result.changes, result.left) == ([], [f"4: pytest.mark.asyncio: {reason}"])


def test_marks_on_other_classes_stay() -> None:
    """They have an effect there."""
    text = "import pytest\nclass TestA:\n    @pytest.mark.asyncio\n    async def test_a(self, db): pass\n"
    assert one(text).text == text


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_the_newlines_of_the_file_stay(newline: str) -> None:
    """What is added ends as the other lines do."""
    text = f"import unittest\nclass T(unittest.TestCase):\n    async def test_ä(self): 'ü'\n{HOOKS[16:].format('pass')}"
    assert one(text.replace("\n", newline).encode()).text == one(text).text.replace("\n", newline)
