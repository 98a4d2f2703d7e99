"""The rules: each refuses what it says, and all of them are described."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from test_framework.context._id_rules import ID_FIELDS
from test_framework.context._rule import Rule
from test_framework.context._rules import RULES, faults_of


class Broken(tzinfo):
    def utcoffset(self, moment: datetime | None, /) -> timedelta:
        raise OSError("no zone")

    def dst(self, moment: datetime | None, /) -> None: ...

    def tzname(self, moment: datetime | None, /) -> None: ...


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"user_id": "a", "run_id": "a"}, {"run_id": "is the same as user_id: an id has one role"}),
        ({"websocket_client_id": None, "request_id": None}, {}),
        ({"operation_depth": 0, "parent_request_id": None}, {}),
        ({"operation_depth": 2, "parent_request_id": "p"}, {}),
        (
            {"operation_depth": 2, "parent_request_id": None},
            {"parent_request_id": "is missing, but operation_depth is 2: a child has a parent"},
        ),
        (
            {"operation_depth": 0, "parent_request_id": "p"},
            {"parent_request_id": "is given, but operation_depth is 0: only a child has a parent"},
        ),
        ({"operation_depth": -1}, {"operation_depth": "is -1; it begins at 0"}),
        ({"operation_depth": 11}, {"operation_depth": "is 11; at most 10 are allowed"}),
        ({"operation_depth": 10**5000}, {"operation_depth": "is huge; at most 10 are allowed"}),
        ({"operation_depth": -(10**5000)}, {"operation_depth": "is hugely negative; it begins at 0"}),
        ({"operation_depth": True}, {"operation_depth": "is a bool, not an int"}),
        ({"operation_depth": 1.0}, {"operation_depth": "is a float, not an int"}),
        ({"created_at": None}, {}),
        ({"created_at": datetime.now(UTC)}, {}),
        ({"created_at": "today"}, {"created_at": "is a str, not a datetime"}),
        (
            {"created_at": datetime(2026, 1, 1)},  # noqa: DTZ001
            {"created_at": "has no time zone; write datetime.now(UTC)"},
        ),
        (
            {"created_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
            {"created_at": "is out of range in UTC"},
        ),
        ({"created_at": datetime(2026, 1, 1, tzinfo=Broken())}, {"created_at": "cannot be examined: OSError"}),
        ({"agent_context": [1]}, {"agent_context": "is a list, not a mapping"}),
        ({"audit_metadata": {1: 2}}, {"audit_metadata": "has a key that is an int, not a str"}),
        ({"agent_context": {}, "audit_metadata": None}, {}),
    ],
)
def test_the_other_rules(values: dict[str, object], faults: dict[str, str]) -> None:
    """Each field has rules of its own, and no id has two roles."""
    assert faults_of(values) == faults


def test_metadata_that_is_nested_without_end() -> None:
    """Depth is limited by a rule, not by the interpreter's stack."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert faults_of({"agent_context": {"deep": deep}}) == {"agent_context": "is nested more than 100 deep"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.refuses[:30])
def test_every_rule_is_described(rule: Rule) -> None:
    """The documentation gets a text for each rule, which is about known fields."""
    assert rule.refuses
    assert {*rule.fields} <= {*ID_FIELDS, "created_at", "agent_context", "audit_metadata", "operation_depth"}
