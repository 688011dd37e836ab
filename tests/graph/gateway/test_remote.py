"""Subgraphs over HTTP: real servers on real sockets, misbehaving on demand; proved by answers and by what arrived."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import pytest
import uvicorn
from graphql import GraphQLError, GraphQLSchema, build_schema
from starlette.types import Receive, Scope, Send
from websockets.asyncio.server import Server, ServerConnection, serve

from graph.context import ForwardingContexts
from graph.gateway.breaker import Breaker
from graph.gateway.gateway import Gateway
from graph.gateway.places import RemoteSubgraph, StreamProtocol, remote_subgraphs
from graph.gateway.remote import Remote
from graph.gateway.routed import Routed
from graph.gateway.supergraph import Supergraph
from graph.gateway.transport import InProcess, SubgraphOperation, UnknownSubgraphError
from graph.operation import Operation, OperationKind, Result
from graph.serving.endpoint import GraphQLEndpoint
from graph.serving.refusals import AuthenticationFailed
from graph.serving.service import ConnectionInfo, Transport
from resolvers.context import Context
from resolvers.domain.errors import ErrorCode
from tests.graph.gateway.conftest import Parts, build_parts

SDL = """
type Query { who(word: String): String fails: String count: Int! }
type Mutation { add: Int! }
type Subscription { ticks: Int refused: Int who: String }
"""
READ = SubgraphOperation("{ who }")
WRITE = SubgraphOperation("mutation { add }", kind=OperationKind.MUTATION)
TICKS = SubgraphOperation("subscription { ticks }", kind=OperationKind.SUBSCRIPTION)


@dataclass
class Caller:
    """What the subgraphs know of whoever asks."""

    headers: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    number: int = 0

    def fresh(self) -> "Caller":
        return replace(self)


async def caller(headers: Mapping[str, str], connection: ConnectionInfo) -> Any:
    if headers.get("authorization") == "Bearer bad":
        raise AuthenticationFailed(ErrorCode.UNAUTHENTICATED, "This access token is not valid; sign in again.")
    return Caller(headers)


class OneSubgraph:
    """A schema in this process as a Graph to serve."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._inner = InProcess({"it": schema}, lambda error: dict(error.formatted))

    async def execute(self, operation: Operation, context: Context, _allowed: Any = None) -> Result:
        return await self._inner.execute("it", self._fetch(operation), context)

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        return await self._inner.subscribe("it", self._fetch(operation), context)

    def _fetch(self, operation: Operation) -> SubgraphOperation:
        return SubgraphOperation(operation.query, operation.variables, OperationKind.QUERY, operation.name)


Behaviour = Callable[[Send], Awaitable[None]]


