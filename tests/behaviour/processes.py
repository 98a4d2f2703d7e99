"""Running small programs in another process."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time

from .pytest_runs import environment

__all__ = ["interrupt_when_ready", "run_program"]

_READY = "ready for Ctrl-C"


def run_program(source: str, *options: str, seconds: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program given as text.

    Args:
        source: the program.
        options: of the interpreter.
        seconds: how long it may take.
        variables: of the environment.
    """
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(source)],
        env=environment(**variables), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


def interrupt_when_ready(*command: str, seconds: float = 90, **variables: str) -> tuple[int, str]:
    """Run a Python program and press Ctrl-C each time when it says that it is ready.

    Args:
        command: for the interpreter; the program prints "ready for Ctrl-C" when the time has come.
        seconds: how long it may take.
        variables: of the environment.

    Returns:
        The exit code, and what it printed.
    """
    process = subprocess.Popen(
        [sys.executable, "-u", *command],
        env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    limit = threading.Timer(seconds, process.kill)
    limit.start()
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if line == f"{_READY}\n":
                # It prints, then waits; a moment later it does.
                time.sleep(0.05)
                process.send_signal(signal.SIGINT)
        return process.wait(), "".join(lines)
    finally:
        limit.cancel()
        limit.join()
        process.kill()
        process.wait()
        process.stdout.close()
