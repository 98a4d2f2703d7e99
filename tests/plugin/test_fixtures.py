"""The fixtures that every test can take: a real server, and contexts of users."""

from __future__ import annotations

import pytest

from test_framework import settings

from .runs import run, text_of

SETTING = "TEST_FRAMEWORK_USER_EXECUTION_CONTEXT"


def test_a_server_for_a_function_and_for_a_method(pytester: pytest.Pytester) -> None:
    """Plain functions and tests of ours get a running server each, which is stopped after the test."""
    source = """
    from test_framework import Credentials, connect
    SERVERS = []

    def test_function(auth_server):
        assert auth_server.running
        SERVERS.append(auth_server)

    class TestMethod(AsyncTestCase):
        strict = True

        async def test_method(self, auth_server):
            SERVERS.append(auth_server)
            token = auth_server.token_for(auth_server.add_user("ada").user_id)
            async with connect(auth_server.ws_url, credentials=Credentials(token)) as connection:
                assert await connection.request({"type": "echo", "id": "1"}) is not None
            assert SERVERS[0] is not SERVERS[1]

    def test_stopped():
        assert [server.running for server in SERVERS] == [False, False]
    """
    assert run(pytester, source, "-W", "error") == {"passed": 3}


def test_contexts(pytester: pytest.Pytester) -> None:
    """Each test gets a user of its own, and as many users as it asks for, isolated from one another."""
    source = """
    USERS = set()

    @pytest.mark.parametrize("number", range(3))
    def test_one(user_context, number):
        assert user_context.user_id not in USERS
        USERS.add(user_context.user_id)

    class TestMany(AsyncTestCase):
        def test_many(self, user_contexts):
            contexts = user_contexts(5, agent_context={"turn": [1]})
            assert len({context.user_id for context in contexts}) == 5
            assert len({id(context.agent_context["turn"]) for context in contexts}) == 5
            assert user_contexts(0) == []
    """
    assert run(pytester, source) == {"passed": 4}


def test_users_that_share_something(pytester: pytest.Pytester) -> None:
    """What the test itself makes them share is an error that names it."""
    source = """
    def test_shared(user_contexts):
        user_contexts(2, db_session=object())
    """
    assert "db_session" in text_of(pytester, source)
    assert run(pytester, source)["failed"] == 1


def test_they_are_listed_with_what_they_are(pytester: pytest.Pytester) -> None:
    """``pytest --fixtures`` explains each of them."""
    text = text_of(pytester, "", "--fixtures")
    for name in ("auth_server", "user_context", "user_contexts"):
        entry = text[text.index(f"\n{name} ") :].split("\n", 3)
        assert "no docstring" not in entry[2]


def test_contexts_of_a_class_that_takes_less(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class without a role for WebSockets does for many users as it does for one."""
    pytester.makepyfile(
        small_shop="""
        from dataclasses import dataclass

        @dataclass
        class Shopper:
            user_id: str
            thread_id: str
            plan: str = "free"
        """
    )
    pytester.syspathinsert()
    monkeypatch.setattr(settings, "_cached", [settings.load("/", {SETTING: "small_shop:Shopper"})])
    source = """
    def test_one(user_context):
        assert type(user_context).__name__ == "Shopper"

    def test_many(user_contexts):
        alice, bob = user_contexts(2, plan="pro")
        assert (alice.plan, bob.plan) == ("pro", "pro")
        assert alice.user_id != bob.user_id
    """
    assert run(pytester, source) == {"passed": 2}
