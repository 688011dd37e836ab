"""The one place that says what executes operations in our servers."""

from collections.abc import Mapping
from typing import Any, Final

from graphql.execution import Executor
from strawberry.federation import Schema

from graph.errors import format_error
from graph.gateway.transport import InProcess
from subgraphs.build import graphql_schema

EXECUTOR: Final[type[Executor[Any]] | None] = None
"""None is graphql-core's; our engine goes in here."""


def in_process(schemas: Mapping[str, Schema]) -> InProcess:
    """Return schemas by name as subgraphs of this process, executed by EXECUTOR; errors are masked."""
    return InProcess(
        {name: graphql_schema(schema) for name, schema in schemas.items()}, format_error, executor_class=EXECUTOR
    )
