"""A closed schema refuses what tells the schema, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from graphql import get_introspection_query

from graph.introspection import ClosedSchema
from graph.operation import READ_AND_WRITE, READ_ONLY, Operation, OperationKind, Result
from resolvers.context import Context

NOBODY = cast("Context", None)


class Open:
    """A graph that answers anything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Operation, frozenset[OperationKind] | None]] = []

    async def execute(
        self,
        operation: Operation,
        context: Context,  # noqa: ARG002 – the Protocol's
        allowed: frozenset[OperationKind] = READ_AND_WRITE,
    ) -> Result:
        self.asked.append((operation, allowed))
        return {"data": {}}

    async def subscribe(
        self,
        operation: Operation,
        context: Context,  # noqa: ARG002 – the Protocol's
    ) -> Result | AsyncIterator[Result]:
        self.asked.append((operation, None))

        async def events() -> AsyncIterator[Result]:
            yield {"data": {}}

        return events()


TELLING = {
    "schema": ("{ __schema { queryType { name } } }", ["__schema"]),
    "type": ('{ __type(name: "User") { name } }', ["__type"]),
    "SDL": ("{ _service { sdl } }", ["_service"]),
    "aliased": ("{ titles: __schema { queryType { name } } }", ["titles"]),
    "beside other fields": ("{ __typename genres { genre } __schema { queryType { name } } }", ["__schema"]),
    "in a fragment": ("{ ...F } fragment F on Query { __schema { queryType { name } } }", ["__schema"]),
    "in a nested fragment": (
        "{ ...A } fragment B on Query { _service { sdl } } fragment A on Query { ... { ...B } }",
        ["_service"],
    ),
    "in an inline fragment": ("{ ... on Query { ... @include(if: true) { __schema { description } } } }", ["__schema"]),
    "left out by a directive": (
        "query ($no: Boolean = false) { __schema @include(if: $no) { description } }",
        ["__schema"],
    ),
    "in a mutation": ("mutation { __schema { description } }", ["__schema"]),
    "in a subscription": ("subscription { __schema { description } }", ["__schema"]),
    "in the other operation": ("query A { genres { genre } } query B { __schema { description } }", ["__schema"]),
    "behind a comment": ("{#\n__schema#\n{description}}", ["__schema"]),
    "without spaces": ("{a:_service{sdl}}", ["a"]),
    "as tools ask": (get_introspection_query(), ["__schema"]),
}
HARMLESS = {
    "typename": "{ __typename genres { __typename genre } }",
    "typename and text": '{ __typename title(id: "__schema") { name } }',
    "text": '{ search(input: {query: "__type _service"}) { tookMs } }',
    "block text": '{ search(input: {query: """{ __schema { types } }"""}) { tookMs } }',
    "comment": "{ genres { genre } } # __schema",
    "operation name": "query __schema { genres { genre } }",
    "variable": "query ($_service: String) { search(input: {query: $_service}) { tookMs } }",
    "alias": "{ __schema: genres { genre } }",
    "longer names": "{ __schemas __typed my_service _services _service_ }",
    "entities": "query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }",
}


@pytest.mark.parametrize(("query", "path"), TELLING.values(), ids=TELLING.keys())
async def test_what_tells_the_schema_is_forbidden(query: str, path: list[str]) -> None:
    graph = Open()
    for refused in (
        await ClosedSchema(graph).execute(Operation(query), NOBODY),
        await ClosedSchema(graph).execute(Operation(query, name="A"), NOBODY, READ_ONLY),
        await ClosedSchema(graph).subscribe(Operation(query), NOBODY),
    ):
        assert isinstance(refused, dict)
        assert set(refused) == {"errors"}, "a request error"
        error: dict[str, Any] = refused["errors"][0]
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert error["path"] == path
        assert error["locations"][0]["line"] >= 1
        assert "does not tell its schema" in error["message"]
    assert graph.asked == []


@pytest.mark.parametrize("query", HARMLESS.values(), ids=HARMLESS.keys())
async def test_everything_else_is_asked_as_it_is(query: str) -> None:
    graph = Open()
    operation = Operation(query, {"a": 1}, "A", {"b": 2})
    assert await ClosedSchema(graph).execute(operation, NOBODY, READ_ONLY) == {"data": {}}
    assert not isinstance(await ClosedSchema(graph).subscribe(operation, NOBODY), dict)
    assert graph.asked == [(operation, READ_ONLY), (operation, None)]


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { ",
        "{ __schema { types } } }",
        "{" + "a " * 20_000 + "__schema { description } }",
        "{ a" * 20_000 + "{ __schema }",
        "{ a" * 3_000 + "{ __schema }" + "}" * 3_000,
    ],
    ids=["cut off", "too many braces", "too long", "too deep and cut off", "too deep"],
)
async def test_what_cannot_be_read_is_not_passed_on(query: str) -> None:
    graph = Open()
    refused = await ClosedSchema(graph).execute(Operation(query), NOBODY)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in refused
    assert graph.asked == []
