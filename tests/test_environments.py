"""Environments in the settings: what a table may say, every fault at once, and which one a run is for."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from test_framework import Environment, SettingsError
from test_framework.settings import load

REMOTE = "TEST_FRAMEWORK_ALLOW_REMOTE"
STAGING = """
[tool.test_framework.environments.staging]
backend_url = "https://api.staging.example.com"
auth_service_url = "https://auth.staging.example.com/v1"
websocket_url = "wss://api.staging.example.com/live"
timeout = 20
websocket_timeout = 7.5
headers = { X-Gateway-Key = "STAGING_GATEWAY_KEY", x-tenant = "STAGING_TENANT" }

[tool.test_framework.environments.local]
backend_url = "http://127.0.0.1:8000"
"""


def write(folder: Path, text: str) -> Path:
    """Write a pyproject.toml."""
    path = folder / "pyproject.toml"
    path.write_text(text, "utf-8")
    return path


def faults(folder: Path, text: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the lines of the error that reading the settings ends in, without the file's name."""
    path = write(folder, text)
    with pytest.raises(SettingsError) as caught:
        load(folder, environ or {})
    return [line.replace(f"{path}: ", "") for line in str(caught.value).splitlines()]


def test_every_key_of_a_table(tmp_path: Path) -> None:
    """They are attributes of a frozen value, which knows its addresses and where it comes from."""
    path = write(tmp_path, STAGING)
    known = load(tmp_path, {}).environments
    assert [*known] == ["staging", "local"]
    assert known["staging"] == Environment(
        name="staging",
        backend_url="https://api.staging.example.com",
        auth_service_url="https://auth.staging.example.com/v1",
        websocket_url="wss://api.staging.example.com/live",
        headers={"X-Gateway-Key": "STAGING_GATEWAY_KEY", "x-tenant": "STAGING_TENANT"},
        timeout=20.0,
        websocket_timeout=7.5,
        source=str(path),
    )
    assert known["local"].urls == ("http://127.0.0.1:8000",)
    assert len(known["staging"].urls) == 3
    with pytest.raises(AttributeError):
        known["local"].backend_url = "http://elsewhere"  # type: ignore[misc]


def test_all_faults_of_all_tables_at_once(tmp_path: Path) -> None:
    """Each says in which table and key it is, and what to write instead."""
    text = """
[tool.test_framework]
timeout = -1
[tool.test_framework.environments.staging]
url = "https://api.staging.example.com"
backend_url = "https://me:hunter2@api.staging.example.com"
timeout = "20"
headers = { "X Key" = "A", Authorization = "B", X-Key = "s3cr3t-value", x-key2 = 3, X-A = "A", x-a = "B" }
[tool.test_framework.environments."a b"]
backend_url = 3
[tool.test_framework.environments.empty]
allow_remote = true
"""
    found = faults(tmp_path, text)
    variable = "must name the environment variable that has its value, in capitals, such as STAGING_GATEWAY_KEY;"
    known = "known are backend_url, auth_service_url, websocket_url, headers, timeout, websocket_timeout"
    address = "must be an address such as http://127.0.0.1:8000, without user info, query and fragment"
    value = "the value itself does not belong in a file"
    assert [line for line in found if line.startswith("environments.")] == [
        f"environments.staging: unknown key 'url'; {known}",
        f"environments.staging: backend_url {address}",
        "environments.staging: timeout must be a positive number of seconds",
        "environments.staging: headers: 'X Key' is no name of a header",
        "environments.staging: headers: Authorization is not for the settings; the helpers set it themselves",
        f"environments.staging: headers: X-Key {variable} {value}",
        f"environments.staging: headers: x-key2 {variable} {value}",
        "environments.staging: headers: x-a stands there twice",
        "environments.a b: a name begins with a letter or digit, has letters, digits and . _ - only, and is not none",
        f"environments.a b: backend_url {address}",
        f"environments.empty: unknown key 'allow_remote'; {known}; it is set for one run, as {REMOTE}",
        "environments.empty: it has no address; give one of backend_url, auth_service_url, websocket_url",
    ]
    assert any(
        'timeout must be a positive number of seconds, or 0 or "none" for no limit, not -1' in line for line in found
    )
    assert not [line for line in found if "s3cr3t" in line or "hunter2" in line]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[tool.test_framework]\nenvironments = 3\n", "environments must be tables"),
        ('[tool.test_framework.environments]\nstaging = "https://h"\n', "environments.staging: must be a table"),
        ('[tool.test_framework.environments.s]\nbackend_url = "http://h"\nheaders = "K"\n', "headers must be a table"),
    ],
)
def test_what_is_no_table(tmp_path: Path, text: str, fault: str) -> None:
    """The error shows what one looks like."""
    (found,) = faults(tmp_path, text)
    assert fault in found


