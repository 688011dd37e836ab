"""One subscriber of a shared stream: in order, without waiting, and with a bounded backlog."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from graph.serving.encoding import Answer
from graph.serving.sending import begun
from graph.serving.subscriber import Backlog, FallenBehind, Subscriber
from resolvers.domain.errors import ErrorCode

ANSWERS = [Answer({"data": {"n": number}}) for number in range(20)]
SIZE = len(ANSWERS[0].json)


class Client:
    """Somebody who reads or does not; what it got is kept."""

    def __init__(self) -> None:
        self.got: list[Answer] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.left = 0

    async def leave(self, _: Subscriber) -> None:
        self.left += 1

    async def send(self, answer: Answer) -> None:
        await self.reads.wait()
        self.got.append(answer)

    def begin(self, answer: Answer) -> Coroutine[Any, Any, None] | None:
        return begun(self.send(answer))


@pytest.fixture
async def client() -> Client:
    return Client()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_client_that_reads_is_sent_each_answer_at_once(client):
    subscriber = Subscriber(Backlog(1, 1), client.leave)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    for answer in ANSWERS:
        subscriber.tell(answer)
        assert client.got[-1] is answer
    subscriber.finish()
    await asyncio.wait_for(running, 10)
    assert client.got == ANSWERS


async def test_what_comes_before_it_runs_or_while_it_waits_comes_in_order(client):
    subscriber = Subscriber(Backlog(100, 10_000), client.leave)
    for answer in ANSWERS[:3]:
        subscriber.tell(answer)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    assert client.got == ANSWERS[:3]
    client.reads.clear()
    for answer in ANSWERS[3:10]:
        subscriber.tell(answer)
        await asyncio.sleep(0)
    assert client.got == ANSWERS[:3]
    client.reads.set()
    for answer in ANSWERS[10:]:
        subscriber.tell(answer)
        await asyncio.sleep(0)
    subscriber.finish()
    subscriber.tell(ANSWERS[0])
    await asyncio.wait_for(running, 10)
    assert client.got == ANSWERS
    assert subscriber._weight == 0


@pytest.mark.parametrize("bounds", [Backlog(4, 1_000_000), Backlog(1_000_000, 4 * SIZE + 3)])
async def test_one_answer_too_many_ends_it_and_drops_what_waits(client, bounds):
    subscriber = Subscriber(bounds, client.leave)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    client.reads.clear()
    for answer in ANSWERS[:5]:  # one under way, four waiting
        subscriber.tell(answer)
    assert subscriber._weight == 4 * SIZE
    assert not subscriber._is_over
    subscriber.tell(ANSWERS[5])
    assert subscriber._weight == 0
    assert not subscriber._waiting
    subscriber.tell(ANSWERS[6])
    client.reads.set()
    with pytest.raises(FallenBehind) as behind:
        await asyncio.wait_for(running, 10)
    assert client.got == ANSWERS[:1], "what was under way is not cut in two"
    assert behind.value.code is ErrorCode.LIMIT_EXCEEDED
    assert "since" in behind.value.message


async def test_one_answer_may_wait_however_large(client):
    subscriber = Subscriber(Backlog(4, 1), client.leave)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    client.reads.clear()
    for answer in ANSWERS[:2]:
        subscriber.tell(answer)
    client.reads.set()
    await settled()
    assert client.got == ANSWERS[:2]
    running.cancel()


async def test_a_stream_that_fails_does_so_after_what_it_told(client):
    subscriber = Subscriber(Backlog(10, 10_000), client.leave)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    client.reads.clear()
    for answer in ANSWERS[:3]:
        subscriber.tell(answer)
    subscriber.finish(RuntimeError("the source"))
    subscriber.finish()
    client.reads.set()
    with pytest.raises(RuntimeError, match="the source"):
        await asyncio.wait_for(running, 10)
    assert client.got == ANSWERS[:3]


async def test_trouble_with_its_client_is_its_own(client):
    def begin(_: Answer) -> None:
        raise OSError("gone")

    subscriber = Subscriber(Backlog(10, 10_000), client.leave)
    running = asyncio.create_task(subscriber.run(begin))
    await settled()
    subscriber.tell(ANSWERS[0])
    subscriber.tell(ANSWERS[1])
    with pytest.raises(OSError, match="gone"):
        await asyncio.wait_for(running, 10)


async def test_closing_it_lets_go_of_everything(client):
    subscriber = Subscriber(Backlog(10, 10_000), client.leave)
    running = asyncio.create_task(subscriber.run(client.begin))
    await settled()
    client.reads.clear()
    for answer in ANSWERS[:3]:
        subscriber.tell(answer)
    running.cancel()
    await asyncio.wait([running])
    await subscriber.aclose()
    client.reads.set()
    subscriber.tell(ANSWERS[4])
    await settled()
    assert client.got == []
    assert client.left == 1
    assert not client.reads._waiters


async def test_closing_it_before_its_task_has_seen_what_waits_leaves_nothing_unawaited(client, recwarn):
    subscriber = Subscriber(Backlog(10, 10_000), client.leave)
    running = asyncio.create_task(subscriber.run(client.send))
    await settled()
    subscriber.tell(ANSWERS[0])
    running.cancel()
    await asyncio.wait([running])
    await subscriber.aclose()
    assert not recwarn.list
