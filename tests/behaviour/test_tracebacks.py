"""The tracebacks that unittest prints begin in the code of the test, whichever phase has failed."""

from __future__ import annotations

import re
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, settings

from .backends import every_backend, use


def _fail(case: Any) -> None:
    raise AssertionError("wrong")


def _error(case: Any) -> None:
    raise OSError("no connection")


def _group(case: Any) -> None:
    raise ExceptionGroup("two", [OSError("one"), ValueError("two")])


def _lone(case: Any) -> None:
    try:
        _error(case)
    except OSError as exc:
        raise ExceptionGroup("one", [exc]) from None


ACTIONS = {"fail": _fail, "error": _error, "group": _group, "group of one": _lone}
PHASES = (
    "setUpClass",
    "asyncSetUpClass",
    "setUp",
    "asyncSetUp",
    "sync test",
    "async test",
    "asyncTearDown",
    "tearDown",
    "sync cleanup",
    "async cleanup",
    "asyncTearDownClass",
    "tearDownClass",
)


def sample(phase: str, act: Callable[[Any], None]) -> type[AsyncTestCase]:
    """Return a class of which one phase acts, in every form that a phase may have."""

    class Sample(AsyncTestCase):
        def test(self) -> None: ...

    async def act_later(case: Any) -> None:
        await anyio.sleep(0)
        act(case)

    body = act_later if phase.startswith("async") else act
    match phase.split():
        case [_, "test"]:
            setattr(Sample, "test", body)  # noqa: B010 - a method that may be asynchronous
        case [_, "cleanup"]:

            def set_up(case: Any) -> None:
                (case.addAsyncCleanup if body is act_later else case.addCleanup)(body, case)

            setattr(Sample, "setUp", set_up)  # noqa: B010 - a method of the sample
        case _:
            setattr(Sample, phase, classmethod(body) if phase.endswith("Class") else body)
    return Sample


@every_backend
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("phase", PHASES)
def test_every_line_is_the_tests_own(phase: str, action: str, backend: str) -> None:
    """No frame of the package, of an event loop or of the standard library stands above the test's own."""
    cls = sample(phase, ACTIONS[action])
    use(backend, cls)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(cls)(result)
    ((_, text),) = [*result.errors, *result.failures]
    files = re.findall(r'^ *(?:\| *)*File "(.*)", line', text, re.MULTILINE)
    assert files, text
    assert set(files) == {__file__}, text


@pytest.fixture
def _wrong_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.forget()
    monkeypatch.setenv("TEST_FRAMEWORK_TIMEOUT", "soon")
    yield
    settings.forget()


@pytest.mark.usefixtures("_wrong_settings")
def test_wrong_settings_have_no_traceback() -> None:
    """What is wrong with the settings is said without the code that reads them."""

    class Sample(AsyncTestCase):
        async def test(self) -> None: ...

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Sample)(result)
    ((_, text),) = result.errors
    assert text.startswith("test_framework.errors.SettingsError: environment variable TEST_FRAMEWORK_TIMEOUT: ")
