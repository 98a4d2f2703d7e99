"""The helpers inside of AsyncTestCase with every guard at "fail": no false findings, and no true ones hidden."""

from __future__ import annotations

import io
import unittest
from typing import Any, ClassVar

import pytest

from test_framework import AsyncTestCase, LeftBehindError
from test_framework.helpers.auth_helpers import (
    MessagePreservationTester,
    TokenExpiryTester,
    WebSocketAuthTester,
    assert_token_rejection,
    audit_server,
)


async def use(tester: WebSocketAuthTester) -> None:
    """Do something of everything."""
    expiry, messages = TokenExpiryTester(tester), MessagePreservationTester(tester)
    token = await tester.generate_real_jwt_token()
    assert token is not None
    assert (await tester.validate_token_in_backend(token))["valid"]
    ws = (await tester.establish_websocket_connection(token))["websocket"]
    assert ws is not None
    assert (await tester.send_test_message(ws, "x", timeout=20))["response"] == "x"
    ids = await messages.queue_messages_before_disconnect(ws, 2)
    await ws.close()
    again = await tester.connect_authenticated_websocket()
    kept = await messages.verify_message_preservation_after_reconnect(again, ids, timeout=20)
    assert kept["messages_preserved"]
    assert_token_rejection(await tester.establish_websocket_connection("a.b.c"))
    assert (await expiry.verify_token_expiry_behavior(expiry.create_expired_token()))["test_passed"]


class Strict(AsyncTestCase):
    strict = True


class InTest(Strict):
    __test__ = False

    async def test_scope(self) -> None:
        async with WebSocketAuthTester() as tester:
            await use(tester)

    async def test_entered(self) -> None:
        await use(await self.enterAsyncContext(WebSocketAuthTester()))

    async def test_audit(self) -> None:
        async with WebSocketAuthTester() as tester:
            assert (await audit_server(tester, only=["B"], deliveries=["header"], timeout=20)).ok


class InSetUp(Strict):
    __test__ = False

    async def asyncSetUp(self) -> None:
        self.tester = await self.enterAsyncContext(WebSocketAuthTester())

    async def test_use(self) -> None:
        await use(self.tester)


class AwaitedCleanup(Strict):
    __test__ = False

    def setUp(self) -> None:
        self.tester = WebSocketAuthTester()
        self.addAsyncCleanup(self.tester.cleanup)

    async def test_use(self) -> None:
        await use(self.tester)


class SynchronousCleanup(Strict):
    __test__ = False

    def setUp(self) -> None:
        self.tester = WebSocketAuthTester()

    def tearDown(self) -> None:
        self.tester.close()

    async def test_use(self) -> None:
        await use(self.tester)
        await self.tester.connect_authenticated_websocket("left-open")


class OfTheClass(Strict):
    __test__ = False

    tester: ClassVar[WebSocketAuthTester]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.tester = WebSocketAuthTester()
        cls.addClassCleanup(cls.tester.close)

    async def test_one(self) -> None:
        await use(self.tester)

    async def test_two(self) -> None:
        await use(self.tester)


class SharedAndCleanedInEach(Strict):
    __test__ = False

    tester: ClassVar[WebSocketAuthTester]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.tester = WebSocketAuthTester()

    async def asyncTearDown(self) -> None:
        await self.tester.cleanup()

    async def test_one(self) -> None:
        await use(self.tester)

    async def test_two(self) -> None:
        await use(self.tester)


class LeftBehind(Strict):
    __test__ = False

    async def test_nobody_cleans_up(self) -> None:
        tester = WebSocketAuthTester()
        KEPT.append(tester)
        assert tester.server.running


KEPT: list[WebSocketAuthTester] = []
ANYWHERE = [InTest, InSetUp]
ON_ASYNCIO = [AwaitedCleanup, SynchronousCleanup, OfTheClass, SharedAndCleanedInEach]


def outcome(kind: type[AsyncTestCase]) -> unittest.TestResult:
    """Run a class and return what came of it."""
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(kind)
    return unittest.TextTestRunner(io.StringIO(), verbosity=0).run(suite)


@pytest.mark.parametrize("kind", [*ANYWHERE, *ON_ASYNCIO], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_nothing_is_found(kind: Any, backend: str) -> None:
    """Wherever the tester was made and however it is ended."""
    if backend == "trio":
        pytest.importorskip("trio", reason="needs the extra trio")
        if kind in ON_ASYNCIO:
            pytest.skip("on trio a tester is a scope")
    result = outcome(type(kind.__name__, (kind,), {"backend": backend}))
    assert [text for _, text in (*result.failures, *result.errors)] == []
    assert result.testsRun > 0


def test_a_tester_that_nobody_cleans_up_is_found() -> None:
    """Its thread is what the test left behind."""
    try:
        result = outcome(LeftBehind)
        (found,) = [text for _, text in result.failures]
        assert LeftBehindError.__name__ in found
        assert "auth-server" in found
    finally:
        KEPT.pop().close()