class Subgraph:
    """A subgraph on a socket. It does what its script says first, then answers; it keeps what arrived."""

    def __init__(self, schema: GraphQLSchema | None = None) -> None:
        self.script: list[Behaviour] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[Any] = []
        self.writes = 0
        self.gate: asyncio.Event | None = None
        self.arrived = asyncio.Semaphore(0)
        self.within = self.most_within = 0
        self.ticks: asyncio.Queue[int | None] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.endpoint = GraphQLEndpoint(OneSubgraph(schema or self._schema()), caller)

    def _schema(self) -> GraphQLSchema:
        schema = build_schema(SDL)
        query, mutation, subscription = schema.query_type, schema.mutation_type, schema.subscription_type
        assert query is not None
        assert mutation is not None
        assert subscription is not None
        query.fields["who"].resolve = lambda _root, info, **_word: shown(info.context.headers)
        query.fields["fails"].resolve = self._fails
        query.fields["count"].resolve = lambda _root, _info: self.writes
        mutation.fields["add"].resolve = self._add
        for name, source in {"ticks": self._ticks, "refused": self._refused, "who": self._who}.items():
            subscription.fields[name].subscribe = source
            subscription.fields[name].resolve = lambda event, _info: event
        return schema

    def _fails(self, _root: Any, _info: Any) -> None:
        raise GraphQLError("Not today.", extensions={"code": "CONFLICT", "day": 3, "stacktrace": ["at secret.py"]})

    def _add(self, _root: Any, _info: Any) -> int:
        self.writes += 1
        return self.writes

    async def _ticks(self, _root: Any, _info: Any) -> AsyncGenerator[int]:
        try:
            while (tick := await self.ticks.get()) is not None:
                yield tick
        finally:
            self.closed.set()

    def _refused(self, _root: Any, _info: Any) -> None:
        raise GraphQLError("Nothing ticks.", extensions={"code": "NOT_FOUND"})

    async def _who(self, _root: Any, info: Any) -> AsyncGenerator[str]:
        yield shown(info.context.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        if scope["type"] == "websocket":
            await self.endpoint(scope, receive, send)
            return
        first = await receive()
        self.bodies.append(orjson.loads(first["body"]))
        self.within += 1
        self.most_within = max(self.most_within, self.within)
        self.arrived.release()
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.script:
                await self.script.pop(0)(send)
                return

            async def replayed() -> Any:
                nonlocal first
                message, first = first, None
                return message or await receive()

            await self.endpoint(scope, replayed, send)
        finally:
            self.within -= 1

    async def arrivals(self, count: int) -> None:
        """Wait until so many more requests have arrived."""
        async with asyncio.timeout(5):
            for _ in range(count):
                await self.arrived.acquire()

    def hangs(self) -> Behaviour:
        async def hang(_: Send) -> None:
            await asyncio.Event().wait()

        return hang


def shown(headers: Mapping[str, str]) -> str:
    return " | ".join(headers.get(name, "-") for name in ("authorization", "accept-language", "x-secret", "cookie"))


def answers(status: int, body: bytes = b"", *headers: tuple[bytes, bytes]) -> Behaviour:
    async def answer(send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"x", b"y"), *headers]})
        await send({"type": "http.response.body", "body": body})

    return answer


async def reset(send: Send) -> None:
    """Break off within the answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
    await send({"type": "http.response.body", "body": b'{"data":', "more_body": True})
    raise ConnectionResetError


def free_port() -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


@asynccontextmanager
async def listening(app: Any, at: socket.socket | None = None) -> AsyncIterator[str]:
    """Run an application on a socket; at the end every connection is broken."""
    listener = at.dup() if at is not None else free_port()
    config = uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_config=None, log_level="critical")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        for request in server.server_state.tasks:
            request.cancel()
        server.should_exit = server.force_exit = True
        await task


@pytest.fixture
async def subgraph() -> AsyncIterator[tuple[Subgraph, str]]:
    served = Subgraph()
    async with listening(served) as url:
        yield served, url


Served = tuple[Subgraph, str]


def remote(url: str, **changes: Any) -> Remote:
    return Remote({"it": RemoteSubgraph(url, **{"backoff": 0.001, "timeout": 10.0, **changes})})


async def context(**headers: str) -> Context:
    """Return the context of a caller as the gateway's front makes it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ForwardingContexts()(named, ConnectionInfo(Transport.HTTP, "/graphql", None))


def code(result: Any) -> str:
    assert "data" not in result
    return str(result["errors"][0]["extensions"]["code"])


# – one fetch –


async def test_a_fetch_carries_text_variables_and_the_headers_of_the_list(subgraph: Served) -> None:
    served, url = subgraph
    asker = await context(
        authorization="Bearer a", accept_language="de", x_secret="s", cookie="c=1", traceparent="00-1"
    )
    async with remote(url) as transport:
        fetch = SubgraphOperation("query Q($w: String) { who(word: $w) }", {"w": "x"}, name="Q")
        assert await transport.execute("it", fetch, asker) == {"data": {"who": "Bearer a | de | - | -"}}
    assert served.bodies == [{"query": fetch.text, "variables": {"w": "x"}, "operationName": "Q"}]
    assert served.headers[0]["accept"] == "application/graphql-response+json, application/json"
    assert served.headers[0]["traceparent"] == "00-1"


async def test_a_partner_is_not_shown_the_token(subgraph: Served) -> None:
    async with remote(subgraph[1], headers=frozenset({"accept-language", "cookie"})) as transport:
        asker: Any = Caller({"authorization": "Bearer a", "accept-language": "de", "cookie": "c=1"})
        assert (await transport.execute("it", READ, asker))["data"] == {"who": "- | de | - | -"}


