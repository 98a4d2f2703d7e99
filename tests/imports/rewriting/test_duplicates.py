"""Copies of canonical helpers in test files: replaced by the import, or left with the reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from test_framework.imports.rewriting._duplicates import DuplicatesRewrite
from test_framework.imports.rewriting._load_options import parse_options
from test_framework.imports.rewriting._options import MigrateOptions
from tests.imports.rewriting.harness import Rewritten, rewritten

pytestmark = pytest.mark.any_python

HOME = '''\
"""Helpers of the suite."""
from dataclasses import dataclass
from app.base import Closing

class Helper(Closing):
    def __init__(self, url, *, timeout=5.0):
        self.url = url
    async def connect(self, token: str) -> bool:
        return True
    async def send(self, text, retries=3):
        """Send it."""
        return text
    @property
    def state(self): return 1
    def __enter__(self): return self
    def __exit__(self, *_): pass

@dataclass
class Config:
    url: str
    timeout: float = 5.0

def wait_for(what, *, timeout=1) -> bool: return True
async def ask(what): return what
def identical(x):
    """Documented here."""
    return x + 1
'''
SETTINGS = """
[tool.test_framework.migrate.canonical]
Helper = "app.testing"
Config = "app.testing"
wait_for = "app.testing"
ask = "app.testing"
identical = "app.testing"
absent = "app.testing"
"""
COPY = """\
class Helper:
    def __init__(self, url): self.url = url
    async def connect(self, token) -> bool: return False
    async def send(self, text): pass
    def close(self): pass
    def own(self): pass
    @property
    def state(self): return 2


"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with the canonical helpers."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").touch()
    (folder / "app" / "base.py").write_text("class Closing:\n    def close(self): pass\n", "utf-8")
    passed_on = "from app.helpers import Helper, Config, wait_for, ask, identical\n"
    (folder / "app" / "testing.py").write_text(passed_on, "utf-8")
    (folder / "app" / "helpers.py").write_text(HOME, "utf-8")
    return folder


def migrated(root: Path, text: str, path: str = "tests/test_a.py") -> Rewritten:
    """Run the rule on one file."""
    rule = DuplicatesRewrite(parse_options(SETTINGS, "pyproject.toml"), root=str(root))
    return rewritten(rule, {path: dedent(text)})[path]


@pytest.mark.parametrize(
    "use",
    [
        "x = Helper('u')",
        "x = Helper(url='u')\nx.own2()",
        "async def test_a(x: Helper):\n    await x.send('a')\n    if await x.connect('t'): x.close()",
        "def f() -> Helper: return isinstance(1, Helper)",
    ],
)
def test_a_copy_whose_uses_fit_goes(root: Path, use: str) -> None:
    """The import takes its place at the top; comments beside it and all other code stay."""
    result = migrated(root, f"import os\n\n\n# Why.\n{COPY}{use}\n")
    assert result.text == f"import os\nfrom app.testing import Helper\n\n\n# Why.\n{use}\n"
    assert result.changes == ["1: adds from app.testing import Helper", "5: Helper -> app.testing.Helper"]


LEFT = {
    "Helper()": "line 14 does not pass url, which app.helpers.Helper does not fit",
    "Helper('u', 1)": "line 14 passes 2 arguments by position, which app.helpers.Helper does not fit",
    "Helper('u', port=1)": "line 14 passes port, which app.helpers.Helper does not fit",
    "Helper(*urls)": "line 14 passes arguments with stars, which app.helpers.Helper does not fit",
    "Helper('u').own()": "line 14 uses own, which app.helpers.Helper does not have",
    "x.url": "line 14 uses url, which may be another thing",
    "x.state": "line 14 uses state, which may be another thing",
    "x.send": "line 14 uses send, which may be another thing",
    "x.send(1, 2, 3)": "line 14 passes 3 arguments by position to send, which that of app.helpers.Helper does not fit",
    "y = x.send(1)": "line 14 uses what send returns, which may be another thing",
    "x.state()": "line 14 uses state, which is of another kind, or may be",
    "class Derived(Helper): pass": "line 14 uses it in another way than by making one",
    "make = Helper": "line 14 uses it in another way than by making one",
}  # fmt: skip


@pytest.mark.parametrize("use", LEFT)
def test_a_copy_that_is_used_in_another_way_stays(root: Path, use: str) -> None:
    """The first use that does not fit is the reason."""
    result = migrated(root, f"import os\n\n\n{COPY}{use}\n")
    assert result.changes == []
    assert result.left == [f"4: Helper, whose home is app.testing: {LEFT[use]}"]


