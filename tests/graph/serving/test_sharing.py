"""Subscriptions that share a stream: one execution for all, and each hears exactly what it would hear alone."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.broker.embedded import EmbeddedBroker
from graph.errors import format_error
from graph.gateway.transport import InProcess
from graph.operation import LiveStream, Operation
from graph.serving.encoding import Answer
from graph.serving.endpoint import GraphQLEndpoint
from graph.serving.refusals import UnexpectedError
from graph.serving.service import ConnectionInfo, RequestLimits
from graph.serving.sharing import SharedStreams
from graph.serving.subscriber import Backlog, FallenBehind, Subscriber
from graph.serving.uvicorn_websockets import DirectWebSockets
from graph.subgraph import SubgraphService
from resolvers.context import Context
from resolvers.domain.viewer import Role, Viewer
from subgraphs.build import graphql_schema

NEWS = 'subscription ($topic: String! = "all", $since: String) { news(topic: $topic, since: $since) { text reader } }'
BOUNDS = Backlog(256, 1_000_000)
ADA = Viewer("ada", "ada's profile", "a session", Role.USER)


@dataclass
class Newsroom:
    """Where the events come from; counts what they cost."""

    broker: EmbeddedBroker = field(default_factory=EmbeddedBroker)
    executions: int = 0
    sources: int = 0
    opened: int = 0

    async def follow(self, topic: str) -> AsyncGenerator[str]:
        """Return the news of a topic; it is listening when this returns."""
        followed = self._followed(topic)
        await anext(followed)
        return followed

    async def _followed(self, topic: str) -> AsyncGenerator[str]:
        async with self.broker.subscribe(topic) as messages:
            self.sources += 1
            self.opened += 1
            try:
                await asyncio.sleep(0)
                yield ""
                async for message in messages:
                    assert isinstance(message, bytes), "the broker's own bound is not what is tested here"
                    match message:
                        case b"the end":
                            return
                        case b"a failure":
                            raise RuntimeError("the secret of the source")
                        case _:
                            yield message.decode()
            finally:
                await asyncio.sleep(0)
                self.sources -= 1

    async def publish(self, viewer: str, text: str, topic: str = "all") -> None:
        await self.broker.publish(f"{viewer} {topic}", text.encode())


@strawberry.type
class News:
    text: str

    @strawberry.field
    async def reader(self, info: strawberry.Info[Context]) -> str | None:
        info.context.held(Newsroom).executions += 1
        await asyncio.sleep(0)
        return _name(info.context)


@strawberry.type
class Query:
    nothing: int


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def news(self, info: strawberry.Info[Context], topic: str, since: str | None = None) -> AsyncGenerator[News]:
        followed = await info.context.held(Newsroom).follow(f"{_name(info.context)} {topic}")

        async def shaped() -> AsyncGenerator[News]:
            async with aclosing(followed) as texts:
                if since is not None:
                    yield News(text=f"since {since}")
                async for text in texts:
                    yield News(text=text)

        return shaped()


SCHEMA = strawberry.federation.Schema(Query, subscription=Subscription)
GRAPH = SubgraphService("news", SCHEMA, InProcess({"news": graphql_schema(SCHEMA)}, format_error))


def _name(context: Context) -> str | None:
    return context.viewer.user_id if context.viewer else None


def context(newsroom: Newsroom, viewer: Viewer | None = ADA, **members: Any) -> Context:
    nothing = cast("Any", None)
    return Context(nothing, nothing, viewer, shared={Newsroom: newsroom}, **members)


@dataclass
class Readers:
    """A ContextFactory: a reader is known by the name in `authorization`."""

    newsroom: Newsroom
    expiry: datetime | None = None

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:  # noqa: ARG002 – the Protocol's
        name = headers.get("authorization", "ada")
        viewer = Viewer(name, name, name, Role.USER)
        return context(self.newsroom, viewer, expires_at=self.expiry)


@dataclass
class Listener:
    """A subscription without a network: what it heard, and how it ended."""

    task: asyncio.Task[None]
    heard: list[str]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


async def listen(streams: SharedStreams, asked: Operation, asking: Context) -> Listener:
    """Subscribe as a WebSocket does, to a client that always reads."""
    heard: list[str] = []
    opened = asyncio.Event()

    def begin(answer: Answer) -> None:
        heard.append(json.loads(answer.json)["data"]["news"]["text"])

    async def run() -> None:
        outcome = await streams.subscribe(asked, asking)
        opened.set()
        if isinstance(outcome, Subscriber):
            async with aclosing(outcome):
                await outcome.run(begin)
            return
        async with aclosing(cast("AsyncGenerator[Any]", outcome)) as results:
            async for result in results:
                begin(Answer(result))

    task = asyncio.create_task(run())
    try:
        await opened.wait()
    except asyncio.CancelledError:
        task.cancel()
        raise
    return Listener(task, heard)


async def until(condition: Callable[[], bool]) -> None:
    """Return when something that needs no more than turns of the loop has come about."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
