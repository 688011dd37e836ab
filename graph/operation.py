"""The seam every way in and every way out shares: one operation, one answer, anything that answers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

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
        ends the subscription and frees what it holds.
        """
        ...
