"""The reference prints the rules and the fields of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from test_framework.context import (
    UserExecutionContext,
    UserExecutionContextBuilder,
    assert_isolated,
    build_test_context,
    run_isolated,
)
from test_framework.context._context import FIELDS
from test_framework.context._rules import RULES

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "user-contexts.md"


def rules_table() -> str:
    """Return the rules as the page has them."""
    rows = [f"| {', '.join(f'`{field}`' for field in rule.fields)} | {rule.refuses} |" for rule in RULES]
    return "\n".join(["| fields | refused |", "| --- | --- |", *rows])


def test_the_rules_of_the_page_are_those_of_the_code() -> None:
    """Each rule has its row, in order."""
    found = re.search(r"<!-- rules -->\n(.*)\n<!-- end of rules -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert found[1] == rules_table()


def test_the_fields_of_the_page_are_those_of_the_class() -> None:
    """Each field has its row, in order, and its place in the signature."""
    text = PAGE.read_text("utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \| ", text.partition("### Rules")[0], re.MULTILINE)) == FIELDS
    (signature,) = re.findall(r"^`UserExecutionContext\((.*)\)`$", text, re.MULTILINE)
    names = [part.partition("=")[0] for part in signature.split(", ") if part != "*"]
    assert tuple(names) == FIELDS == tuple(inspect.signature(UserExecutionContext).parameters)


def test_every_public_method_is_on_the_page() -> None:
    """What can be called is described."""
    text = PAGE.read_text("utf-8")
    for kind in (UserExecutionContext, UserExecutionContextBuilder):
        missing = [name for name in vars(kind) if not name.startswith("_") and f"{name}(" not in text]
        assert [name for name in missing if name not in FIELDS and f"`{name}`" not in text] == []


def test_the_signatures_of_the_page_are_those_of_the_code() -> None:
    """The functions take what the page says."""
    text = PAGE.read_text("utf-8")
    for function in (assert_isolated, run_isolated, build_test_context):
        (written,) = re.findall(rf"`(?:await )?{function.__name__}\(([^`]*)\)`", text)
        names = [part.partition("=")[0].strip() for part in written.split(", ")]
        taken = inspect.signature(function).parameters.values()
        assert [name.strip("*") for name in names if name != "*"] == [one.name for one in taken]