async def newsroom() -> Newsroom:
    return Newsroom()


@pytest.fixture
async def streams() -> SharedStreams:
    return SharedStreams(GRAPH, BOUNDS)


async def test_one_execution_serves_all(streams, newsroom):
    listeners = [await listen(streams, Operation(NEWS), context(newsroom)) for _ in range(300)]
    assert newsroom.opened == 1
    for text in ("one", "two", "three"):
        await newsroom.publish("ada", text)
    await until(lambda: all(len(listener.heard) == 3 for listener in listeners))
    assert newsroom.executions == 3
    assert all(listener.heard == ["one", "two", "three"] for listener in listeners)
    for listener in listeners[1:]:
        await listener.leave()
    await newsroom.publish("ada", "four")
    await until(lambda: listeners[0].heard[-1] == "four")
    assert newsroom.sources == 1
    await listeners[0].leave()
    assert newsroom.sources == 0


ASKED = Operation(NEWS, {"topic": "all"})


@pytest.mark.parametrize(
    ("other", "who"),
    [
        (replace(ASKED, query=NEWS + " "), {}),
        (replace(ASKED, query=NEWS.replace("subscription", "subscription A"), name="A"), {}),
        (replace(ASKED, variables={"topic": "none"}), {}),
        (replace(ASKED, variables={"topic": "all", "unused": 2**70}), {}),
        (replace(ASKED, extensions={"x": 1}), {}),
        (ASKED, {"viewer": None}),
        (ASKED, {"viewer": replace(ADA, user_id="bob")}),
        (ASKED, {"viewer": replace(ADA, profile_id="another")}),
        (ASKED, {"viewer": replace(ADA, session_id="another")}),
        (ASKED, {"viewer": replace(ADA, role=Role.ADMIN)}),
        (ASKED, {"viewer": replace(ADA, scopes=frozenset({"admin:read"}))}),
        (ASKED, {"viewer": replace(ADA, device_id="a device")}),
        (ASKED, {"default_region": "DE"}),
        (ASKED, {"headers": {"accept-language": "de"}}),
    ],
)
async def test_what_can_be_told_apart_shares_nothing(streams, newsroom, other, who):
    first = await listen(streams, ASKED, context(newsroom))
    second = await listen(streams, other, context(newsroom, **who))
    assert newsroom.opened == 2
    await first.leave()
    await second.leave()
    assert newsroom.sources == 0


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (
            {"variables": {"topic": "all", "x": {"a": 1, "b": 2**70}}},
            {"variables": {"x": {"b": 2**70, "a": 1}, "topic": "all"}},
        ),
        ({"extensions": {"persistedQuery": {"sha256Hash": "x"}}}, {}),
        ({"variables": {"since": None}}, {"variables": {"since": None}}),
    ],
)
async def test_what_means_the_same_is_shared(streams, newsroom, one, same):
    first = await listen(streams, Operation(NEWS, **one), context(newsroom, headers={"a": "1", "b": "2"}))
    later = datetime.now(UTC) + timedelta(hours=1)
    who = context(newsroom, replace(ADA), headers={"b": "2", "a": "1"}, expires_at=later)
    second = await listen(streams, Operation(NEWS, **same), who)
    assert newsroom.opened == 1
    await first.leave()
    await second.leave()


