"""A small real graph behind a real server on a free port; tests talk to it by httpx and websockets."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, cast

import httpx
import pytest
import uvicorn
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLScalarType,
    OperationType,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    subscribe,
    validate,
)
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from graph.operation import READ_AND_WRITE, Operation, OperationKind, Result
from graph.serving.attendance import GRACE_SECONDS
from graph.serving.endpoint import GraphQLEndpoint
from graph.serving.refusals import AuthenticationFailed, RequestError
from graph.serving.service import ConnectionInfo, RequestLimits
from resolvers.context import Context
from resolvers.domain.errors import ErrorCode

SDL = """
  scalar Whole
  type Product { id: ID }
  type Query {
    product(id: ID!): Product
    echo(text: String): String
    whoami: String
    huge: Whole
    lone: String
    notJson: Whole
    slow(ms: Int = 1000): String
    hold: String
    boom: String
    blob(bytes: Int!): String
  }
  type Mutation { bump: Int }
  type Subscription {
    count(target: Int = 3, intervalMs: Int = 0): Int
    follow: Int
    flood(bytes: Int!): String
    failAfter(n: Int = 1): Int
    blocked: Int
  }
"""
EVERY_KIND = READ_AND_WRITE | {OperationKind.SUBSCRIPTION}


@dataclass
class Caller:
    """What the sample fields, and the sharing of streams, read of a Context."""

    viewer: str | None
    expires_at: datetime | None = None
    default_region: str = "US"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class SampleGraph:
    """A Graph on graphql-core that tells what happens to its operations."""

    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when `hold` begins to wait."""
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when `hold` is cancelled."""
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the last open source was closed."""
    sources: int = 0
    bumps: int = 0
    produced: int = 0
    failure: Exception | None = None
    """Raised by the graph itself, unmasked, as only a defect of ours would."""
    refusal: Result | None = None
    """Answered instead of executing."""
    executed: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.schema = build_schema(SDL)
        cast("GraphQLScalarType", self.schema.type_map["Whole"]).serialize = lambda value: value  # type: ignore[method-assign]
        for kind, resolvers in {
            self.schema.query_type: {
                "product": lambda _, __, id: {"id": id},  # noqa: A006 – the argument's name
                "echo": lambda _, __, text=None: text,
                "whoami": lambda _, info: info.context.viewer,
                "huge": lambda _, __: 2**70,
                "lone": lambda _, __: "\ud800",
                "notJson": lambda _, __: {1, 2},
                "slow": self._slow,
                "hold": self._hold,
                "boom": self._boom,
                "blob": lambda _, __, bytes: "x" * bytes,  # noqa: A006 – the argument's name
            },
            self.schema.mutation_type: {"bump": self._bump},
        }.items():
            for name, resolver in resolvers.items():
                kind.fields[name].resolve = resolver  # type: ignore[union-attr]
        for name, source in {
            "count": self._count,
            "follow": self._follow,
            "flood": self._flood,
            "failAfter": self._fail_after,
            "blocked": self._blocked,
        }.items():
            subscription = self.schema.subscription_type.fields[name]  # type: ignore[union-attr]
            subscription.subscribe = self._opened(source)
            subscription.resolve = lambda event, *_, **__: event

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        outcome = await self._run(operation, context, allowed)
        assert isinstance(outcome, dict)
        return outcome

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        return await self._run(operation, context, EVERY_KIND)

    async def _run(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind]
    ) -> Result | AsyncIterator[Result]:
        self.executed.append(operation)
        if self.failure is not None:
            raise self.failure
        if self.refusal is not None:
            return self.refusal
        try:
            document = parse(operation.query)
        except GraphQLError as error:
            return {"errors": [error.formatted]}
        if errors := validate(self.schema, document):
            return {"errors": [error.formatted for error in errors]}
        node = get_operation_ast(document, operation.name)
        if node is None:
            return {"errors": [{"message": "unknown operation"}]}
        kind = OperationKind(node.operation.value)
        if kind not in allowed:
            extensions = {"code": "BAD_USER_INPUT", "status": 405}
            return {"errors": [{"message": f"a {kind} is not allowed here", "extensions": extensions}]}
        return await self._answer(document, node.operation, operation, context)

    async def _answer(
        self, document: DocumentNode, kind: OperationType, operation: Operation, context: Context
    ) -> Result | AsyncIterator[Result]:
        arguments: dict[str, Any] = {
            "context_value": context,
            "variable_values": dict(operation.variables),
            "operation_name": operation.name,
        }
        if kind is OperationType.SUBSCRIPTION:
            stream = subscribe(self.schema, document, **arguments)
            stream = await stream if isinstance(stream, Awaitable) else stream
            return _formatted(stream) if isinstance(stream, ExecutionResult) else _each(stream)
        outcome = execute(self.schema, document, **arguments)
        return _formatted(cast("ExecutionResult", await outcome if isinstance(outcome, Awaitable) else outcome))

    async def _slow(self, _: object, __: object, ms: int) -> str:
        await asyncio.sleep(ms / 1000)
        return "done"

    async def _hold(self, *_: object) -> str:
        self.held.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "never"

    def _boom(self, *_: object) -> str:
        raise GraphQLError("boom")

    def _bump(self, *_: object) -> int:
        self.bumps += 1
        return self.bumps

    def _opened(self, source: Callable[..., AsyncIterator[object]]) -> Callable[..., AsyncIterator[object]]:
        async def counted(_: object, __: object, **arguments: Any) -> AsyncIterator[object]:
            self.sources += 1
            try:
                async for event in source(**arguments):
                    self.produced += 1
                    yield event
            finally:
                self.sources -= 1
                if not self.sources:
                    self.freed.set()

        return counted

    async def _count(self, target: int, intervalMs: int) -> AsyncIterator[int]:  # noqa: N803 – the argument's name
        for number in range(target):
            yield number
            await asyncio.sleep(intervalMs / 1000)

    async def _follow(self) -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            for _ in range(10):  # freeing takes its time
                await asyncio.sleep(0)

    async def _flood(self, bytes: int) -> AsyncIterator[str]:  # noqa: A002 – the argument's name
        while True:
            yield "x" * bytes
            await asyncio.sleep(0)

    async def _fail_after(self, n: int) -> AsyncIterator[int]:
        for number in range(n):
            yield number
        raise RuntimeError("the secret of the source")

    async def _blocked(self) -> AsyncIterator[int]:
        self.held.set()
        await asyncio.Event().wait()
        yield 1


