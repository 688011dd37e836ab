"""Following a watchlist and players: no gap, no double, whatever the broker does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from graphql import ExecutionResult, parse, subscribe

from datasources.broker.embedded import EmbeddedBroker
from datasources.errors import BrokerUnavailable
from datasources.postgres.engine import Database
from graph.errors import format_error
from resolvers import topics
from resolvers.users import watchlist
from subgraphs.build import graphql_schema
from tests.subgraphs.users.conftest import Session

CHANGED = parse(
    """subscription ($since: String) { watchlistChanged(since: $since) {
      revision previous occurredAt stamp kind deviceId title { id }
      entry { tags addedAt title { id name } device { id } }
    } }"""
)
PLAYED = parse(
    """subscription ($since: String) { playbackChanged(since: $since) {
      revision previous occurredAt playback { title { id } positionMs state updatedAt stamp }
    } }"""
)
ADD = "mutation ($id: ID!) { addToWatchlist(input: {titleId: $id}) { revision stamp entry { tags } } }"
REMOVE = "mutation ($id: ID!) { removeFromWatchlist(input: {titleId: $id}) { revision } }"
REPORT = """mutation ($id: ID!, $at: Int!) {
  reportPlayback(input: {titleId: $id, positionMs: $at, state: PLAYING}) { revision playback { stamp } }
}"""


class Following:
    """An open subscription."""

    def __init__(self, stream: AsyncIterator[ExecutionResult]) -> None:
        self._stream = stream

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            result = await anext(self._stream)
        assert not result.errors, result.errors
        (event,) = result.data.values()
        return event

    async def revisions(self, count: int) -> list[str]:
        events = [await self.next() for _ in range(count)]
        assert [event["previous"] for event in events[1:]] == [event["revision"] for event in events[:-1]]
        return [event["revision"] for event in events]


async def opened(somebody: Session, document: Any, since: str | None, context: Any = None) -> Any:
    result = subscribe(
        graphql_schema(somebody.schema),
        document,
        context_value=context or somebody.context(),
        variable_values={"since": since},
    )
    return await result if asyncio.iscoroutine(result) or isinstance(result, asyncio.Future) else result


@asynccontextmanager
async def following(
    somebody: Session, document: Any = CHANGED, since: str | None = None, context: Any = None
) -> AsyncIterator[Following]:
    stream = await opened(somebody, document, since, context)
    assert not isinstance(stream, ExecutionResult), stream
    try:
        yield Following(stream)
    finally:
        await stream.aclose()


async def refusal(somebody: Session, since: str | None, document: Any = CHANGED) -> str:
    result = await opened(somebody, document, since)
    assert isinstance(result, ExecutionResult)
    (error,) = result.errors or ()
    code: str = format_error(error)["extensions"]["code"]
    return code


async def add(somebody: Session, title_id: str) -> dict[str, Any]:
    return (await somebody.data(ADD, id=title_id))["addToWatchlist"]


async def test_what_happens_from_now_on(ada: Session, title_ids: list[str]) -> None:
    await add(ada, title_ids[0])
    async with following(ada) as phone:
        added = await add(ada, title_ids[1])
        event = await phone.next()
        assert (event["revision"], event["previous"], event["kind"]) == ("2", "1", "ADDED")
        assert event["title"]["id"] == title_ids[1]
        assert event["entry"]["tags"] == added["entry"]["tags"] == [event["stamp"]]
        assert event["entry"]["title"] == {"id": title_ids[1], "name": "Title 1"}
        assert event["occurredAt"] == event["entry"]["addedAt"] == "2026-03-01T18:30:00Z"
        assert event["deviceId"] is None
        await ada.data(REMOVE, id=title_ids[1])
        event = await phone.next()
        assert (event["revision"], event["kind"], event["entry"]) == ("3", "REMOVED", None)
        await ada.data(REMOVE, id=title_ids[1])
        await add(ada, title_ids[2])
        assert (await phone.next())["revision"] == "4", "nothing changed in between, so nothing happened"


async def test_players_are_followed_too(ada: Session, title_ids: list[str]) -> None:
    async with following(ada, PLAYED, since="0") as phone:
        for position in (1000, 2000):
            reported = (await ada.data(REPORT, id=title_ids[0], at=position))["reportPlayback"]
            event = await phone.next()
            assert event["playback"] == {
                "title": {"id": title_ids[0]},
                "positionMs": position,
                "state": "PLAYING",
                "updatedAt": "2026-03-01T18:30:00Z",
                "stamp": reported["playback"]["stamp"],
            }
            assert event["revision"] == reported["revision"]
    async with following(ada, PLAYED, since="1") as phone:
        assert (await phone.next())["playback"]["positionMs"] == 2000


async def test_replay_and_then_live(ada: Session, title_ids: list[str]) -> None:
    for id_ in title_ids[:3]:
        await add(ada, id_)
    async with following(ada, since="0") as phone:
        assert (await phone.next())["previous"] is None
        assert await phone.revisions(2) == ["2", "3"]
        await add(ada, title_ids[3])
        assert await phone.revisions(1) == ["4"]


async def test_replay_equals_what_was_heard_live(ada: Session, title_ids: list[str]) -> None:
    async with following(ada) as live:
        await add(ada, title_ids[0])
        await ada.data(REMOVE, id=title_ids[0])
        heard = [await live.next(), await live.next()]
    async with following(ada, since="0") as late:
        assert [await late.next(), await late.next()] == heard


async def test_writes_during_the_replay_come_once(ada: Session, title_ids: list[str]) -> None:
    for id_ in title_ids[:2]:
        await add(ada, id_)
    async with following(ada, since="0") as phone:
        await add(ada, title_ids[2])  # in the store before the replay reads, and in the mailbox
        assert await phone.revisions(3) == ["1", "2", "3"]
        await add(ada, title_ids[3])
        assert await phone.revisions(1) == ["4"]


async def test_a_reader_that_lags_reads_the_store(ada: Session, title_ids: list[str]) -> None:
    context = ada.context()
    async with EmbeddedBroker(capacity=2) as narrow:
        context.sources = replace(context.sources, broker=narrow)
        writer = replace_context(ada, context)
        async with following(ada, context=context) as phone:
            await add(writer, title_ids[0])
            assert await phone.revisions(1) == ["1"], "it is past its replay"
            for id_ in title_ids[1:20]:
                await add(writer, id_)
            assert await phone.revisions(19) == [str(number) for number in range(2, 21)]
            await add(writer, title_ids[20])
            assert await phone.revisions(1) == ["21"]


def replace_context(somebody: Session, context: Any) -> Session:
    return replace(somebody, context=context.fresh)


class HoldingBroker(EmbeddedBroker):
    """Keeps what is published until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[str, bytes]] = []

    async def publish(self, topic: str, payload: bytes) -> None:
        self.held.append((topic, payload))

    async def let_go(self, number: int) -> None:
        await super().publish(*self.held[number])