async def test_a_stream_that_replays_is_never_shared(streams, newsroom):
    asked = Operation(NEWS, {"since": "5"})
    listeners = [await listen(streams, asked, context(newsroom)) for _ in range(2)]
    assert newsroom.opened == 2
    await until(lambda: all(listener.heard == ["since 5"] for listener in listeners))
    for listener in listeners:
        await listener.leave()
    assert newsroom.sources == 0


async def test_a_refusal_is_everybodys_own(streams, newsroom):
    for _ in range(2):
        outcome = await streams.subscribe(Operation("subscription { news }"), context(newsroom))
        assert isinstance(outcome, dict)
        assert outcome["errors"]


async def test_those_who_open_at_once_end_up_with_one_source(streams, newsroom):
    before = asyncio.all_tasks()
    listeners = await asyncio.gather(*(listen(streams, Operation(NEWS), context(newsroom)) for _ in range(20)))
    assert newsroom.opened == 20, "nobody waits for somebody else's opening"
    await until(lambda: newsroom.sources == 1)
    await newsroom.publish("ada", "one")
    await until(lambda: all(listener.heard == ["one"] for listener in listeners))
    assert newsroom.executions == 1
    for listener in listeners:
        await listener.leave()
    assert newsroom.sources == 0
    assert asyncio.all_tasks() == before


async def test_a_stream_that_was_opened_for_nothing_is_closed(newsroom):
    kept, closed = [], []

    async def events(number: int) -> AsyncGenerator[dict[str, Any]]:
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            closed.append(number)

    class Keeping:
        async def execute(self, *_: Any) -> Any:
            raise NotImplementedError

        async def subscribe(self, *_: Any) -> LiveStream:
            kept.append(LiveStream(events(len(kept))))
            stream = kept[-1]
            await asyncio.sleep(0)
            return stream

    streams, asked = SharedStreams(Keeping(), BOUNDS), Operation("subscription")
    first, second = await asyncio.gather(*(streams.subscribe(asked, context(newsroom)) for _ in range(2)))
    assert isinstance(first, Subscriber)
    assert isinstance(second, Subscriber)
    await until(lambda: closed == [1])
    await first.aclose()
    await second.aclose()
    assert closed == [1, 0]


async def test_one_who_comes_as_the_last_one_leaves_gets_a_source(streams, newsroom):
    first = await listen(streams, Operation(NEWS), context(newsroom))
    await asyncio.sleep(0)
    first.task.cancel()
    second = await listen(streams, Operation(NEWS), context(newsroom))
    await asyncio.wait([first.task])
    await newsroom.publish("ada", "one")
    await until(lambda: second.heard == ["one"])
    assert newsroom.sources == 1
    await second.leave()
    assert newsroom.sources == 0


async def test_one_who_leaves_before_it_listens_frees_the_source(streams, newsroom):
    before = asyncio.all_tasks()
    outcome = await streams.subscribe(Operation(NEWS), context(newsroom))
    assert isinstance(outcome, Subscriber)
    await outcome.aclose()
    await outcome.aclose()
    assert newsroom.sources == 0
    assert asyncio.all_tasks() == before


async def test_one_who_leaves_while_opening_frees_the_source(streams, newsroom):
    for turns in range(8):
        opening = asyncio.create_task(listen(streams, Operation(NEWS), context(newsroom)))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        if not opening.cancelled():
            await opening.result().leave()
    await until(lambda: newsroom.sources == 0)
    survivor = await listen(streams, Operation(NEWS), context(newsroom))
    await newsroom.publish("ada", "one")
    await until(lambda: survivor.heard == ["one"])
    await survivor.leave()