async def test_who_is_not_shown_the_token_cannot_refuse_it(subgraph: Served) -> None:
    served, url = subgraph
    refusal = {"errors": [{"message": "Who are you?", "extensions": {"code": "UNAUTHENTICATED"}}]}
    for allowed, told in ((frozenset(), {"data": None, **refusal}), (frozenset({"authorization"}), refusal)):
        served.script = [answers(401, orjson.dumps(refusal))]
        async with remote(url, headers=allowed) as transport:
            assert await transport.execute("it", READ, await context(authorization="Bearer a")) == told


async def test_no_cookie_is_kept_for_the_next_client(subgraph: Served) -> None:
    served, url = subgraph
    served.script = [answers(200, b'{"data":{"who":"x"}}', (b"set-cookie", b"session=ada; Path=/"))]
    async with remote(url) as transport:
        assert (await transport.execute("it", READ, await context()))["data"] == {"who": "x"}
        assert (await transport.execute("it", READ, await context()))["data"] == {"who": "- | - | - | -"}


async def test_a_token_no_header_can_carry_is_refused_and_a_language_left_out(subgraph: Served) -> None:
    with pytest.raises(AuthenticationFailed):
        await context(authorization="Bearer a\r\nx-admin: 1")
    assert (await context(accept_language="dé")).headers == {}
    async with remote(subgraph[1]) as transport:
        smuggled: Any = Caller({"authorization": "Bearer \n"})
        assert code(await transport.execute("it", READ, smuggled)) == "UNAUTHENTICATED"


async def test_errors_of_the_subgraph_are_passed_on(subgraph: Served) -> None:
    async with remote(subgraph[1]) as transport:
        answer = await transport.execute("it", SubgraphOperation("{ fails }"), await context())
        refused = await transport.execute("it", READ, await context(authorization="Bearer bad"))  # with status 401
    error = {"message": "Not today.", "path": ["fails"], "extensions": {"code": "CONFLICT", "day": 3}}
    assert answer == {"data": {"fails": None}, "errors": [error]}
    assert code(refused) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "broken",
    [
        answers(200, b"<html>It works!</html>"),
        answers(404, b"not found"),
        answers(302, b"", (b"location", b"/other")),
        answers(500, b'{"message":"oops"}'),
        answers(200, b"[]"),
        answers(200, b"{}"),
        answers(200, b'{"data":[1]}'),
        answers(200, b'{"data":null,"errors":{"message":"x"}}'),
        answers(200, b'{"data":{"who":"' + b"x" * 20_000 + b'"}}'),
        answers(200, b'{"data":' + b"[" * 9_000),
    ],
)
async def test_what_is_no_graphql_or_too_large_is_a_coded_error(subgraph: Served, broken: Behaviour) -> None:
    served, url = subgraph
    served.script = [broken]
    async with remote(url, max_answer_bytes=10_000) as transport:
        assert code(await transport.execute("it", READ, await context())) == "UPSTREAM_UNAVAILABLE"
        assert len(served.bodies) == 1, "asking again would not help"
        assert (await transport.execute("it", READ, await context()))["data"]


async def test_errors_in_a_wrong_form_do_not_reach_the_merge(subgraph: Served) -> None:
    served, url = subgraph
    served.script = [answers(200, b'{"data":null,"errors":[{"path":"who","extensions":[],"message":7}]}')]
    async with remote(url) as transport:
        answer = await transport.execute("it", READ, await context())
    assert answer == {"data": None, "errors": [{"message": "7", "extensions": {}}]}


async def test_an_unknown_subgraph_and_a_value_beyond_json(subgraph: Served) -> None:
    async with remote(subgraph[1]) as transport:
        with pytest.raises(UnknownSubgraphError, match="known: it"):
            await transport.execute("that", READ, await context())
        odd = SubgraphOperation("query ($w: String) { who(word: $w) }", {"w": float})
        assert code(await transport.execute("it", odd, await context())) == "BAD_USER_INPUT"


# – again, or not –


