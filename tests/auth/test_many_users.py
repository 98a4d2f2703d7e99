"""A thousand users at once on one embedded server: nothing is lost, and nothing crosses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from test_framework.auth import AuthServer
from test_framework.websocket import Credentials, connect

USERS = 1000
EVENTS = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


@pytest.fixture(autouse=True)
def _enough_files() -> Iterator[None]:
    """Allow two sockets for each user."""
    resource = pytest.importorskip("resource", reason="this system has no limits of this kind")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * USERS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this system allows {hard} files, and {wanted} are needed")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.timeout(300)
def test_a_thousand_users_get_their_own_events(run: Any) -> None:
    """All are connected before the first one sends; each gets its five events and no other's."""
    received: dict[str, list[dict[str, Any]]] = {}

    async def main() -> None:
        all_open = anyio.Event()
        opening = anyio.CapacityLimiter(50)
        connected = 0

        async def live(user_id: str) -> None:
            nonlocal connected
            token = server.token_for(user_id)
            await opening.acquire()
            async with connect(server.ws_url, credentials=Credentials(token), timeout=60) as ws:
                opening.release()
                connected += 1
                if connected == USERS:
                    assert len(server.connections()) == USERS
                    all_open.set()
                await all_open.wait()
                await ws.send(
                    {"type": "agent_request", "message": f"from {user_id}", "thread_id": f"thread of {user_id}"}
                )
                received[user_id] = [await ws.recv_json(60) for _ in EVENTS]

        async with anyio.create_task_group() as group:
            for user_id in server.users:
                group.start_soon(live, user_id)

    with AuthServer(auth_timeout=60) as server:
        for number in range(USERS):
            server.add_user(f"user-{number}")
        run(main)
        assert server.refusals == []

    assert len(received) == USERS
    for user_id, events in received.items():
        assert [event["type"] for event in events] == EVENTS
        assert {(event["user_id"], event["thread_id"]) for event in events} == {(user_id, f"thread of {user_id}")}
        assert events[-1]["history"] == [f"from {user_id}"]
    runs = [event["run_id"] for events in received.values() for event in events]
    assert len(set(runs)) == USERS
