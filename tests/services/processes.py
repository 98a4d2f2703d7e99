"""What runs on this machine because of a test, and what its directories are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A program that starts both servers, says where they are, and waits to be killed.
PROGRAM = """
import json, os, sys, time
from test_framework.services import postgres, redis

def tell(*servers):
    places = [server._process for server in servers]
    print(json.dumps({"directories": [place.directory for place in places],
                      "servers": [place.pid for place in places],
                      "guards": [place._guard.pid for place in places]}), flush=True)

def synchronous():
    with postgres(template="CREATE TABLE t (n int)") as p, redis() as r, p.database():
        BEFORE
        tell(p, r)
        AFTER
        time.sleep(60)

async def asynchronous():
    import anyio
    async with postgres(template="CREATE TABLE t (n int)") as p, redis() as r, p.database():
        BEFORE
        tell(p, r)
        AFTER
        await anyio.sleep(60)

if sys.argv[1] == "sync":
    synchronous()
else:
    import anyio
    anyio.run(asynchronous, backend=sys.argv[1])
"""


@dataclass
class Started:
    """A program with servers, and all processes below it."""

    program: subprocess.Popen[str]
    directories: list[str]
    guards: list[int]
    servers: list[int]
    below: set[int]

    def left(self, seconds: float = 20.0) -> list[str]:
        """Return what is left of it when nothing changes any more, as long as that takes at most."""
        end = time.monotonic() + seconds
        while (remains := self._remains()) and time.monotonic() < end:
            time.sleep(0.02)
        return remains

    def _remains(self) -> list[str]:
        processes = [f"process {pid}" for pid in self.below if is_running(pid)]
        return processes + [path for path in self.directories if Path(path).exists()] + segments_of(self.servers)


@contextmanager
def started(mode: str, *, before: str = "pass", after: str = "pass", python: str = sys.executable) -> Iterator[Started]:
    """Start the program; whatever happens, it is killed at the end.

    Args:
        mode: "sync", "asyncio" or "trio".
        before: what it does when the servers run, before it says so.
        after: what it does then.
        python: the interpreter.
    """
    program = subprocess.Popen(
        [python, "-c", PROGRAM.replace("BEFORE", before).replace("AFTER", after), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        assert program.stderr is not None
        line = program.stdout.readline()
        assert line, program.stderr.read()
        told: dict[str, Any] = json.loads(line)
        below = descendants(program.pid)
        assert below >= {*told["guards"], *told["servers"]}
        assert len(below) > 5, "PostgreSQL has processes of its own"
        yield Started(program, **told, below=below)
    finally:
        program.kill()
        program.wait()
        # Not read to their ends: a fork may hold them open.
        for pipe in (program.stdin, program.stdout, program.stderr):
            if pipe is not None:
                pipe.close()


def alone(**variables: str) -> dict[str, str]:
    """Return the environment of a run of pytest with the plugins that it needs: others take a second to load."""
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "test_framework.pytest_plugin,xdist.plugin"}
    return {**os.environ, **plugins, **variables}


def descendants(pid: int) -> set[int]:
    """Return the processes below one, at any depth."""
    parents = {int(path.name): _stat(int(path.name))[1] for path in Path("/proc").iterdir() if path.name.isdigit()}
    found: set[int] = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer} - found
        found |= layer
    return found


def is_running(pid: int) -> bool:
    """Return whether a process is there and no zombie: in a container nobody may reap orphans."""
    return _stat(pid)[0] not in {"Z", "X", ""}


def command_of(pid: int) -> str:
    """Return the program and the arguments of a process; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""


def _stat(pid: int) -> tuple[str, int]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[1])


def segments_of(creators: list[int]) -> list[str]:
    """Return the System V shared memory that processes made."""
    table = Path("/proc/sysvipc/shm").read_text("ascii").splitlines()
    names = table[0].split()
    rows = [dict(zip(names, line.split(), strict=False)) for line in table[1:]]
    return [f"shared memory {row['shmid']}" for row in rows if int(row["cpid"]) in creators]
