"""The broker of a single process: no server, no copy, no wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from datasources.broker.fanout import Fanout
from datasources.broker.interface import DEFAULT_CAPACITY, Message
from datasources.errors import BrokerUnavailable


class EmbeddedBroker:
    """A Broker for the tasks of one event loop. Closing it, as a context manager, ends the subscriptions."""

    def __init__(self, *, capacity: int = DEFAULT_CAPACITY) -> None:
        self._fanout = Fanout(capacity)
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed = True
        self._fanout.close()

    async def publish(self, topic: str, payload: bytes) -> None:
        """See Broker.publish."""
        await self.health()
        self._fanout.deliver(topic, payload)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[AsyncIterator[Message]]:
        """See Broker.subscribe."""
        await self.health()
        mailbox = self._fanout.open(topic)
        try:
            yield mailbox
        finally:
            self._fanout.discard(topic, mailbox)

    async def health(self) -> None:
        """See Broker.health."""
        if self._closed:
            raise BrokerUnavailable("the broker is closed: the program is stopping")
