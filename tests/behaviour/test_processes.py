"""Tests that fork or spawn, and programs under other options of the interpreter."""

from __future__ import annotations

import os
import sys

import pytest

from .backends import INSTALLED, every_backend
from .processes import run_program

FORK = """
import asyncio, os, sys, unittest, warnings
import anyio
from test_framework import AsyncTestCase

warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

def wait_for(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

class Sample(AsyncTestCase):
    backend = BACKEND
    # The child of a fork has no watchdog until it needs one; the parent's goes on.
    timeout = 30.0
    # Development mode would report how long a fork takes.
    loop_debug = False

    async def asyncSetUp(self):
        await anyio.sleep(0.001)

    async def test_1_fork_inside(self):
        pid = os.fork()
        if not pid:
            # The child leaves as the documentation of os.fork says.
            os._exit(7)
        self.assertEqual(wait_for(pid), 7)
        await self.wake_up()

    async def test_2_child_runs_a_loop_of_its_own(self):
        pid = os.fork()
        if not pid:
            code = 1
            try:
                code = asyncio.run(asyncio.sleep(0.001, 7))
            finally:
                os._exit(code)
        self.assertEqual(wait_for(pid), 7)
        await self.wake_up()

    def test_3_child_runs_tests(self):
        if self.backend == "trio":
            self.skipTest("on trio a synchronous method cannot start another run, in a child neither")
        pid = os.fork()
        if not pid:
            code = 1
            try:
                result = unittest.TestResult()
                Sample("test_9_next").run(result)
                code = 7 if result.wasSuccessful() and result.testsRun == 1 else 8
            finally:
                os._exit(code)
        self.assertEqual(wait_for(pid), 7)

    def test_4_child_ends_the_usual_way(self):
        import multiprocessing
        process = multiprocessing.get_context("fork").Process(target=int)
        process.start()
        process.join(20)
        self.assertEqual(process.exitcode, 0)

    async def test_5_child_ends_the_usual_way_from_inside(self):
        import multiprocessing
        process = multiprocessing.get_context("fork").Process(target=int)
        process.start()
        await anyio.to_thread.run_sync(process.join, 20)
        self.assertEqual(process.exitcode, 0)
        await self.wake_up()

    async def test_9_next(self):
        await self.wake_up()

    async def wake_up(self):
        # Only a callback from another thread shows that the loop still hears its own wake-up calls.
        with anyio.fail_after(10):
            for _ in range(2):
                self.assertEqual(await anyio.to_thread.run_sync(int, "7"), 7)

result = unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromTestCase(Sample))
assert result.testsRun == 6
if not result.wasSuccessful():
    sys.exit(3)
# Between tests, with an idle loop in hand: the child ends the usual way, with everything that runs at exit.
pid = os.fork()
if not pid:
    result = unittest.TestResult()
    Sample("test_9_next").run(result)
    sys.exit(7 if result.wasSuccessful() else 8)
assert wait_for(pid) == 7
result = unittest.TestResult()
Sample("test_9_next").run(result)
assert result.wasSuccessful(), result.errors + result.failures
"""


@every_backend
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_fork(backend: str) -> None:
    """A test forks: the parent's loops work afterwards, the child can run loops and tests, and ends cleanly."""
    done = run_program(FORK.replace("BACKEND", repr(backend)), "-W", "error", "-X", "dev")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


SPAWN = """
import asyncio, multiprocessing, operator, sys, unittest
from concurrent.futures import ProcessPoolExecutor
import anyio
from tests.behaviour.test_reuse import _Pickled
from test_framework import AsyncTestCase

class Sample(AsyncTestCase):
    backend = BACKEND

    async def test_process(self):
        process = multiprocessing.get_context("spawn").Process(target=operator.add, args=(1, 2))
        process.start()
        await anyio.to_thread.run_sync(process.join, 30)
        self.assertEqual(process.exitcode, 0)

    async def test_case_in_another_process(self):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            future = pool.submit(_Pickled("test_async").passes)
            self.assertTrue(await anyio.to_thread.run_sync(future.result))

if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromTestCase(Sample))
    sys.exit(0 if result.wasSuccessful() and result.testsRun == 2 else 3)
"""


@every_backend
def test_spawn(backend: str) -> None:
    """A test starts fresh interpreters, sends them functions and even a case, which runs there."""
    done = run_program(SPAWN.replace("BACKEND", repr(backend)))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


BATTERY = """
import logging, sys
from tests.behaviour.samples import PHASES
from tests.behaviour.stories import EXITS, expected, happens

# On a slow machine asyncio's debug mode has a word to say about that.
logging.getLogger("asyncio").setLevel(logging.ERROR)
for backend in BACKENDS:
    for body in ("sync", "async", "waiting"):
        for phase in PHASES:
            for action in ("fail", "error", "skip", *EXITS, "KeyboardInterrupt"):
                plan = {phase: action}
                seen = happens(plan, body=body, backend=backend)
                if seen != expected(plan):
                    sys.exit(f"{backend} {body} {plan}: {seen}")
print("done")
"""


