"""Our own graph, its four subgraphs as processes on the demo data, asked the operations of the contract."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from graphql import OperationDefinitionNode, OperationType, build_schema, print_ast

from benchmarks.requests.compare import Ask, Caller, Suite
from benchmarks.requests.processes import running
from graph.compose.files import supergraph_sdl
from graph.compose.schemas import api_sdl
from subgraphs.registry import SUBGRAPHS
from tests.journeys.client import Client
from tests.journeys.test_contract_operations import (
    OPERATIONS,
    PASSWORD,
    Viewer,
    missing,
    variables_of,
    without_missing,
)

_NEW = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
_FOUND = """{
  movies: titles(first: 4, filter: {kinds: [MOVIE]}) { edges { node { id } } }
  series: titles(first: 1, filter: {kinds: [SERIES]}) { edges { node { id } } }
  matrix: titleByExternalId(source: IMDB, id: "tt0133093") { directors { id } }
  platforms(first: 1, region: "US") { edges { node { id } } }
}"""
_DONE = """mutation ($a: ID!, $b: ID!) {
  addToWatchlist(input: {titleId: $a}) { revision }
  rateTitle(input: {titleId: $a, value: 9}) { rating { value } }
  going: reportPlayback(input: {titleId: $a, positionMs: 600000, state: PAUSED}) { stamp }
  done: reportPlayback(input: {titleId: $b, positionMs: 6000000, state: COMPLETED}) { stamp }
}"""


@asynccontextmanager
async def own_suites(home: Path, port: int) -> AsyncIterator[list[Suite]]:
    """Yield the one suite; the subgraphs listen on `port` and those after it, and share what is in `home`."""
    places = {found.name: f"http://127.0.0.1:{port + number}" for number, found in enumerate(SUBGRAPHS)}
    environment = {"MEDIA_GATEWAY_HOME": str(home), "DEMO_DATA": "true", "DATABASE_URL": "", "LOG_LEVEL": "WARNING"}
    async with AsyncExitStack() as stack:
        for name, url in places.items():  # one after the other: the first one makes the database
            command = f"{sys.executable} -m graph.cli subgraph {name} --port {url.rpartition(':')[2]}"
            ready = httpx.Request("GET", f"{url}/health/ready")
            await stack.enter_async_context(running(command, home / f"{name}.log", ready, environment))
        yield [Suite("own", supergraph_sdl(), _asks, lambda graph: f"{places[graph.lower()]}/graphql")]


async def _asks(caller: Caller) -> list[Ask]:
    """Make an account that has done a little of everything; return what it asks, as far as our graph has it.

    Subscriptions are left out: how often a subgraph is asked depends on what happens meanwhile.
    """
    schema = build_schema(api_sdl())
    viewer = await _viewer(caller)
    asks = []
    for name, document in OPERATIONS.items():
        known = without_missing(schema, document) if missing(schema, document) else document
        operation = known.definitions[0] if known.definitions else None
        if not isinstance(operation, OperationDefinitionNode) or not operation.selection_set.selections:
            continue
        if operation.operation is not OperationType.SUBSCRIPTION:
            asks.append(Ask(name, print_ast(known), variables_of(name, viewer), _is_whole))
    return asks


def _is_whole(answer: Mapping[str, Any]) -> bool:
    data = answer.get("data")
    return not answer.get("errors") and bool(data) and all(value is not None for value in (data or {}).values())


async def _viewer(caller: Caller) -> Viewer:
    data = partial(_data, caller)
    email = f"{uuid4().hex}@example.org"
    new = await data(_NEW, {"input": {"email": email, "password": PASSWORD, "displayName": "Viewer"}})
    caller.sign(new["register"]["accessToken"])
    found = await data(_FOUND, {})
    (series,) = [edge["node"]["id"] for edge in found["series"]["edges"]]
    (platform,) = [edge["node"]["id"] for edge in found["platforms"]["edges"]]
    movies = [edge["node"]["id"] for edge in found["movies"]["edges"]]
    await data(_DONE, {"a": movies[0], "b": movies[1]})
    person = found["matrix"]["directors"][0]["id"]
    client = Client(caller.url, caller.http)  # a viewer has one; nothing is asked through it here
    return Viewer(client, email, movies, series, person, platform, since={"watchlist": "", "playback": ""})


async def _data(caller: Caller, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    answer = await caller.ask(query, variables)
    if answer.get("errors") or not answer.get("data"):
        raise RuntimeError(f"The account could not be prepared: {answer}")
    data: dict[str, Any] = answer["data"]
    return data
