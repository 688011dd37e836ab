"""What only a broker on a server can meet: other processes, and the server going away."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from datasources.broker import redis as redis_module
from datasources.broker.fanout import Fanout
from datasources.broker.interface import LAGGED
from datasources.broker.redis import RedisBroker
from datasources.errors import BrokerUnavailable

if TYPE_CHECKING:
    from tests.datasources.broker.conftest import RedisServer


async def until_empty(look: Callable[[], Awaitable[object]]) -> None:
    """Wait until the server has nothing more of something; it does not tell when."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + 10
    while found := await look():
        assert clock() < deadline, found


async def others(client: Redis, own: int) -> list[str]:
    return [other["id"] for other in await client.client_list() if int(other["id"]) != own]


async def test_two_processes_hear_each_other(redis_server: "RedisServer") -> None:
    async with (
        RedisBroker(redis_server.url) as ours,
        RedisBroker(redis_server.url) as theirs,
        ours.subscribe("tests.two") as messages,
        asyncio.timeout(30),
    ):
        await theirs.publish("tests.two", b"hello")
        assert await anext(messages) == b"hello"


async def test_one_connection_hears_all_topics_and_leaving_frees_it(own_redis_server: "RedisServer") -> None:
    async with own_redis_server.client() as outside, RedisBroker(own_redis_server.url) as broker:
        async with broker.subscribe("a"), broker.subscribe("a"), broker.subscribe("b"):
            assert sorted(await outside.pubsub_channels()) == ["a", "b"]
            assert dict(await outside.pubsub_numsub("a")) == {"a": 1}
            assert len(await outside.client_list(_type="pubsub")) == 1
        await until_empty(outside.pubsub_channels)
        assert broker._link._live == {}


async def test_closing_leaves_no_connection(own_redis_server: "RedisServer") -> None:
    async with own_redis_server.client() as outside:
        async with RedisBroker(own_redis_server.url) as broker, broker.subscribe("a"):
            await broker.publish("a", b"")
            assert len(await outside.client_list()) > 1
        ours = (await outside.client_info())["id"]
        await until_empty(lambda: others(outside, ours))


async def test_after_a_restart_everyone_is_told_and_messages_flow(own_redis_server: "RedisServer") -> None:
    async with (
        RedisBroker(own_redis_server.url) as broker,
        broker.subscribe("a") as first,
        broker.subscribe("a") as second,
        broker.subscribe("b") as third,
        asyncio.timeout(30),
    ):
        await broker.publish("a", b"before")
        assert await anext(first) == b"before"
        await own_redis_server.stop()
        with pytest.raises(BrokerUnavailable, match="Redis does not answer"):
            await broker.publish("a", b"lost")
        with pytest.raises(BrokerUnavailable):
            await broker.health()
        await own_redis_server.start()
        assert await anext(first) is LAGGED
        assert [await anext(second), await anext(second)] == [LAGGED, b"before"]
        assert await anext(third) is LAGGED
        await broker.publish("a", b"after")  # whoever was told hears again
        await broker.publish("b", b"after")
        assert await anext(first) == await anext(second) == await anext(third) == b"after"


async def test_a_cut_connection_is_made_again(own_redis_server: "RedisServer") -> None:
    async with (
        own_redis_server.client() as outside,
        RedisBroker(own_redis_server.url) as broker,
        broker.subscribe("a") as messages,
        asyncio.timeout(30),
    ):
        for _ in range(3):
            await outside.client_kill_filter(_type="pubsub")
            assert await anext(messages) is LAGGED
            await broker.publish("a", b"again")
            assert await anext(messages) == b"again"


async def test_subscribing_while_the_server_is_away_waits_for_it(own_redis_server: "RedisServer") -> None:
    async with RedisBroker(own_redis_server.url) as broker, asyncio.timeout(30):
        await own_redis_server.stop()
        subscription = broker.subscribe("a")
        entering = asyncio.ensure_future(subscription.__aenter__())
        await asyncio.sleep(0)
        await own_redis_server.start()
        messages = await entering
        await broker.publish("a", b"heard")
        assert await anext(messages) == b"heard"  # nothing was missed: it is not told LAGGED
        await subscription.__aexit__(None, None, None)