async def test_lost_doubled_and_disordered_messages(ada: Session, title_ids: list[str], statements: Callable) -> None:
    context = ada.context()
    async with HoldingBroker() as broker:
        context.sources = replace(context.sources, broker=broker)
        writer = replace_context(ada, context)
        async with following(ada, context=context) as phone:
            for id_ in title_ids[:6]:
                await add(writer, id_)
                if id_ == title_ids[0]:
                    assert await phone.revisions(1) == ["1"], "it is past its replay"
            await broker.let_go(3)  # overtook two others: all that is in the store comes, in order
            assert await phone.revisions(5) == ["2", "3", "4", "5", "6"]
            for number in (1, 2, 2, 0, 5):
                await broker.let_go(number)
            await add(writer, title_ids[6])
            with statements() as seen:
                await broker.let_go(6)
                assert await phone.revisions(1) == ["7"], "none of the late ones comes again"
            assert seen == [], "nor does any cost a look into the store"


async def test_a_reader_that_is_told_of_a_loss_looks_at_once(ada: Session, title_ids: list[str]) -> None:
    context = ada.context()
    async with HoldingBroker() as broker:
        context.sources = replace(context.sources, broker=broker)
        writer = replace_context(ada, context)
        async with following(ada, context=context) as phone:
            await add(writer, title_ids[0])
            assert await phone.revisions(1) == ["1"]
            await add(writer, title_ids[1])
            broker._fanout.lag(topics.watchlist(ada.viewer.profile_id))  # as after a lost connection
            assert await phone.revisions(1) == ["2"], "although no message follows"


