"""What every broker does, run over both."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from datasources.broker.embedded import EmbeddedBroker
from datasources.broker.interface import LAGGED, Broker, Message
from datasources.broker.redis import RedisBroker
from datasources.errors import BrokerUnavailable

CAPACITY = 8
AnyBroker = EmbeddedBroker | RedisBroker


@pytest.fixture(params=["embedded", "redis"])
def closed_broker(request: pytest.FixtureRequest) -> AnyBroker:
    if request.param == "embedded":
        return EmbeddedBroker(capacity=CAPACITY)
    return RedisBroker(request.getfixturevalue("redis_server").url, capacity=CAPACITY)


@pytest.fixture
async def broker(closed_broker: AnyBroker) -> AsyncIterator[Broker]:
    async with closed_broker:
        yield closed_broker


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """A topic no other test uses, as the server is shared."""
    return f"tests.{request.node.name}"


async def take(messages: AsyncIterator[Message], count: int) -> list[Message]:
    async with asyncio.timeout(30):
        return [await anext(messages) for _ in range(count)]


async def test_messages_arrive_in_order_and_unchanged(broker: Broker, topic: str) -> None:
    sent = [b"", b"\x00\xff\r\n", "é".encode(), b"x" * 1_000_000, b"last"]
    async with broker.subscribe(topic) as messages:
        for payload in sent:
            await broker.publish(topic, payload)
        assert await take(messages, len(sent)) == sent


async def test_a_reader_that_keeps_up_gets_everything(broker: Broker, topic: str) -> None:
    sent = [b"%d" % number for number in range(1_000)]

    async def publish() -> None:
        for payload in sent:
            await broker.publish(topic, payload)
            await asyncio.sleep(0)

    async with broker.subscribe(topic) as messages, asyncio.TaskGroup() as tasks:
        tasks.create_task(publish())
        assert await take(messages, len(sent)) == sent


async def test_every_subscriber_hears_its_topic_and_no_other(broker: Broker, topic: str) -> None:
    other = topic + ".other"
    async with (
        broker.subscribe(topic) as first,
        broker.subscribe(topic) as second,
        broker.subscribe(other) as third,
    ):
        await broker.publish(topic, b"ours")
        await broker.publish(other, b"theirs")
        assert await take(first, 1) == await take(second, 1) == [b"ours"]
        assert await take(third, 1) == [b"theirs"]


async def test_one_who_leaves_takes_nothing_from_those_who_stay(broker: Broker, topic: str) -> None:
    async with broker.subscribe(topic) as staying:
        async with broker.subscribe(topic):
            await broker.publish(topic, b"both")
        await broker.publish(topic, b"one")
        assert await take(staying, 2) == [b"both", b"one"]


async def test_what_was_published_before_is_not_heard(broker: Broker, topic: str) -> None:
    await broker.publish(topic, b"early")
    async with broker.subscribe(topic) as messages:
        await broker.publish(topic, b"late")
        assert await take(messages, 1) == [b"late"]


async def test_what_is_published_once_subscribed_is_never_lost(broker: Broker, topic: str) -> None:
    async def once(number: int) -> None:
        own = f"{topic}.{number % 3}"  # the same topics are left and entered over and over
        async with broker.subscribe(own) as messages:
            await broker.publish(own, b"%d" % number)
            async with asyncio.timeout(30):
                while await anext(messages) != b"%d" % number:
                    pass

    for start in range(0, 100, 5):
        await asyncio.gather(*(once(number) for number in range(start, start + 5)))


async def test_a_slow_reader_is_told_and_gets_the_newest(broker: Broker, topic: str) -> None:
    async with broker.subscribe(topic) as slow, broker.subscribe(topic) as quick:
        for number in range(CAPACITY + 5):
            await broker.publish(topic, b"%d" % number)
            assert await take(quick, 1) == [b"%d" % number]
        assert await take(slow, 1 + CAPACITY) == [LAGGED, *(b"%d" % number for number in range(5, CAPACITY + 5))]
        await broker.publish(topic, b"next")
        assert await take(slow, 1) == [b"next"]  # told once


async def test_a_full_mailbox_is_not_lagging(broker: Broker, topic: str) -> None:
    async with broker.subscribe(topic) as slow, broker.subscribe(topic) as quick:
        for number in range(CAPACITY):
            await broker.publish(topic, b"%d" % number)
            await take(quick, 1)
        assert await take(slow, CAPACITY) == [b"%d" % number for number in range(CAPACITY)]


async def test_a_cancelled_wait_loses_no_message(broker: Broker, topic: str) -> None:
    async with broker.subscribe(topic) as messages:
        waiting = asyncio.ensure_future(anext(messages))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await broker.publish(topic, b"kept")
        assert await take(messages, 1) == [b"kept"]


async def test_a_thousand_topics(broker: Broker, topic: str) -> None:
    names = [f"{topic}.{number}" for number in range(1_000)]

    async def follow(name: str, ready: asyncio.Barrier) -> list[Message]:
        async with broker.subscribe(name) as messages:
            await ready.wait()
            return await take(messages, 1)

    ready = asyncio.Barrier(len(names) + 1)
    async with asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(follow(name, ready)) for name in names]
        await ready.wait()
        for name in names:
            await broker.publish(name, name.encode())
    assert [reader.result() for reader in readers] == [[name.encode()] for name in names]
    assert not broker._fanout.topics  # type: ignore[attr-defined]  # leaving frees everything


async def test_closing_ends_the_subscriptions(closed_broker: AnyBroker, topic: str) -> None:
    heard: list[Message] = []

    async def follow(ready: asyncio.Event) -> None:
        async with closed_broker.subscribe(topic) as messages:
            ready.set()
            heard.extend([message async for message in messages])

    ready = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks, closed_broker:
        tasks.create_task(follow(ready))
        await ready.wait()
        await closed_broker.health()
    assert heard == []
    for refused in (
        closed_broker.publish(topic, b""),
        closed_broker.subscribe(topic).__aenter__(),
        closed_broker.health(),
    ):
        with pytest.raises(BrokerUnavailable, match="closed"):
            await refused
