"""What nobody waits for any more stays silent to the end of the process."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import weakref

import pytest

from test_framework.runners._abandoned import keep_for_ever
from tests.behaviour.backends import every_backend

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

SCRIPT = """
    import anyio
    from contextvars import copy_context
    from test_framework.runners import PhaseAbandoned, runner_class

    async def refuse():
        while True:
            try:
                await anyio.sleep(0.01)
            except BaseException as exc:
                if isinstance(exc, GeneratorExit):
                    print("was collected")

    def give_up():
        runner.abort()
        runner.abandon()

    async def leave():
        group = anyio.create_task_group()
        await group.__aenter__()
        group.start_soon(refuse)
        await anyio.sleep(0.01)

    import threading
    for phase in (refuse, leave):
        runner = runner_class({backend!r})(copy_context(), grace=0.1, options={{}})
        timer = threading.Timer(0.1, runner.call_soon_threadsafe, [give_up])
        timer.start()
        try:
            runner.run(phase())
        except PhaseAbandoned:
            print("abandoned")
        timer.cancel()
        timer.join()
        left = runner.finish(0.1)
        print(len(left.stuck) if left else 0, "stuck")
        runner.close()
    del runner
    print("end")
"""


def test_objects_live_on() -> None:
    """An object that is kept for ever is there although nothing refers to it."""

    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    keep_for_ever(thing)
    del thing
    assert gone() is not None


@every_backend
@pytest.mark.parametrize("options", [(), ("-W", "error")], ids=["plain", "warnings as errors"])
def test_silence_at_exit(backend: str, options: tuple[str, ...]) -> None:
    """Phases and tasks that refused to end are not collected at exit either: no output, no code of theirs runs."""
    code = textwrap.dedent(SCRIPT).format(backend=backend)
    done = subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["abandoned", "0 stuck", "1 stuck", "end"]
