"""The broker of several processes or hosts: Redis publish/subscribe.

One connection per process hears all topics; a pool publishes. Redis keeps no message for a subscriber who is away, so
after every reconnection all subscribers are told `LAGGED` – once they hear again, so that what they then read from the
store is everything until then.
"""

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

from redis.asyncio import BlockingConnectionPool, Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import RedisError

from datasources.broker.fanout import Fanout
from datasources.broker.interface import DEFAULT_CAPACITY, Message
from datasources.errors import BrokerUnavailable

logger = logging.getLogger(__name__)

_TIMEOUT = 5.0
"""Seconds Redis has to answer before it counts as unavailable."""
_HEARTBEAT = 15.0
"""Seconds without a message after which Redis is asked for a sign of life; it then has `_TIMEOUT` to give one."""
_BACKOFF_LIMIT = 2.0
_BACKOFF = ExponentialWithJitterBackoff(base=0.05, cap=_BACKOFF_LIMIT)
"""Seconds between attempts to reconnect."""
_PUBLISHERS = 16
"""Connections for publishing; whoever comes when all are in use waits for one."""
_TOPICS_PER_COMMAND = 500
_BURST = 64
"""Messages handed out before the readers get a turn: fewer than a mailbox holds, so that a burst makes no one lag."""


class RedisBroker:
    """A Broker on a Redis server. It connects when entered as a context manager, and closes everything when left."""

    def __init__(self, url: str, *, capacity: int = DEFAULT_CAPACITY) -> None:
        """Take a URL (`redis://`, `rediss://`, `unix://`); raise BrokerUnavailable if it is none."""
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_PUBLISHERS,
                timeout=_TIMEOUT,
                socket_timeout=_TIMEOUT,
                protocol=2,  # one kind of message on every server; RESP3's pushes add nothing here
                retry=Retry(NoBackoff(), 1),  # a pooled connection may have died unnoticed: the second one is new
            )
        except ValueError:
            raise BrokerUnavailable(
                "the URL of Redis is wrong: it reads redis://[user:password@]host:port/0, rediss://… (TLS) or "
                "unix://path, with special characters of the password percent-encoded"
            ) from None  # the cause would show parts of the password
        self._pool = pool
        self._redis = Redis.from_pool(pool)
        self._fanout = Fanout(capacity)
        self._link = _Link(self._fanout)
        self._listener: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.health()
        self._listener = asyncio.create_task(self._link.keep(self._pool), name="redis-broker")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed = True
        if self._listener is not None:
            while not self._listener.done():  # once is not always enough: see _Link.keep
                self._listener.cancel()
                await asyncio.wait([self._listener], timeout=0.1)
        self._fanout.close()
        await self._redis.aclose()

    async def publish(self, topic: str, payload: bytes) -> None:
        """See Broker.publish. If the connection breaks meanwhile, a message may arrive twice."""
        with self._explained():
            await self._redis.publish(topic, payload)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[Message]]:
        """See Broker.subscribe. Entering waits for Redis to acknowledge, at most 5 s."""
        if self._listener is None or self._closed:
            raise BrokerUnavailable("the broker is closed: the program is stopping")
        mailbox = self._fanout.open(topic)
        try:
            await self._link.hear(topic)
            yield mailbox
        finally:
            self._fanout.discard(topic, mailbox)
            self._link.forget(topic)

    async def health(self) -> None:
        """See Broker.health."""
        with self._explained():
            await self._redis.ping()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        if self._closed:
            raise BrokerUnavailable("the broker is closed: the program is stopping")
        try:
            yield
        except (RedisError, OSError) as error:
            raise BrokerUnavailable(f"Redis does not answer: {error}") from error


