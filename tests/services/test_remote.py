"""Servers elsewhere: what is this machine, and what a run may reach."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from test_framework import Environment, RemoteNotAllowed
from test_framework.services._remote import check_allowed, hosts_elsewhere, is_here

Setenv = Callable[..., None]
STAGING = Environment(
    name="staging", backend_url="https://api.example.com", auth_service_url="https://auth.example.com:8443"
)


@pytest.mark.parametrize(
    "host",
    ["", "/run/postgresql", "localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.9.9.9", "::1",
     "::ffff:127.0.0.1", "0.0.0.0", "::"],
)  # fmt: skip
def test_this_machine(host: str) -> None:
    """Whatever a name server says."""
    assert is_here(host)


@pytest.mark.parametrize(
    "host",
    ["example.com", "localhost.example.com", "127.0.0.1.example.com", "notlocalhost", "10.0.0.1", "169.254.169.254",
     "::ffff:10.0.0.1", "fe80::1", "127.1", "2130706433", "0x7f.1", "host.docker.internal", "a,b"],
)  # fmt: skip
def test_elsewhere(host: str) -> None:
    """Also what only a resolver would take for this machine: it is asked first."""
    assert not is_here(host)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1:8000/a", ()),
        ("wss://me@Api.Example.com:1/", ("api.example.com",)),
        ("http://127.0.0.1@evil.test/", ("evil.test",)),
        ("http://[::1]:80/", ()),
        ("unix:///run/redis.sock", ()),
        ("rediss://:p@cache.test/0", ("cache.test",)),
        ("postgresql://postgres@/db?host=/run/pg", ()),
        ("postgresql://u:p@127.0.0.1:5432/db?host=evil.test", ("evil.test",)),
        ("postgresql://u@localhost/db?hostaddr=10.0.0.1", ("10.0.0.1",)),
        ("postgresql://u@a.test:1,[::1]:2,b.test/db", ("a.test", "b.test")),
    ],
)
def test_hosts_of_an_address(url: str, hosts: tuple[str, ...]) -> None:
    """Every one that a driver may connect to."""
    assert hosts_elsewhere([url, url]) == hosts


def test_this_machine_needs_no_permission(fresh_settings: Setenv) -> None:
    """A server on loopback is the developer's own."""
    fresh_settings()
    check_allowed(["http://127.0.0.1:8000", "unix:///run/redis.sock"], what="it")


def test_elsewhere_needs_one(fresh_settings: Setenv) -> None:
    """The error has the hosts, and says what to set."""
    fresh_settings()
    with pytest.raises(RemoteNotAllowed) as caught:
        check_allowed(STAGING.urls, what="the environment 'staging'", environment=STAGING)
    assert caught.value.hosts == ("api.example.com", "auth.example.com")
    assert str(caught.value) == (
        "the environment 'staging' is not on this machine (api.example.com, auth.example.com), and a run does not "
        "reach other machines by accident; if it is meant, set TEST_FRAMEWORK_ALLOW_REMOTE=staging"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("allowed", ["staging", "Staging,other", "api.example.com,AUTH.example.com"])
def test_it_is_given_by_name(fresh_settings: Setenv, allowed: str) -> None:
    """Of the environment, or of each host."""
    fresh_settings(ALLOW_REMOTE=allowed)
    check_allowed(STAGING.urls, what="it", environment=STAGING)


def test_a_name_allows_its_own_hosts_only(fresh_settings: Setenv) -> None:
    """What staging may, production may not; nor does a host stand for its neighbours."""
    fresh_settings(ALLOW_REMOTE="staging,db.test")
    production = Environment(name="production", backend_url="https://example.com")
    with pytest.raises(RemoteNotAllowed, match=r"TEST_FRAMEWORK_ALLOW_REMOTE=staging,db\.test,production"):
        check_allowed(production.urls, what="it", environment=production)
    with pytest.raises(RemoteNotAllowed, match=r"TEST_FRAMEWORK_ALLOW_REMOTE=staging,db\.test,elsewhere\.test"):
        check_allowed(["https://elsewhere.test"], what="it", environment=STAGING)
    with pytest.raises(RemoteNotAllowed, match=r"api\.example\.com"):
        check_allowed(["https://api.example.com"], what="backend_url")
    with pytest.raises(RemoteNotAllowed, match=r"a\.db\.test"):
        check_allowed(["https://a.db.test"], what="backend_url")
