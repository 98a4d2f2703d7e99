"""The five critical events of an agent run: their order, a recorder, and timelines."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.events._critical import CRITICAL_EVENTS, CriticalEvent
    from test_framework.events._event import Event
    from test_framework.events._failure import Divergence, GoldenPathError
    from test_framework.events._golden_path import assert_golden_path
    from test_framework.events._lines import events_from_jsonl, events_to_jsonl
    from test_framework.events._reading import EventFormatError
    from test_framework.events._recorded import RecordedEvents
    from test_framework.events._recorder import EventRecorder
    from test_framework.events._rules import GOLDEN_PATH_RULES
    from test_framework.events._timeline import Timeline
    from test_framework.events._waiting import EventNotReceivedError, EventTimeoutError

__all__ = [
    "CRITICAL_EVENTS",
    "GOLDEN_PATH_RULES",
    "CriticalEvent",
    "Divergence",
    "Event",
    "EventFormatError",
    "EventNotReceivedError",
    "EventRecorder",
    "EventTimeoutError",
    "GoldenPathError",
    "RecordedEvents",
    "Timeline",
    "assert_golden_path",
    "events_from_jsonl",
    "events_to_jsonl",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {
            "CRITICAL_EVENTS": "test_framework.events._critical",
            "CriticalEvent": "test_framework.events._critical",
            "Event": "test_framework.events._event",
            "EventFormatError": "test_framework.events._reading",
            "EventNotReceivedError": "test_framework.events._waiting",
            "EventRecorder": "test_framework.events._recorder",
            "EventTimeoutError": "test_framework.events._waiting",
            "Divergence": "test_framework.events._failure",
            "GoldenPathError": "test_framework.events._failure",
            "GOLDEN_PATH_RULES": "test_framework.events._rules",
            "RecordedEvents": "test_framework.events._recorded",
            "Timeline": "test_framework.events._timeline",
            "assert_golden_path": "test_framework.events._golden_path",
            "events_from_jsonl": "test_framework.events._lines",
            "events_to_jsonl": "test_framework.events._lines",
        },
        distribution="ssot-test-framework",
    )