def _formatted(result: ExecutionResult) -> Result:
    if result.data is None and result.errors and not any(error.path for error in result.errors):
        return {"errors": [error.formatted for error in result.errors]}
    return cast("Result", result.formatted)


async def _each(stream: Any) -> AsyncIterator[Result]:
    try:
        async for result in stream:
            yield _formatted(result)
    finally:
        await stream.aclose()


@dataclass
class Doorman:
    """A ContextFactory that knows callers by name and remembers what it was shown."""

    expiry: datetime | None = None
    seen: list[tuple[dict[str, str], ConnectionInfo]] = field(default_factory=list)
    failure: Exception | None = None
    revoked: bool = False

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:
        self.seen.append((dict(headers), connection))
        for _ in range(3):  # as one does who asks somebody else
            await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        scheme, _, name = headers.get("authorization", "").partition(" ")
        if scheme == "bad" or self.revoked:
            raise AuthenticationFailed(ErrorCode.UNAUTHENTICATED, "The token is not one of ours. " * 20)
        if scheme == "old":
            raise AuthenticationFailed(ErrorCode.TOKEN_EXPIRED, "The token has expired; log in again.")
        if scheme == "hasty":
            raise RequestError(
                HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.RATE_LIMITED, "Too many requests.", {"retry-after": "7"}
            )
        return cast("Context", Caller(name or None, self.expiry))