async def test_the_end_of_the_source_is_everybodys(streams, newsroom):
    listeners = [await listen(streams, Operation(NEWS), context(newsroom)) for _ in range(3)]
    await newsroom.publish("ada", "one")
    await newsroom.publish("ada", "the end")
    await asyncio.wait_for(asyncio.gather(*(listener.task for listener in listeners)), 10)
    assert all(listener.heard == ["one"] for listener in listeners)
    assert newsroom.sources == 0
    late = await listen(streams, Operation(NEWS), context(newsroom))
    await newsroom.publish("ada", "two")
    await until(lambda: late.heard == ["two"])
    await late.leave()


async def test_nobody_joins_a_stream_that_has_ended(streams, newsroom):
    first = await streams.subscribe(Operation(NEWS), context(newsroom))
    assert isinstance(first, Subscriber)
    await newsroom.publish("ada", "the end")
    await until(lambda: newsroom.sources == 0)
    for _ in range(20):
        await asyncio.sleep(0)
    late = await listen(streams, Operation(NEWS), context(newsroom))
    await newsroom.publish("ada", "one")
    await until(lambda: late.heard == ["one"])
    await first.aclose()
    await late.leave()


async def test_a_failure_of_the_source_is_everybodys_and_logged_once(streams, newsroom, caplog):
    listeners = [await listen(streams, Operation(NEWS), context(newsroom)) for _ in range(3)]
    await newsroom.publish("ada", "one")
    await newsroom.publish("ada", "a failure")
    ends = await asyncio.gather(*(listener.task for listener in listeners), return_exceptions=True)
    assert all(listener.heard == ["one"] for listener in listeners)
    assert len({end.error_id for end in ends if isinstance(end, UnexpectedError)}) == 1
    assert len(ends) == 3
    assert caplog.text.count("unexpected error") == 1
    assert newsroom.sources == 0


async def test_what_is_no_json_ends_a_stream(newsroom):
    class Broken:
        async def execute(self, *_: Any) -> Any:
            raise NotImplementedError

        async def subscribe(self, *_: Any) -> LiveStream:
            async def events() -> AsyncGenerator[dict[str, Any]]:
                newsroom.sources += 1
                try:
                    yield {"data": {1, 2}}
                finally:
                    newsroom.sources -= 1

            return LiveStream(events())

    listener = await listen(SharedStreams(Broken(), BOUNDS), Operation("subscription"), context(newsroom))
    with pytest.raises(UnexpectedError):
        await asyncio.wait_for(listener.task, 10)
    assert newsroom.sources == 0


async def test_a_source_that_will_not_be_cancelled_ends_with_its_next_event():
    release, ended = asyncio.Event(), []

    async def stubborn() -> AsyncGenerator[dict[str, Any]]:
        try:
            while True:
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    await release.wait()
                yield {"data": None}
        finally:
            ended.append(True)

    class Stubborn:
        async def execute(self, *_: Any) -> Any:
            raise NotImplementedError

        async def subscribe(self, *_: Any) -> LiveStream:
            return LiveStream(stubborn())

    outcome = await SharedStreams(Stubborn(), BOUNDS).subscribe(Operation("subscription"), context(Newsroom()))
    assert isinstance(outcome, Subscriber)
    await asyncio.sleep(0)
    leaving = asyncio.create_task(outcome.aclose())
    await asyncio.sleep(0)
    release.set()
    await asyncio.wait_for(leaving, 10)
    assert ended == [True]


async def test_many_subscribers_do_not_hold_the_loop(streams, newsroom):
    listeners = [await listen(streams, Operation(NEWS), context(newsroom)) for _ in range(2000)]
    await newsroom.publish("ada", "one")
    seen = set()
    while listeners[-1].heard == []:
        seen.add(sum(len(listener.heard) for listener in listeners))
        await asyncio.sleep(0)
    assert len(seen) > 2000 // 256
    await asyncio.gather(*(listener.leave() for listener in listeners))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_each_hears_what_it_would_hear_alone(seed: int) -> None:
    asyncio.run(_compared(random.Random(seed)))  # noqa: S311 – a schedule, not a secret