@pytest.mark.parametrize("failing", [answers(502), answers(503, b"{}"), answers(504), reset])
async def test_a_query_is_asked_again(subgraph: Served, failing: Behaviour) -> None:
    served, url = subgraph
    served.script = [failing, failing]
    async with remote(url) as transport:
        assert (await transport.execute("it", READ, await context()))["data"]
        assert len(served.bodies) == 3
        served.script = [failing] * 3
        assert code(await transport.execute("it", READ, await context())) == "UPSTREAM_UNAVAILABLE"
        assert len(served.bodies) == 6


@pytest.mark.parametrize("failing", [answers(503), reset])
async def test_a_mutation_is_sent_once(subgraph: Served, failing: Behaviour) -> None:
    served, url = subgraph
    served.script = [failing]
    async with remote(url) as transport:
        assert code(await transport.execute("it", WRITE, await context())) == "UPSTREAM_UNAVAILABLE"
    assert len(served.bodies) == 1


async def test_what_a_subgraph_says_with_its_503_is_told_at_last(subgraph: Served) -> None:
    served, url = subgraph
    served.script = [answers(503, b'{"errors":[{"message":"Closed.","extensions":{"code":"RATE_LIMITED"}}]}')] * 3
    async with remote(url) as transport:
        assert code(await transport.execute("it", READ, await context())) == "RATE_LIMITED"


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with remote(f"http://127.0.0.1:{free.getsockname()[1]}/graphql") as transport:
            assert code(await transport.execute("it", READ, await context())) == "UPSTREAM_UNAVAILABLE"
            assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"


async def test_one_that_hangs_is_given_up_and_left_alone(subgraph: Served) -> None:
    served, url = subgraph
    served.script = [served.hangs()]
    async with remote(url, timeout=0.1, failures_to_open=1) as transport:
        assert code(await transport.execute("it", READ, await context())) == "TIMEOUT"
        assert code(await transport.execute("it", READ, await context())) == "UPSTREAM_UNAVAILABLE"
    assert len(served.bodies) == 1


# – the breaker –


async def test_one_that_fails_in_a_row_is_left_alone_then_probed_once(subgraph: Served) -> None:
    served, url = subgraph
    served.script = [answers(503)] * 3
    async with remote(url, failures_to_open=3, open_seconds=3600.0) as transport:
        for _ in range(3):
            assert code(await transport.execute("it", READ, await context())) == "UPSTREAM_UNAVAILABLE"
        assert code(await transport.execute("it", WRITE, await context())) == "UPSTREAM_UNAVAILABLE"
        assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"
        assert len(served.headers) == 3
    served.script = [answers(503)]
    served.gate = asyncio.Event()
    async with remote(url, failures_to_open=1, open_seconds=0.0, retries=0) as transport:
        served.gate.set()
        await transport.execute("it", READ, await context())
        served.gate.clear()
        seen = len(served.bodies)
        probe = asyncio.create_task(transport.execute("it", READ, await context()))
        async with asyncio.timeout(5):
            while len(served.bodies) == seen:
                await asyncio.sleep(0)
        assert code(await transport.execute("it", WRITE, await context())) == "UPSTREAM_UNAVAILABLE"
        served.gate.set()
        assert (await probe)["data"]
        assert (await transport.execute("it", WRITE, await context()))["data"]
    assert len(served.bodies) == seen + 2


def test_a_breaker_opens_probes_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(2, 10.0, lambda: now[0])
    assert breaker.admit()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.admit(), "two failures, but not in a row"
    breaker.failed()
    assert not breaker.admit()
    now[0] = 10.0
    assert (breaker.admit(), breaker.admit()) == (True, False)
    breaker.failed()
    now[0] = 19.0
    assert not breaker.admit(), "the probe failed: the pause begins anew"
    now[0] = 20.0
    assert breaker.admit()
    breaker.abandoned()
    assert breaker.admit(), "nobody waited for the probe: the next one is it"
    breaker.succeeded()
    assert (breaker.admit(), breaker.admit()) == (True, True)


# – many at once –


