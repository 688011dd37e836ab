"""The four subgraphs on the demo catalogue: whatever the gateway fetches, the engine answers as graphql-core does.

Every operation of the contract goes through the gateway; each of its fetches that only reads is executed by both, with
loaders of their own, and the answers are compared. What writes is executed by the engine alone.
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, cast
from uuid import uuid4

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    create_source_event_stream,
    execute,
    parse,
    print_ast,
    validate,
)

from datasources.postgres.engine import open_database
from datasources.sources import Sources, open_sources
from graph.auth import AccessTokens
from graph.compose.files import supergraph_sdl
from graph.compose.schemas import api_sdl
from graph.engine import Engine
from graph.engine.strawberry_fields import ExecutionContext
from graph.errors import format_error
from graph.gateway.gateway import Gateway
from graph.gateway.transport import SubgraphOperation
from graph.operation import Operation, OperationKind, Result
from resolvers.catalog.indexing import catch_up
from resolvers.context import Context
from resolvers.ingest.demo import load_demo
from resolvers.recommendations.model import TasteModel
from subgraphs.build import graphql_schema
from subgraphs.registry import SUBGRAPHS
from subgraphs.scalars import scalars_by_name
from tests.journeys.test_contract_operations import OPERATIONS, PASSWORD, each, missing, without_missing

NOW = datetime.now(UTC)


def answer(data: Any, errors: Any) -> Result:
    result: Result = {"data": data}
    if errors:
        result["errors"] = sorted((format_error(error) for error in errors), key=lambda one: repr(one.get("path")))
    return result


def untimed(value: Any) -> Any:
    """Return a result without what a clock says."""
    if isinstance(value, dict):
        return {key: untimed(one) for key, one in value.items() if key not in {"tookMs", "errorId"}}
    return [untimed(one) for one in value] if isinstance(value, list) else value


class Both:
    """A transport in process that asks the engine and, where nothing is written, graphql-core too."""

    def __init__(self) -> None:
        self.schemas = {one.name: graphql_schema(one.build(None)) for one in SUBGRAPHS}
        self.engines = {name: Engine(schema) for name, schema in self.schemas.items()}
        self.documents: dict[tuple[str, str], DocumentNode] = {}
        self.compared = 0
        self.differences: list[Any] = []

    def document(self, subgraph: str, text: str) -> DocumentNode:
        key = subgraph, text
        if key not in self.documents:
            self.documents[key] = parse(text)
            assert validate(self.schemas[subgraph], self.documents[key]) == []
        return self.documents[key]

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Context, root: Any = None) -> Result:
        document = self.document(subgraph, fetch.text)
        variables = deepcopy(dict(fetch.variables))
        mine = await self.engines[subgraph].execute(document, fetch.name, variables, context.fresh(), root)
        got = answer(mine.data, mine.errors)
        if fetch.kind is OperationKind.MUTATION:
            return got
        outcome = execute(
            self.schemas[subgraph],
            document,
            root,
            context.fresh(),
            deepcopy(dict(fetch.variables)),
            fetch.name,
            executor_class=ExecutionContext,
        )
        theirs = cast("ExecutionResult", await outcome if isawaitable(outcome) else outcome)
        expected = answer(theirs.data, theirs.errors)
        if untimed(got) != untimed(expected):
            self.differences.append(
                (subgraph, fetch.text, got, expected)
            )  # the gateway would take an exception for an outage
        self.compared += 1
        return got

    async def subscribe(
        self, subgraph: str, fetch: SubgraphOperation, context: Context
    ) -> Result | AsyncGenerator[Result]:
        document = self.document(subgraph, fetch.text)
        executor = ExecutionContext.build(
            self.schemas[subgraph],
            document,
            context_value=context,
            raw_variable_values=dict(fetch.variables),
            operation_name=fetch.name,
        )
        assert not isinstance(executor, list)
        opened = create_source_event_stream(executor)
        source = await opened if isawaitable(opened) else opened
        assert not isinstance(source, ExecutionResult)
        return self._events(subgraph, fetch, context, source)

    async def _events(
        self, subgraph: str, fetch: SubgraphOperation, context: Context, source: AsyncIterable[Any]
    ) -> AsyncGenerator[Result]:
        async for event in source:
            yield await self.execute(subgraph, fetch, context.fresh(), event)


class Client:
    """Asks the gateway, as somebody or as nobody."""

    def __init__(self, sources: Sources, tokens: AccessTokens) -> None:
        self.transport = Both()
        self.gateway = Gateway(supergraph_sdl(None), self.transport, scalars=scalars_by_name())
        self.tokens = tokens
        shared = {TasteModel: TasteModel(sources)}
        self.context = Context(sources=sources, tokens=tokens, now=lambda: NOW, shared=shared)

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        result = await self.gateway.execute(Operation(query, variables), self.context.fresh())
        assert "errors" not in result, result["errors"]
        data: dict[str, Any] = result["data"]
        return data

    def sign_in(self, token: str) -> None:
        viewer, expires_at = self.tokens.verify(token, datetime.now(UTC))
        self.context = replace(self.context, viewer=viewer, expires_at=expires_at, _loaders={})


@pytest.fixture(scope="module")
async def client(
    copy_database: Any, tokens: AccessTokens, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client with an account that has done a little of everything."""
    url = await copy_database()
    async with open_database(url) as database:
        await load_demo(database, NOW.date())
    async with open_sources(url, index_folder=tmp_path_factory.mktemp("index")) as sources:
        await catch_up(sources)
        client = Client(sources, tokens)
        email = f"{uuid4().hex}@example.org"
        register = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
        new = await client.data(register, input={"email": email, "password": PASSWORD, "displayName": "Viewer"})
        client.sign_in(new["register"]["accessToken"])
        yield client