@dataclass
class _Follower:
    """Somebody in the schedule, and where in the history of a topic it came."""

    listener: Listener
    history: list[str]
    came: int

    def is_served(self) -> bool:
        """Return whether it heard what was published last, if that was after it came."""
        return len(self.history) == self.came or self.listener.heard[-1:] == self.history[-1:]

    async def leave(self, *, abruptly: bool) -> None:
        if not abruptly:
            await until(self.is_served)
        await self.listener.leave()

    def check(self) -> None:
        """Nothing is lost, doubled, out of order or somebody else's; what was on its way as it came may be heard."""
        heard = self.listener.heard
        end = self.history.index(heard[-1]) + 1 if heard else self.came
        assert heard == self.history[end - len(heard) : end]
        assert len(heard) >= end - self.came


async def _compared(choose: random.Random) -> None:
    """Play a random schedule of coming, leaving and publishing; compare with what each would hear alone."""
    newsroom, streams = Newsroom(), SharedStreams(GRAPH, BOUNDS)
    histories: dict[tuple[str, str], list[str]] = {}
    here: list[_Follower] = []
    gone: list[_Follower] = []
    for number in range(choose.randint(10, 60)):
        viewer, topic = choose.choice(["ada", "bob", "eve"]), choose.choice(["all", "sport"])
        history = histories.setdefault((viewer, topic), [])
        match choose.choices(["come", "publish", "leave", "turns"], [4, 6, 2, 3])[0]:
            case "come":
                asked, asking = Operation(NEWS, {"topic": topic}), context(newsroom, replace(ADA, user_id=viewer))
                here.append(_Follower(await listen(streams, asked, asking), history, len(history)))
            case "publish":
                history.append(f"{viewer} {topic} {number}")
                await newsroom.publish(viewer, history[-1], topic)
            case "leave" if here:
                gone.append(here.pop(choose.randrange(len(here))))
                await gone[-1].leave(abruptly=choose.random() < 0.5)
            case "turns":
                for _ in range(choose.randint(1, 5)):
                    await asyncio.sleep(0)
    await until(lambda: all(follower.is_served() for follower in here))
    for follower in (*gone, *here):
        follower.check()
    assert newsroom.sources == len({id(follower.history) for follower in here})
    for follower in here:
        await follower.listener.leave()
    assert newsroom.sources == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


# – over the network –


@dataclass
class Paper:
    """A newsroom behind a running server."""

    newsroom: Newsroom
    readers: Readers
    served: Any


@pytest.fixture
def paper(serving: Any) -> Callable[..., Paper]:
    def serve(limits: RequestLimits | None = None) -> Paper:
        newsroom = Newsroom()
        readers = Readers(newsroom)
        return Paper(newsroom, readers, serving(app=GraphQLEndpoint(GRAPH, readers, limits)))

    return serve


@asynccontextmanager
async def reading(paper: Paper, count: int, name: str = "ada") -> AsyncIterator[Any]:
    """Open a socket with some subscriptions that listen."""
    async with paper.served.ready({"authorization": name}) as client:
        for number in range(count):
            await client.subscribe(str(number), NEWS)
        await client.alive()
        await until_listening(paper)
        yield client


