"""Strawberry as it comes, on Starlette and uvicorn: a graph, three subgraphs, or a subscription."""

import argparse
import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from benchmarks.servers import pulse, single, store
from benchmarks.servers.schemas import single_schema, subgraph_schemas
from benchmarks.servers.subgraphs import catalog
from benchmarks.servers.tokens import access_tokens
from graph.auth import AccessTokens, bearer_token
from resolvers.domain.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: read from the token only where somebody wants to know."""

    request: Request | WebSocket
    tokens: AccessTokens

    def require_viewer(self) -> Viewer:
        """Return whom the token acts for; raise Unauthenticated for a bad one."""
        return self.tokens.verify(bearer_token(self.request.headers) or "", datetime.now(UTC))[0]


class Authenticated(GraphQL[Caller, None]):
    """Strawberry's view with a context that knows who asks."""

    tokens = access_tokens()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Caller:  # noqa: ARG002 – Strawberry's signature
        """Return the context of a request."""
        return Caller(request, self.tokens)


def _single() -> list[BaseRoute]:
    single.title_by_id()
    return [Route("/graphql", GraphQL(single_schema()))]


def _subgraphs() -> list[BaseRoute]:
    catalog.title_by_id()
    return [Route(f"/{name}/graphql", Authenticated(schema)) for name, schema in subgraph_schemas().items()]


def _fanout() -> list[BaseRoute]:
    queues: set[asyncio.Queue[pulse.Pulse]] = set()
    revisions = itertools.count(pulse.FIRST_REVISION)

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def pulse(self) -> AsyncGenerator[pulse.Pulse, None]:
            queue: asyncio.Queue[pulse.Pulse] = asyncio.Queue()
            queues.add(queue)
            try:
                while True:
                    yield await queue.get()
            finally:
                queues.discard(queue)

    def publish(_: Request) -> Response:
        event = pulse.Pulse(**pulse.event(next(revisions)))
        for queue in queues:
            queue.put_nowait(event)
        return Response(status_code=204)

    async def publish_in_loop(request: Request) -> Response:
        return publish(request)

    view: Any = GraphQL(strawberry.Schema(pulse.Query, subscription=Subscription))
    return [Route("/publish", publish_in_loop), Route("/graphql", view), WebSocketRoute("/graphql", view)]


def main() -> None:
    """Serve one of them."""
    kinds = {"single": _single, "subgraphs": _subgraphs, "fanout": _fanout}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    store.store()
    app = Starlette(routes=kinds[options.kind]())
    store.settle_heap()
    uvicorn.run(app, port=options.port, access_log=False, log_level="warning", ws_per_message_deflate=False)


if __name__ == "__main__":
    main()