@pytest.fixture(scope="module")
async def variables(client: Client) -> dict[str, dict[str, Any]]:
    """What a front end would send with each operation, after a little has happened."""
    found = await client.data("""{
      movies: titles(first: 4, filter: {kinds: [MOVIE]}) { edges { node { id } } }
      series: titles(first: 1, filter: {kinds: [SERIES]}) { edges { node { id } } }
      matrix: titleByExternalId(source: IMDB, id: "tt0133093") { directors { id } }
      platforms(first: 1, region: "US") { edges { node { id } } }
      me { watchlist { revision } continueWatching { revision } }
    }""")
    movies = [edge["node"]["id"] for edge in found["movies"]["edges"]]
    await client.data(
        """mutation ($a: ID!, $b: ID!) {
          addToWatchlist(input: {titleId: $a}) { revision }
          rateTitle(input: {titleId: $a, value: 9}) { rating { value } }
          going: reportPlayback(input: {titleId: $a, positionMs: 600000, state: PAUSED}) { stamp }
          done: reportPlayback(input: {titleId: $b, positionMs: 6000000, state: COMPLETED}) { stamp }
        }""",
        a=movies[0],
        b=movies[1],
    )
    platform = found["platforms"]["edges"][0]["node"]["id"]
    return {
        "HomePage": {"region": "US"},
        "TitlePage": {"id": movies[0], "region": "US", "language": "en"},
        "SeriesPage": {"id": found["series"]["edges"][0]["node"]["id"]},
        "PersonPage": {"id": found["matrix"]["directors"][0]["id"]},
        "BrowseTitles": {"filter": {"genres": ["DRAMA"]}, "sort": "NAME", "first": 5},
        "SearchPage": {"input": {"query": "space adventure", "first": 5}},
        "SuggestWhileTyping": {"prefix": "the"},
        "PlatformList": {"region": "US"},
        "PlatformPage": {"platformId": platform, "region": "US"},
        "Register": {"input": {"email": f"{uuid4().hex}@example.org", "password": PASSWORD, "displayName": "Two"}},
        "Login": {"input": {"email": "nobody@example.org", "password": PASSWORD}},
        "RateTitle": {"id": movies[2], "value": 7.5},
        "SavePreferences": {"input": {"language": "de", "region": "DE", "favoriteGenres": ["DRAMA"]}},
        "AddToWatchlist": {"titleId": movies[2]},
        "RemoveFromWatchlist": {"titleId": movies[3]},
        "ReportPlayback": {"input": {"titleId": movies[2], "positionMs": 600_000, "state": "PLAYING"}},
        "WatchlistChanged": {"since": found["me"]["watchlist"]["revision"]},
        "PlaybackChanged": {"since": found["me"]["continueWatching"]["revision"]},
        "PartnerTitle": {"imdb": "tt0133093"},
        "PartnerTitles": {"ids": movies},
    }


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(api_sdl())


@each
@pytest.mark.parametrize("signed_in", [True, False])
async def test_an_operation_of_the_contract(
    name: str, signed_in: bool, schema: GraphQLSchema, client: Client, variables: dict[str, dict[str, Any]]
) -> None:
    document = OPERATIONS[name]
    asked = without_missing(schema, document) if missing(schema, document) else document
    operation = asked.definitions[0] if asked.definitions else None
    if not isinstance(operation, OperationDefinitionNode) or not operation.selection_set.selections:
        return  # nothing of it is there yet
    context = client.context.fresh() if signed_in else replace(client.context, viewer=None, _loaders={})
    compared = client.transport.compared
    request = Operation(print_ast(asked), variables.get(name, {}))
    if operation.operation is OperationType.SUBSCRIPTION:
        if not signed_in:
            return
        stream = await client.gateway.subscribe(request, context)
        assert not isinstance(stream, dict), stream
        result = await anext(cast("AsyncGenerator[Result]", stream))
        await cast("AsyncGenerator[Result]", stream).aclose()
    else:
        result = await client.gateway.execute(request, context)
    assert "data" in result, result
    assert client.transport.differences == []
    if operation.operation is not OperationType.MUTATION:
        assert client.transport.compared > compared
    for engine in client.transport.engines.values():
        assert not engine.counts.left_to_graphql_core
