"""What no client over a real network can bring about at will: the socket spoken to in ASGI itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph.operation import Graph, Operation, Result
from graph.serving.endpoint import GraphQLEndpoint
from resolvers.context import Context

SCOPE = {"type": "websocket", "path": "/", "headers": [], "subprotocols": ["graphql-transport-ws"]}
FOLLOW = "subscription { follow }"


@dataclass
class Wire:
    """The server's side of ASGI, in the hands of a test."""

    incoming: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    outgoing: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    stuck_at: str | None = None
    """Messages of this type reach the client, but `send` does not return."""

    def say(self, **message: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def subscribe(self, operation_id: str, query: str) -> None:
        self.say(id=operation_id, type="subscribe", payload={"query": query})

    async def send(self, event: Any) -> None:
        self.outgoing.put_nowait(event)
        if self.stuck_at is not None and f'"type":"{self.stuck_at}"' in event.get("text", ""):
            await asyncio.Event().wait()

    async def next(self) -> Any:
        event = await asyncio.wait_for(self.outgoing.get(), 10)
        return json.loads(event["text"]) if "text" in event else event

    async def open(self, graph: Graph, context_for: Any) -> "asyncio.Task[None]":
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.say(type="connection_init")
        task = asyncio.create_task(GraphQLEndpoint(graph, context_for)(SCOPE, self.incoming.get, self.send))
        assert (await self.next())["type"] == "websocket.accept"
        assert (await self.next())["type"] == "connection_ack"
        return task

    async def leave(self, task: "asyncio.Task[None]") -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(task, 10)


async def test_a_server_that_cancels_closes_1001_and_frees_the_sources(served):
    wire = Wire()
    task = await wire.open(served.graph, served.doorman)
    wire.subscribe("1", FOLLOW)
    await wire.next()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    assert (await wire.next())["code"] == 1001
    assert served.graph.freed.is_set()


async def test_a_socket_is_done_only_when_its_sources_are_freed(served):
    wire = Wire()
    task = await wire.open(served.graph, served.doorman)
    wire.subscribe("1", FOLLOW)
    await wire.next()
    await wire.leave(task)
    assert served.graph.freed.is_set()


async def test_an_id_is_free_as_soon_as_its_end_is_known(served):
    wire = Wire(stuck_at="complete")
    task = await wire.open(served.graph, served.doorman)
    for _ in range(3):
        wire.subscribe("1", "{ echo }")
        assert [(await wire.next())["type"] for _ in range(2)] == ["next", "complete"]
    await wire.leave(task)


@pytest.mark.parametrize("many", [False, True])
async def test_a_completed_operation_that_goes_on_cannot_touch_the_next_of_its_id(served, many):
    started, release, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def insist() -> Result:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await release.wait()
            finished.set()
        return {"data": {"late": True}}

    async def insist_again() -> AsyncIterator[Result]:
        yield await insist()

    class Insistent:
        """A graph that does not let itself be cancelled."""

        async def execute(self, *_: Any) -> Result:
            return await insist()

        async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
            if operation.query == "late":
                return insist_again() if many else await insist()
            return await served.graph.subscribe(operation, context)

    wire = Wire()
    task = await wire.open(Insistent(), served.doorman)
    wire.subscribe("1", "late")
    await asyncio.wait_for(started.wait(), 10)
    wire.say(id="1", type="complete")
    wire.subscribe("1", FOLLOW)
    assert (await wire.next())["payload"] == {"data": {"follow": 1}}
    release.set()
    await asyncio.wait_for(finished.wait(), 10)
    wire.say(type="ping")
    assert await wire.next() == {"type": "pong"}
    wire.subscribe("1", FOLLOW)
    assert (await wire.next())["code"] == 4409
    await asyncio.wait_for(task, 10)


async def test_a_burst_of_messages_does_not_hold_the_loop(served):
    wire = Wire()
    task = await wire.open(served.graph, served.doorman)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while not task.done():
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    for _ in range(1000):
        wire.say(type="ping")
    await wire.leave(task)
    await beside
    assert wire.outgoing.qsize() == 1000
    assert turns > 500
