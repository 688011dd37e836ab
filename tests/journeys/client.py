"""What a journey needs: a front end that asks, and the application on a real socket."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect

from graph.app import create_app
from graph.serving.uvicorn_websockets import DirectWebSockets
from graph.settings import Settings

TODAY = datetime.now(UTC).date()  # demo offers end some days after the day they are made for


@dataclass
class Client:
    """What a front end has: an address, and a token after signing in."""

    url: str
    http: httpx.AsyncClient
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, query: str, /, path: str = "/graphql", **variables: Any) -> dict[str, Any]:
        """Return the whole response map."""
        answer = await self.http.post(
            self.url + path, json={"query": query, "variables": variables}, headers=self.headers
        )
        return answer.json()

    async def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        """Return `data` of an answer without errors."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def sign_in(self, email: str = "ada@demo.example", password: str = "demo-password-1") -> "Client":
        """Sign in on this device."""
        login = await self.data(
            "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
            input={"email": email, "password": password},
        )
        self.token = login["login"]["accessToken"]
        return self

    @asynccontextmanager
    async def subscribed(self, query: str, **variables: Any) -> AsyncIterator[Callable[[], Any]]:
        """Open a subscription over graphql-transport-ws; yields a function that waits for the next answer."""
        async with connect(self.url.replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"]) as ws:
            await self._open(ws, query, variables)

            async def following() -> dict[str, Any]:
                async with asyncio.timeout(10):
                    message = orjson.loads(await ws.recv())
                assert message["type"] in {"next", "error"}, message
                return message["payload"]

            yield following

    async def _open(self, ws: ClientConnection, query: str, variables: dict[str, Any]) -> None:
        await ws.send(orjson.dumps({"type": "connection_init", "payload": self.headers}).decode())
        assert orjson.loads(await ws.recv())["type"] == "connection_ack"
        payload = {"query": query, "variables": variables}
        await ws.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())


@asynccontextmanager
async def listening(app: ASGIApp, port: int = 0, **options: Any) -> AsyncIterator[str]:
    """Run an application under uvicorn, as the product does, on a port of this process (0: a free one); yield its
    address."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on: 40 ms an answer
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    lifespan: Any = "on" if isinstance(app, Starlette) else "off"
    chosen = {"log_level": "warning", **options}
    server = uvicorn.Server(uvicorn.Config(app, ws=DirectWebSockets, lifespan=lifespan, access_log=False, **chosen))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def free_port() -> int:
    """Return a port where nobody listens now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def served(settings: Settings, sources: Any = None) -> AsyncIterator[str]:
    """Run the product's application; yield its address."""
    async with listening(create_app(settings, sources)) as url:
        yield url


def settings_for(home: Path, **changes: Any) -> Settings:
    """Settings of a server for tests, whatever the environment of the machine says."""
    return Settings(_env_file=None, MEDIA_GATEWAY_HOME=home, demo_data=False, **changes)


def program() -> list[str]:
    """Return the command line of the product."""
    return [sys.executable, "-m", "graph.cli"]


def environment(home: Path, **changes: str) -> dict[str, str]:
    """Return an environment for a started process, free of this machine's settings."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
    return {**kept, "MEDIA_GATEWAY_HOME": str(home), **changes}
