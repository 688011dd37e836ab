"""Runs an operation by the engine and by graphql-core, and insists on the same answer."""

from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute, parse

from graph.engine import Engine
from graph.engine.strawberry_fields import ExecutionContext


def told(error: GraphQLError) -> tuple[Any, ...]:
    """Return what a client sees of an error."""
    return error.message, tuple(error.path or ()), tuple(error.locations or ()), error.extensions or None


async def by_graphql_core(schema: GraphQLSchema, text: str, **options: Any) -> ExecutionResult:
    outcome = execute(schema, parse(text), executor_class=ExecutionContext, **options)
    return await outcome if isawaitable(outcome) else outcome  # type: ignore[return-value]


async def same(
    schema: GraphQLSchema,
    text: str,
    *,
    root: Any = None,
    variables: Any = None,
    context: Any = None,
    name: Any = None,
    ordered: bool = True,
) -> tuple[Any, list[tuple[Any, ...]]]:
    """Return data and errors, the same from both and at the second time, compiled.

    Errors of what is awaited have no order: not `ordered`, they are sorted.
    """
    arranged = list if ordered else partial(sorted, key=repr)
    options = {"root_value": root, "variable_values": variables, "context_value": context, "operation_name": name}
    expected = await by_graphql_core(schema, text, **options)
    engine, document = Engine(schema), parse(text)
    for _ in range(2):
        got = await engine.execute(document, name, variables, context, root)
        assert got.data == expected.data
        assert arranged(map(told, got.errors)) == arranged(map(told, expected.errors or ()))
    assert not engine.counts.left_to_graphql_core, engine.counts
    return expected.data, arranged(map(told, expected.errors or ()))
