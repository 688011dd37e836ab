"""Our gateway and Hive Gateway before the same four subgraphs, which fail on demand."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from graphql import GraphQLObjectType, GraphQLSchema
from joserfc.jwk import RSAKey

from datasources.postgres.engine import open_database
from datasources.sources import open_sources
from graph.app import create_gateway_app
from graph.auth import AccessTokens
from graph.compose.files import supergraph_sdl
from graph.context import RequestContexts
from graph.errors import format_error
from graph.gateway.join_spec import read_supergraph
from graph.gateway.places import RemoteSubgraph
from graph.gateway.remote import Remote
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.lifespan import background
from graph.operation import READ_AND_WRITE, Operation, OperationKind, Result
from graph.serving.endpoint import GraphQLEndpoint
from graph.serving.service import ConnectionInfo
from resolvers.catalog.indexing import catch_up
from resolvers.context import Context
from resolvers.ingest.demo import load_demo
from subgraphs.build import graphql_schema
from subgraphs.registry import SUBGRAPHS
from subgraphs.scalars import scalars_by_name
from tests.graph.gateway.operation_generator import Vocabulary
from tests.journeys.client import listening, settings_for
from tests.peers.faults import Asked, Fault, FaultySubgraph, Ledger, failing
from tests.peers.servers import hive_gateway, missing
from tests.peers.vocabulary import SAMPLE, vocabulary

QUIET = {"log_level": "critical", "timeout_keep_alive": 60}
"""For servers whose connections are cut off on purpose, which is logged as an error otherwise."""
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""The time it always is here: offers end, and so do answers, with the clock."""
_LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


class StoppedClock:
    """Makes Contexts for which it is always NOW."""

    def __init__(self, inner: RequestContexts) -> None:
        self._inner = inner

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:
        context = await self._inner(headers, connection)
        context.now = lambda: NOW
        return context


class Served:
    """A subgraph's schema as a Graph; the product's own way validates twice, which is half of this test's time."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._inner = InProcess({"": schema}, format_error)

    async def execute(
        self,
        operation: Operation,
        context: Context,
        allowed: frozenset[OperationKind] = READ_AND_WRITE,  # noqa: ARG002 – the Protocol's
    ) -> Result:
        writes = operation.query.lstrip().startswith("mutation")
        kind = OperationKind.MUTATION if writes else OperationKind.QUERY
        return await self._inner.execute("", SubgraphOperation(operation.query, operation.variables, kind), context)

    async def subscribe(self, operation: Operation, context: Context) -> Result:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered, and what it asked subgraphs for that."""

    body: dict[str, Any]
    asked: list[Asked]

    @property
    def data(self) -> Any:
        return self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors") or []


