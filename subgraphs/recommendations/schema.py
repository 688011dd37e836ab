"""The schema of recommendations."""

from typing import Any

from strawberry.federation import Schema

from subgraphs.build import build_schema
from subgraphs.recommendations.query import Query
from subgraphs.recommendations.types import User


def build(executor: type[Any] | None = None) -> Schema:
    """Return the federated schema of recommendations; `executor` replaces graphql-core's execution where given."""
    return build_schema(Query, types=(User,), executor=executor)
