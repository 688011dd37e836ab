"""A graph that does not tell its own shape: the introspection policy of a production installation."""

import re
from collections.abc import AsyncIterator
from typing import Any

from graphql import FieldNode, GraphQLError, Visitor, parse, visit

from graph.operation import READ_AND_WRITE, Graph, Operation, OperationKind, Result
from resolvers.context import Context
from resolvers.domain.errors import ErrorCode

_TELLING = frozenset({"__schema", "__type", "_service"})
"""Fields that answer with the schema: introspection, and the SDL every federated subgraph holds."""
_MENTION = re.compile(rf"\b(?:{'|'.join(sorted(_TELLING))})\b", re.ASCII)
_MOST_TOKENS = 10_000


class ClosedSchema:
    """Answers as another graph does, but refuses to tell the schema; implements Graph.

    `__typename` stays: it tells what a client already names. A document is refused as a whole, whichever of its
    operations is asked for.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        """Answer a query or mutation; one that asks for the schema is answered FORBIDDEN, without `data`."""
        return _refusal(operation.query) or await self._graph.execute(operation, context, allowed)

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        """Open a stream or answer once; what asks for the schema is answered FORBIDDEN, without `data`."""
        return _refusal(operation.query) or await self._graph.subscribe(operation, context)


def _refusal(text: str) -> Result | None:
    """Return the answer to a document that asks for the schema, None for any other.

    A name cannot be escaped in GraphQL, so a text without these words needs no look at what they mean in it. A text
    that has them and cannot be read is refused here: what was not understood is not passed on.
    """
    if _MENTION.search(text) is None:
        return None
    try:
        document = parse(text, max_tokens=_MOST_TOKENS)
        finder = _Finder()
        visit(document, finder)
    except GraphQLError as error:
        return {"errors": [{**error.formatted, "extensions": {"code": ErrorCode.BAD_USER_INPUT.value}}]}
    return {"errors": [_forbidden(field) for field in finder.found]} if finder.found else None


class _Finder(Visitor):
    """Gathers the fields that answer with the schema, wherever they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[FieldNode] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Keep a field that tells."""
        if node.name.value in _TELLING:
            self.found.append(node)


def _forbidden(field: FieldNode) -> dict[str, Any]:
    name = field.name.value
    error = GraphQLError(f"{name} is not answered here: this installation does not tell its schema.", field)
    response = field.alias.value if field.alias else name
    return {**error.formatted, "path": [response], "extensions": {"code": ErrorCode.FORBIDDEN.value}}
