"""The reference page names what there is, with its defaults, and nothing else."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from test_framework.auth import AuditReport, AuditResult
from test_framework.helpers import _results, auth_helpers
from test_framework.helpers.auth_helpers import AuthTestConfig

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "auth-helpers.md").read_text("utf-8")


def section(title: str) -> str:
    """Return the text below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_configuration_is_that_of_the_class() -> None:
    """Each argument with its default, in order, and each limit."""
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section("AuthTestConfig").partition("Limits,")[0], re.MULTILINE)
    fields = [field for field in dataclasses.fields(AuthTestConfig) if field.init]
    assert [name for name, _ in rows] == [field.name for field in fields]
    assert [default.replace('"', "'") for _, default in rows] == [repr(field.default) for field in fields]
    limits = section("AuthTestConfig").partition("Limits,")[2]
    for names, value in re.findall(r"^\| (`.+`) \| `([\d.]+)` \|", limits, re.MULTILINE):
        assert {getattr(AuthTestConfig, name) for name in re.findall(r"\w+", names)} == {float(value)}


@pytest.mark.parametrize("name", ["WebSocketAuthTester", "TokenExpiryTester", "MessagePreservationTester"])
def test_every_method_is_there_with_its_signature(name: str) -> None:
    """No parameter is missing, and none is made up."""
    text, kind = section(name), getattr(auth_helpers, name)
    public = [method for method, _ in inspect.getmembers(kind, inspect.isfunction) if not method.startswith("_")]
    for method in public:
        found = re.search(rf"`(?:await )?{method}\((.*?)\)`", text)
        assert found, method
        parameters = [part for part in inspect.signature(getattr(kind, method)).parameters if part != "self"]
        documented = re.findall(r"(?:^|, )(\w+)(?==|,|$)", re.sub(r"=\([^)]*\)", "=x", found[1]))
        assert documented == parameters, method


def test_every_result_has_its_keys() -> None:
    """As the TypedDicts promise."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section("Results"), re.MULTILINE))
    for name in _results.__all__:
        assert re.findall(r"\w+", rows[name]) == [*get_type_hints(getattr(_results, name))]


def test_every_public_name_is_on_the_page() -> None:
    """Also the report's."""
    kinds: list[Any] = [AuditReport, AuditResult]
    fields = [name for kind in kinds for name in dir(kind) if not name.startswith("_")]
    assert [name for name in (*auth_helpers.__all__, *fields) if name not in PAGE] == []
