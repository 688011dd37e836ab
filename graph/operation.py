"""The seam every way in and every way out shares: one operation, one answer, anything that answers."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self

from resolvers.context import Context

Result = dict[str, Any]
"""A GraphQL response map: `data`, `errors`, `extensions`. Without the key `data` it is a request error:
nothing was executed (GraphQL specification, section 7.1)."""


class OperationKind(StrEnum):
    """The three kinds of GraphQL operations."""

    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


READ_ONLY = frozenset({OperationKind.QUERY})
READ_AND_WRITE = frozenset({OperationKind.QUERY, OperationKind.MUTATION})


@dataclass(frozen=True, slots=True)
class Operation:
    """One GraphQL request as the client sent it; nothing in it has been parsed or trusted yet."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


class LiveStream(AsyncIterator[Result]):
    """The stream of a subscription that tells what happens from now on, whenever "now" is.

    So many may share one: who joins it late has missed nothing that a stream opened just then would tell. One that
    begins with something of its own (what came after a revision, a state, a count from 1) is none.
    """

    __slots__ = ("_events", "_has_begun")

    def __init__(self, events: AsyncGenerator[Result]) -> None:
        self._events = events
        self._has_begun = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        self._has_begun = True
        return await anext(self._events)

    async def aclose(self) -> None:
        """End the subscription and free what it holds."""
        if not self._has_begun:  # closed, a generator that has not begun does not run, so it would free nothing
            reading = asyncio.ensure_future(anext(self, None))
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait({reading})
        await self._events.aclose()


class Graph(Protocol):
    """Anything that answers GraphQL: the supergraph or a single subgraph."""

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        """Answer a query or mutation; never raises for what a client did.

        A kind of operation that is not in `allowed` is answered with a request error whose `extensions.code`
        is BAD_USER_INPUT and whose `extensions.status` is 405.
        """
        ...

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        """Open the stream of a subscription, or the single answer of any other operation.

        Returns a Result without `data` when the operation was refused before it started. Closing the iterator
        ends the subscription and frees what it holds. A LiveStream may be shared by those who ask the same.
        """
        ...