@pytest.mark.parametrize(
    "options",
    [("-O",), ("-W", "error"), ("-W", "error", "-X", "dev")],
    ids=lambda options: "".join(options),
)
def test_options_of_the_interpreter(options: tuple[str, ...]) -> None:
    """Without assert statements, with every warning an error, in development mode: the same, and nothing is printed."""
    done = run_program(BATTERY.replace("BACKENDS", repr(INSTALLED)), *options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", ""), done.stderr


def test_class_checks_do_not_need_assert_statements() -> None:
    """Under -O a test that could never run is still refused, and a failing assert method still fails the test."""
    program = """
    import sys, unittest
    from test_framework import AsyncTestCase
    try:
        class Generator(AsyncTestCase):
            def test(self):
                yield
    except TypeError:
        pass
    else:
        sys.exit("a generator was taken")
    class Sample(AsyncTestCase):
        def asyncSetUp(self):
            self.ready = True
        async def test(self):
            self.assertTrue(self.ready)
            self.assertEqual(1, 2)
    result = unittest.TestResult()
    Sample("test").run(result)
    sys.exit(0 if (len(result.failures), len(result.errors)) == (1, 0) else str(result.failures + result.errors))
    """
    done = run_program(program, "-O")
    assert (done.returncode, done.stderr) == (0, "")


DEBUG = """
import asyncio, unittest
from test_framework import AsyncTestCase

class Sample(AsyncTestCase):
    async def test(self):
        print(type(self).__name__, asyncio.get_running_loop().get_debug())

class On(Sample):
    loop_debug = True

class Off(Sample):
    loop_debug = False

for cls in (Sample, On, Off, Sample):
    assert cls("test").run().wasSuccessful()
"""


@pytest.mark.parametrize(
    ("options", "variables", "debug"),
    [
        ((), {}, False),
        ((), {"PYTHONASYNCIODEBUG": "1"}, True),
        (("-X", "dev"), {}, True),
        (("-E",), {"PYTHONASYNCIODEBUG": "1"}, False),
    ],
)
def test_debug_mode_of_asyncio(options: tuple[str, ...], variables: dict[str, str], debug: bool) -> None:
    """It follows asyncio's own switches, and the class's attribute over them; the next class does not notice."""
    # -E takes PYTHONPATH away too.
    source = f"import sys; sys.path[:0] = {sys.path!r}\n{DEBUG}"
    done = run_program(source, *options, seconds=60, **variables)
    assert done.stdout.split("\n")[:-1] == [f"Sample {debug}", "On True", "Off False", f"Sample {debug}"], done.stderr
    assert done.returncode == 0


LEFT_OPEN = """
import sys, unittest
import anyio
from test_framework import AsyncTestCase

class Sample(AsyncTestCase):
    backend = BACKEND

    @classmethod
    async def asyncSetUpClass(cls):
        group = await cls.enterAsyncClassContext(anyio.create_task_group())
        await group.start(cls.serve)
        cls.addAsyncClassCleanup(cls.stop, group)

    @classmethod
    async def stop(cls, group):
        group.cancel_scope.cancel()

    @classmethod
    async def serve(cls, *, task_status):
        task_status.started()
        try:
            await anyio.sleep(600)
        finally:
            print("ended", flush=True)

    async def test(self):
        raise KeyboardInterrupt

class Next(AsyncTestCase):
    backend = BACKEND

    async def test(self):
        await anyio.sleep(0.001)

try:
    unittest.TestSuite([Sample("test")]).run(unittest.TestResult())
except KeyboardInterrupt:
    print("interrupted", flush=True)
result = Next("test").run()
assert result.wasSuccessful(), result.errors
print("exit", flush=True)
"""


@every_backend
def test_class_loop_that_nobody_closes(backend: str) -> None:
    """After Ctrl-C unittest tears no class down: the next class runs all the same, and the end of the process does."""
    done = run_program(LEFT_OPEN.replace("BACKEND", repr(backend)), "-W", "error")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    if backend == "trio":
        # Trio has one run for each thread: the one that was left open makes way, and cannot end any more.
        assert lines == ["interrupted", "exit"]
        told = [
            "__main__.Sample, torn down after Ctrl-C:",
            "test_framework.errors.BackendError: the trio run of the class has been given up",
        ]
        assert done.stderr.splitlines() == told * 2
    else:
        assert (lines, done.stderr) == (["interrupted", "exit", "ended"], "")