async def until_listening(paper: Paper) -> None:
    async with asyncio.timeout(10):
        while not paper.newsroom.sources:
            await asyncio.sleep(0.001)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_sockets_and_event_streams_share(paper):
    paper = paper()
    asked = {"json": {"query": NEWS}, "headers": {"accept": "text/event-stream"}}
    async with (
        reading(paper, 3) as client,
        reading(paper, 3) as other,
        reading(paper, 2, "bob") as stranger,
        paper.served.http.stream("POST", paper.served.url, **asked) as response,
    ):
        lines = response.aiter_lines()
        await paper.newsroom.publish("ada", "one")
        await paper.newsroom.publish("bob", "two")
        message = {"data": {"news": {"text": "one", "reader": "ada"}}}
        for socket in (client, other):
            got = [await socket.next() for _ in range(3)]
            assert got == [{"id": str(number), "type": "next", "payload": message} for number in range(3)]
        assert [(await stranger.next())["payload"]["data"]["news"]["text"] for _ in range(2)] == ["two", "two"]
        assert [await anext(lines) for _ in range(2)] == [
            "event: next",
            "data: " + json.dumps(message, separators=(",", ":")),
        ]
        assert paper.newsroom.executions == 2
        assert paper.newsroom.sources == 2
        await client.send(id="1", type="complete")
        await client.subscribe("1", "{ __typename }")
        assert [message["id"] for message in await client.until_end("1")] == ["1", "1"]
        await paper.newsroom.publish("ada", "the end")
        ends = [await client.next() for _ in range(2)]
        assert ends == [{"id": number, "type": "complete"} for number in ("0", "2")]
        assert [line async for line in lines] == ["", "event: complete", "data: ", ""]
    await until(lambda: paper.newsroom.sources == 0)


async def test_a_failing_source_is_an_error_of_each_subscription(paper):
    paper = paper()
    asked = {"json": {"query": NEWS}, "headers": {"accept": "text/event-stream"}}
    async with reading(paper, 2) as client:
        async with paper.served.http.stream("POST", paper.served.url, **asked) as response:
            await paper.newsroom.publish("ada", "a failure")
            errors = [await client.next() for _ in range(2)]
            assert {error["type"] for error in errors} == {"error"}
            assert errors[0]["payload"] == errors[1]["payload"]
            assert errors[0]["payload"][0]["extensions"]["code"] == "INTERNAL"
            text = (await response.aread()).decode()
            assert json.loads(text.split("data: ")[1].split("\n")[0]) == {"errors": errors[0]["payload"]}
            assert text.endswith("event: complete\ndata: \n\n")
        await client.alive()


async def test_an_expiring_token_ends_one_socket_and_not_the_others(paper):
    paper = paper()
    paper.readers.expiry = datetime.now(UTC) + timedelta(seconds=0.5)
    async with reading(paper, 1) as brief:
        paper.readers.expiry = None
        async with reading(paper, 1) as client:
            assert (await brief.closed())[0] == 4403
            await paper.newsroom.publish("ada", "one")
            assert (await client.next())["payload"]["data"]["news"]["text"] == "one"
    assert paper.newsroom.opened == 1


LARGE = "x" * 200_000


