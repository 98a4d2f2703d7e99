"""Reports show the user's lines, not those of this package; ``--full-trace`` shows all."""

from __future__ import annotations

import pytest

from .runs import run, text_of

SOURCE = """
    from test_framework import UserExecutionContext, build_test_context, connect
    from test_framework.ssot.base_test_case import SSotBaseTestCase

    def test_context(): UserExecutionContext(user_id="alice")
    def test_built(): build_test_context(user_id="default")
    def test_address(): connect("http://127.0.0.1")

    class TestSuite(SSotBaseTestCase):
        def test_variable(self): self.set_env_var("A", None)
        def test_returns(self): return True
        def test_never_entered(self): self.assertRaises(ValueError)

    class TestOwn(AsyncTestCase):
        async def test_never_entered(self): self.assertRaises(ValueError)
        def test_arguments(self): self.addAsyncCleanup(self.close)
        async def close(self, server): pass
"""


def test_no_line_of_this_package(pytester: pytest.Pytester) -> None:
    """Errors of wrong use end at the line that is wrong; those with no line of the test are their text."""
    text = text_of(pytester, SOURCE)
    assert run(pytester, SOURCE) == {"failed": 8}
    for line in (
        'def test_context(): UserExecutionContext(user_id="alice")',
        "E   test_framework.context.InvalidContextError: UserExecutionContext cannot be made:",
        'def test_built(): build_test_context(user_id="default")',
        'def test_variable(self): self.set_env_var("A", None)',
        "TypeError: TestSuite.test_returns returned bool, which nobody looks at",
        "AssertionError: never entered, so nothing was checked: assertRaises()",
        "It was raised by the call of cleanup TestOwn.close: File ",
    ):
        assert line in text, line
    for part in ("_creation.py", "_examination.py", "_builder.py", "_connect.py", "_variables.py", "_hooks.py",
                 "testPartExecutor"):  # fmt: skip
        assert part not in text, part


def test_all_lines_on_request(pytester: pytest.Pytester) -> None:
    """--full-trace shows the lines of this package as well."""
    text = text_of(pytester, SOURCE, "--full-trace")
    for part in ("_examination.py", "_hooks.py", "testPartExecutor"):
        assert part in text, part


def test_lines_of_functions_that_we_call_stay(pytester: pytest.Pytester) -> None:
    """What fails in a function of the user that this package has called is shown there."""
    source = """
    from test_framework import UserExecutionContextBuilder

    def broken(user_id):
        raise TypeError("no such plan")

    def test_target():
        UserExecutionContextBuilder(broken).with_user("alice").build()

    class TestSuite(AsyncTestCase):
        def helper(self):
            raise AssertionError("from the helper")
        def test_helper(self):
            self.addCleanup(self.helper)
    """
    text = text_of(pytester, source)
    assert '>       raise TypeError("no such plan")' in text
    assert '>       raise AssertionError("from the helper")' in text


@pytest.mark.parametrize("mark", ["asyncio", "trio"])
def test_marks_whose_plugin_is_gone(pytester: pytest.Pytester, mark: str) -> None:
    """A mark that suites have for another plugin is known without it, also with --strict-markers."""
    source = f"""
    class TestMarked(AsyncTestCase):
        @pytest.mark.{mark}
        async def test_it(self):
            assert self.backend == "asyncio"
    """
    assert run(pytester, source, "--strict-markers", "-W", "error") == {"passed": 1}
