"""One graph at one path, whatever way it is asked."""

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from graph.operation import Graph
from graph.serving.http import serve_http
from graph.serving.persisted import PersistedOperations
from graph.serving.service import ContextFactory, RequestLimits, Service
from graph.serving.sharing import SharedStreams
from graph.serving.subscriber import Backlog
from graph.serving.websocket import GraphQLSocket


class GraphQLEndpoint:
    """An ASGI application that serves a graph by GET, POST, event stream and WebSocket.

    `allowed_origins` are those whose pages may open a WebSocket besides our own (e.g. `https://example.org`); None
    allows any. `persisted` are operations known by hash; endpoints may share them. CORS and rate limits are not its
    business: a middleware and `context_for` see to them.
    """

    def __init__(
        self,
        graph: Graph,
        context_for: ContextFactory,
        limits: RequestLimits | None = None,
        allowed_origins: frozenset[str] | None = None,
        persisted: PersistedOperations | None = None,
    ) -> None:
        limits = limits or RequestLimits()
        streams = SharedStreams(graph, Backlog(limits.backlog_answers, limits.backlog_bytes))
        self._service = Service(
            graph, context_for, limits, allowed_origins, persisted or PersistedOperations(), streams
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one WebSocket."""
        if scope["type"] == "websocket":
            await GraphQLSocket(self._service, scope, receive, send).serve()
        else:
            await serve_http(self._service, scope, receive, send)

    def routes(self, path: str) -> list[BaseRoute]:
        """Return the routes that put this endpoint at exactly `path` in a Starlette application."""
        return [Route(path, self), WebSocketRoute(path, self)]