class _Link:
    """The one connection that hears, kept up for as long as the broker is open."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._live: dict[str, asyncio.Event] = {}  # by topic: set while Redis has acknowledged it on this connection
        self._lost: set[str] = set()  # topics that were live and are not, so that messages may be missing
        self._unacknowledged: Counter[str] = Counter()  # SUBSCRIBE commands by topic
        self._outbox: asyncio.Queue[tuple[str, ...]] | None = None  # None while there is no connection
        self._trouble = "no connection yet"

    async def hear(self, topic: str) -> None:
        """Return once Redis delivers `topic`; raise BrokerUnavailable if it does not acknowledge in time."""
        live = self._live.get(topic)
        if live is None:
            live = self._live[topic] = asyncio.Event()
            self._send("SUBSCRIBE", topic)
        try:
            async with asyncio.timeout(_TIMEOUT):
                await live.wait()
        except TimeoutError:
            raise BrokerUnavailable(f"Redis did not acknowledge a subscription: {self._trouble}") from None

    def forget(self, topic: str) -> None:
        """Stop hearing `topic` if nobody is subscribed any more."""
        if topic not in self._fanout and self._live.pop(topic, None) is not None:
            self._lost.discard(topic)
            self._send("UNSUBSCRIBE", topic)

    async def keep(self, pool: BlockingConnectionPool) -> None:
        """Hold the connection, and make a new one whenever it breaks. Runs until cancelled."""
        clock = asyncio.get_running_loop().time
        failures = 0
        while True:
            connection: Connection = pool.make_connection()  # type: ignore[no-untyped-call]  # redis annotates no more
            start = clock()
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                # Writes under a timeout go through asyncio.wait_for, which in Python 3.11 may swallow a cancellation.
                # The heartbeat notices a server that stopped reading.
                connection.socket_timeout = None
                await self._serve(connection)
            except Exception as error:  # even a bug of ours must not leave the subscribers deaf for good
                reason = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                self._trouble = str(reason)
                logger.warning("the connection to Redis broke, connecting again: %s", reason)
            finally:
                self._outbox = None
                for topic, live in self._live.items():
                    if live.is_set():
                        self._lost.add(topic)
                        live.clear()
                await connection.disconnect(nowait=True)
            failures = 1 if clock() - start > _BACKOFF_LIMIT else failures + 1
            await asyncio.sleep(_BACKOFF.compute(failures))

    async def _serve(self, connection: Connection) -> None:
        self._unacknowledged.clear()
        outbox: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._outbox = outbox
        topics = list(self._live)
        for start in range(0, len(topics), _TOPICS_PER_COMMAND):
            self._send("SUBSCRIBE", *topics[start : start + _TOPICS_PER_COMMAND])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write(connection, outbox))
            tasks.create_task(self._read(connection, outbox))

    def _send(self, command: str, *topics: str) -> None:
        """Queue a command, in order; without a connection there is nothing to do, as the next one starts with all."""
        if self._outbox is None:
            return
        if command == "SUBSCRIBE":
            self._unacknowledged.update(topics)
        self._outbox.put_nowait((command, *topics))

    async def _write(self, connection: Connection, outbox: "asyncio.Queue[tuple[str, ...]]") -> None:
        while True:
            await connection.send_command(*await outbox.get(), check_health=False)

    async def _read(self, connection: Connection, outbox: "asyncio.Queue[tuple[str, ...]]") -> None:
        for count in itertools.count(1):
            reply = await connection.read_response(timeout=_HEARTBEAT, disconnect_on_error=False)
            if reply is None:
                outbox.put_nowait(("PING",))
                reply = await connection.read_response(timeout=_TIMEOUT, disconnect_on_error=False)
            match reply:
                case None:
                    raise TimeoutError("Redis gave no sign of life")
                case [b"message", topic, payload]:
                    self._fanout.deliver(topic.decode(), payload)
                case [b"subscribe", topic, _]:
                    self._acknowledge(topic.decode())
            if count % _BURST == 0:
                await asyncio.sleep(0)

    def _acknowledge(self, topic: str) -> None:
        self._unacknowledged[topic] -= 1
        if self._unacknowledged[topic] > 0:  # left and entered again meanwhile: only the last one holds
            return
        del self._unacknowledged[topic]
        if topic in self._live:
            self._live[topic].set()
        if topic in self._lost:
            self._lost.discard(topic)
            self._fanout.lag(topic)
