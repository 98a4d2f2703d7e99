"""Texts that come from outside, made fit to be shown."""

from __future__ import annotations

from test_framework.events._event import Event

__all__ = ["event_label", "moment", "printable", "quoted", "short"]

_ASCII = 0x7F
_LEAST = 8
"""The width below which there is no room to leave out a middle."""
_MINUTES_FROM = 100


def printable(text: str) -> str:
    r"""Return a text with every character that does not print written as an escape (``\x1b``)."""
    # Not printable are control characters, those that turn the direction of text, surrogates, and the unassigned.
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode("ascii") if ord(char) > _ASCII else f"\\x{ord(char):02x}"


def short(text: str, width: int) -> str:
    """Return a printable text of at most *width* characters, without its middle if it is longer."""
    text = printable(text)
    if len(text) <= width:
        return text
    if width < _LEAST:
        return text[:width]
    tail = (width - 3) // 2
    return f"{text[: width - 3 - tail]}...{text[-tail:]}"


def quoted(text: str, width: int = 40) -> str:
    """Return an id or name in quotes."""
    return f"'{short(text, width)}'"


def event_label(event: Event, width: int = 40) -> str:
    """Return an event's type and, for a tool, its name and the id of the call."""
    label = short(event.type, width)
    if event.tool_name is not None:
        label += f" {quoted(event.tool_name, width)}"
    if event.tool_call_id is not None:
        label += f" ({short(event.tool_call_id, width)})"
    return label


def moment(seconds: float) -> str:
    """Return a time since the first event, with a unit that suits it."""
    sign, size = ("-", -seconds) if seconds < 0 else ("+", seconds)
    if size < _MINUTES_FROM:
        return f"{sign}{size:.3f} s"
    minutes, rest = divmod(size, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{sign}{hours}:{minutes:02d}:{rest:04.1f}"
