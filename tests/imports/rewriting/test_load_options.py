"""The settings of ``migrate``: what they may say, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework import SettingsError
from test_framework.imports._rules import Target
from test_framework.imports.rewriting._additions import Needed
from test_framework.imports.rewriting._load_options import load_options, parse_options
from test_framework.imports.rewriting._options import MigrateOptions, Predecessor

pytestmark = pytest.mark.any_python

HEAD = "[tool.test_framework.migrate]\n"


def test_without_settings_there_are_defaults(tmp_path: Path) -> None:
    """A project needs none, and no pyproject.toml."""
    assert load_options(tmp_path) == MigrateOptions()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    (tmp_path / "below").mkdir()
    assert load_options(tmp_path / "below") == MigrateOptions()


def test_each_table_is_the_nearest_of_its_kind(tmp_path: Path) -> None:
    """A package of a repository without a table has that of the repository; the rules of imports are on their own."""
    package = tmp_path / "package"
    package.mkdir()
    inner, outer = package / "pyproject.toml", tmp_path / "pyproject.toml"
    outer.write_text(f'{HEAD}bare = false\n[tool.test_framework.imports.canonical]\nThing = "app.far"\n', "utf-8")
    inner.write_text("[project]\nname = 'x'\n", "utf-8")
    assert load_options(package).bare is False
    inner.write_text('[tool.test_framework.imports.canonical]\nThing = "app.near"\n', "utf-8")
    options = load_options(package)
    assert options.bare is False
    assert {rule.name: rule.home for rule in options.canonical}["Thing"] == "app.near"
    inner.write_text(HEAD, "utf-8")
    options = load_options(package)
    assert options.bare is True
    assert {rule.name: rule.home for rule in options.canonical}["Thing"] == "app.far"


def test_everything_can_be_set() -> None:
    """Tables add to the defaults; false takes one of them away."""
    options = parse_options(
        f"""{HEAD}
base = "tests.case:Case"
bare = false
files = ["check_*.py"]
[tool.test_framework.migrate.predecessors]
"tests.*:Old" = ""
"*:SSotAsyncTestCase" = "tests.case:Other"
"aiounittest:AsyncTestCase" = false
[tool.test_framework.migrate.context."app.context:Context"]
required = {{ user = "new_id()", run = "new_run($user)" }}
optional = ["client"]
imports = ["app.ids:new_id", "app.ids:new_run"]
distinct = ["user", "client"]
[tool.test_framework.migrate.canonical]
Helper = "app.testing"
TokenExpiryTester = false
[tool.test_framework.imports.canonical]
Other = "app.other"
""",
        "pyproject.toml",
    )
    assert options.base == Target("tests.case", "Case")
    assert (options.bare, options.files) == (False, ("check_*.py",))
    assert options.predecessors[:2] == (
        Predecessor("tests.*", "Old"), Predecessor("*", "SSotAsyncTestCase", Target("tests.case", "Other")),
    )  # fmt: skip
    assert [each.module for each in options.predecessors[2:]] == [
        "*", "*", "test_framework.*", "test_framework.*", "backports.async_case", "asynctest",
    ]  # fmt: skip
    first = options.contexts[0]
    assert (first.modules, first.name, first.optional) == (("app.context",), "Context", ("client",))
    assert first.imports == (Needed("app.ids", "new_id"), Needed("app.ids", "new_run"))
    assert first.required["run"].references == ("user",)
    homes = {rule.name: rule.home for rule in options.canonical}
    assert (homes["Helper"], homes["Other"]) == ("app.testing", "app.other")
    assert "TokenExpiryTester" not in homes
    assert homes["WebSocketAuthTester"] == "test_framework.helpers.auth_helpers"


CONTEXT = '[tool.test_framework.migrate.context."app:C"]\n'
WHERE = 'migrate.context."app:C"'
FAULTS = {
    f"{HEAD}bas = 1": "2: migrate.bas: there is no such key; known are base, bare, files, predecessors, context, canonical",
    f"{HEAD}base = 'x'": "2: migrate.base: must be \"package.module:Name\", not 'x'",
    f"{HEAD}bare = 1": "2: migrate.bare: must be true or false, not 1",
    f"{HEAD}files = 'x'": "2: migrate.files: must be a list of strings, not 'x'",
    f"{HEAD}context = 1": "2: migrate.context: must be a table, not 1",
    f"{HEAD}context.'a:B' = 1": '2: migrate.context."a:B": must be a table, not 1',
    f"{HEAD}predecessors.a = ''":
        "2: migrate.predecessors.a: the key must be \"package.module:Name\"; the module may have *, not 'a'",
    f"{HEAD}predecessors.'a:B' = 1":
        '2: migrate.predecessors."a:B": must be "package.module:Name", "" for the class that base names, or false, not 1',
    f"{HEAD}canonical.A = 'a:b'":
        "2: migrate.canonical.A: must be the module that is its home, such as \"package.module\", or false, not 'a:b'",
    f"{CONTEXT}required.a = '1'\nx = 1": f"3: {WHERE}.x: there is no 'x'; known are required, optional, imports, distinct",
    f"{CONTEXT}required = {{}}":
        f'2: {WHERE}.required: must be a table of arguments: required = {{ run_id = "new_run($thread_id)" }}',
    f"{CONTEXT}required.a = 1": f"2: {WHERE}.required.a: must be an expression, as a string, not 1",
    f"{CONTEXT}required.a = 'f('": f"2: {WHERE}.required.a: 'f(' is no expression: '(' was never closed",
    f"{CONTEXT}required.a = 'f(b)'": f'2: {WHERE}.required.a: b is not imported; add "package.module:b" to imports',
    f"{CONTEXT}required.a = 'str($b)'": f"2: {WHERE}.required.a: $b is none of the required arguments",
    f"{CONTEXT}required = {{ a = 'str($b)', b = 'str($a)' }}":
        f"2: {WHERE}.required: the expressions refer to each other in a circle",
    f"{CONTEXT}required.a = '1'\nimports = ['x']":
        f"3: {WHERE}.imports: must be a list of imports such as \"package.module:name\", not ['x']",
    f"{CONTEXT}required.a = '1'\ndistinct = ['b']": f"3: {WHERE}.distinct.b: b is no argument",
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named_with_its_line(text: str) -> None:
    """It says what was wrong, where, and what to write instead."""
    with pytest.raises(SettingsError) as caught:
        parse_options(text, "pyproject.toml")
    said = str(caught.value).splitlines()
    assert [line for line in said if "f is not imported" not in line] == [f"pyproject.toml:{FAULTS[text]}"]


def test_all_faults_are_named_at_once() -> None:
    """Nobody wants to hear of them one by one."""
    with pytest.raises(SettingsError) as caught:
        parse_options(f"{HEAD}bare = 1\nfiles = 2\nx = 3\n", "pyproject.toml")
    assert len(str(caught.value).splitlines()) == 3


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    """So is one that cannot be read as text."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_options(tmp_path)
    (tmp_path / "pyproject.toml").write_text("x", "utf-8")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        load_options(tmp_path)
