"""How a golden path was left: data, and the text made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from test_framework.errors import FrameworkError
from test_framework.events._event import Event
from test_framework.events._labels import event_label
from test_framework.events._rules import GOLDEN_PATH_RULES

__all__ = ["Divergence", "GoldenPathError"]

_SHOWN = 5
_INSTEAD = {"no_extra": "extra='allow'"}


@dataclass(frozen=True, slots=True)
class Divergence:
    """One place where events leave the golden path.

    Args:
        rule: the rule that is broken.
        run: the run that it is about, in words.
        index: the place in the list that was checked, from 0; None after its last event.
        event: the event there; None if one is missing at the end.
        expected: what should have been there.
        related: the places of other events that it has to do with.
        to_allow: the argument that allows this; empty for ``without=``.
    """

    rule: str
    run: str
    index: int | None
    event: Event | None
    expected: str
    related: tuple[int, ...] = ()
    to_allow: str = ""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return "the end" if self.index is None else f"event {self.index}"

    @property
    def allowing(self) -> str:
        """The argument that allows it."""
        return self.to_allow or _INSTEAD.get(self.rule, f"without=({self.rule!r},)")


class GoldenPathError(FrameworkError, AssertionError):
    """Raised when events leave the golden path of an agent run.

    Attributes:
        divergences: every divergence, the first one first; of very many, the first.
        timeline: the events of the run of the first divergence, as text, with the place marked.
        missing: the critical events that never came in that run.
        more: how many further divergences there are that *divergences* does not have.
        hint: what may be the cause; empty if there is nothing to say.
    """

    def __init__(
        self,
        divergences: Sequence[Divergence],
        timeline: str,
        missing: Sequence[str] = (),
        more: int = 0,
        hint: str = "",
    ) -> None:
        super().__init__(tuple(divergences), timeline, tuple(missing), more, hint)
        self.divergences: tuple[Divergence, ...] = tuple(divergences)
        self.timeline = timeline
        self.missing: tuple[str, ...] = tuple(missing)
        self.more = more
        self.hint = hint

    @property
    def first(self) -> Divergence:
        """The first divergence."""
        return self.divergences[0]

    @property
    def rule(self) -> str:
        """The rule that is broken first."""
        return self.first.rule

    @property
    def index(self) -> int | None:
        """The place of the first divergence in the list that was checked; None after its last event."""
        return self.first.index

    @property
    def event(self) -> Event | None:
        """The event at the first divergence; None if one is missing at the end."""
        return self.first.event

    @property
    def expected(self) -> str:
        """What should have been there."""
        return self.first.expected

    def __str__(self) -> str:
        first = self.first
        found = "nothing more" if first.event is None else event_label(first.event)
        lines = [
            f"the golden path of {first.run} is left at {first.place}",
            "",
            f"  rule      {first.rule}: {GOLDEN_PATH_RULES[first.rule]}",
            f"  found     {found}",
            f"  expected  {first.expected}",
        ]
        if self.missing:
            lines.append(f"  missing   {', '.join(self.missing)}")
        if self.hint:
            lines.append(f"  hint      {self.hint}")
        lines.append(f"  to allow  {first.allowing}")
        if self.timeline:
            lines += ["", *(f"  {line}".rstrip() for line in self.timeline.splitlines())]
        return "\n".join([*lines, *self._others()])

    def _others(self) -> list[str]:
        others = self.divergences[1:]
        lines = [
            f"  {other.place} of {other.run}: {other.rule}, expected {other.expected}" for other in others[:_SHOWN]
        ]
        more = len(others) - len(lines) + self.more
        if more:
            lines.append(f"  and {more} more")
        return ["", "also:", *lines] if lines else []
