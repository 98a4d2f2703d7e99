"""Scans files, in this process and in another one where that pays."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple, cast

from test_framework.imports._facts import FileFacts, Watch
from test_framework.imports._lexer import forget
from test_framework.imports._scanner import Scanner
from test_framework.imports._store import Store
from test_framework.imports._walk import read

__all__ = ["Job", "scan_files"]

# Below this many bytes another process takes longer to start than it saves.
WORTHWHILE = 12_000_000
AHEAD = 4_000_000
"""How many bytes are scanned while another process starts."""
# To take apart what it holds would take it longer than to end.
_START = (
    "import os, sys; sys.path[:] = {path!r}; from test_framework.imports._worker import serve; serve(); os._exit(0)"
)
Progress = Callable[[int, int], None]


class Job(NamedTuple):
    """One file to scan.

    Attributes:
        path: relative to the root.
        module: its dotted name.
        is_package: whether it is the ``__init__`` of a package.
        size: in bytes.
    """

    path: str
    module: str
    is_package: bool
    size: int


def scan_files(
    root: str, jobs: Sequence[Job], watch: Watch, store: Store, *, processes: int, progress: Progress | None = None
) -> dict[str, str]:
    """Scan files into a store.

    Args:
        root: the folder that the paths are relative to.
        jobs: the files.
        watch: what to look for.
        store: where the facts go.
        processes: how many may be used; as many are as pay.
        progress: called with how many files are done, of how many.

    Returns:
        Why files could not be read, by path.
    """
    total = sum(job.size for job in jobs)
    count = max(1, min(processes, total // WORTHWHILE + 1))
    mine, *others = _split(jobs, count)
    helpers = [_Helper(root, share, watch) for share in others]
    try:
        problems = _scan(root, mine, watch, store, lambda done: progress and progress(done * count, len(jobs)))
        for helper in helpers:
            problems |= helper.result(store)
    finally:
        for helper in helpers:
            helper.close()
        forget()
    return problems


def _split(jobs: Sequence[Job], count: int) -> list[list[Job]]:
    """Return shares of about the same number of bytes."""
    if count == 1:
        return [list(jobs)]
    shares: list[list[Job]] = [[] for _ in range(count)]
    # Who starts the others is ahead of them by that much.
    sizes = [0] + [AHEAD] * (count - 1)
    for job in sorted(jobs, key=lambda job: (-job.size, job.path)):
        # A file costs more than its bytes.
        smallest = sizes.index(min(sizes))
        shares[smallest].append(job)
        sizes[smallest] += job.size + 10_000
    return [sorted(share) for share in shares]


def _scan(
    root: str, jobs: Sequence[Job], watch: Watch, store: Store, progress: Callable[[int], object]
) -> dict[str, str]:
    scanner = Scanner(watch)
    problems: dict[str, str] = {}
    for number, job in enumerate(jobs):
        if number % 250 == 0:
            progress(number)
        try:
            raw = read(os.path.join(root, job.path))
        except OSError as exc:
            problems[job.path] = f"it cannot be read: {exc.strerror or exc}"
            store.add(job.path, FileFacts(()))
        else:
            store.add(job.path, scanner.scan(raw, job.module, is_package=job.is_package))
    return problems


class _Helper:
    """Another process. It is a bare interpreter, so that the program which imports this one is not run again."""

    def __init__(self, root: str, jobs: Sequence[Job], watch: Watch) -> None:
        self._root, self._jobs, self._watch = root, jobs, watch
        package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        path = [package, *(entry for entry in sys.path if entry)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-I", "-S", "-c", _START.format(path=path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        request = marshal.dumps((os.path.abspath(root), tuple(watch), [tuple(job) for job in jobs]))
        # It reads when it has started; until then there is other work to do.
        self._asking = threading.Thread(target=self._ask, args=(request,), daemon=True)
        self._asking.start()

    def _ask(self, request: bytes) -> None:
        pipe = cast("BinaryIO", self._process.stdin)
        # If it has died already, that shows when its result is asked for.
        with suppress(OSError), pipe:
            pipe.write(request)

    def result(self, store: Store) -> dict[str, str]:
        """Wait for its facts and put them into a store; do its work here if it died."""
        answer = cast("BinaryIO", self._process.stdout).read()
        if self._process.wait() != 0:
            return _scan(self._root, self._jobs, self._watch, store, lambda _: None)
        statements, records, problems = marshal.loads(answer)  # noqa: S302 - from our own process
        store.merge(statements, records)
        result: dict[str, str] = problems
        return result

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._asking.join()
        cast("BinaryIO", self._process.stdout).close()


def serve(source: BinaryIO | None = None, target: BinaryIO | None = None) -> None:
    """Scan what stdin asks for, and write the facts to stdout."""
    import gc

    # Nothing here is cyclic, and the process ends when it is done.
    gc.disable()
    root, watch, jobs = marshal.loads((source or sys.stdin.buffer).read())  # noqa: S302 - from our own process
    store = Store()
    problems = _scan(root, [Job(*job) for job in jobs], Watch(*watch), store, lambda _: None)
    answer: Any = (*store.plain(), problems)
    stream = target or sys.stdout.buffer
    stream.write(marshal.dumps(answer))
    stream.flush()
