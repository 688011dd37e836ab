"""The users subgraph's schema."""

from typing import Any

from strawberry.federation import Schema

from subgraphs.build import build_schema
from subgraphs.users.mutation import Mutation
from subgraphs.users.query import Query
from subgraphs.users.subscription import Subscription


def build(executor: type[Any] | None = None) -> Schema:
    """Return the users' federated schema; `executor` replaces graphql-core's execution where one is given."""
    return build_schema(Query, Mutation, Subscription, executor=executor)