async def test_a_broker_that_is_down_does_not_undo_a_write(
    ada: Session, title_ids: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    class Down(EmbeddedBroker):
        async def publish(self, topic: str, payload: bytes) -> None:  # noqa: ARG002 – the Protocol's
            raise BrokerUnavailable("gone")

    context = ada.context()
    async with Down() as down:
        context.sources = replace(context.sources, broker=down)
        assert (await add(replace_context(ada, context), title_ids[0]))["revision"] == "1"
    assert "not published" in caplog.text
    async with following(ada, since="0") as phone:
        assert await phone.revisions(1) == ["1"]


async def test_readers_that_cannot_begin(ada: Session, anonymous: Session, title_ids: list[str]) -> None:
    await add(ada, title_ids[0])
    for since in ("", "-1", "1.0", "0x1", "01", "9" * 19, "9" * 30, "١"):
        assert await refusal(ada, since) == "BAD_USER_INPUT", since
    assert await refusal(ada, "2") == "CONFLICT", "from the future"
    assert await refusal(anonymous, None) == "UNAUTHENTICATED"
    assert await refusal(anonymous, None, PLAYED) == "UNAUTHENTICATED"


async def test_a_revision_older_than_what_is_kept(ada: Session, title_ids: list[str], database: Database) -> None:
    for id_ in title_ids[:3]:
        await add(ada, id_)
    await database.execute("DELETE FROM changes WHERE profile_id = $1 AND revision < 3", ada.viewer.profile_id)
    assert await refusal(ada, "1") == "CONFLICT"
    async with following(ada, since="2") as phone:
        assert await phone.revisions(1) == ["3"]
    await database.execute("DELETE FROM changes WHERE profile_id = $1", ada.viewer.profile_id)
    assert await refusal(ada, "2") == "CONFLICT"
    async with following(ada, since="3"):
        pass


async def test_leaving_ends_the_subscription_at_the_broker(ada: Session, title_ids: list[str]) -> None:
    context, topic = ada.context(), topics.watchlist(ada.viewer.profile_id)
    async with EmbeddedBroker() as broker:
        context.sources = replace(context.sources, broker=broker)
        unread = await watchlist.follow(context, None)
        assert broker._fanout.topics == [topic], "it listens before it is read"
        await unread.aclose()
        assert broker._fanout.topics == [], "closed before its first event"
        async with following(ada, context=context) as phone:
            await add(replace_context(ada, context), title_ids[0])
            await phone.next()
            assert broker._fanout.topics == [topic]
        assert broker._fanout.topics == []


async def test_the_end_of_the_broker_ends_the_subscription(ada: Session) -> None:
    context = ada.context()
    async with EmbeddedBroker() as broker:
        context.sources = replace(context.sources, broker=broker)
        stream = await watchlist.follow(context, None)
    assert [event async for event in stream] == []


async def test_the_state_and_its_revision_leave_nothing_out(ada: Session, title_ids: list[str]) -> None:
    async def write() -> None:
        for id_ in title_ids[:10]:
            await add(ada, id_)

    writing = asyncio.create_task(write())
    query = "{ me { watchlist(first: 50) { revision edges { node { title { id } } } } } }"
    state = (await ada.data(query))["me"]["watchlist"]
    known = {edge["node"]["title"]["id"] for edge in state["edges"]}
    assert len(known) == int(state["revision"])
    async with following(ada, since=state["revision"]) as phone:
        await writing
        known |= {(await phone.next())["title"]["id"] for _ in range(10 - len(known))}
    assert known == set(title_ids[:10])
