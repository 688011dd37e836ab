"""Asks one gateway after the other the same operations, one at a time, and keeps what each sent to the subgraphs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.requests.processes import running
from benchmarks.requests.proxy import CountingProxy, SubgraphRequest


@dataclass(frozen=True, slots=True)
class Ask:
    """One operation; `is_right` judges the whole response map."""

    name: str
    query: str
    variables: Mapping[str, Any]
    is_right: Callable[[Mapping[str, Any]], bool]


@dataclass(slots=True)
class Caller:
    """A client of a gateway; `sign` makes it, and whatever the gateway asks of the subgraphs, bear a token."""

    url: str
    http: httpx.AsyncClient
    proxy: CountingProxy
    headers: dict[str, str] = field(default_factory=dict)

    def sign(self, token: str) -> None:
        """Send a token from now on, past gateways too that forward no headers unless configured to."""
        self.headers = {"authorization": f"Bearer {token}"}
        self.proxy.headers = dict(self.headers)

    async def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return the response map; {} for a response that is none, so that nobody takes it for right."""
        body = {"query": query, "variables": variables}
        response = await self.http.post(self.url, json=body, headers=self.headers)
        try:
            answer = response.json()
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}


@dataclass(frozen=True, slots=True)
class Suite:
    """A supergraph and what it is asked; `place` says where a graph is, None for the URL of the supergraph."""

    name: str
    sdl: str
    asks: Callable[[Caller], Awaitable[list[Ask]]]
    place: Callable[[str], str | None] = lambda _graph: None


Suites = Callable[[], AbstractAsyncContextManager[list[Suite]]]
"""Starts what the suites need, in the state in which a gateway should find it."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway: the command has {supergraph} (a file) and {port}, and serves GraphQL over POST at `path`."""

    name: str
    command: str
    path: str = "/graphql"


@dataclass(frozen=True, slots=True)
class Observed:
    """What came of one operation: the requests in the order in which they were sent."""

    query: str
    right: bool
    requests: list[SubgraphRequest]
    answer: dict[str, Any]


async def observe(
    gateway: Gateway, suites: Suites, folder: Path, ports: tuple[int, int], environment: Mapping[str, str]
) -> AsyncIterator[tuple[str, Observed]]:
    """Yield suite/operation and what was observed, for one gateway; `ports` are those of proxy and gateway."""
    proxy = CountingProxy()
    proxy_port, port = ports
    url = f"http://127.0.0.1:{port}{gateway.path}"
    async with suites() as started, proxy.listening(proxy_port) as address, httpx.AsyncClient(timeout=30) as http:
        for suite in started:
            file = folder / f"{suite.name}.graphql"
            file.write_text(proxy.reroute(suite.sdl, address, suite.place), "utf-8")
            command = gateway.command.replace("{supergraph}", str(file)).replace("{port}", str(port))
            ready = http.build_request("POST", url, json={"query": "{ __typename }"})
            async with running(command, folder / f"{suite.name}.{gateway.name}.log", ready, environment):
                caller = Caller(url, http, proxy)
                asks = await suite.asks(caller)
                await proxy.taken()
                for ask in asks:
                    answer = await caller.ask(ask.query, ask.variables)
                    seen = await proxy.taken()
                    yield f"{suite.name}/{ask.name}", Observed(ask.query, ask.is_right(answer), seen, answer)
            proxy.headers = {}
