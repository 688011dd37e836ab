"""From types to a schema, the same way for every subgraph."""

from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig

from subgraphs.scalars import SCALARS

FEDERATION_VERSION: Final = "2.9"
"""The newest version every composer in use accepts."""


def build_schema(
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: tuple[type, ...] = (),
    executor: type[Any] | None = None,
) -> Schema:
    """Return a federated schema; `executor` replaces graphql-core's execution context where one is given."""
    schema = Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        execution_context_class=executor,
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version=FEDERATION_VERSION,
    )
    _omit_null_defaults(graphql_schema(schema))
    return schema


def graphql_schema(schema: Schema) -> GraphQLSchema:
    """Return graphql-core's schema inside Strawberry's."""
    return schema._schema


def _omit_null_defaults(schema: GraphQLSchema) -> None:
    """Let optional arguments be optional: `x = None` in Python is no `= null` in the contract."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                for argument in field.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined
        elif isinstance(kind, GraphQLInputObjectType):
            for input_field in kind.fields.values():
                if input_field.default_value is None:
                    input_field.default_value = Undefined
