"""The proxy between a gateway and its subgraphs: notes every request, and passes it on unchanged."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.journeys.client import listening

_PLACE = re.compile(r'(\w+)(\s+@join__graph\(name: "[^"]*", url: ")([^"]*)"')
_HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One HTTP request of a gateway: the subgraph by its name in the supergraph, and the body (decoded JSON)."""

    subgraph: str
    body: Any


@dataclass(slots=True)
class CountingProxy:
    """Passes requests on to where subgraphs are; `seen` grows by each, also by those that fail."""

    targets: dict[str, str] = field(default_factory=dict)
    """Graph of the supergraph → URL of its subgraph."""
    headers: dict[str, str] = field(default_factory=dict)
    """Set on every request, whatever the gateway forwards of what its client sent."""
    seen: list[SubgraphRequest] = field(default_factory=list)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _open: int = 0

    def __post_init__(self) -> None:
        self._idle.set()

    def reroute(self, sdl: str, url: str, place: Callable[[str], str | None] = lambda _: None) -> str:
        """Return a supergraph whose subgraphs are behind this proxy, at `url`; `place` may say where one really is.

        Raises ValueError when a URL is not found as composition writes it: what goes past the proxy is not counted.
        """
        self.targets.clear()

        def through(found: re.Match[str]) -> str:
            graph, between, target = found.groups()
            self.targets[graph] = place(graph) or target
            return f'{graph}{between}{url}/{graph}"'

        rerouted, found = _PLACE.subn(through, sdl)
        if found != sdl.count("@join__graph(") - sdl.count("directive @join__graph("):
            raise ValueError("Not every @join__graph(name:, url:) of the supergraph could be rewritten.")
        return rerouted

    async def taken(self) -> list[SubgraphRequest]:
        """Wait until no request is under way; return those seen since the last call."""
        await self._idle.wait()
        taken, self.seen = self.seen, []
        return taken

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[str]:
        """Serve on a port of this machine; yield the address."""
        async with httpx.AsyncClient(timeout=_SECONDS) as http:

            async def relay(request: Request) -> Response:
                return await self._relay(request, http)

            app = Starlette(routes=[Route("/{graph}", relay, methods=["GET", "POST"])])
            async with listening(app, port) as url:
                yield url

    async def _relay(self, request: Request, http: httpx.AsyncClient) -> Response:
        graph: str = request.path_params["graph"]
        content = await request.body()
        self.seen.append(SubgraphRequest(graph, _decoded(content) if content else dict(request.query_params)))
        self._open += 1
        self._idle.clear()
        try:
            headers = {name: value for name, value in request.headers.items() if name not in _HOP} | self.headers
            answer = await http.request(
                request.method, self.targets[graph], params=request.query_params, content=content, headers=headers
            )
        except httpx.HTTPError as error:
            return Response(f"{graph}: {error!r}", status_code=502)
        finally:
            self._open -= 1
            if self._open == 0:
                self._idle.set()
        kept = {name: value for name, value in answer.headers.items() if name not in _HOP}
        return Response(answer.content, answer.status_code, kept)


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:  # a multipart upload, say: shown as it is
        return content.decode("utf-8", "replace")
