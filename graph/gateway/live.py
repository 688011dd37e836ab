"""Which subscriptions many clients may share: those that begin with the present."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    SelectionSetNode,
    get_argument_values,
)

from graph.gateway.document import Document
from graph.operation import LiveStream, Result

_SINCE = "since"
"""The argument of a root field that follows a stream: with it, first what came after that revision; without, from now
on. A field that has no such argument promises neither: it might begin with a state, or count from 1."""


def marked(
    stream: AsyncGenerator[Result], schema: GraphQLSchema, document: Document, given: Mapping[str, Any]
) -> AsyncGenerator[Result] | LiveStream:
    """Return the stream of a subscription, as a LiveStream if its field takes `since` and is given none.

    `given` are the variables of the operation, which has been found valid.
    """
    return LiveStream(stream) if _is_live(schema, document, given) else stream


def _is_live(schema: GraphQLSchema, document: Document, given: Mapping[str, Any]) -> bool:
    variables = document.variables.read(given)
    root = schema.subscription_type
    if root is None or isinstance(variables, list):
        return False
    for node in _root_fields(document, document.operation.selection_set):
        field = root.fields.get(node.name.value)
        if field is None or _SINCE not in field.args:
            return False
        if get_argument_values(field, node, variables).get(_SINCE) is not None:
            return False
    return True


def _root_fields(document: Document, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    """Yield the fields of the root, which share one response key, wherever they stand."""
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _root_fields(document, document.fragments[node.name.value].selection_set)
        else:
            yield from _root_fields(document, node.selection_set)  # type: ignore[attr-defined]
