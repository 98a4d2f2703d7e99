"""Calls that lack required arguments: completed, or left with the reason."""

from __future__ import annotations

from textwrap import dedent

import pytest

from test_framework.imports.rewriting._contexts import ContextRewrite
from test_framework.imports.rewriting._load_options import parse_options
from test_framework.imports.rewriting._options import MigrateOptions
from tests.imports.rewriting.harness import Rewritten, rewritten

# The rules work on trees and texts, which every Python reads alike.
pytestmark = pytest.mark.any_python

IMPORT = "from test_framework import UserExecutionContext"
ALL = f"{IMPORT}, fresh_user_id, fresh_thread_id, fresh_run_id"
TWO = f"{IMPORT}, fresh_thread_id, fresh_run_id"
RUN = f"{IMPORT}, fresh_run_id"


def migrated(text: str | bytes, settings: str | None = None) -> Rewritten:
    """Run the rule on one file."""
    options = MigrateOptions() if settings is None else parse_options(settings, "pyproject.toml")
    text = text if isinstance(text, bytes) else dedent(text)
    return rewritten(ContextRewrite(options.contexts), {"tests/test_a.py": text})["tests/test_a.py"]


COMPLETED = {
    "in one line": (
        f'{IMPORT}\nc = UserExecutionContext(user_id="u", websocket_client_id="w")\n',
        f'{TWO}\nc = UserExecutionContext(user_id="u", websocket_client_id="w", '
        "thread_id=(thread_id := fresh_thread_id()), run_id=fresh_run_id(thread_id))\n",
    ),
    "the thread is given": (
        f'{IMPORT}\nc = UserExecutionContext(user_id="u", thread_id="t1")\n',
        f'{RUN}\nc = UserExecutionContext(user_id="u", thread_id="t1", run_id=fresh_run_id("t1"))\n',
    ),
    "the thread is a name": (
        f"{IMPORT}\ndef f(self, u):\n    return UserExecutionContext(user_id=u, thread_id=self.a.thread)\n",
        f"{RUN}\ndef f(self, u):\n    return UserExecutionContext(user_id=u, thread_id=self.a.thread, "
        "run_id=fresh_run_id(self.a.thread))\n",
    ),
    "the thread is made in the call": (
        f"{IMPORT}\ndef f(u):\n    return UserExecutionContext(user_id=u, thread_id=make())\n",
        f"{RUN}\ndef f(u):\n    return UserExecutionContext(user_id=u, thread_id=(thread_id := make()), "
        "run_id=fresh_run_id(thread_id))\n",
    ),
    "the thread has a name in the call": (
        f"{IMPORT}\ndef f(u):\n    return UserExecutionContext(user_id=u, thread_id=(t := make()))\n",
        f"{RUN}\ndef f(u):\n    return UserExecutionContext(user_id=u, thread_id=(t := make()), "
        "run_id=fresh_run_id(t))\n",
    ),
    "only the user is missing": (
        f'{IMPORT}\nc = UserExecutionContext(thread_id="t", run_id="r",)\n',
        f'{IMPORT}, fresh_user_id\nc = UserExecutionContext(thread_id="t", run_id="r", user_id=fresh_user_id(),)\n',
    ),
    "no arguments": (
        f"{IMPORT}\nc = UserExecutionContext()\n",
        f"{ALL}\nc = UserExecutionContext(user_id=fresh_user_id(), thread_id=(thread_id := fresh_thread_id()), "
        "run_id=fresh_run_id(thread_id))\n",
    ),
    "no arguments, and a comment": (
        f"{IMPORT}\nc = (UserExecutionContext) (  # (\n)\n",
        f"{ALL}\nc = (UserExecutionContext) (user_id=fresh_user_id(), thread_id=(thread_id := fresh_thread_id()), "
        "run_id=fresh_run_id(thread_id)  # (\n)\n",
    ),
    "a line each": (
        f'{IMPORT}\nc = UserExecutionContext(\n    user_id="u",  # who\n    thread_id="t",\n)\n',
        f'{RUN}\nc = UserExecutionContext(\n    user_id="u",  # who\n    thread_id="t",\n'
        '    run_id=fresh_run_id("t"),\n)\n',
    ),
    "a line each, no last comma": (
        f'{IMPORT}\nc = UserExecutionContext(\n    user_id="u",\n    thread_id="t"  # why\n)\n',
        f'{RUN}\nc = UserExecutionContext(\n    user_id="u",\n    thread_id="t",  # why\n'
        '    run_id=fresh_run_id("t")\n)\n',
    ),
    "several in a line": (
        f'{IMPORT}\nc = UserExecutionContext(\n    user_id="u", thread_id="t"\n)\n',
        f'{RUN}\nc = UserExecutionContext(\n    user_id="u", thread_id="t", run_id=fresh_run_id("t")\n)\n',
    ),
    "aligned": (
        f'{IMPORT}\nc = UserExecutionContext(user_id="u",\n                         thread_id="t")\n',
        f'{RUN}\nc = UserExecutionContext(user_id="u",\n                         thread_id="t",\n'
        '                         run_id=fresh_run_id("t"))\n',
    ),
    "the comma leads": (
        f'{IMPORT}\nc = UserExecutionContext(\n    user_id="u"\n    , thread_id="t"\n    ,\n)\n',
        f'{RUN}\nc = UserExecutionContext(\n    user_id="u"\n    , thread_id="t", run_id=fresh_run_id("t")\n    ,\n)\n',
    ),
    "the last comma is in the next line": (
        f'{IMPORT}\nc = UserExecutionContext(\n    user_id="u",\n    thread_id="t"\n    ,\n)\n',
        f'{RUN}\nc = UserExecutionContext(\n    user_id="u",\n    thread_id="t",\n    run_id=fresh_run_id("t")\n    ,\n)\n',
    ),
    "in brackets": (
        f'{IMPORT}\nc = UserExecutionContext(user_id=("u"), thread_id=(make()))\n',
        f'{RUN}\nc = UserExecutionContext(user_id=("u"), thread_id=((thread_id := make())), '
        "run_id=fresh_run_id(thread_id))\n",
    ),
    "in a comprehension": (
        f'{IMPORT}\ndef f():\n    return [UserExecutionContext(user_id=f"u{{i}}") for i in range(2)]\n',
        f'{TWO}\ndef f():\n    return [UserExecutionContext(user_id=f"u{{i}}", '
        "thread_id=(thread_id := fresh_thread_id()), run_id=fresh_run_id(thread_id)) for i in range(2)]\n",
    ),
    "the name is taken": (
        f'{IMPORT}\ndef f(thread_id):\n    return UserExecutionContext(user_id="u")\n',
        f'{TWO}\ndef f(thread_id):\n    return UserExecutionContext(user_id="u", '
        "thread_id=(thread_id_2 := fresh_thread_id()), run_id=fresh_run_id(thread_id_2))\n",
    ),
    "by another name": (
        "from test_framework.context import UserExecutionContext as C\nc = C(user_id='u', thread_id='t')\n",
        "from test_framework.context import UserExecutionContext as C\nfrom test_framework import fresh_run_id\n"
        "c = C(user_id='u', thread_id='t', run_id=fresh_run_id('t'))\n",
    ),
    "by its module": (
        "import test_framework\nc = test_framework.UserExecutionContext(user_id='u', thread_id='t')\n",
        "import test_framework\nfrom test_framework import fresh_run_id\n"
        "c = test_framework.UserExecutionContext(user_id='u', thread_id='t', run_id=fresh_run_id('t'))\n",
    ),
    "imported in the function": (
        f"def f():\n    {IMPORT}\n    return UserExecutionContext(user_id='u', thread_id='t')\n",
        f"from test_framework import fresh_run_id\n\ndef f():\n    {IMPORT}\n"
        "    return UserExecutionContext(user_id='u', thread_id='t', run_id=fresh_run_id('t'))\n",
    ),
    "a failure is a failure": (
        f"{IMPORT}\ndef f(self):\n    try:\n        UserExecutionContext(user_id='u', thread_id='t')\n"
        "    except ValueError:\n        self.fail('it must not')\n",
        f"{RUN}\ndef f(self):\n    try:\n        UserExecutionContext(user_id='u', thread_id='t', "
        "run_id=fresh_run_id('t'))\n    except ValueError:\n        self.fail('it must not')\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPLETED)
def test_a_call_gets_what_it_lacks(case: str) -> None:
    """Generated ids are added, the run's from the thread's, in the layout of the call; the imports come with them."""
    before, after = COMPLETED[case]
    result = migrated(before)
    assert result.text == after
    assert result.left == []


LEFT = {
    "stars": ("UserExecutionContext(**values)", "it passes arguments with stars, which may hold what seems to be missing"),
    "a star": ("UserExecutionContext(*values)", "it passes arguments with stars, which may hold what seems to be missing"),
    "unknown keywords": (
        "UserExecutionContext(user_id='u', session_id='s', workspace_id=1)",
        "it also passes session_id, workspace_id, which the class does not take",
    ),
    "by position": (
        "UserExecutionContext('u')", "it passes arguments by position, so it is not clear what is missing",
    ),
    "two roles": (
        "UserExecutionContext(user_id='test', websocket_client_id='test')",
        "user_id and websocket_client_id are both 'test'; the class wants an id in one role only",
    ),
    "none": ("UserExecutionContext(user_id=None)", "user_id would still be None"),
    "in an f-string": ("f'{UserExecutionContext()}'", "it is inside of an f-string"),
    "in a class": (
        "class A:\n    c = UserExecutionContext()",
        "thread_id needs a name here, and none can be given in the body of a class",
    ),
    "what is run over": (
        "[c for c in [UserExecutionContext()]]",
        "thread_id needs a name here, and none can be given in what a comprehension runs over",
    ),
    "one in another": (
        "UserExecutionContext(user_id='u', thread_id='t', run_id='r', agent_context=UserExecutionContext())",
        "it is an argument of another call of UserExecutionContext",
    ),
    "a yield": (
        "def f():\n    UserExecutionContext(user_id='u', thread_id=(yield))",
        "thread_id is a yield, whose value has no name",
    ),
    "assertRaises": (
        "def f(self):\n    with self.assertRaises(TypeError):\n        x = 1\n        UserExecutionContext()",
        "it is in a block of assertRaises, so it may be meant to fail",
    ),
    "pytest.raises": (
        "def f():\n    with open('x'), pytest.raises(TypeError, match='x') as e:\n        UserExecutionContext()",
        "it is in a block of raises, so it may be meant to fail",
    ),
    "assertRaises with a lambda": (
        "def f(self):\n    self.assertRaises(TypeError, lambda: UserExecutionContext())",
        "it is an argument of assertRaises, so it may be meant to fail",
    ),
    "a caught error": (
        "try:\n    UserExecutionContext()\nexcept (KeyError, TypeError) as e:\n    print(e)",
        "it is in a try that catches what it raises now, so it may be meant to fail",
    ),
    "an expected failure": (
        "@unittest.expectedFailure\ndef f():\n    UserExecutionContext()",
        "f is expected to fail, so it may be meant to fail",
    ),
    "an xfail": (
        "@pytest.mark.xfail(reason='x')\ndef f():\n    UserExecutionContext()",
        "f is expected to fail, so it may be meant to fail",
    ),
    "a name in the way": (
        "def f(fresh_run_id):\n    UserExecutionContext()",
        "fresh_run_id stands for something else in this file",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_a_doubtful_call_is_left_with_the_reason(case: str) -> None:
    """Nothing changes, and the report says why."""
    call, reason = LEFT[case]
    text = f"{IMPORT}\n{call}\n"
    result = migrated(text)
    assert result.text == text
    assert [line.partition(": ")[2] for line in result.left] == [f"UserExecutionContext(...): {reason}"]


UNCLEAR = {
    "its own class": (
        "class UserExecutionContext: pass\nUserExecutionContext()\n",
        "the file has a class of this name of its own",
    ),
    "bound twice": (
        f"{IMPORT}\nif x:\n    UserExecutionContext = Fake\nUserExecutionContext()\n",
        "UserExecutionContext is bound more than once",
    ),
    "a fallback": (
        f"try:\n    {IMPORT}\nexcept ImportError:\n    UserExecutionContext = None\nUserExecutionContext()\n",
        "UserExecutionContext is bound more than once",
    ),
    "a star import": (
        "from app import *\nUserExecutionContext()\n", "UserExecutionContext may come from a star import",
    ),
    "nothing": (
        "UserExecutionContext()\n", "it cannot be told what class it is: it is not imported by name",
    ),
    "a variable": (
        "UserExecutionContext = make()\nUserExecutionContext()\n", "UserExecutionContext is a variable",
    ),
    "of another module": (
        "from app.context import UserExecutionContext\nUserExecutionContext(user_id='u')\n",
        "the settings say nothing about the class of app.context: "
        '[tool.test_framework.migrate.context."app.context:UserExecutionContext"]',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNCLEAR)
def test_a_class_that_may_be_another_is_left(case: str) -> None:
    """A call is touched only where it is certain what it calls."""
    text, reason = UNCLEAR[case]
    result = migrated(text)
    assert result.text == text
    assert [line.partition(": ")[2] for line in result.left] == [f"UserExecutionContext(...): {reason}"]


@pytest.mark.parametrize(
    "call",
    [
        "UserExecutionContext(user_id='u', thread_id='t', run_id='r')",
        "UserExecutionContext('u', 't', 'r', websocket_client_id='w')",
        "UserExecutionContext(user_id='u', thread_id='t', run_id='r', **more)",
        "UserExecutionContext.from_dict({})",
        "print(UserExecutionContext)",
        "'UserExecutionContext()'",
    ],
)
def test_a_complete_call_is_not_mentioned(call: str) -> None:
    """What lacks nothing is neither changed nor reported."""
    text = f"{IMPORT}\n{call}\n"
    assert migrated(text) == Rewritten(text, [], [])


def test_each_change_is_listed() -> None:
    """The report names the line, the call and what it gets."""
    result = migrated(f"{IMPORT}\nUserExecutionContext(user_id='u')\n")
    assert result.changes == [
        "1: adds from test_framework import fresh_thread_id, fresh_run_id",
        "2: UserExecutionContext(...) gets thread_id, run_id",
    ]


PRODUCT = """
[tool.test_framework.migrate.context."app.*:Context"]
required.user = "new_id()"
required.thread = "new_id()"
required.run = 'f"{$thread}-{uuid4().hex}"'
optional = ["extra"]
imports = ["app.ids:new_id", "uuid:uuid4"]
"""


def test_a_class_of_the_product() -> None:
    """Its parameters, the expressions and their imports come from the settings; only those used are added."""
    text = """\
        from app.context import Context

        def test_a():
            Context(user="u", thread="t", extra=1)
            Context(user="u", thread=name)
            Context(user="u", unknown=1)
    """
    result = migrated(text, PRODUCT)
    assert result.text == dedent("""\
        from app.context import Context
        from uuid import uuid4

        def test_a():
            Context(user="u", thread=(thread := "t"), extra=1, run=f"{thread}-{uuid4().hex}")
            Context(user="u", thread=name, run=f"{name}-{uuid4().hex}")
            Context(user="u", unknown=1)
    """)
    assert result.left == ["6: Context(...): it also passes unknown, which the class does not take"]


@pytest.mark.parametrize(
    "text",
    [
        f"{IMPORT}\r\nc = UserExecutionContext(\r\n\tuser_id='u',\r\n\tthread_id='t',\r\n)\r\n".encode(),
        f"{IMPORT}\rc = UserExecutionContext(\r  user_id='u',\r  thread_id='t',\r)\r".encode(),
        f"{IMPORT}\nc = 'äöü', UserExecutionContext(user_id='ü', thread_id='ö')\n".encode(),
    ],
)
def test_newlines_tabs_and_other_letters_stay(text: bytes) -> None:
    """The new lines end as those of the file do, and offsets count bytes."""
    result = migrated(text)
    newline = "\r\n" if b"\r\n" in text else "\r" if b"\r" in text else "\n"
    assert result.text.count(newline) == len(result.text.split(newline)) - 1
    assert "run_id=fresh_run_id(" in result.text
    if newline != "\n":
        assert result.text.replace(newline, "").count("\n") == 0


def test_the_completed_calls_work() -> None:
    """They run, make valid contexts, and the run is that of its thread."""
    result = migrated(f"{IMPORT}\ncontexts = [UserExecutionContext(user_id=f'u{{i}}') for i in range(3)]\n"
                      "contexts += [UserExecutionContext(), UserExecutionContext(thread_id='t1', user_id='u')]\n")  # fmt: skip
    namespace: dict[str, object] = {}
    exec(compile(result.text, "migrated", "exec"), namespace)
    contexts = namespace["contexts"]
    assert isinstance(contexts, list)
    assert [context.thread_id in context.run_id for context in contexts] == [True] * 5
    assert len({context.thread_id for context in contexts}) == 5
