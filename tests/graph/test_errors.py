"""What a client is told of an error: a code, a sentence, never what only we should know."""

import logging
from collections.abc import Callable
from enum import Enum
from typing import Any

import asyncpg
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    graphql,
)

from datasources.errors import BrokerUnavailable, DatabaseUnavailable, SearchUnavailable
from graph.auth import SigningKeyError
from graph.errors import format_error
from resolvers.domain import errors as domain
from resolvers.domain.errors import DomainError, ErrorCode

SECRET = "password=hunter2 in SELECT"


class Colour(Enum):
    RED = "red"


async def told(
    resolver: Callable[..., Any], kind: Any = GraphQLString, query: str = "{ list: field }"
) -> dict[str, Any]:
    """Return what becomes of what a resolver raises or returns, as the executor locates it."""
    arguments = {"count": GraphQLArgument(GraphQLNonNull(GraphQLInt))} if "count" in query else {}
    field = GraphQLField(kind, args=arguments, resolve=resolver)
    result = await graphql(GraphQLSchema(GraphQLObjectType("Query", {"field": field})), query)
    assert result.errors
    (error,) = result.errors
    return format_error(error)


def raising(error: BaseException) -> Callable[..., Any]:
    def resolve(*_: Any, **__: Any) -> Any:
        raise error

    return resolve


def returning(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


@pytest.mark.parametrize("kind", DomainError.__subclasses__(), ids=lambda kind: kind.__name__)
async def test_what_the_domain_says_is_passed_on(kind: type[DomainError]) -> None:
    error = await told(raising(kind("Say it so.")))
    assert error == {
        "message": "Say it so.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["list"],
        "extensions": {"code": kind.code.value},
    }


def test_every_code_of_the_domain_is_a_code_of_the_contract() -> None:
    assert {kind.code for kind in DomainError.__subclasses__()} <= set(ErrorCode)
    assert domain.Unauthenticated in DomainError.__subclasses__()


@pytest.mark.parametrize("kind", [DatabaseUnavailable, BrokerUnavailable, SearchUnavailable])
async def test_trouble_with_a_source_is_not_described(kind: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    error = await told(raising(kind(SECRET)))
    assert error["extensions"] == {"code": "UPSTREAM_UNAVAILABLE"}
    assert SECRET not in str(error)
    assert "try again" in error["message"]
    assert SECRET in caplog.text, "we want to know"


async def test_time_that_ran_out_is_told() -> None:
    error = await told(raising(TimeoutError(SECRET)))
    assert error["extensions"] == {"code": "TIMEOUT"}
    assert SECRET not in str(error)


UNEXPECTED = [
    KeyError(SECRET),
    RuntimeError(SECRET),
    ValueError(SECRET),
    AssertionError(SECRET),
    asyncpg.DataError(f"invalid input for query argument $1: '{SECRET}'"),
    asyncpg.UniqueViolationError(f"duplicate key: {SECRET}"),
    asyncpg.InterfaceError(SECRET),
    SigningKeyError(SECRET),
    ExceptionGroup(SECRET, [ValueError(SECRET)]),
]


@pytest.mark.parametrize("unexpected", UNEXPECTED, ids=lambda error: type(error).__name__)
async def test_the_unexpected_is_masked_and_logged_under_an_id(
    unexpected: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    error = await told(raising(unexpected))
    reference = error["extensions"].pop("errorId")
    assert error["extensions"] == {"code": "INTERNAL"}
    assert reference in error["message"]
    assert error["path"] == ["list"]
    assert "hunter2" not in str(error)
    (record,) = [record for record in caplog.records if reference in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is unexpected, "with its stack"


async def test_two_errors_have_two_ids() -> None:
    one, two = [await told(raising(RuntimeError(SECRET))) for _ in range(2)]
    assert one["extensions"]["errorId"] != two["extensions"]["errorId"]


async def test_what_an_unexpected_error_carries_is_masked_too() -> None:
    carrying = RuntimeError(SECRET)
    carrying.extensions = {"sql": SECRET, "code": "FORBIDDEN"}  # type: ignore[attr-defined]
    error = await told(raising(carrying))
    assert set(error["extensions"]) == {"code", "errorId"}
    assert error["extensions"]["code"] == "INTERNAL"


@pytest.mark.parametrize("cause", [asyncpg.DataError(SECRET), ValueError(SECRET)])
async def test_what_lies_below_a_told_error_stays_there(cause: Exception) -> None:
    def resolve(*_: Any) -> Any:
        raise domain.BadUserInput("Use a whole number.") from cause

    error = await told(resolve)
    assert error["message"] == "Use a whole number."
    assert "hunter2" not in str(error)


async def test_the_bottom_of_nested_errors_counts() -> None:
    nested = GraphQLError("outer", original_error=GraphQLError("inner", original_error=RuntimeError(SECRET)))
    assert (await told(raising(nested)))["extensions"]["code"] == "INTERNAL"
    nested = GraphQLError("Not yours.", original_error=domain.Forbidden("Not yours."))
    assert (await told(raising(nested)))["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (GraphQLEnumType("Colour", Colour), f"not a colour: {SECRET}"),
        (GraphQLInt, SECRET),
        (GraphQLNonNull(GraphQLString), None),
        (GraphQLList(GraphQLString), 7),
        (GraphQLInterfaceType("Node", {"id": GraphQLField(GraphQLString)}, resolve_type=lambda *_: SECRET), object()),
    ],
    ids=["enum", "scalar", "null", "no list", "no type of it"],
)
async def test_a_value_that_its_type_cannot_show_is_our_mistake(kind: Any, value: Any) -> None:
    query = "{ field { id } }" if isinstance(kind, GraphQLInterfaceType) else "{ field }"
    error = await told(returning(value), kind, query)
    assert error["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "query",
    ["{ field", "{ nothing }", "{ field { of } }", "query ($v: Int!) { field(count: $v) }", "{ field(count: 1.5) }"],
)
async def test_what_graphql_objects_to_in_a_request_is_the_client_s(query: str) -> None:
    error = await told(returning("x"), query=query)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert len(error["message"]) > 10


async def test_a_variable_left_out_where_one_is_needed_is_the_client_s() -> None:
    query = "query ($v: Int = 1) { field(count: $v) }"
    schema = GraphQLSchema(
        GraphQLObjectType(
            "Query",
            {
                "field": GraphQLField(
                    GraphQLString, args={"count": GraphQLArgument(GraphQLNonNull(GraphQLInt))}, resolve=returning("x")
                )
            },
        )
    )
    result = await graphql(schema, query, variable_values={"v": None})
    assert result.errors
    error = format_error(result.errors[0])
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["field"]


async def test_a_coded_error_keeps_its_code() -> None:
    error = await told(raising(GraphQLError("Slower, please.", extensions={"code": "RATE_LIMITED", "seconds": 3})))
    assert error["extensions"] == {"code": "RATE_LIMITED", "seconds": 3}
