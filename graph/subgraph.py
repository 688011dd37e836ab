"""One subgraph, served alone: the same answers it gives the gateway, with request errors that say where."""

from collections.abc import AsyncIterator

from strawberry.federation import Schema

from graph.gateway.document import Document, Documents, RequestRefused
from graph.gateway.gateway import not_allowed
from graph.gateway.live import marked
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.operation import READ_AND_WRITE, Operation, OperationKind, Result
from resolvers.context import Context
from subgraphs.build import graphql_schema

_MOST_TOKENS = 100_000
"""Of one operation: more than the gateway takes, which writes the fragments of a client's operation out."""


class SubgraphService:
    """Answers operations on one subgraph; implements Graph."""

    def __init__(self, name: str, schema: Schema, transport: InProcess) -> None:
        self._name = name
        self._transport = transport
        self._schema = graphql_schema(schema)
        self._documents = Documents(self._schema, max_tokens=_MOST_TOKENS)

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        """Answer a query or mutation; what is not allowed, or wrong, is answered without `data`."""
        try:
            document = self._read(operation)
        except RequestRefused as refusal:
            return refusal.result
        if document.kind not in allowed:
            return {"errors": [not_allowed(document.kind)]}
        return await self._transport.execute(self._name, _fetch(operation, document), context)

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        """Open the stream of a subscription, or answer any other operation once."""
        try:
            document = self._read(operation)
        except RequestRefused as refusal:
            return refusal.result
        fetch = _fetch(operation, document)
        if document.kind is not OperationKind.SUBSCRIPTION:
            return await self._transport.execute(self._name, fetch, context)
        stream = await self._transport.subscribe(self._name, fetch, context)
        return stream if isinstance(stream, dict) else marked(stream, self._schema, document, operation.variables)

    def _read(self, operation: Operation) -> Document:
        document = self._documents.read(operation.query, operation.name)
        self._documents.variables(document, operation.variables)
        return document


def _fetch(operation: Operation, document: Document) -> SubgraphOperation:
    return SubgraphOperation(operation.query, operation.variables, document.kind, operation.name)