@pytest.mark.parametrize("direct", [False, True])
async def test_a_socket_that_does_not_read_is_told_to_come_back_and_holds_nobody(paper, server_runner, direct):
    paper = paper()
    limits = RequestLimits(backlog_answers=5, send_seconds=30)
    app = GraphQLEndpoint(GRAPH, paper.readers, limits)
    async with server_runner(app, ws=DirectWebSockets if direct else "websockets-sansio") as (_, port):
        paper.served = replace(paper.served, port=port)
        async with paper.served.ready(max_queue=1) as lazy, reading(paper, 1) as keen:
            await lazy.subscribe("l", NEWS)
            await lazy.alive()
            for number in range(100):
                await paper.newsroom.publish("ada", f"{number} {LARGE}")
                assert (await keen.next())["payload"]["data"]["news"]["text"].startswith(f"{number} ")
            *told, last = await lazy.until_end("l")
            numbers = [int(message["payload"]["data"]["news"]["text"].split()[0]) for message in told]
            assert numbers == list(range(len(numbers))), "what came is in order and without a gap"
            assert len(numbers) < 95
            assert last["type"] == "error"
            assert last["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
            assert "since" in last["payload"][0]["message"]
            await lazy.subscribe("l", NEWS)
            await lazy.alive()
            await paper.newsroom.publish("ada", "again")
            assert (await lazy.next())["payload"]["data"]["news"]["text"] == "again"
            assert (await keen.next())["payload"]["data"]["news"]["text"] == "again"
            assert paper.newsroom.executions == 101


async def test_a_socket_that_never_reads_is_lost_as_ever(paper):
    paper = paper(RequestLimits(backlog_answers=5, send_seconds=0.2))
    async with paper.served.ready(max_queue=1) as lazy:
        await lazy.subscribe("l", NEWS)
        await until_listening(paper)
        async with asyncio.timeout(10):
            while paper.newsroom.sources:
                await paper.newsroom.publish("ada", LARGE)
                await asyncio.sleep(0.002)
        lazy.raw.transport.abort()


async def test_an_event_stream_that_does_not_read_is_told_to_come_back():
    reads, sent = asyncio.Event(), []

    async def send(event: Any) -> None:
        if sent and sent[-1].get("body"):
            await reads.wait()
        sent.append(event)

    newsroom = Newsroom()
    endpoint = GraphQLEndpoint(GRAPH, Readers(newsroom), RequestLimits(backlog_answers=2))
    incoming: asyncio.Queue[Any] = asyncio.Queue()
    body = json.dumps({"query": NEWS}).encode()
    incoming.put_nowait({"type": "http.request", "body": body})
    headers = [(b"accept", b"text/event-stream"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    task = asyncio.create_task(endpoint(scope, incoming.get, send))
    await until(lambda: bool(sent))
    for number in range(6):
        await newsroom.publish("ada", f"event {number}")
    await until(lambda: newsroom.executions == 6)
    for _ in range(20):
        await asyncio.sleep(0)
    reads.set()
    await asyncio.wait_for(task, 10)
    bodies = [event["body"].decode() for event in sent[1:]]
    assert [text for text in bodies[:-3] if "event " not in text] == []
    assert "LIMIT_EXCEEDED" in bodies[-3]
    assert bodies[-3].startswith('event: next\ndata: {"errors":')
    assert bodies[-2:] == ["event: complete\ndata: \n\n", ""]
    assert len(bodies) < 8
    assert newsroom.sources == 0


async def test_nothing_is_sent_for_an_id_once_it_is_completed():
    """The event is told after `complete` was read, before the operation's task has heard of it."""
    newsroom, incoming, sent = Newsroom(), asyncio.Queue[Any](), []
    endpoint = GraphQLEndpoint(GRAPH, Readers(newsroom))
    told = asyncio.Event()

    def subscribers() -> list[Subscriber]:
        return [one for stream in endpoint._service.streams._streams.values() for one in stream._subscribers]

    def tell() -> None:
        for subscriber in subscribers():
            subscriber.tell(Answer({"data": "an event"}))
        told.set()

    async def receive() -> Any:
        event = await incoming.get()
        if '"complete"' in event.get("text", ""):
            asyncio.get_running_loop().call_soon(tell)
        return event

    async def send(event: Any) -> None:
        sent.append(event.get("text", ""))

    def say(**message: Any) -> None:
        incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    incoming.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/", "headers": [], "subprotocols": ["graphql-transport-ws"]}
    task = asyncio.create_task(endpoint(scope, receive, send))
    say(type="connection_init")
    for operation_id in ("stays", "goes"):
        say(id=operation_id, type="subscribe", payload={"query": NEWS})
    await until(lambda: len(subscribers()) == 2 and all(one._awakening for one in subscribers()))
    say(id="goes", type="complete")
    await asyncio.wait_for(told.wait(), 10)
    assert sent[2:] == ['{"id":"stays","type":"next","payload":{"data":"an event"}}']
    incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait_for(task, 10)
    assert newsroom.sources == 0


def test_falling_behind_is_a_coded_error():
    assert FallenBehind().result()["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}
