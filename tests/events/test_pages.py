"""The pages about events: their tables are those of the code, and their picture is what the command draws."""

from __future__ import annotations

import re
from pathlib import Path

import test_framework.events as room
from test_framework import GOLDEN_PATH_RULES, Timeline, assert_golden_path, events_from_jsonl
from test_framework.cli import main
from test_framework.events._reading import SPELLINGS

DOCS = Path(__file__).parent.parent.parent / "docs"
REFERENCE = (DOCS / "reference" / "events.md").read_text("utf-8")
IMAGES = DOCS / "images"


def test_the_picture_is_what_the_command_draws(tmp_path: Path) -> None:
    """The picture of the how-to is drawn from the recording beside it, which follows the golden path."""
    recording, target = IMAGES / "critical-events.jsonl", tmp_path / "out.svg"
    title = "Three runs of two users"
    assert main(["timeline", str(recording), "--check", "--svg", str(target), "--title", title]) == 0
    assert target.read_text("utf-8") == (IMAGES / "critical-events.svg").read_text("utf-8")
    events = events_from_jsonl(recording.read_text("utf-8"))
    assert Timeline(events).as_svg(title=title) == target.read_text("utf-8")
    assert_golden_path(events)


def test_the_table_of_rules_is_that_of_the_code() -> None:
    """Each rule has one row, in order, with what it says."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", REFERENCE.partition("## Rules")[2].partition("## ")[0], re.MULTILINE)
    assert rows == list(GOLDEN_PATH_RULES.items())


def test_the_table_of_spellings_is_that_of_the_code() -> None:
    """Each field has one row with every name that it is read from."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", REFERENCE.partition("## `assert")[0], re.MULTILINE)
    assert {field: tuple(re.findall(r"`(\w+)`", names)) for field, names in rows} == SPELLINGS


def test_every_public_name_is_there() -> None:
    """The reference names everything that the room exports."""
    assert [name for name in room.__all__ if not re.search(rf"`{name}\b", REFERENCE)] == []


def test_the_failure_of_the_how_to_is_the_real_one() -> None:
    """The text that the how-to shows is what the failure says, but for the time of the sample."""
    page = (DOCS / "how-to" / "critical-events.md").read_text("utf-8")
    namespace: dict[str, list[dict[str, object]]] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], namespace)
    try:
        assert_golden_path([message for message in namespace["messages"] if message["type"] != "tool_completed"])
    except AssertionError as exc:
        assert page.partition("```text\n")[2].partition("\n```")[0] == str(exc)
    else:
        raise AssertionError("it passes")