async def test_identical_reads_of_the_same_caller_are_one(subgraph: Served) -> None:
    served, url = subgraph
    served.gate = asyncio.Event()
    ada, bob = await context(authorization="Bearer a"), await context(authorization="Bearer b")
    german = await context(authorization="Bearer a", accept_language="de")
    other = SubgraphOperation("{ who(word: null) }")
    async with remote(url) as transport:
        reads = [(READ, ada), (READ, ada), (READ, bob), (READ, german), (other, ada), (READ, ada)]
        tasks = [asyncio.create_task(transport.execute("it", *read)) for read in reads]
        await served.arrivals(4)
        served.gate.set()
        told = [answer["data"]["who"].split(" | ")[:2] for answer in await asyncio.gather(*tasks)]
        assert told == [["Bearer a", "-"]] * 2 + [["Bearer b", "-"], ["Bearer a", "de"], ["Bearer a", "-"]] + [
            ["Bearer a", "-"]
        ]
        assert len(served.bodies) == 4
        await transport.execute("it", READ, ada)
        assert len(served.bodies) == 5, "nothing is remembered"


async def test_one_caller_leaving_does_not_take_the_answer_from_another(subgraph: Served) -> None:
    served, url = subgraph
    served.gate = asyncio.Event()
    async with remote(url) as transport:
        asker = await context()
        first, second = (asyncio.create_task(transport.execute("it", READ, asker)) for _ in range(2))
        await served.arrivals(1)
        first.cancel()
        await asyncio.wait([first])
        served.gate.set()
        assert (await second)["data"]
    assert len(served.bodies) == 1


async def test_a_read_after_a_write_does_not_share_one_from_before(subgraph: Served) -> None:
    served, url = subgraph
    count = SubgraphOperation("{ count }")
    served.gate = asyncio.Event()
    async with remote(url) as transport:
        before = asyncio.create_task(transport.execute("it", count, await context()))
        await served.arrivals(1)
        held, served.gate = served.gate, None
        assert (await transport.execute("it", WRITE, await context()))["data"] == {"add": 1}
        assert (await transport.execute("it", count, await context()))["data"] == {"count": 1}
        held.set()
        await before
    assert len(served.bodies) == 3


async def test_no_more_fetches_than_allowed_are_under_way(subgraph: Served) -> None:
    served, url = subgraph
    served.gate = asyncio.Event()
    async with remote(url, concurrency=2) as transport:
        fetches = [SubgraphOperation(f'{{ who(word: "{number}") }}') for number in range(6)]
        tasks = [asyncio.create_task(transport.execute("it", fetch, await context())) for fetch in fetches]
        await served.arrivals(2)
        served.gate.set()
        assert all(answer["data"] for answer in await asyncio.gather(*tasks))
    assert served.most_within == 2
    assert len(served.bodies) == 6


# – subscriptions –

both = pytest.mark.parametrize("protocol", list(StreamProtocol))


async def opened(transport: Remote, fetch: SubgraphOperation = TICKS, **headers: str) -> AsyncGenerator[Result]:
    stream = await transport.subscribe("it", fetch, await context(**headers))
    assert not isinstance(stream, dict), stream
    return stream


@both
async def test_events_arrive_until_the_subgraph_completes(subgraph: Served, protocol: StreamProtocol) -> None:
    served, url = subgraph
    for tick in (1, 2, None):
        served.ticks.put_nowait(tick)
    async with remote(url, stream_protocol=protocol) as transport, aclosing(await opened(transport)) as stream:
        assert [event async for event in stream] == [{"data": {"ticks": 1}}, {"data": {"ticks": 2}}]


@both
async def test_closing_the_stream_ends_it_in_the_subgraph(subgraph: Served, protocol: StreamProtocol) -> None:
    served, url = subgraph
    served.ticks.put_nowait(1)
    async with remote(url, stream_protocol=protocol) as transport:
        stream = await opened(transport)
        assert await anext(stream) == {"data": {"ticks": 1}}
        await stream.aclose()
        async with asyncio.timeout(5):
            await served.closed.wait()


@both
async def test_the_token_of_the_caller_counts(subgraph: Served, protocol: StreamProtocol) -> None:
    fetch = SubgraphOperation("subscription { who }", kind=OperationKind.SUBSCRIPTION)
    async with remote(subgraph[1], stream_protocol=protocol) as transport:
        async with aclosing(await opened(transport, fetch, authorization="Bearer a", cookie="c")) as stream:
            assert (await anext(stream))["data"]["who"].startswith("Bearer a")
        refused = await transport.subscribe("it", fetch, await context(authorization="Bearer bad"))
        assert code(refused) == "UNAUTHENTICATED"


