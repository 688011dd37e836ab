"""Schemas as subgraphs of this process, executed as in the product."""

from collections.abc import Mapping

from strawberry.federation import Schema

from graph.errors import format_error
from graph.gateway.transport import InProcess
from subgraphs.build import graphql_schema


def in_process(schemas: Mapping[str, Schema]) -> InProcess:
    """Return schemas by name as subgraphs of this process; errors are masked."""
    return InProcess({name: graphql_schema(schema) for name, schema in schemas.items()}, format_error)
