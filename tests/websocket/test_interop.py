"""The connection against servers of other libraries, by every way that they can read."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import Any

import pytest

from test_framework.websocket import ConnectionClosed, ConnectionRefused, Credentials, connect
from tests.websocket.servers import PlainServer

GOOD = "good.good.good"


def token_of(headers: Any, query: Any, cookies: Any, offered: list[str]) -> Any:
    """Return the token, wherever it is."""
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return rest
    if scheme == "Basic":
        import base64

        return base64.b64decode(rest).decode().partition(":")[2]
    if "bearer" in offered:
        return offered[offered.index("bearer") + 1]
    return query.get("token") or cookies.get("token")


def serve_websockets() -> Any:
    """Return a server of websockets."""
    from http.cookies import SimpleCookie
    from urllib.parse import parse_qsl, urlsplit

    def check(connection: Any, request: Any) -> Any:
        offered = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        cookies = {name: one.value for name, one in SimpleCookie(request.headers.get("Cookie", "")).items()}
        token = token_of(request.headers, dict(parse_qsl(urlsplit(request.path).query)), cookies, offered)
        return None if token == GOOD else connection.respond(401, "no")

    return PlainServer(process_request=check, select_subprotocol=lambda _, offered: "bearer" if offered else None)


@contextmanager
def serve_aiohttp() -> Any:
    """Run a server of aiohttp."""
    web = pytest.importorskip("aiohttp.web", reason="aiohttp is not installed")

    async def handle(request: Any) -> Any:
        offered = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if token_of(request.headers, request.query, request.cookies, offered) != GOOD:
            raise web.HTTPUnauthorized(text="no")
        socket = web.WebSocketResponse(protocols=["bearer"])
        await socket.prepare(request)
        async for message in socket:
            if message.data == "leave":
                await socket.close(code=4401, message=b"enough")
            else:
                await (socket.send_str if isinstance(message.data, str) else socket.send_bytes)(message.data)
        return socket

    async def main(ready: Any, stop: asyncio.Event) -> None:
        app = web.Application()
        app.router.add_get("/", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready(runner.addresses[0][1])
        await stop.wait()
        await runner.cleanup()

    with in_thread(main) as port:
        yield Served(port)


@contextmanager
def serve_starlette() -> Any:
    """Run a Starlette application under uvicorn."""
    pytest.importorskip("starlette", reason="starlette is not installed")
    uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    async def endpoint(socket: Any) -> None:
        offered = socket.scope["subprotocols"]
        if token_of(Titled(socket.headers), socket.query_params, socket.cookies, offered) != GOOD:
            await socket.close(4401)
            return
        await socket.accept("bearer" if offered else None)
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("text") == "leave":
                    await socket.close(4401, "enough")
                    return
                await socket.send(
                    {"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")}
                )
        except WebSocketDisconnect:
            return

    app = Starlette(routes=[WebSocketRoute("/", endpoint)])

    async def main(ready: Any, stop: asyncio.Event) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="websockets-sansio", lifespan="off")
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        ready(server.servers[0].sockets[0].getsockname()[1])
        ticking = asyncio.create_task(server.main_loop())
        await stop.wait()
        server.should_exit = True
        await ticking
        await server.shutdown()

    with in_thread(main) as port:
        yield Served(port)


class Titled:
    """Headers by any case."""

    def __init__(self, headers: Any) -> None:
        self.headers = headers

    def get(self, name: str, default: str) -> Any:
        """Return a header."""
        return self.headers.get(name.lower(), default)


class Served:
    """A server that runs."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}/"


@contextmanager
def in_thread(main: Any) -> Any:
    """Run a coroutine function in a thread until the block ends; yield the port that it says."""
    ready = threading.Event()
    said: dict[str, Any] = {}

    async def whole() -> None:
        said["loop"], said["stop"] = asyncio.get_running_loop(), asyncio.Event()

        def note(port: int) -> None:
            said["port"] = port
            ready.set()

        await main(note, said["stop"])

    thread = threading.Thread(target=lambda: asyncio.run(whole()))
    thread.start()
    try:
        assert ready.wait(10)
        yield said["port"]
    finally:
        said["loop"].call_soon_threadsafe(said["stop"].set)
        thread.join(10)
        assert not thread.is_alive()


SERVERS = {"websockets": serve_websockets, "aiohttp": serve_aiohttp, "starlette": serve_starlette}


@pytest.mark.parametrize("library", SERVERS)
def test_credentials_arrive_and_refusals_come_back(run: Any, library: str) -> None:
    """A good token opens, a bad one is refused with a status, and messages come back as they were."""

    async def main() -> None:
        for kind in ("header", "subprotocol", "query", "cookie", "userinfo"):
            async with connect(server.url, credentials=Credentials(GOOD, kind)) as ws:
                assert await ws.request("text", timeout=5) == "text"
                assert await ws.request(b"\0\1", timeout=5) == b"\0\1"
                assert await ws.request({"id": 1, "n": None}, timeout=5) == {"id": 1, "n": None}
                assert ws.subprotocol == ("bearer" if kind == "subprotocol" else None)
            assert ws.close_code == 1000
            with pytest.raises(ConnectionRefused) as caught:
                async with connect(server.url, credentials=Credentials("bad.bad.bad", kind)):
                    pytest.fail("it is open")
            # An ASGI server makes 403 of a close before the upgrade.
            assert caught.value.status_code == (403 if library == "starlette" else 401)

    with SERVERS[library]() as server:
        run(main)


@pytest.mark.parametrize("library", ["aiohttp", "starlette"])
def test_a_private_close_code_comes_back(run: Any, library: str) -> None:
    """With its reason."""

    async def main() -> None:
        async with connect(server.url, credentials=Credentials(GOOD)) as ws:
            await ws.send("leave")
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=5)
            assert (caught.value.close_code, caught.value.reason) == (4401, "enough")

    with SERVERS[library]() as server:
        run(main)


def test_answers_of_json_are_json(run: Any) -> None:
    """What another library sends as text is decoded."""

    async def main() -> Any:
        async with connect(server.url, credentials=Credentials(GOOD)) as ws:
            await ws.send(json.dumps([1, "ü"]))
            return await ws.recv_json(5)

    with serve_aiohttp() as server:
        assert run(main) == [1, "ü"]