@both
async def test_a_refused_subscription_is_a_result_without_data(subgraph: Served, protocol: StreamProtocol) -> None:
    fetch = SubgraphOperation("subscription { refused }", kind=OperationKind.SUBSCRIPTION)
    async with remote(subgraph[1], stream_protocol=protocol) as transport:
        refused = await transport.subscribe("it", fetch, await context())
    assert code(refused) == "NOT_FOUND"


@both
async def test_a_server_that_goes_ends_the_stream_and_one_that_comes_back_is_found(protocol: StreamProtocol) -> None:
    served = Subgraph()
    served.ticks.put_nowait(1)
    held = free_port()  # so that nobody takes it between the two servers
    async with listening(served, held) as url:
        transport = remote(url, stream_protocol=protocol)
        stream = await opened(transport)
        assert (await anext(stream))["data"] == {"ticks": 1}
    last = [event async for event in stream]
    assert [code(event) for event in last] == ["UPSTREAM_UNAVAILABLE"]
    served.ticks.put_nowait(2)
    async with listening(served, held), transport, aclosing(await opened(transport)) as again:
        assert await anext(again) == {"data": {"ticks": 2}}
    held.close()


async def test_an_event_stream_as_others_write_it(subgraph: Served) -> None:
    served, url = subgraph
    first = b': hello\r\n\r\nevent: next\r\ndata: {"data":\r\ndata: {"ticks": 1}}\r\n\r\n'
    other = 'event:next\ndata:{"data":{"ticks":"\u2028"}}\n\n'.encode()
    kind = (b"content-type", b"text/event-stream; charset=utf-8")
    served.script = [answers(200, first + other, kind), answers(200, b"event: next\ndata: [\n\n", kind)]
    async with remote(url, stream_protocol=StreamProtocol.EVENT_STREAM, max_answer_bytes=1000) as transport:
        events = [event async for event in await opened(transport)]
        assert events[:2] == [{"data": {"ticks": 1}}, {"data": {"ticks": "\u2028"}}]
        assert [code(event) for event in events[2:]] == ["UPSTREAM_UNAVAILABLE"], "it ended without `complete`"
        assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"
        served.script = [answers(200, b"data: " + b"x" * 2000, kind), answers(404, b"<html>")]
        assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"
        assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"


