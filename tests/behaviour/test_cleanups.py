"""Cleanups of any kind, added anywhere, failing anyhow: each runs once, last added first, every error is reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, strategies as st

from .backends import INSTALLED
from .cleanup_programs import ERRORS, Program, Step, is_async, programs, run_program


class Model:
    """What a program must do, told without running anything.

    Attributes:
        log: what must run.
        told: what the result must be told.
    """

    def __init__(self, program: Program, *, body_is_async: bool, on_trio: bool) -> None:
        self.log: list[object] = []
        self.told: list[tuple[str, str]] = []
        self._program = program
        self._stack: list[Step] = []
        # Where steps are taken: outside of the loop, inside of it by synchronous code, or by asynchronous code.
        self._sync = "inside" if on_trio else "outside"
        self._body = "async" if body_is_async else self._sync
        self._success = True

    def run(self) -> Model:
        """Go through all phases."""
        with self._recorded():
            self._phase("setUp", self._sync)
            before, self._success = self._success, True
            with self._recorded():
                self._phase("asyncSetUp", "async")
            if not self._success:
                with self._recorded():
                    self._phase("tearDown", self._sync)
            self._success = self._success and before
        if self._success:
            for phase, mode in (("body", self._body), ("asyncTearDown", "async"), ("tearDown", self._sync)):
                with self._recorded():
                    self._phase(phase, mode)
        self._drain(self._sync)
        if not self.told:
            self.told.append(("success", ""))
        return self

    def _phase(self, name: str, mode: str) -> None:
        self.log.append(name)
        self._take(self._program.get(name, ()), mode)

    def _take(self, steps: tuple[Step, ...], mode: str) -> None:
        for step in steps:
            if step.kind == "do":
                if mode != "inside":
                    self._drain(mode)
            elif step.kind == "raise":
                raise ERRORS[str(step.effect)]("phase")
            else:
                self._stack.append(step)

    def _drain(self, mode: str) -> None:
        while self._stack:
            step = self._stack.pop()
            with self._recorded():
                self.log.append(step.number)
                self._take(step.steps, "async" if is_async(step) else "inside" if mode == "async" else mode)
                if step.effect is not None:
                    raise ERRORS[step.effect](f"cleanup {step.number}")

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        try:
            yield
        except BaseException as exc:
            kind = "failure" if isinstance(exc, AssertionError) else "error"
            self.told.append((kind, f"{type(exc).__name__}: {exc}"))
            self._success = False


@given(program=programs(), body=st.sampled_from(["test_sync", "test_async"]), backend=st.sampled_from(INSTALLED))
def test_programs_of_cleanups(program: Program, body: str, backend: str) -> None:
    """Every cleanup that was added runs exactly once, in the order of the model, and every error is reported once."""
    case, record = run_program(program, body, backend)
    model = Model(program, body_is_async=body == "test_async", on_trio=backend == "trio").run()
    assert case.log == model.log
    assert record.of(body) == model.told
    assert sorted(entry for entry in case.log if isinstance(entry, int)) == sorted(case.added)
