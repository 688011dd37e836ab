"""The catalog's schema."""

from typing import Any

from strawberry.federation import Schema

from subgraphs.build import build_schema
from subgraphs.catalog.query import Query


def build(executor: type[Any] | None = None) -> Schema:
    """Return the catalog's federated schema; `executor` replaces graphql-core's execution where one is given."""
    return build_schema(Query, executor=executor)