OTHERS = {
    "class Helper(Base): pass": "it has a base class",
    "class Helper:\n    def __aiter__(self): pass": "app.helpers.Helper has no __aiter__",
    "@d\nclass Helper: pass": "it has decorators",
    "def Helper(url): pass": "app.helpers.Helper is a class, and this is a function",
    "def ask(what): pass": "app.helpers.ask is an asynchronous function, and this is a function",
    "def wait_for(what): pass\nx = wait_for(1)": "line 2 uses what it returns, which may be another thing",
    "def wait_for(what): pass\nwait_for(1, 2)":
        "line 2 passes 2 arguments by position, which app.helpers.wait_for does not fit",
    "def wait_for(what): pass\nmap(wait_for, [])": "line 2 uses it in another way than by a call",
    "if x:\n    def wait_for(what): pass": "it is not at the top of the module, or not the only thing of its name",
    "class A:\n    class Helper: pass": "it is not at the top of the module, or not the only thing of its name",
    "class Helper: pass\nHelper = 1": "it is not at the top of the module, or not the only thing of its name",
    "class Helper: pass; x = 1": None,
    "x = 1; \\\nclass_ = 2\nclass Helper: pass\n": None,
    "def absent(): pass": "app.testing does not define it, or cannot be read",
}  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_other_copies(root: Path, text: str) -> None:
    """Each is replaced, or left with its reason."""
    result = migrated(root, f"{text}\n")
    reason = OTHERS[text]
    if reason is None:
        assert "from app.testing import Helper" in result.text
    else:
        assert result.changes == []
        assert [line.partition("app.testing: ")[2] for line in result.left] == [reason]


@pytest.mark.parametrize(
    ("copy", "use"),
    [
        ("def identical(x):\n    # The same.\n    return x + 1\n", "y = map(identical, [])"),
        ("@dataclass\nclass Config:\n    url: str\n    timeout: float = 5.0\n", "class Derived(Config): pass"),
        ("def wait_for(what, timeout) -> bool: pass\n", "x = wait_for(1, timeout=2)"),
        ("class Config:\n    def __init__(self, url): pass\n", "x = Config(url=1)"),
        ("async def ask(what): pass\n", "async def f(): await ask(1)"),
    ],
)
def test_the_same_text_fits_every_use(root: Path, copy: str, use: str) -> None:
    """A copy that says the same may be used in any way; another one as its signature allows."""
    result = migrated(root, f"from dataclasses import dataclass\n{copy}{use}\n")
    assert result.left == []
    assert result.text.endswith(f"\n{use}\n")
    assert "from app.testing import" in result.text


def test_only_test_files_are_looked_at(root: Path) -> None:
    """A production module may have a class of the name; the home itself has it by right."""
    assert migrated(root, COPY, "app/other.py") == Rewritten(COPY, [], [])
    assert migrated(root, COPY, "app/testing.py") == Rewritten(COPY, [], [])
    assert migrated(root, COPY, "tests/helpers.py").changes
    assert migrated(root, COPY, "app/conftest.py").changes


def test_a_file_that_the_home_imports_is_left(root: Path) -> None:
    """The two would import each other."""
    (root / "app" / "helpers.py").write_text(f"{HOME}from tests.test_c import x\n", "utf-8")
    try:
        result = migrated(root, COPY, "tests/test_c.py")
    finally:
        (root / "app" / "helpers.py").write_text(HOME, "utf-8")
    assert result.left[0].endswith("app.testing imports this module, so the two would import each other")


def test_a_copy_at_the_end_leaves_no_blank_lines(root: Path) -> None:
    """What separated it from the rest goes with it."""
    assert migrated(root, f"import os\n\n\n{COPY}").text == "import os\nfrom app.testing import Helper\n"
    assert migrated(root, f"\n\n\n{COPY}").text.strip() == "from app.testing import Helper"


def test_our_own_helpers_are_canonical_by_default() -> None:
    """A tester of connections that a test file has made for itself is that of this package."""
    text = """\
        import asyncio


        class WebSocketAuthTester:
            def __init__(self, config=None):
                self.config = config

            async def cleanup(self):
                pass


        async def test_connection():
            tester = WebSocketAuthTester()
            await tester.cleanup()
    """
    result = rewritten(DuplicatesRewrite(MigrateOptions()), {"tests/test_a.py": text})["tests/test_a.py"]
    assert result.text == dedent("""\
        import asyncio
        from test_framework.helpers.auth_helpers import WebSocketAuthTester


        async def test_connection():
            tester = WebSocketAuthTester()
            await tester.cleanup()
    """)