# -- headers --------------------------------------------------------------------------------------


def test_values_of_headers_come_from_variables(tmp_path: Path) -> None:
    """They are looked up when they are needed, and are in nothing that is printed."""
    write(tmp_path, STAGING)
    staging = load(tmp_path, {}).environments["staging"]
    environ = {"STAGING_GATEWAY_KEY": "s3cr3t", "STAGING_TENANT": "acme 1"}
    assert staging.header_values(environ) == {"X-Gateway-Key": "s3cr3t", "x-tenant": "acme 1"}
    assert "s3cr3t" not in repr(staging)


def test_every_missing_variable_is_named(tmp_path: Path) -> None:
    """An empty one is missing, too, and one that holds a line break would be a header of its own."""
    path = write(tmp_path, STAGING)
    staging = load(tmp_path, {}).environments["staging"]
    with pytest.raises(SettingsError) as caught:
        staging.header_values({"STAGING_GATEWAY_KEY": "", "STAGING_TENANT": "s3cr3t\r\nX-Evil: 1"})
    place = f"{path}: environments.staging: the environment variable"
    assert str(caught.value).splitlines() == [
        f"{place} STAGING_GATEWAY_KEY is not set; it is to hold the value of the header X-Gateway-Key",
        f"{place} STAGING_TENANT holds what the header x-tenant cannot: printable ASCII without a line break",
    ]


def test_an_environment_that_is_not_used_needs_no_variables(tmp_path: Path) -> None:
    """Whoever has the repository has the table, but not the keys."""
    write(tmp_path, STAGING)
    assert load(tmp_path, {}).environments["staging"].headers


# -- which one ------------------------------------------------------------------------------------


def test_one_is_selected_by_a_variable(tmp_path: Path) -> None:
    """Its name is in the settings, with its source."""
    write(tmp_path, STAGING)
    found = load(tmp_path, {"TEST_FRAMEWORK_ENVIRONMENT": " staging "})
    assert found["selected_environment"] == "staging"
    assert found.sources["selected_environment"] == "environment variable TEST_FRAMEWORK_ENVIRONMENT"


def test_one_that_is_not_there(tmp_path: Path) -> None:
    """A misspelt name is an error that lists those there are, never a run against something else."""
    variable = "environment variable TEST_FRAMEWORK_ENVIRONMENT"
    found = faults(tmp_path, STAGING, {"TEST_FRAMEWORK_ENVIRONMENT": "stagin"})
    assert found == [f"{variable}: there is no environment 'stagin' in the settings; known are staging, local"]
    (found_nothing,) = faults(tmp_path, "", {"TEST_FRAMEWORK_ENVIRONMENT": "staging"})
    assert found_nothing.endswith("known are none: they are tables [tool.test_framework.environments.NAME]")


def test_the_variable_of_the_environment_object_has_another_name(tmp_path: Path) -> None:
    """A path in the place of a name says where it belongs."""
    (found,) = faults(tmp_path, STAGING, {"TEST_FRAMEWORK_ENVIRONMENT": "shop.env:get_env"})
    assert "a product's own environment object is named by TEST_FRAMEWORK_ENVIRONMENT_OBJECT" in found
    assert load(tmp_path, {"TEST_FRAMEWORK_ENVIRONMENT_OBJECT": "shop.env:get_env"})["environment"]


def test_two_variables_that_name_what_is_tested(tmp_path: Path) -> None:
    """It cannot be both; an address in the file is replaced."""
    environ = {"TEST_FRAMEWORK_ENVIRONMENT": "staging", "TEST_FRAMEWORK_BACKEND_URL": "http://127.0.0.1:9"}
    (found,) = faults(tmp_path, STAGING, environ)
    assert found.endswith("TEST_FRAMEWORK_BACKEND_URL both name what is tested; unset one of them")
    write(tmp_path, f'[tool.test_framework]\nbackend_url = "http://127.0.0.1:9"\n{STAGING}')
    assert load(tmp_path, {"TEST_FRAMEWORK_ENVIRONMENT": "staging"})["selected_environment"] == "staging"


def test_it_can_be_handed_to_another_process(tmp_path: Path) -> None:
    """As a frozen value can."""
    write(tmp_path, STAGING)
    for environment in load(tmp_path, {}).environments.values():
        assert pickle.loads(pickle.dumps(environment)) == environment
