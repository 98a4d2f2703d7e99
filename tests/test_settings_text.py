"""Where text may stand for a value: in variables, not in TOML; and tables that are nearly ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from test_framework import SettingsError
from test_framework.settings import SETTINGS, load

LIMIT = 'must be a positive number of seconds, or 0 or "none" for no limit'


def write(folder: Path, text: str) -> Path:
    """Write a pyproject.toml."""
    path = folder / "pyproject.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("timeout", '"5"', f"{LIMIT}, not '5' (write it without quotes)"),
        ("timeout", '"0"', f"{LIMIT}, not '0' (write it without quotes)"),
        ("grace_period", '"1.5"', "must be a positive number of seconds, not '1.5' (write it without quotes)"),
        ("strict", '"true"', "must be true or false, not 'true' (write it without quotes)"),
        ("strict", '"maybe"', "must be true or false, not 'maybe'"),
    ],
)
def test_a_string_is_no_number_and_no_boolean(tmp_path: Path, key: str, value: str, rule: str) -> None:
    """TOML has types of its own: quotes are a mistake, and the error says so where they are all that is wrong."""
    path = write(tmp_path, f"[tool.test_framework]\n{key} = {value}\n")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == f"{path}:2: {key} {rule}"


@pytest.mark.parametrize(
    "header",
    ["[tool.test-framework]", '[tool."test-framework"]', "[tool.test-framework.imports]", "[tool.ssot-test-framework]"],
)
def test_a_hyphen_in_the_name_of_the_table(tmp_path: Path, header: str) -> None:
    """The error names the table that is read."""
    path = write(tmp_path, f'[project]\nname = "x"\n{header}\nstrict = true\n')
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, {})
    name = "ssot-test-framework" if "ssot" in header else "test-framework"
    assert str(caught.value) == f"{path}:3: [tool.{name}] is not read; write [tool.test_framework]"


@pytest.mark.parametrize("text", ["# test-framework\n", '[project]\ndependencies = ["ssot-test-framework"]\n'])
def test_the_name_elsewhere_is_no_table(tmp_path: Path, text: str) -> None:
    """Only a table of that name is a mistake."""
    write(tmp_path, text)
    assert load(tmp_path, {}).sources == {}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_an_empty_variable_counts_as_unset(tmp_path: Path, setting: object) -> None:
    """As with the interpreter's own variables: the file's value, or the default, holds."""
    write(tmp_path, "[tool.test_framework]\ntimeout = 7\n")
    found = load(tmp_path, {setting.variable: ""})  # type: ignore[attr-defined]
    assert found.values == load(tmp_path, {}).values
    assert found["timeout"] == 7