@asynccontextmanager
async def talking(conversation: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[str]:
    """Run a WebSocket server of which every word is ours."""
    server: Server
    async with serve(conversation, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:  # type: ignore[list-item]
        yield f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


async def test_pings_are_answered_and_the_payload_holds_the_token() -> None:
    heard: list[Any] = []

    async def talk(connection: ServerConnection) -> None:
        heard.append(orjson.loads(await connection.recv()))
        for said in ({"type": "ping", "payload": {"n": 1}}, {"type": "connection_ack"}, {"type": "ping"}):
            await connection.send(orjson.dumps(said).decode())
        heard.extend([orjson.loads(await connection.recv()) for _ in range(3)])
        await connection.send('{"id":"1","type":"next","payload":{"data":{"ticks":5}}}')
        await connection.send('{"id":"1","type":"error","payload":[{"message":"Over."}]}')
        await connection.wait_closed()

    async with talking(talk) as url, remote(url) as transport:
        stream = await opened(transport, authorization="Bearer a")
        assert [event async for event in stream] == [{"data": {"ticks": 5}}, {"errors": [{"message": "Over."}]}]
    assert heard[0] == {"type": "connection_init", "payload": {"authorization": "Bearer a"}}
    assert heard[1] == {"type": "pong", "payload": {"n": 1}}
    assert [message["type"] for message in heard[2:]] in (["subscribe", "pong"], ["pong", "subscribe"])


@pytest.mark.parametrize("said", [None, '{"type":"next"}', "no JSON", "[]"])
async def test_one_that_never_acknowledges_is_unavailable(said: str | None) -> None:
    async def talk(connection: ServerConnection) -> None:
        if said is not None:
            await connection.send(said)
        await connection.wait_closed()

    async with talking(talk) as url, remote(url, handshake_seconds=0.2) as transport:
        assert code(await transport.subscribe("it", TICKS, await context())) == "UPSTREAM_UNAVAILABLE"


async def test_a_token_that_runs_out_ends_the_stream_with_its_code() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type":"connection_ack"}')
        await connection.recv()
        await connection.send('{"id":"1","type":"next","payload":{"data":{"ticks":5}}}')
        await connection.close(4403, "TOKEN_EXPIRED: reconnect with a fresh token")

    async with talking(talk) as url, remote(url) as transport:
        events = [event async for event in await opened(transport)]
    assert events[0] == {"data": {"ticks": 5}}
    assert [code(event) for event in events[1:]] == ["TOKEN_EXPIRED"]


# – within a supergraph –


def observed(parts: Parts) -> InProcess:
    return InProcess(parts.schemas, lambda error: dict(error.formatted))


async def test_a_subgraph_elsewhere_answers_as_one_in_this_process(observatory_supergraph: Supergraph) -> None:
    query = "{ stars { label discoverer { name mentor { name } } followers } me { name favourites { id label } } }"
    parts = build_parts()
    inside = await Gateway(observatory_supergraph, observed(parts)).execute(Operation(query), await context())
    people = Subgraph(parts.schemas.pop("people"))
    async with listening(people) as url, Remote({"people": RemoteSubgraph(url)}) as transport:
        gateway = Gateway(observatory_supergraph, Routed({"people": transport}, otherwise=observed(parts)))
        outside = await gateway.execute(Operation(query), await context())
    assert outside["data"] == inside["data"]
    assert people.bodies
    kept = [[(error["path"], error["extensions"]["code"]) for error in one["errors"]] for one in (inside, outside)]
    assert kept[0] == kept[1] == [(["stars", 1, "followers"], "CONFLICT")]


async def test_one_down_makes_the_answer_partial(observatory_supergraph: Supergraph) -> None:
    parts = build_parts()
    del parts.schemas["people"]
    async with listening(answers(503)) as url:
        gone = url
    async with Remote({"people": RemoteSubgraph(gone, backoff=0.001)}) as transport:
        gateway = Gateway(observatory_supergraph, Routed({"people": transport}, otherwise=observed(parts)))
        answer = await gateway.execute(Operation("{ star(id: 1) { __typename } epoch me { name } }"), await context())
    assert answer["data"] == {"star": None, "epoch": "J2000", "me": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["me"], "UPSTREAM_UNAVAILABLE")
    ]


async def test_events_of_a_subgraph_elsewhere_are_completed_here(observatory_supergraph: Supergraph) -> None:
    parts = build_parts()
    telescopes = Subgraph(parts.schemas.pop("telescopes"))
    parts.images.put_nowait({"image": "i1", "star": "s1"})
    async with listening(telescopes) as url, Remote({"telescopes": RemoteSubgraph(url)}) as transport:
        gateway = Gateway(observatory_supergraph, Routed({"telescopes": transport}, otherwise=observed(parts)))
        stream: Any = await gateway.subscribe(
            Operation("subscription { imaged { image { url } star { label } } }"), await context()
        )
        async with aclosing(stream):
            assert await anext(stream) == {"data": {"imaged": {"image": {"url": "/i1.png"}, "star": {"label": "Vega"}}}}


async def test_a_way_to_every_subgraph(observatory_supergraph: Supergraph) -> None:
    with pytest.raises(UnknownSubgraphError, match="no way to the subgraph 'stars'"):
        await Routed({}).execute("stars", READ, await context())
    with pytest.raises(UnknownSubgraphError):
        await Routed({}).subscribe("stars", TICKS, await context())
    urls = {"stars": "http://a/", "telescopes": "https://b/", "people": "http://c/"}
    assert {name: place.url for name, place in remote_subgraphs(observatory_supergraph, urls, 1.0).items()} == urls
    with pytest.raises(ValueError, match="no subgraph 'moons'"):
        remote_subgraphs(observatory_supergraph, {"moons": "http://a/"}, 1.0)
    with pytest.raises(ValueError, match="http:// or https://"):
        remote_subgraphs(observatory_supergraph, {**urls, "stars": "ftp://a/"}, 1.0)
