"""What is collected from a class, in which order, under which names."""

from __future__ import annotations

import pytest

from .runs import run, run_whole, text_of


def ids(pytester: pytest.Pytester, source: str, *options: str) -> list[str]:
    """Return the ids of what is collected, without the name of the module."""
    lines = text_of(pytester, source, "--collect-only", "-q", *options).splitlines()
    return [line.partition("::")[2] for line in lines if "::" in line]


def test_ids(pytester: pytest.Pytester) -> None:
    """Ids are those of functions: the parameters in brackets, or the ids that were given."""
    source = """
    @pytest.fixture(params=["a", "b"])
    def letter(request):
        return request.param

    class TestSample(AsyncTestCase):
        def test_b(self): pass
        async def test_a(self): pass
        @pytest.mark.parametrize("number", [1, 2], ids=["one", "two"])
        async def test_c(self, number, letter): pass
        @on_backends("asyncio", "asyncio+uvloop")
        @pytest.mark.parametrize("number", [3])
        async def test_d(self, number): pass
        not_a_test = 1
        test_neither = None
    """
    expected = ["test_a", "test_b", "test_c[a-one]", "test_c[a-two]", "test_c[b-one]", "test_c[b-two]"]
    expected += ["test_d__asyncio[3]", "test_d__asyncio_uvloop[3]"]
    assert ids(pytester, source) == [f"TestSample::{name}" for name in expected]


def test_hidden_parameter_and_empty_set(pytester: pytest.Pytester) -> None:
    """An empty set of parameters is skipped, as for functions."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.mark.parametrize("number", [])
        async def test_it(self, number): raise ValueError
    """
    assert run(pytester, source) == {"skipped": 1}


def test_one_of_them_by_its_id(pytester: pytest.Pytester) -> None:
    """A test can be chosen by its id and by -k."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.mark.parametrize("word", ["red", "blue"])
        async def test_it(self, word): assert word == "blue"
    """
    assert run(pytester, source, "-k", "blue") == {"passed": 1, "deselected": 1}
    assert run(pytester, source, "-k", "TestSample and not red") == {"passed": 1, "deselected": 1}
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "test_sample.py::TestSample::test_it[blue]")
    result.assert_outcomes(passed=1)


def test_generated_by_hooks(pytester: pytest.Pytester) -> None:
    """pytest_generate_tests is heard wherever it may stand: in a conftest, a module and a class."""
    pytester.makeconftest("""
        def pytest_generate_tests(metafunc):
            if "one" in metafunc.fixturenames:
                metafunc.parametrize("one", [1, 2])
    """)
    source = """
    def pytest_generate_tests(metafunc):
        if "two" in metafunc.fixturenames:
            metafunc.parametrize("two", [3])

    class TestSample(AsyncTestCase):
        def pytest_generate_tests(self, metafunc):
            if "three" in metafunc.fixturenames:
                metafunc.parametrize("three", [4])
        async def test_it(self, one, two, three): assert (two, three) == (3, 4)
        async def test_none(self): pass
    """
    assert run(pytester, source) == {"passed": 3}


def test_wrong_parameters(pytester: pytest.Pytester) -> None:
    """A parameter that the method does not take, or that has a default, is an error when collected."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.mark.parametrize("other", [1])
        async def test_it(self): pass
    """
    assert "uses no argument 'other'" in text_of(pytester, source)
    source = source.replace("(self)", "(self, other=2)")
    assert "already takes an argument 'other' with a default value" in text_of(pytester, source)


def test_what_is_not_collected(pytester: pytest.Pytester) -> None:
    """Abstract classes, classes and methods with __test__ = False, and the base class itself are passed over."""
    source = """
    import abc

    class TestAbstract(AsyncTestCase, abc.ABC):
        @abc.abstractmethod
        def make(self): ...
        async def test_it(self): pass

    class TestNot(AsyncTestCase):
        __test__ = False
        async def test_it(self): pass

    class TestSome(AsyncTestCase):
        async def test_no(self): pass
        test_no.__test__ = False
        async def test_yes(self): pass

    class Named(AsyncTestCase):
        async def runTest(self): pass
    """
    assert ids(pytester, source) == ["TestSome::test_yes", "Named::runTest"]
    assert run(pytester, source) == {"passed": 2}