@dataclass(slots=True)
class Peers:
    """Two gateways before the same subgraphs."""

    ours: str
    hive: str
    http: httpx.AsyncClient
    ledger: Ledger
    api: GraphQLSchema
    vocabulary: Vocabulary
    fields: Mapping[str, frozenset[str]]
    """Subgraph → the `Type.field`s it resolves."""
    token: str
    stop: Callable[[str], Awaitable[None]]
    start: Callable[[str], Awaitable[None]]

    @property
    def both(self) -> tuple[str, str]:
        """Their URLs, ours first."""
        return self.ours, self.hive

    async def ask(
        self,
        gateway: str,
        text: str,
        variables: Mapping[str, Any],
        fault: Fault | None = None,
        token: str | None = None,
    ) -> Answer:
        """Ask a gateway within a trace of its own, in which a fault strikes."""
        trace = f"00-{uuid4().hex}-{uuid4().hex[:16]}-01"
        if fault is not None:
            self.ledger.faults[trace] = fault
        headers = {"traceparent": trace, "accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        # Counted on: Hive Gateway goes on asking when the answer is given already.
        asked = self.ledger.asked[trace] = []
        response = await self.http.post(gateway, json={"query": text, "variables": variables}, headers=headers)
        try:
            return Answer(response.json(), asked)
        except ValueError:
            return Answer({"errors": [{"message": f"HTTP {response.status_code}: {response.text[:200]}"}]}, asked)


@pytest.fixture(scope="session")
async def peers(
    copy_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peers]:
    """Both gateways, with one set of subgraphs on the demo catalogue."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("peers")
    url = await copy_database()
    async with open_database(url) as database:
        await load_demo(database, NOW.date())
    logging.getLogger("graph.gateway.remote").setLevel(logging.ERROR)  # subgraphs fail here all the time
    async with AsyncExitStack() as stack:
        stack.callback(logging.getLogger("graph.gateway.remote").setLevel, logging.NOTSET)
        sources = await stack.enter_async_context(open_sources(url, index_folder=folder / "index"))
        await catch_up(sources)
        settings = settings_for(folder)
        names = {subgraph.name for subgraph in SUBGRAPHS}
        shared = await stack.enter_async_context(background(sources, settings, names - {"catalog"}))
        key = RSAKey.generate_key(2048, private=True)
        key.ensure_kid()
        tokens = AccessTokens(key, "media-gateway", timedelta(days=36_500))  # signed NOW, read when it really is
        contexts = StoppedClock(RequestContexts(sources, tokens, "US", shared))

        ledger = Ledger()
        schemas = {subgraph.name: graphql_schema(subgraph.build(None)) for subgraph in SUBGRAPHS}
        broken = {
            subgraph.name: failing(graphql_schema(subgraph.build(None)), subgraph.name, ledger)
            for subgraph in SUBGRAPHS
        }
        apps = {
            name: FaultySubgraph(
                name, *(GraphQLEndpoint(Served(one), contexts) for one in (schema, broken[name])), ledger
            )
            for name, schema in schemas.items()
        }
        stacks: dict[str, AsyncExitStack] = {}
        ports: dict[str, int] = {}

        async def start(name: str) -> None:
            stacks[name] = AsyncExitStack()
            url = await stacks[name].enter_async_context(listening(apps[name], ports.get(name, 0), **QUIET))
            ports[name] = urlsplit(url).port or 0

        async def stop(name: str) -> None:
            await stacks.pop(name).aclose()

        for name in apps:
            await start(name)
            stack.push_async_callback(lambda name=name: stop(name))
        places = {
            name: RemoteSubgraph(
                f"http://127.0.0.1:{port}/graphql",
                timeout=30.0,
                backoff=0.001,
                # A fault strikes one operation; others under way at the same time must not find a breaker open.
                failures_to_open=1_000_000_000,
            )
            for name, port in ports.items()
        }
        supergraph = read_supergraph(supergraph_sdl(), scalars_by_name())
        gateway = create_gateway_app(settings, supergraph, lambda: Remote(places))
        ours = await stack.enter_async_context(listening(gateway, **QUIET))
        located = supergraph_sdl()
        for subgraph in supergraph.subgraphs.values():
            located = located.replace(f'"{subgraph.url}"', f'"{places[subgraph.name].url}"')
        file = folder / "supergraph.graphql"
        file.write_text(located)
        hive = await stack.enter_async_context(hive_gateway(file))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=120, trust_env=False))
        both = Peers(
            ours=f"{ours}/graphql",
            hive=hive,
            http=http,
            ledger=ledger,
            api=supergraph.api,
            vocabulary=Vocabulary({}),
            fields={name: _coordinates(schema) for name, schema in schemas.items()},
            token="",
            stop=stop,
            start=start,
        )
        both.vocabulary = vocabulary((await both.ask(both.ours, SAMPLE, {})).data)
        login = {"input": {"email": "ada@demo.example", "password": "demo-password-1"}}
        both.token = (await both.ask(both.ours, _LOGIN, login)).data["login"]["accessToken"]
        yield both


def _coordinates(schema: GraphQLSchema) -> frozenset[str]:
    return frozenset(
        f"{type_.name}.{name}"
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name in type_.fields
    )