@dataclass
class Served:
    """A graph behind a running server and how to talk to it."""

    graph: SampleGraph
    doorman: Doorman
    port: int
    path: str
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    async def post(self, query: str, headers: Mapping[str, str] | None = None, **members: Any) -> httpx.Response:
        return await self.http.post(self.url, json={"query": query, **members}, headers=headers)

    async def post_bytes(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return await self.http.post(
            self.url, content=body, headers={"content-type": "application/json", **(headers or {})}
        )

    async def get(self, headers: Mapping[str, str] | None = None, **parameters: str) -> httpx.Response:
        return await self.http.get(self.url, params=parameters, headers=headers)

    def socket(self, *, subprotocol: str | None = "graphql-transport-ws", **options: Any) -> connect:
        subprotocols = [Subprotocol(subprotocol)] if subprotocol else None
        return connect(f"ws://127.0.0.1:{self.port}{self.path}", subprotocols=subprotocols, **options)

    @asynccontextmanager
    async def ready(self, payload: object = None, **options: Any) -> AsyncIterator["Client"]:
        async with self.socket(**options) as raw:
            client = Client(raw)
            await client.send(type="connection_init", payload=payload)
            assert await client.next() == {"type": "connection_ack"}
            yield client


@dataclass
class Client:
    """One acknowledged socket."""

    raw: ClientConnection

    async def send(self, **message: Any) -> None:
        await self.raw.send(json.dumps(message, ensure_ascii=False))

    async def subscribe(self, operation_id: str, query: str, **members: Any) -> None:
        await self.send(id=operation_id, type="subscribe", payload={"query": query, **members})

    async def next(self) -> Any:
        frame = await asyncio.wait_for(self.raw.recv(), 10)
        assert isinstance(frame, str), "frames are text"
        return json.loads(frame)

    async def until_end(self, operation_id: str) -> list[Any]:
        """Return the messages of one operation up to its `complete` or `error`."""
        got = []
        while True:
            message = await self.next()
            if message.get("id") == operation_id:
                got.append(message)
                if message["type"] != "next":
                    return got

    async def alive(self) -> None:
        await self.send(type="ping")
        while (await self.next())["type"] != "pong":
            pass

    async def closed(self) -> tuple[int, str]:
        """Return code and reason of the close, skipping what was sent before."""
        async with asyncio.timeout(10):
            await self.raw.wait_closed()
        assert self.raw.close_code is not None
        return self.raw.close_code, self.raw.close_reason or ""


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers, which belong to pytest; tells any thread when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Switchboard:
    """An ASGI application with one endpoint per path, so that tests share a server but no graph."""

    endpoints: dict[str, GraphQLEndpoint] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.endpoints[scope["path"]](scope, receive, send)


@asynccontextmanager
async def run_server(app: Any, **options: Any) -> AsyncIterator[tuple[QuietServer, int]]:
    """Run uvicorn in this event loop; yield it and its port."""
    listening = free_port()
    server = QuietServer(configured(app, **options))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.to_thread(server.ready.wait, 10)
        yield server, listening.getsockname()[1]
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def run_server_on_uvloop(app: Any) -> AsyncIterator[tuple[QuietServer, int]]:
    """Run uvicorn on uvloop in a thread; yield it and its port."""
    listening = free_port()
    server = QuietServer(configured(app, loop="uvloop"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        await asyncio.to_thread(server.ready.wait, 10)
        yield server, listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


def free_port() -> socket.socket:
    """Return a bound socket.

    The protocol is named because asyncio turns Nagle's algorithm off only then: without it each answer, two writes,
    waits 40 ms for an acknowledgement.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    return listening


def configured(app: Any, **options: Any) -> uvicorn.Config:
    """Return the configuration of a server for tests."""
    chosen = {"http": "httptools", "ws": "websockets-sansio", "ws_per_message_deflate": False, **options}
    return uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1, **chosen)


@pytest.fixture(scope="session")
async def house() -> AsyncIterator[tuple[Switchboard, int, httpx.AsyncClient]]:
    """Return the server of this test process, and a client for it."""
    switchboard = Switchboard()
    async with run_server(switchboard) as (_, port), httpx.AsyncClient(timeout=10, trust_env=False) as client:
        yield switchboard, port, client


Serve = Callable[..., Served]


@pytest.fixture
def serving(house: tuple[Switchboard, int, httpx.AsyncClient]) -> Serve:
    """Return what puts a new graph on the server: `serving(limits, allowed_origins)`; with `app`, another endpoint."""
    switchboard, port, client = house

    def serve(
        limits: RequestLimits | None = None,
        allowed_origins: frozenset[str] | None = None,
        app: GraphQLEndpoint | None = None,
    ) -> Served:
        graph, doorman, path = SampleGraph(), Doorman(), f"/{len(switchboard.endpoints)}"
        switchboard.endpoints[path] = app or GraphQLEndpoint(graph, doorman, limits, allowed_origins)
        return Served(graph, doorman, port, path, client)

    return serve


@pytest.fixture(params=[0.0, GRACE_SECONDS], ids=["at once", "in a moment"])
def grace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Let requests be watched at once, or after the usual moment."""
    seconds: float = request.param
    monkeypatch.setattr("graph.serving.attendance.GRACE_SECONDS", seconds)
    return seconds


@pytest.fixture
def served(serving: Serve) -> Served:
    """Return a new graph served with the default limits."""
    return serving()


Runner = Callable[..., AbstractAsyncContextManager[tuple[QuietServer, int]]]


@pytest.fixture(scope="session")
def server_runner() -> Runner:
    """Return `run_server`, for tests that stop their server."""
    return run_server


@pytest.fixture(scope="session")
def uvloop_runner() -> Runner:
    """Return `run_server_on_uvloop`."""
    return run_server_on_uvloop
