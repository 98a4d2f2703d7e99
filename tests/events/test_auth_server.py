"""The events of real agent runs: fifty users on the embedded server, some of whom drop and come back."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from test_framework import GoldenPathError
from test_framework.auth import AuthServer
from test_framework.events import CriticalEvent, EventNotReceivedError, EventRecorder, assert_golden_path
from test_framework.websocket import Credentials, connect

USERS = [f"user-{number}" for number in range(50)]
DROPPING = {user for user in USERS if user.endswith("7")}


async def ask(server: AuthServer, user: str, run_id: str, *, drop: bool) -> EventRecorder:
    """Connect, start a run, and record it: to its end, or until the connection is cut in the middle."""
    credentials = Credentials(server.token_for(user))
    async with connect(server.ws_url, credentials=credentials, timeout=30) as socket:
        async with EventRecorder(socket) as recorder:
            await socket.send({"type": "agent_request", "message": f"from {user}", "run_id": run_id})
            await recorder.wait_for(CriticalEvent.AGENT_STARTED, timeout=30)
            if drop:
                socket.abort()
                with pytest.raises(EventNotReceivedError):
                    await recorder.wait_for(CriticalEvent.AGENT_COMPLETED, timeout=30, run_id="another run")
            else:
                await recorder.wait_for(CriticalEvent.AGENT_COMPLETED, timeout=30)
        return recorder


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fifty_users_some_of_whom_drop_and_reconnect(backend: str) -> None:
    """Everyone sees a whole run of their own and nothing of anyone else's, also after a connection was cut."""
    if backend == "trio":
        pytest.importorskip("trio", reason="trio is not installed")
    everyone = EventRecorder()
    cut: dict[str, EventRecorder] = {}

    async def live(server: AuthServer, user: str) -> None:
        if user in DROPPING:
            cut[user] = await ask(server, user, f"cut-{user}", drop=True)
        whole = await ask(server, user, f"run-of-{user}", drop=False)
        whole.assert_golden_path(user_id=user, run_id=f"run-of-{user}")
        for event in whole.events:
            everyone.feed(event)

    async def main() -> None:
        with AuthServer() as server:
            for user in USERS:
                server.add_user(user)
            async with anyio.create_task_group() as group:
                for user in USERS:
                    group.start_soon(live, server, user)

    anyio.run(main, backend=backend)

    everyone.assert_golden_path()
    for user in USERS:
        mine: Any = everyone.for_user(user)
        assert_golden_path(mine, user, f"run-of-{user}")
        assert len(mine) == len(CriticalEvent)
    assert cut.keys() == DROPPING
    for user, recorder in cut.items():
        assert {event.user_id for event in recorder.events} == {user}
        if len(recorder.events) < len(CriticalEvent):
            with pytest.raises(GoldenPathError):
                recorder.assert_golden_path(user_id=user)
