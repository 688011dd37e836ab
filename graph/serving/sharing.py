"""Subscriptions that ask the same share one stream: executed once and encoded once per event, however many listen.

Two subscriptions share when nothing can tell them apart: the same text, operation name and variables, and the same
scope, which is all that a resolver can read of its caller: the viewer with every detail (role, scopes, session,
device), the default region, and the headers that are sent on to subgraphs elsewhere. Contexts of one factory have
everything else in common but the moment the token expires, which ends sockets and event streams, not sources.

Only a stream that its graph calls live is shared: one that replays tells each subscriber something else.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Hashable
from typing import Any

import orjson

from graph.operation import Graph, LiveStream, Operation, Result
from graph.serving.encoding import Answer
from graph.serving.refusals import RequestError, masked
from graph.serving.subscriber import Backlog, Subscriber
from resolvers.context import Context

_TOLD_AT_A_TIME = 256
"""Subscribers that hear of an event before everybody else gets a turn: 1–2 ms."""


class SharedStreams:
    """The streams of one graph that are open now; implements what is asked of Graph.subscribe, and shares it."""

    def __init__(self, graph: Graph, backlog: Backlog) -> None:
        self._graph = graph
        self._backlog = backlog
        self._streams: dict[Hashable, _SharedStream] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result] | Subscriber:
        """Join or open a live stream as a Subscriber, which must be closed; return any other answer as it came.

        Raises what the graph raises. Who joins hears what is told from now on, which may have happened a moment ago.
        """
        stream = self._streams.get(_key(operation, context)) if self._streams else None
        if stream is None:
            outcome = await self._graph.subscribe(operation, context)
            if not isinstance(outcome, LiveStream):
                return outcome
            key = _key(operation, context)
            if key is None:
                return outcome
            stream = self._streams.get(key)
            if stream is None:
                stream = self._streams[key] = _SharedStream(self, key, outcome)
            else:  # somebody was quicker
                self.close(outcome.aclose())
        return stream.join(self._backlog)

    def forget(self, key: Hashable) -> None:
        """Let nobody join a stream any more: the next who asks the same opens another."""
        del self._streams[key]

    def close(self, closing: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run the end of a stream to its end, whoever stops waiting for it; what goes wrong is logged."""
        task = asyncio.get_running_loop().create_task(_logged(closing))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task


class _SharedStream:
    """A live stream, read by one task from the first subscriber's coming to the last one's leaving."""

    def __init__(self, streams: SharedStreams, key: Hashable, events: LiveStream) -> None:
        self._streams = streams
        self._key = key
        self._events = events
        self._subscribers: dict[Subscriber, None] = {}
        self._is_open = True
        self._closing: asyncio.Task[None] | None = None
        self._reading = asyncio.get_running_loop().create_task(self._read())

    def join(self, backlog: Backlog) -> Subscriber:
        """Return a new subscriber; whoever finds this stream among the open ones may join."""
        subscriber = Subscriber(backlog, self._leave)
        self._subscribers[subscriber] = None
        return subscriber

    async def _leave(self, subscriber: Subscriber) -> None:
        """Go on without one; after the last one, return when the source is freed."""
        self._subscribers.pop(subscriber, None)
        if self._subscribers:
            return
        self._end()
        if self._closing is None:
            self._closing = self._streams.close(self._close())
        await asyncio.wait({self._closing})

    async def _read(self) -> None:
        """Tell every event; when the source ends or fails, all hear of it, and then leave."""
        failure: RequestError | None = None
        try:
            async for result in self._events:
                if not self._is_open:  # a source that would not be cancelled
                    break
                await self._tell(Answer(result))
        except RequestError as error:
            failure = error
        except Exception as error:  # logged here, once; each subscriber is told its id
            failure = masked(error)
        finally:
            self._end()
            for subscriber in self._subscribers:
                subscriber.finish(failure)

    async def _tell(self, answer: Answer) -> None:
        """Tell all who are there; nobody waits for anybody."""
        told = tuple(self._subscribers)
        for start in range(0, len(told), _TOLD_AT_A_TIME):
            for subscriber in told[start : start + _TOLD_AT_A_TIME]:
                subscriber.tell(answer)
            await asyncio.sleep(0)

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._streams.forget(self._key)

    async def _close(self) -> None:
        self._reading.cancel()
        await asyncio.wait({self._reading})
        await self._events.aclose()  # not in _read, which may have been cancelled before its first step


async def _logged(closing: Coroutine[Any, Any, None]) -> None:
    try:
        await closing
    except Exception as error:  # nobody is left to be told
        masked(error)


def _key(operation: Operation, context: Context) -> Hashable | None:
    """Return what two subscriptions must have in common to share a stream; None for what is never shared."""
    if "subscription" not in operation.query:  # a keyword cannot be escaped
        return None
    extensions = {name: value for name, value in operation.extensions.items() if name != "persistedQuery"}
    try:
        asked = _canonical([operation.variables, extensions])
    except (TypeError, ValueError, RecursionError):
        return None
    scope = (context.viewer, context.default_region, frozenset(context.headers.items()))
    return (operation.query, operation.name, asked, scope)


def _canonical(value: Any) -> bytes:
    """Return JSON that is the same for the same value. Raises TypeError, ValueError or RecursionError for no JSON."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers beyond 64 bits, as in encode()
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
