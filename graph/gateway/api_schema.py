"""The schema that clients see: the supergraph without its join and link parts and without what is @inaccessible."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    Node,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    build_ast_schema,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from graph.gateway.supergraph import SupergraphError

_KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})
_INTERNAL = ("join__", "link__", "core__", "federation__")


def build_api_schema(supergraph: DocumentNode, scalars: Mapping[str, GraphQLScalarType]) -> GraphQLSchema:
    """Return the executable-free schema of a supergraph document; raise SupergraphError when it is not valid.

    `scalars` lends its parsers to custom scalars of the same name, so that their values are checked at the gateway.
    """
    hidden = {
        node.name.value
        for node in supergraph.definitions
        if isinstance(node, TypeDefinitionNode) and (node.name.value.startswith(_INTERNAL) or _is_hidden(node))
    }
    definitions: list[DefinitionNode] = []
    for node in supergraph.definitions:
        if isinstance(node, SchemaDefinitionNode):
            definitions.append(replace(node, directives=()))
        elif isinstance(node, DirectiveDefinitionNode) or not isinstance(node, TypeDefinitionNode):
            continue
        elif node.name.value not in hidden:
            definitions.append(_visible(node, hidden))
    document = DocumentNode(definitions=tuple(definitions))
    _refuse(validate_sdl(document))
    schema = build_ast_schema(document, assume_valid_sdl=True)
    _refuse(validate_schema(schema))
    for name, scalar in scalars.items():
        _lend_parsers(schema, name, scalar)
    return schema


def _lend_parsers(schema: GraphQLSchema, name: str, scalar: GraphQLScalarType) -> None:
    own = schema.type_map.get(name)
    if own is None:
        return  # no subgraph uses it
    if not isinstance(own, GraphQLScalarType):
        raise SupergraphError(f"{name} is given a scalar's parsers but is no scalar.")
    for parser in ("parse_value", "coerce_input_value"):
        setattr(own, parser, getattr(scalar, parser))
    for parser in ("parse_literal", "coerce_input_literal"):
        setattr(own, parser, _located(getattr(scalar, parser)))


def _located(parse_literal: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Return a parser whose errors name the literal: graphql-core passes on a GraphQLError without a place as it is."""
    if parse_literal is None:
        return None

    def parse(node: Node, *variables: Any) -> Any:
        try:
            return parse_literal(node, *variables)
        except GraphQLError as error:
            if error.nodes:
                raise
            raise GraphQLError(error.message, node, extensions=error.extensions) from error

    return parse


def _is_hidden(node: Node) -> bool:
    directives: Sequence[DirectiveNode] = getattr(node, "directives", None) or ()
    return any(directive.name.value == "inaccessible" for directive in directives)


def _visible(node: Any, hidden: set[str]) -> Any:
    """Return a definition without its hidden parts; `node` is any node that can carry directives."""
    kept = tuple(directive for directive in node.directives or () if directive.name.value in _KEPT_DIRECTIVES)
    changes: dict[str, Any] = {"directives": kept}
    for part in ("fields", "arguments", "values"):
        children = getattr(node, part, None)
        if children:
            changes[part] = tuple(
                _visible(child, hidden)
                for child in children
                if not _is_hidden(child) and _type_name(child) not in hidden
            )
    for part in ("interfaces", "types"):
        named = getattr(node, part, None)
        if named:
            changes[part] = tuple(reference for reference in named if reference.name.value not in hidden)
    return replace(node, **changes)


def _type_name(node: Any) -> str | None:
    reference = getattr(node, "type", None)
    while reference is not None and hasattr(reference, "type"):
        reference = reference.type
    return reference.name.value if reference is not None else None


def _refuse(errors: Sequence[GraphQLError]) -> None:
    for error in errors:
        raise SupergraphError(error.message, error.locations[0].line if error.locations else None)
