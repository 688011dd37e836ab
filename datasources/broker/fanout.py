"""Hands the messages of many topics to the subscribers inside this process; what both brokers end in."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from datasources.broker.interface import LAGGED, Message


class Mailbox(AsyncIterator[Message]):
    """The messages one subscriber has not read yet: at most `capacity`, the oldest giving way to the newest."""

    def __init__(self, capacity: int) -> None:
        self._messages: deque[bytes] = deque(maxlen=capacity)
        self._lagged = False
        self._closed = False
        self._news = asyncio.Event()

    def put(self, payload: bytes) -> None:
        """Add a message; where there is no room for it, drop the oldest and remember to tell so."""
        if len(self._messages) == self._messages.maxlen:
            self._lagged = True
        self._messages.append(payload)
        self._news.set()

    def lag(self) -> None:
        """Tell the reader that messages are missing. It hears that before the messages that wait, as it must."""
        self._lagged = True
        self._news.set()

    def close(self) -> None:
        """End the iteration, after the messages that wait."""
        self._closed = True
        self._news.set()

    async def __anext__(self) -> Message:
        while True:
            if self._lagged:
                self._lagged = False
                return LAGGED
            if self._messages:
                return self._messages.popleft()
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()


class Fanout:
    """Which mailboxes belong to which topic. Topics without subscribers take no memory."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._mailboxes: dict[str, dict[Mailbox, None]] = {}  # dicts as ordered sets: first come, first served

    @property
    def topics(self) -> list[str]:
        """The topics that have subscribers."""
        return list(self._mailboxes)

    def __contains__(self, topic: str) -> bool:
        return topic in self._mailboxes

    def open(self, topic: str) -> Mailbox:
        """Return a new mailbox that hears `topic`."""
        mailbox = Mailbox(self._capacity)
        self._mailboxes.setdefault(topic, {})[mailbox] = None
        return mailbox

    def discard(self, topic: str, mailbox: Mailbox) -> None:
        """Forget a mailbox, and its topic with the last one."""
        mailboxes = self._mailboxes[topic]
        del mailboxes[mailbox]
        if not mailboxes:
            del self._mailboxes[topic]

    def deliver(self, topic: str, payload: bytes) -> None:
        """Put a message into each of the topic's mailboxes."""
        for mailbox in self._mailboxes.get(topic, ()):
            mailbox.put(payload)

    def lag(self, topic: str) -> None:
        """Tell the topic's readers that messages are missing."""
        for mailbox in self._mailboxes.get(topic, ()):
            mailbox.lag()

    def close(self) -> None:
        """End all iterations."""
        for mailboxes in self._mailboxes.values():
            for mailbox in mailboxes:
                mailbox.close()
