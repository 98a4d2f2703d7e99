"""Random programs of cleanups, and the sample class that runs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count

import anyio
from hypothesis import strategies as st

from test_framework import AsyncTestCase

from .recording import Record, run_tests

__all__ = ["ERRORS", "Program", "Step", "is_async", "programs", "run_program"]

# Where steps are taken, in order; the body is one or the other.
PHASES = ("setUp", "asyncSetUp", "body", "asyncTearDown", "tearDown")
ERRORS = {"fail": AssertionError, "error": ValueError, "exit": SystemExit}


@dataclass(frozen=True)
class Step:
    """One step of a phase or of a cleanup.

    Attributes:
        kind: "do" runs the cleanups now, "raise" ends the phase; "sync", "async", "context" and "async context" add
            a cleanup.
        effect: what is raised, by the step itself or by the cleanup when it runs.
        steps: what the cleanup does first.
        number: what the cleanup writes down.
    """

    kind: str
    effect: str | None = None
    steps: tuple[Step, ...] = ()
    number: int = field(default=-1)


Program = Mapping[str, tuple[Step, ...]]


def programs() -> st.SearchStrategy[Program]:
    """Draw what each phase does."""
    effects = st.none() | st.none() | st.sampled_from(sorted(ERRORS))
    kinds = st.sampled_from(["sync", "async", "context", "async context"])
    leaf = st.builds(Step, kinds, effects) | st.just(Step("do")) | st.builds(Step, st.just("raise"), st.just("fail"))
    step = st.recursive(
        leaf, lambda inner: st.builds(Step, kinds, effects, st.lists(inner, max_size=3).map(tuple)), max_leaves=6
    )
    return st.dictionaries(st.sampled_from(PHASES), st.lists(step, max_size=4).map(tuple)).map(_numbered)


def _numbered(program: Program) -> Program:
    numbers = count()

    def number(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(Step(step.kind, step.effect, number(step.steps), next(numbers)) for step in steps)

    return {phase: number(program[phase]) for phase in PHASES if phase in program}


class ProgramCase(AsyncTestCase):
    """Takes the steps of a program.

    Attributes:
        program: what each phase does.
        log: what ran: the names of phases, the numbers of cleanups.
        added: the numbers of the cleanups that were added.
    """

    program: Program
    log: list[object]
    added: list[int]

    def setUp(self) -> None:
        self.take_phase("setUp")

    async def asyncSetUp(self) -> None:
        await self.take_async_phase("asyncSetUp")

    def test_sync(self) -> None:
        self.take_phase("body")

    async def test_async(self) -> None:
        await self.take_async_phase("body")

    async def asyncTearDown(self) -> None:
        await self.take_async_phase("asyncTearDown")

    def tearDown(self) -> None:
        self.take_phase("tearDown")

    def take_phase(self, phase: str) -> None:
        self.log.append(phase)
        self.take(self.program.get(phase, ()), inside=False)

    async def take_async_phase(self, phase: str) -> None:
        self.log.append(phase)
        await self.async_take(self.program.get(phase, ()))

    def take(self, steps: tuple[Step, ...], *, inside: bool) -> None:
        inside = inside or self.backend == "trio"
        for step in steps:
            if step.kind == "do":
                # Synchronous code inside a loop cannot await, and on trio it is always inside.
                if not inside:
                    self.doCleanups()
            elif step.kind == "raise":
                raise ERRORS[str(step.effect)]("phase")
            elif step.kind == "context":
                self.added.append(step.number)
                self.enterContext(self.context(step))
            else:
                self.add(step)

    async def async_take(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            await anyio.sleep(0)
            if step.kind == "do":
                await self.adoCleanups()
            elif step.kind == "async context":
                self.added.append(step.number)
                await self.enterAsyncContext(self.async_context(step))
            else:
                self.take((step,), inside=True)

    def add(self, step: Step) -> None:
        self.added.append(step.number)
        if is_async(step):
            self.addAsyncCleanup(self.async_cleanup, step)
        else:
            self.addCleanup(self.cleanup, step)

    def cleanup(self, step: Step) -> None:
        self.log.append(step.number)
        self.take(step.steps, inside=asyncio._get_running_loop() is not None)
        _raise(step)

    async def async_cleanup(self, step: Step) -> None:
        self.log.append(step.number)
        await self.async_take(step.steps)
        _raise(step)

    @contextmanager
    def context(self, step: Step) -> Iterator[None]:
        yield
        self.cleanup(step)

    @asynccontextmanager
    async def async_context(self, step: Step) -> AsyncIterator[None]:
        yield
        await self.async_cleanup(step)


def run_program(program: Program, body: str, backend: str) -> tuple[ProgramCase, Record]:
    """Run a program; return the case and what its result was told.

    Args:
        program: what each phase does.
        body: the name of the test method.
        backend: where it runs.
    """
    cls: type[ProgramCase] = type("Sample", (ProgramCase,), {"backend": backend})
    case = cls(body)
    case.program, case.log, case.added = program, [], []
    return case, run_tests([case])


def is_async(step: Step) -> bool:
    """Return whether a step adds an asynchronous cleanup."""
    return step.kind.startswith("async")


def _raise(step: Step) -> None:
    if step.effect is not None:
        raise ERRORS[step.effect](f"cleanup {step.number}")
