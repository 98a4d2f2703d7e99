"""How a test is set up, run under a debugger, and reported."""

from __future__ import annotations

import pytest

from .runs import run, text_of

DEBUGGER = """
class Debugger:
    quitting = False
    def __init__(self, *args, **kwargs): pass
    def reset(self): pass
    def setup(self, *args): pass
    def interaction(self, frame, *traceback):
        import test_sample
        print("DEBUGGER SEES", test_sample.LOG)
    def set_trace(self, *args): print("DEBUGGER STOPS")
    def runcall(self, function, *args, **kwargs):
        print("DEBUGGER CALLS")
        return function(*args, **kwargs)
"""
PHASES = """
    class TestSample(AsyncTestCase):
        strict = True
        @pytest.fixture
        async def client(self):
            LOG.append("fixture")
            yield
            LOG.append("fixture down")
        def setUp(self):
            LOG.append("setUp")
            self.addCleanup(LOG.append, "cleanup")
        async def asyncTearDown(self): LOG.append("asyncTearDown")
        def tearDown(self): LOG.append("tearDown")
        {kind}def test_it(self{argument}): raise ValueError

    def test_log(): print("AT THE END", LOG)
"""
DOWN = ["asyncTearDown", "tearDown", "cleanup"]


@pytest.mark.parametrize("kind", ["", "async "])
@pytest.mark.parametrize("argument", ["", ", client"])
def test_the_debugger_opens_before_teardown(pytester: pytest.Pytester, kind: str, argument: str) -> None:
    """With --pdb nothing is torn down when the debugger opens, and everything afterwards, in order."""
    pytester.makepyfile(debugger=DEBUGGER)
    pytester.syspathinsert()
    text = text_of(pytester, PHASES.format(kind=kind, argument=argument), "--pdb", "--pdbcls=debugger:Debugger", "-s")
    before = ["fixture", "setUp"] if argument else ["setUp"]
    assert f"DEBUGGER SEES {before}" in text
    after = [*before, *DOWN, "fixture down"] if argument else [*before, *DOWN]
    assert f"AT THE END {after}" in text
    assert "1 failed, 1 passed" in text


def test_teardown_that_fails_under_a_debugger(pytester: pytest.Pytester) -> None:
    """With --pdb what fails in teardown and in cleanups is reported, all of it."""
    source = """
    class TestSample(AsyncTestCase):
        async def asyncTearDown(self): raise KeyError("tear down")
        async def test_it(self): self.addCleanup(lambda: 1 / 0)
    """
    pytester.makepyfile(debugger=DEBUGGER)
    pytester.syspathinsert()
    text = text_of(pytester, source, "--pdb", "--pdbcls=debugger:Debugger", "-s")
    assert "1 passed, 1 error" in text
    assert "KeyError: 'tear down'" in text
    assert "ZeroDivisionError" in text


def test_trace(pytester: pytest.Pytester) -> None:
    """With --trace the debugger calls the test, with its arguments."""
    source = """
    class TestSample(AsyncTestCase):
        def test_it(self, tmp_path): assert tmp_path.exists()
    """
    pytester.makepyfile(debugger=DEBUGGER)
    pytester.syspathinsert()
    text = text_of(pytester, source, "--trace", "--pdbcls=debugger:Debugger", "-s")
    assert "DEBUGGER CALLS" in text
    assert "1 passed" in text


def test_trace_of_an_asynchronous_test(pytester: pytest.Pytester) -> None:
    """With --trace the debugger stops in the test's task, and the test is awaited: pytest's wrapper would drop it."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.mark.parametrize("kind", [KeyError, ValueError])
        async def test_it(self, tmp_path, kind):
            assert asyncio.current_task() and tmp_path.exists()
            raise kind("ran")
    """
    pytester.makepyfile(debugger=DEBUGGER)
    pytester.syspathinsert()
    text = text_of(pytester, source, "--trace", "--pdbcls=debugger:Debugger", "-s")
    assert text.count("DEBUGGER STOPS") == 2
    assert "2 failed" in text
    assert "KeyError: 'ran'" in text
    assert "ValueError: ran" in text


def test_nothing_is_lost(pytester: pytest.Pytester) -> None:
    """The first exception is the test's; each other one is reported at teardown."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_it(self):
            self.addCleanup(lambda: 1 / 0)
            self.addCleanup(lambda: {}["missing"])
            raise ValueError("first")
    """
    text = text_of(pytester, source)
    assert "1 failed, 1 error" in text
    for part in ("ValueError: first", "ZeroDivisionError", "KeyError: 'missing'"):
        assert part in text


@pytest.mark.parametrize("place", ["class", "method"])
def test_a_skip_sets_up_no_fixtures(pytester: pytest.Pytester, place: str) -> None:
    """What unittest's decorators skip does not get its fixtures set up."""
    skip = "@unittest.skip('not today')"
    source = f"""
    @pytest.fixture
    def costly(): LOG.append("costly")

    {skip if place == "class" else ""}
    class TestSample(AsyncTestCase):
        {skip if place == "method" else ""}
        async def test_it(self, costly): pass

    def test_log(): assert LOG == []
    """
    assert run(pytester, source) == {"skipped": 1, "passed": 1}


def test_a_timeout_is_shown_as_it_is(pytester: pytest.Pytester) -> None:
    """The report of a deadline does not show the code that raised it."""
    source = """
    class TestSample(AsyncTestCase):
        timeout = 0.05
        grace_period = 1
        async def test_it(self): await asyncio.sleep(100)
    """
    text = text_of(pytester, source)
    assert "1 failed" in text
    assert "DeadlineExceeded: test was still running" in text
    assert "raise deadline_error" not in text


def test_pytest_exit(pytester: pytest.Pytester) -> None:
    """pytest.exit() ends the run, also in an asynchronous test."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_a(self): pytest.exit("enough")
        async def test_b(self): pass
    """
    text = text_of(pytester, source)
    assert "Exit: enough" in text
    assert "passed" not in text