async def test_a_subscription_that_was_under_way_when_the_server_died_is_made(own_redis_server: "RedisServer") -> None:
    async with RedisBroker(own_redis_server.url) as broker, asyncio.timeout(30):
        async with broker.subscribe("first"):
            pass  # the connection is there
        assert own_redis_server.pid
        os.kill(own_redis_server.pid, signal.SIGSTOP)
        subscription = broker.subscribe("a")
        entering = asyncio.ensure_future(subscription.__aenter__())
        await asyncio.sleep(0)
        assert broker._link._unacknowledged["a"] == 1
        await own_redis_server.stop()
        await own_redis_server.start()
        messages = await entering
        await broker.publish("a", b"heard")
        assert await anext(messages) == b"heard"
        await subscription.__aexit__(None, None, None)


async def test_subscribing_gives_up_in_time(own_redis_server: "RedisServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_TIMEOUT", 0.05)
    async with RedisBroker(own_redis_server.url) as broker:
        async with broker.subscribe("known"):
            await own_redis_server.stop()
            while not broker._link._lost:
                await asyncio.sleep(0.001)
            for topic in ("known", "new"):
                with pytest.raises(BrokerUnavailable, match="did not acknowledge a subscription: "):
                    async with broker.subscribe(topic):
                        pass
        assert broker._link._live == {}


async def test_only_the_last_of_several_subscriptions_under_way_counts() -> None:
    fanout = Fanout(1)
    link = redis_module._Link(fanout)
    link._outbox = sent = asyncio.Queue()
    mailbox = fanout.open("a")
    first = asyncio.ensure_future(link.hear("a"))
    await asyncio.sleep(0)
    first.cancel()
    fanout.discard("a", mailbox)
    link.forget("a")
    fanout.open("a")
    second = asyncio.ensure_future(link.hear("a"))
    await asyncio.sleep(0)
    assert [sent.get_nowait()[0] for _ in range(3)] == ["SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE"]
    link._acknowledge("a")  # of what was left since
    assert not link._live["a"].is_set()
    link._acknowledge("a")
    await second


async def test_a_burst_makes_no_reader_lag_that_keeps_reading(redis_server: "RedisServer") -> None:
    sent = [b"%d" % number for number in range(5_000)]
    async with (
        redis_server.client() as outside,
        RedisBroker(redis_server.url) as broker,
        broker.subscribe("tests.burst") as messages,
    ):
        burst = outside.pipeline(transaction=False)
        for payload in sent:
            burst.publish("tests.burst", payload)
        publishing = asyncio.ensure_future(burst.execute())
        async with asyncio.timeout(30):
            assert [await anext(messages) for _ in sent] == sent
        await publishing


async def test_a_server_that_hangs_is_noticed(own_redis_server: "RedisServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_TIMEOUT", 0.1)
    monkeypatch.setattr(redis_module, "_HEARTBEAT", 0.05)
    async with (
        RedisBroker(own_redis_server.url) as broker,
        broker.subscribe("a") as messages,
        asyncio.timeout(30),
    ):
        assert own_redis_server.pid
        os.kill(own_redis_server.pid, signal.SIGSTOP)
        with pytest.raises(BrokerUnavailable):
            await broker.health()
        while not broker._link._lost:
            await asyncio.sleep(0.001)
        os.kill(own_redis_server.pid, signal.SIGCONT)
        assert await anext(messages) is LAGGED


async def test_an_idle_connection_stays(own_redis_server: "RedisServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_module, "_HEARTBEAT", 0.01)
    async with (
        own_redis_server.client() as outside,
        RedisBroker(own_redis_server.url) as broker,
        broker.subscribe("a") as messages,
        asyncio.timeout(30),
    ):

        async def pings_missing() -> bool:
            statistics = await outside.info("commandstats")
            return bool(statistics.get("cmdstat_ping", {"calls": 0})["calls"] < 10)

        await until_empty(pings_missing)
        await broker.publish("a", b"here")
        assert await anext(messages) == b"here"


async def test_without_a_server_it_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailable, match="Redis does not answer") as caught:
        async with RedisBroker(f"unix://{tmp_path}/none.sock"):
            pass
    assert caught.value.code == "BROKER_UNAVAILABLE"


@pytest.mark.parametrize("url", ["localhost:6379", "redis://:se/cret@localhost:6379", "http://localhost"])
def test_a_wrong_url_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(BrokerUnavailable, match="redis://") as caught:
        RedisBroker(url)
    assert "cret" not in str(caught.value)
    assert caught.value.__suppress_context__