def test_nested_and_mixed_in(pytester: pytest.Pytester) -> None:
    """Fixtures and tests of mixins and of base classes count; a class in a class is collected."""
    source = """
    class Mixin:
        @pytest.fixture
        def value(self): return "mixin"
        async def test_mixed(self, value): assert value == self.expected

    class TestA(Mixin, AsyncTestCase):
        expected = "mixin"

    class TestB(TestA):
        expected = "overridden"
        @pytest.fixture
        async def value(self): return "overridden"
    """
    assert run(pytester, source) == {"passed": 2}


def test_other_ways_to_be_a_test(pytester: pytest.Pytester) -> None:
    """Patched, partial, static and class methods and those of Hypothesis take fixtures too."""
    source = """
    import functools
    from unittest import mock
    from hypothesis import given, settings, strategies, HealthCheck

    class TestSample(AsyncTestCase):
        @mock.patch("os.getcwd")
        async def test_patched(self, getcwd, tmp_path):
            assert isinstance(getcwd, mock.Mock) and tmp_path.exists()
        @staticmethod
        async def test_static(tmp_path):
            assert tmp_path.exists()
        @classmethod
        async def test_class(cls, tmp_path):
            assert cls is TestSample and tmp_path.exists()
        @settings(max_examples=3, database=None, suppress_health_check=list(HealthCheck))
        @given(number=strategies.integers())
        async def test_given(self, number, tmp_path):
            assert isinstance(number, int) and tmp_path.exists()
    """
    assert run(pytester, source) == {"passed": 4}


@pytest.mark.parametrize("backend", ["asyncio+uvloop", "trio"])
def test_a_parameter_chooses_the_backend(pytester: pytest.Pytester, backend: str) -> None:
    """A parameter of the name "backend" chooses it; one with other values is the test's own."""
    pytest.importorskip(backend.rpartition("+")[2])
    source = f"""
    from anyio import sleep
    import sniffio

    @pytest.fixture(params=["asyncio", {backend!r}])
    def backend(request):
        return request.param

    class TestSample(AsyncTestCase):
        @pytest.mark.parametrize("backend", [{backend!r}])
        async def test_direct(self, backend):
            await sleep(0)
            assert self.backend == backend == {backend!r}
        async def test_fixture(self, backend):
            await sleep(0)
            assert self.backend == backend
        @pytest.mark.parametrize("backend", ["redis"])
        async def test_own(self, backend):
            assert (self.backend, backend) == ("asyncio", "redis")
    """
    assert run(pytester, source) == {"passed": 4}


def test_a_plain_test_costs_no_fixtures(pytester: pytest.Pytester) -> None:
    """A class that uses no fixtures has none, not even for setUpClass."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_it(self): pass
    """
    result = run_whole(pytester, source, "--setup-show")
    assert "SETUP" not in result.stdout.str()
    result.assert_outcomes(passed=1)


def test_setup_show(pytester: pytest.Pytester) -> None:
    """--setup-show and --setup-plan name the fixtures."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.fixture
        async def client(self): yield
        async def test_it(self, client): pass
    """
    shown = text_of(pytester, source, "--setup-show")
    assert "SETUP    F client" in shown
    assert "TEARDOWN F client" in shown
    assert "SETUP    F client" in text_of(pytester, source, "--setup-plan")


def test_decorators_that_are_classes(pytester: pytest.Pytester) -> None:
    """A test that is an object with a __get__ and no name has no signature for pytest; it is run all the same."""
    source = """
    class retried:
        def __init__(self, function): self.function = function
        def __get__(self, case, owner=None): return self if case is None else self.function.__get__(case, owner)
        def __call__(self, *arguments): raise NotImplementedError

    class TestSample(AsyncTestCase):
        @retried
        async def test_pass(self): pass
        @retried
        async def test_fail(self): self.fail("it has run")
    """
    result = run_whole(pytester, source)
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    assert "it has run" in result.stdout.str()
