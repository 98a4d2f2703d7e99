"""The pytest plugin, by runs of pytest in this process: with it and, to see that it is needed, without it."""

from __future__ import annotations

from importlib.metadata import version

import pytest

# Loaded before the runs, which forget what they have loaded.
import test_framework.runners._asyncio
import test_framework.testcase

assert test_framework.testcase.AsyncTestCase is test_framework.AsyncTestCase

# Other asynchronous plugins are loaded where a test is about them.
ALONE = ("-p", "no:asyncio", "-p", "no:trio", "-p", "no:cacheprovider", "-p", "no:randomly")
WITHOUT_OURS = (*ALONE, "-p", "no:test_framework")

MARKED = """
    import pytest
    from test_framework import AsyncTestCase

    {module}

    {on_class}
    class TestSample(AsyncTestCase):
        def setUp(self):
            self.ready = True

        {on_method}
        async def test_marked(self):
            assert self.ready
            assert self.backend == "asyncio"

        async def test_other(self):
            assert self.ready
"""
MARK = "@pytest.mark.anyio"
PLACES = {
    "method": {"on_method": MARK, "on_class": "", "module": ""},
    "class": {"on_method": "", "on_class": MARK, "module": ""},
    "module": {"on_method": "", "on_class": "", "module": "pytestmark = pytest.mark.anyio"},
}
ANYIO = tuple(map(int, version("anyio").split(".")[:2]))
everywhere = pytest.mark.parametrize("place", PLACES)


def run(pytester: pytest.Pytester, source: str, *options: str) -> dict[str, int]:
    """Run a test module; return how many tests ended how."""
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*options).parseoutcomes()


# -- marks of other plugins -----------------------------------------------------------------------


@everywhere
def test_a_mark_does_not_bypass_set_up(pytester: pytest.Pytester, place: str) -> None:
    """A test with anyio's mark is run by its class, once, with its setUp."""
    assert run(pytester, MARKED.format(**PLACES[place]), *ALONE) == {"passed": 2}


@everywhere
@pytest.mark.skipif(ANYIO < (4, 13), reason="anyio's plugin leaves classes of unittest alone before 4.13")
def test_the_mark_would_bypass_it(pytester: pytest.Pytester, place: str) -> None:
    """The check above can fail: without our plugin anyio's calls the bare function, once for each backend."""
    outcomes = run(pytester, MARKED.format(**PLACES[place]), *WITHOUT_OURS)
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) >= 1


@everywhere
def test_the_mark_still_selects(pytester: pytest.Pytester, place: str) -> None:
    """The mark is there for ``-m``."""
    source = MARKED.format(**PLACES[place])
    selected = 1 if place == "method" else 2
    expected = {"passed": selected, **({"deselected": 1} if selected == 1 else {})}
    assert run(pytester, source, *ALONE, "-m", "anyio") == expected
    deselected = {"deselected": selected, **({"passed": 1} if selected == 1 else {})}
    assert run(pytester, source, *ALONE, "-m", "not anyio") == deselected


def test_other_marks(pytester: pytest.Pytester) -> None:
    """Only the marks of those plugins are hidden, and only from a look for the nearest one."""
    pytester.makeconftest("""
        import pytest

        @pytest.hookimpl(trylast=True)
        def pytest_collection_finish(session):
            (item,) = session.items
            assert item.get_closest_marker("anyio") is None
            assert item.get_closest_marker("anyio", "default") == "default"
            assert item.get_closest_marker("own").args == (1,)
            assert item.get_closest_marker("missing", "default") == "default"
            assert [mark.name for mark in item.iter_markers()] == ["anyio", "own"]
    """)
    pytester.makeini("[pytest]\nmarkers = own: of this test")
    source = """
        import pytest
        from test_framework import AsyncTestCase

        class TestSample(AsyncTestCase):
            @pytest.mark.own(1)
            @pytest.mark.anyio
            async def test_x(self):
                pass
    """
    assert run(pytester, source, *ALONE) == {"passed": 1}


def test_tests_of_others(pytester: pytest.Pytester) -> None:
    """Functions, plain classes and the standard class are anyio's and pytest's business, as they were."""
    source = """
        import unittest
        import anyio
        import pytest
        import test_framework.testcase

        pytestmark = pytest.mark.anyio

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        async def test_function(anyio_backend):
            await anyio.sleep(0)

        class TestPlain:
            async def test_x(self, anyio_backend):
                await anyio.sleep(0)

        class TestSynchronous(unittest.TestCase):
            def test_x(self):
                pass
    """
    assert run(pytester, source, *ALONE) == run(pytester, source, *WITHOUT_OURS) == {"passed": 3}


