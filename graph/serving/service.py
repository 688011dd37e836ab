"""What every way in is given: the graph, how a caller becomes a Context, and the limits that hold before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from starlette.types import Scope

from graph.operation import Graph
from graph.serving.persisted import PersistedOperations
from graph.serving.sharing import SharedStreams
from resolvers.context import Context


class Transport(StrEnum):
    """How an operation arrived."""

    HTTP = "http"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Bounds on what one client can make the server hold or do. Times are seconds, sizes bytes."""

    max_body_bytes: int = 1_048_576
    """Of a POST body, a GET query string and a WebSocket message."""
    max_json_depth: int = 64
    """Levels of nesting in variables and extensions."""
    request_seconds: float = 30.0
    """From the head of a request to its answer; of a stream or socket operation, to its first answer."""
    send_seconds: float = 30.0
    """How long a slow client may keep one message of a stream or socket waiting before it is dropped."""
    init_seconds: float = 3.0
    """From the opening of a WebSocket to its acknowledged `connection_init`."""
    backlog_answers: int = 256
    """Of a shared stream, how many may wait for one subscriber that does not read; beyond, its subscription ends."""
    backlog_bytes: int = 1_048_576
    """The same in bytes of JSON, which all subscribers share; one answer may always wait."""
    operations_per_socket: int = 50
    """Running at once on one WebSocket; routers multiplex and need more."""
    ping_seconds: float | None = None
    """Between graphql-transport-ws pings; an unanswered one ends the socket. None leaves it to the server's own
    WebSocket pings, which browsers answer but scripts cannot see."""
    keepalive_seconds: float = 15.0
    """Between comments on an event stream, so that proxies keep it open."""


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """Where an operation comes from."""

    transport: Transport
    path: str
    client: str | None
    """The peer's address as the server sees it."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The payload of `connection_init`; empty over HTTP."""


class ContextFactory(Protocol):
    """Turns a caller into the Context of one operation; called anew for every operation of a socket."""

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:
        """Return who asks; `headers` have lower-case names, and a token from `connection_init` is in `authorization`.

        Raises AuthenticationFailed for a bad token, any other RequestError for a caller who may not ask now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """A graph with the rules it is served by."""

    graph: Graph
    context_for: ContextFactory
    limits: RequestLimits
    allowed_origins: frozenset[str] | None
    """Origins whose pages may open a WebSocket besides our own; None means any."""
    persisted: PersistedOperations
    """Operations that may be asked for by hash."""
    streams: SharedStreams
    """The graph's subscriptions; whoever asks the same shares one."""


def header_map(scope: Scope) -> dict[str, str]:
    """Return the request headers with lower-case names; repeated ones are joined by commas (RFC 9110, 5.3)."""
    raw = scope["headers"]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    if len(headers) != len(raw):
        headers = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def connection_info(scope: Scope, transport: Transport, parameters: Mapping[str, Any] | None = None) -> ConnectionInfo:
    """Return where an ASGI scope comes from."""
    client = scope.get("client")
    return ConnectionInfo(transport, scope["path"], client[0] if client else None, parameters or {})
