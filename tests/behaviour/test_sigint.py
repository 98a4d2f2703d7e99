"""A real Ctrl-C while a test hangs: it ends, teardown and cleanups run, and the run ends as Ctrl-C ends it."""

from __future__ import annotations

from functools import cache

import pytest

from . import interrupted_samples
from .backends import every_backend
from .interrupted_samples import END, READY, SAMPLES
from .processes import interrupt_when_ready

MODULE = interrupted_samples.__name__
# What must still run after Ctrl-C.
AFTERWARDS = {
    "SetUp": ["async cleanup", "cleanup"],
    "AsyncSetUp": ["finally", "tearDown", "async cleanup", "cleanup"],
    "Body": ["finally", "asyncTearDown", "tearDown", "async cleanup", "cleanup"],
    "SyncBody": ["asyncTearDown", "tearDown", "async cleanup", "cleanup"],
    "AsyncTearDown": ["finally", "tearDown", "async cleanup", "cleanup"],
    "TearDown": ["async cleanup", "cleanup"],
    "AsyncCleanup": ["finally", "cleanup"],
    "Swallowing": ["swallowed", "asyncTearDown", "tearDown", "async cleanup", "cleanup"],
    # The second one ends a teardown that hangs too: whoever is at the keyboard does not wait any longer.
    "Twice": ["finally", "asyncTearDown", "finally"],
    "ClassSetUp": ["finally", "class cleanup"],
    "ClassBody": ["finally", "asyncTearDown", "tearDown", "async cleanup", "cleanup"],
    "Nursery": ["finally", "asyncTearDown", "tearDown", "async cleanup", "cleanup"],
}
WORDS = {word for words in AFTERWARDS.values() for word in words} | {"next"}


def after_ctrl_c(output: str) -> list[str]:
    """Return what a sample has written down after the first Ctrl-C."""
    # unittest prints a letter for a test that has an error by then.
    return [line for line in output.partition(READY)[2].replace("\nE", "\n").splitlines() if line in WORDS]


@cache
def sections(runner: str, backend: str) -> dict[str, str]:
    """Run all samples in one process; return what each of them has printed."""
    code, output = interrupt_when_ready("-W", "always", "-m", MODULE, runner, SAMPLE_BACKEND=backend)
    assert code == 0, output
    # Whatever was left open has ended with the process, without a word.
    assert "destroyed" not in output, output
    assert "ResourceWarning" not in output, output
    parts = [part.partition("\n") for part in output.split("@@@ ")[1:]]
    return {name: text for name, _, text in parts}


@every_backend
@pytest.mark.parametrize(("runner", "sample"), [(runner, name) for runner in SAMPLES for name in SAMPLES[runner]])
def test_ctrl_c_while_a_test_hangs(sample: str, runner: str, backend: str) -> None:
    """The phase is cancelled, everything that is owed runs, KeyboardInterrupt comes out before the next test."""
    output = sections(runner, backend)[sample]
    written = after_ctrl_c(output)
    assert written[: len(AFTERWARDS[sample])] == AFTERWARDS[sample], output
    assert "next" not in written
    assert END in output
    assert "ExceptionGroup" not in output
    assert "never awaited" not in output


@every_backend
def test_exit_code_under_unittest(backend: str) -> None:
    """``python -m unittest`` ends by the signal, as it does for any other test."""
    code, output = interrupt_when_ready("-m", "unittest", f"{MODULE}.Body", SAMPLE_BACKEND=backend)
    assert after_ctrl_c(output) == AFTERWARDS["Body"], output
    assert "KeyboardInterrupt" in output
    assert code == -2


@every_backend
def test_first_ctrl_c_of_unittest_catch_waits_for_the_test(backend: str) -> None:
    """With -c a Ctrl-C during a test that ends by itself does not disturb it; the next test is not run."""
    code, output = interrupt_when_ready("-m", "unittest", "-c", f"{MODULE}.EndsByItself", SAMPLE_BACKEND=backend)
    assert after_ctrl_c(output) == AFTERWARDS["SyncBody"], output
    assert "Ran 1 test" in output
    assert "OK" in output
    assert code == 0


@every_backend
@pytest.mark.parametrize(("sample", "written"), [("LateReady", "Body"), ("LateReadySync", "SyncBody")])
def test_second_ctrl_c_of_unittest_catch_ends_the_test(sample: str, written: str, backend: str) -> None:
    """With -c the second one interrupts the test that hangs; everything that is owed runs."""
    code, output = interrupt_when_ready("-m", "unittest", "-c", f"{MODULE}.{sample}", SAMPLE_BACKEND=backend)
    assert after_ctrl_c(output) == AFTERWARDS[written], output
    assert "KeyboardInterrupt" in output
    assert code == -2


@every_backend
def test_pytest_names_the_line_where_the_test_was(pytester: pytest.Pytester, backend: str) -> None:
    """The last line of what Ctrl-C shows is the suite's, not one of a library or of this package."""
    source = f"""
        import signal
        import anyio
        from test_framework import AsyncTestCase

        class Sample(AsyncTestCase):
            backend = {backend!r}

            async def test_it(self):
                await anyio.sleep(0.01)
                signal.raise_signal(signal.SIGINT)
                await anyio.sleep(60)  # here
    """
    path = pytester.makepyfile(source)
    number = path.read_text("utf-8").splitlines().index("        await anyio.sleep(60)  # here") + 1
    result = pytester.runpytest_subprocess("-p", "no:asyncio", timeout=60)
    text = result.stdout.str()
    assert f"{path.name}:{number}: KeyboardInterrupt" in text
    assert result.ret == pytest.ExitCode.INTERRUPTED
