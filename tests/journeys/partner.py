"""A partner's subgraph for tests: reviews of titles that it knows by their ids only, over HTTP on a free port."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.context import ForwardingContexts
from graph.errors import format_error
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.operation import Operation, Result
from graph.serving.endpoint import GraphQLEndpoint
from resolvers.context import Context
from subgraphs.registry import SUBGRAPHS

ROOT = Path(__file__).parents[2]
SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])
type Title @key(fields: "id") {
  id: ID!
  name: String! @external
  releaseYear: Int @external
  reviews: [Review!]!
  headline: String! @requires(fields: "name releaseYear")
}
type Review { by: String! stars: Int! title: Title! }
type Query { reviewed(ids: [ID!]!): [Title!]! caller: String }
type Subscription { reviewing(id: ID!): Review caller: String }
"""
SERVED = """
type Title { id: ID! name: String releaseYear: Int reviews: [Review!]! headline: String! }
type Review { by: String! stars: Int! title: Title! }
scalar _Any
union _Entity = Title
type Query {
  reviewed(ids: [ID!]!): [Title!]!
  caller: String
  _entities(representations: [_Any!]!): [_Entity]!
}
type Subscription { reviewing(id: ID!): Review caller: String }
"""


class Partner:
    """The subgraph, a Graph to serve. It keeps what it was asked and what it was told of the caller."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, Any]]] = []
        self.told: list[Mapping[str, str]] = []
        self._inner = InProcess({"reviews": self._schema()}, format_error)

    def _schema(self) -> GraphQLSchema:
        schema = build_schema(SERVED)
        fields: Any = {name: kind.fields for name, kind in schema.type_map.items() if hasattr(kind, "fields")}
        fields["Query"]["_entities"].resolve = self._entities
        fields["Query"]["reviewed"].resolve = lambda _root, _info, ids: [{"id": one} for one in ids]
        fields["Query"]["caller"].resolve = lambda _root, info: info.context.headers.get("authorization")
        fields["Title"]["reviews"].resolve = lambda title, _info: [_review(title["id"])]
        fields["Title"]["headline"].resolve = lambda title, _info: f"{title['name']} ({title['releaseYear']})"
        for name, source in {"reviewing": self._reviewing, "caller": self._caller}.items():
            fields["Subscription"][name].subscribe = source
            fields["Subscription"][name].resolve = lambda event, _info, **_arguments: event
        return schema

    def _entities(self, _root: Any, _info: Any, representations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.asked.append(representations)
        return representations

    async def _reviewing(self, _root: Any, _info: Any, id: str) -> AsyncGenerator[Any]:  # noqa: A002 – its name there
        yield _review(id)

    async def _caller(self, _root: Any, info: Any) -> AsyncGenerator[Any]:
        yield info.context.headers.get("authorization")

    async def execute(self, operation: Operation, context: Context, _allowed: Any = None) -> Result:
        self.told.append(context.headers)
        return await self._inner.execute("reviews", SubgraphOperation(operation.query, operation.variables), context)

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        if not operation.query.startswith("subscription"):
            return await self.execute(operation, context)
        self.told.append(context.headers)
        return await self._inner.subscribe("reviews", SubgraphOperation(operation.query, operation.variables), context)

    def endpoint(self, *, sockets: bool = True) -> ASGIApp:
        """Return the application to serve; without `sockets` it refuses WebSockets, as many servers do."""
        served = GraphQLEndpoint(self, ForwardingContexts())

        async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "websocket" and not sockets:
                await receive()
                await send({"type": "websocket.close"})
                return
            await served(scope, receive, send)

        return endpoint


def _review(title: str) -> dict[str, Any]:
    return {"by": "Roger", "stars": 4, "title": {"id": title}}


def recipe(entries: Mapping[str, tuple[str, str]], ours: Path = ROOT) -> dict[str, Any]:
    """Return a supergraph.yaml of our four and of partners' subgraphs: name → routing URL, SDL file."""
    own = {
        one.name: {
            "routing_url": f"http://{one.name}:4001/graphql",
            "schema": {"file": str(ours / "subgraphs" / one.name / "schema.graphql")},
        }
        for one in SUBGRAPHS
    }
    theirs = {name: {"routing_url": url, "schema": {"file": file}} for name, (url, file) in entries.items()}
    return {"federation_version": "=2.9.0", "subgraphs": {**own, **theirs}}
