"""What the resolvers need of a message broker.

Messages wake and carry the change; the store is the truth. A writer commits first and publishes then. A reader
subscribes first and reads the store then, and whenever it is told `LAGGED` it reads the store again, since messages are
missing.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Final, Literal, Protocol

DEFAULT_CAPACITY: Final = 256
"""Messages kept for a subscriber that is slower than the publishers."""


class Lagged(Enum):
    """The type of `LAGGED`, so that `message is LAGGED` narrows `Message` to bytes."""

    LAGGED = "lagged"


LAGGED: Final = Lagged.LAGGED
"""Comes in place of a message: some were lost before the next one. Read the store again."""

Message = bytes | Literal[Lagged.LAGGED]


class Broker(Protocol):
    """Publishes payloads to topics, and lets any number of subscribers hear each topic."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Hand `payload` to whoever is subscribed to `topic`. One publisher's messages stay in order.

        Raises BrokerUnavailable if that cannot be done; the caller has committed by then, and decides.
        """

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Hear every message published to `topic` from the moment the block is entered until it is left.

        The iterator waits for messages and is for one reader. A reader who is too slow loses the oldest messages and
        gets `LAGGED` in their place; so does everyone after the connection to the broker was lost. It ends when the
        broker is closed. Entering raises BrokerUnavailable if the broker does not answer.
        """

    async def health(self) -> None:
        """Return if messages can be published now; raise BrokerUnavailable otherwise."""
