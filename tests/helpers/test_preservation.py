"""Messages that wait for their user."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest

from test_framework.helpers import _results
from test_framework.helpers.auth_helpers import MessagePreservationTester, WebSocketAuthTester
from test_framework.websocket import ConnectionClosed


def test_nothing_is_lost_over_a_reconnection(run: Any) -> None:
    """What was queued comes after the next connect, and is over once it was acknowledged."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            messages = MessagePreservationTester(tester)
            first = await tester.connect_authenticated_websocket("alice")
            ids = await messages.queue_messages_before_disconnect(first, 3)
            assert len(set(ids)) == 3
            first.abort()
            second = await tester.connect_authenticated_websocket("alice")
            result = await messages.verify_message_preservation_after_reconnect(second, ids, timeout=20)
            assert (result["messages_preserved"], result["received_count"]) == (True, 3)
            assert (result["missing_message_ids"], result["error"]) == ([], None)
            assert tester.server.queued("alice") == []
            assert messages.pending_messages == {}
            assert set(result) == set(get_type_hints(_results.PreservationResult))

    run(main)


def test_what_is_lost_is_named(run: Any) -> None:
    """Another user, a message that was never queued, and a connection that ends."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            messages = MessagePreservationTester(tester)
            alice = await tester.connect_authenticated_websocket("alice")
            ids = await messages.queue_messages_before_disconnect(alice, 2)
            await alice.close()
            bob = await tester.connect_authenticated_websocket("bob")
            nothing = await messages.verify_message_preservation_after_reconnect(bob, ids, timeout=0.2)
            assert (nothing["messages_preserved"], nothing["missing_message_ids"]) == (False, ids)
            assert "timeout" in str(nothing["error"])
            assert len(messages.pending_messages) == 2
            again = await tester.connect_authenticated_websocket("alice")
            part = await messages.verify_message_preservation_after_reconnect(again, [*ids, "never"], timeout=1)
            assert (part["received_count"], part["missing_message_ids"]) == (2, ["never"])
            tester.server.logout("alice")
            ended = await messages.verify_message_preservation_after_reconnect(again, ids, timeout=20)
            assert not ended["messages_preserved"]
            assert ended["error"] is not None
            with pytest.raises(ConnectionClosed):
                await messages.queue_messages_before_disconnect(again, 1)

    run(main)


def test_nothing_expected_is_a_mistake(run: Any) -> None:
    """A check that cannot fail is refused."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            messages = MessagePreservationTester(tester)
            ws = await tester.connect_authenticated_websocket("alice")
            with pytest.raises(ValueError, match="nothing could be missing"):
                await messages.verify_message_preservation_after_reconnect(ws, [])
            with pytest.raises(ValueError, match="count must be"):
                await messages.queue_messages_before_disconnect(ws, 0)

    run(main)
