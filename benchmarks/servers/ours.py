"""Ours, served as the product serves it: tokens read, limits on, errors masked; only the data is the benchmark's."""

import argparse
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from strawberry.federation import Schema

from benchmarks.servers import pulse, single, store
from benchmarks.servers.schemas import federated, subgraph_schemas
from benchmarks.servers.subgraphs import catalog
from benchmarks.servers.tokens import access_tokens
from datasources.broker.embedded import EmbeddedBroker
from datasources.sources import Sources
from graph.context import RequestContexts
from graph.errors import format_error
from graph.gateway.gateway import Gateway
from graph.gateway.transport import InProcess
from graph.operation import Graph
from graph.server import run
from graph.serving.application import Application
from graph.serving.endpoint import GraphQLEndpoint
from graph.settings import Settings
from graph.subgraph import SubgraphService
from subgraphs.build import graphql_schema

NO_SOURCES = cast("Sources", object())
"""The benchmark's resolvers have their data at hand."""


def _application(graphs: dict[str, Graph], routes: list[BaseRoute] | None = None, **shared: Any) -> Application:
    """Return an application of graphs by path, and other routes; `shared` is what all requests hold."""
    held = {type(value): value for value in shared.values()}
    contexts = RequestContexts(NO_SOURCES, access_tokens(), "US", held)
    endpoints = {path: GraphQLEndpoint(graph, contexts, allowed_origins=frozenset()) for path, graph in graphs.items()}

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        with app.serving(endpoints):
            yield

    return Application(routes=routes, lifespan=lifespan)


def _in_process(schemas: Mapping[str, Schema]) -> InProcess:
    return InProcess({name: graphql_schema(schema) for name, schema in schemas.items()}, format_error)


def single_graph() -> SubgraphService:
    """Return the graph of the single servers."""
    schema = federated(single.Query)
    single.title_by_id()
    return SubgraphService("single", schema, _in_process({"single": schema}))


def _single(_: Settings, __: Path | None) -> Application:
    return _application({"/graphql": single_graph()})


def _subgraphs(_: Settings, __: Path | None) -> Application:
    schemas = subgraph_schemas()
    catalog.title_by_id()
    transport = _in_process(schemas)
    return _application(
        {f"/{name}/graphql": SubgraphService(name, schema, transport) for name, schema in schemas.items()}
    )


def _gateway(settings: Settings, supergraph: Path | None) -> Application:
    catalog.title_by_id()
    graph = Gateway(_sdl(supergraph), _in_process(subgraph_schemas()), fetch_timeout=settings.fetch_seconds)
    return _application({"/graphql": graph})


def _sdl(supergraph: Path | None) -> str:
    if supergraph is None:
        raise SystemExit("Pass --supergraph.")
    return supergraph.read_text("utf-8")


def _fanout(_: Settings, __: Path | None) -> Application:
    broker = EmbeddedBroker()
    revisions = itertools.count(pulse.FIRST_REVISION)

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def pulse(
            self,
            info: strawberry.Info[Any],
            since: str | None = None,  # noqa: ARG002 – as our events have it: who gives none may share a stream
        ) -> AsyncGenerator[pulse.Pulse, None]:
            async with info.context.held(EmbeddedBroker).subscribe(pulse.TOPIC) as messages:
                async for message in messages:
                    if isinstance(message, bytes):
                        yield pulse.Pulse(**orjson.loads(message))

    async def publish(_: Request) -> Response:
        await broker.publish(pulse.TOPIC, orjson.dumps(pulse.event(next(revisions))))
        return Response(status_code=204)

    schema = federated(pulse.Query, Subscription)
    graph = SubgraphService("pulse", schema, _in_process({"pulse": schema}))
    return _application({"/graphql": graph}, [Route("/publish", publish)], broker=broker)


def main() -> None:
    """Serve one of them."""
    kinds = {
        "single": _single,
        "subgraphs": _subgraphs,
        "gateway": _gateway,
        "fanout": _fanout,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--supergraph", type=Path)
    options = parser.parse_args()
    settings = Settings.model_validate({"port": options.port, "log_level": "WARNING"})
    store.store()
    app = kinds[options.kind](settings, options.supergraph)
    store.settle_heap()
    run(settings, app)


if __name__ == "__main__":
    main()
