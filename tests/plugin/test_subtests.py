"""Sub-tests, with whatever reports them: pytest since 9.0, pytest-subtests, or this package."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from .runs import run, text_of

HAVE_FIXTURE = hasattr(pytest, "Subtests") or find_spec("pytest_subtests") is not None
SOURCE = """
    class TestSample(AsyncTestCase):
        async def test_it(self):
            for number in range(5):
                with self.subTest("message", number=number):
                    await asyncio.sleep(0)
                    if number == 4:
                        self.skipTest("enough")
                    assert number % 2 == 0
        async def test_good(self):
            with self.subTest(number=1):
                pass
"""
WAYS = {"as installed": (), "by this package": ("-p", "no:subtests")}


@pytest.mark.parametrize("way", WAYS)
def test_each_failure_is_reported_once(pytester: pytest.Pytester, way: str) -> None:
    """Each failing sub-test is a failure of its own, and so is the test around them; the good test passes."""
    text = text_of(pytester, SOURCE, *WAYS[way])
    outcomes = pytest.RunResult.parse_summary_nouns(text.splitlines())
    assert outcomes["failed"] == 3
    assert outcomes["passed"] >= 1
    assert text.count("contains 2 failed subtests") >= 1
    if way == "as installed":
        assert "number=1" in text
        assert "number=3" in text


@pytest.mark.parametrize("way", WAYS)
def test_their_letters_are_no_output_of_the_test(pytester: pytest.Pytester, way: str) -> None:
    """The report of the test shows what the test printed, and not the progress of its sub-tests."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_it(self):
            print("before")
            for number in range(3):
                with self.subTest(number=number):
                    self.assertEqual(0, number)
            print("after")
    """
    text = text_of(pytester, source, *WAYS[way])
    assert "Captured stdout call" in text
    assert "before\nafter\n" in text


def test_an_xfail_around_them(pytester: pytest.Pytester) -> None:
    """A test that is expected to fail may do so in a sub-test."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.mark.xfail(strict=True)
        async def test_it(self):
            with self.subTest(): raise ValueError
    """
    outcomes = run(pytester, source)
    assert outcomes.get("xfailed", 0) >= 1
    assert not {"failed", "errors", "passed"} & set(outcomes)


def test_a_failure_beside_them(pytester: pytest.Pytester) -> None:
    """The test's own failure is its own, and is not taken for that of a sub-test."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_it(self):
            raise ValueError("of the test")
        def tearDown(self):
            with self.subTest(place="tearDown"):
                raise KeyError("of the sub-test")
    """
    text = text_of(pytester, source)
    assert pytest.RunResult.parse_summary_nouns(text.splitlines()) == {"failed": 2}
    assert text.count("ValueError: of the test") >= 1
    assert text.count("KeyError: 'of the sub-test'") >= 1


@pytest.mark.skipif(not HAVE_FIXTURE, reason="nobody provides the fixture")
def test_the_fixture(pytester: pytest.Pytester) -> None:
    """The fixture of pytest, or of pytest-subtests, works in asynchronous tests."""
    source = """
    class TestSample(AsyncTestCase):
        async def test_it(self, subtests):
            for number in range(3):
                with subtests.test(number=number):
                    await asyncio.sleep(0)
                    assert number != 1
            LOG.append("end")
        def test_log(self):
            assert LOG == ["end"]
    """
    outcomes = run(pytester, source)
    assert outcomes["failed"] >= 1
    assert outcomes["passed"] >= 1