def test_without_those_plugins(pytester: pytest.Pytester) -> None:
    """Where no such plugin is loaded there is nothing to hide."""
    source = MARKED.format(**PLACES["method"])
    pytester.makeini("[pytest]\nmarkers = anyio: not anyio's here")
    assert run(pytester, source, *ALONE, "-p", "no:anyio") == {"passed": 2}


def test_items_without_a_class(pytester: pytest.Pytester) -> None:
    """Doctests and other items that know no class pass by."""
    pytester.makepyfile(
        test_sample='''
        """A sample.

        >>> 1 + 1
        2
        """
        import test_framework.testcase

        def test_function():
            pass
    '''
    )
    assert pytester.runpytest_inprocess(*ALONE, "--doctest-modules").parseoutcomes() == {"passed": 2}


# -- class fixtures -------------------------------------------------------------------------------


def test_set_up_class_is_called_once(pytester: pytest.Pytester) -> None:
    """However quickly the fixture is found, setUpClass and tearDownClass run once for each class, at the right time."""
    source = """
        from test_framework import AsyncTestCase

        LOG = []

        class Base(AsyncTestCase):
            @classmethod
            def setUpClass(cls):
                LOG.append(f"{cls.__name__} up")

            @classmethod
            async def asyncSetUpClass(cls):
                cls.ready = True

            @classmethod
            def tearDownClass(cls):
                LOG.append(f"{cls.__name__} down")

            async def test_1(self):
                LOG.append(f"{type(self).__name__} test")
                assert self.ready

            test_2 = test_3 = test_1

        class TestA(Base):
            pass

        class TestB(Base):
            pass

        def test_log():
            a, b = (f"{name} test" for name in ("TestA", "TestB"))
            assert LOG == ["Base up", *["Base test"] * 3, "Base down",
                "TestA up", a, a, a, "TestA down", "TestB up", b, b, b, "TestB down"]
    """
    assert run(pytester, source, *ALONE) == {"passed": 10}


def test_set_up_class_that_fails(pytester: pytest.Pytester) -> None:
    """After a setUpClass that failed no test of the class runs, and each is an error."""
    source = """
        from test_framework import AsyncTestCase

        class TestSample(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls):
                raise ValueError("cannot set up")

            async def test_1(self):
                pass

            async def test_2(self):
                pass

            async def test_3(self):
                pass
    """
    assert run(pytester, source, *ALONE) == {"errors": 3}


def test_set_up_class_that_skips(pytester: pytest.Pytester) -> None:
    """After a setUpClass that skips each test of the class is skipped."""
    source = """
        from test_framework import AsyncTestCase

        class TestSample(AsyncTestCase):
            @classmethod
            def setUpClass(cls):
                import unittest
                raise unittest.SkipTest("not here")

            async def test_1(self):
                pass

            async def test_2(self):
                pass
    """
    assert run(pytester, source, *ALONE) == {"skipped": 2}


def test_tests_of_a_class_in_another_order(pytester: pytest.Pytester) -> None:
    """Where the tests of two classes are mixed, each class is set up before each of its turns."""
    pytester.makeconftest("""
        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: item.name)
    """)
    source = """
        from test_framework import AsyncTestCase

        class Base:
            ready = False

            @classmethod
            def setUpClass(cls):
                assert not cls.ready
                cls.ready = True

            @classmethod
            def tearDownClass(cls):
                cls.ready = False

            async def test_1(self):
                assert self.ready

            test_2 = test_3 = test_1

        class TestA(Base, AsyncTestCase):
            pass

        class TestB(Base, AsyncTestCase):
            pass
    """
    assert run(pytester, source, *ALONE) == {"passed": 6}


# -- cost -----------------------------------------------------------------------------------------


def test_nothing_is_loaded_for_others(pytester: pytest.Pytester) -> None:
    """In a run without a test of ours nothing of the package is loaded but the plugin itself."""
    source = """
        import sys

        def test_loaded():
            loaded = {name for name in sys.modules if name.partition(".")[0] == "test_framework"}
            rooms = {"", "._lazy", ".pytest_plugin", "._pytest", "._pytest.fixtures", "._pytest._subtests"}
            assert loaded <= {f"test_framework{room}" for room in rooms}, loaded
            assert "asyncio" not in sys.modules or "anyio" in sys.modules
    """
    pytester.makepyfile(source)
    result = pytester.runpytest_subprocess(*ALONE, "-p", "no:hypothesispytest", "-p", "no:xdist")
    assert result.parseoutcomes() == {"passed": 1}
