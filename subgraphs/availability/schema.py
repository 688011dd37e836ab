"""The schema of availability."""

from typing import Any

from strawberry.federation import Schema

from subgraphs.availability.query import Query
from subgraphs.availability.types import Title
from subgraphs.build import build_schema


def build(executor: type[Any] | None = None) -> Schema:
    """Return availability's federated schema; `executor` replaces graphql-core's execution where one is given."""
    return build_schema(Query, types=(Title,), executor=executor)
