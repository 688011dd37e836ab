"""From types to a schema."""

import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, parse
from graphql.execution import Executor
from graphql.language import print_ast

from subgraphs.build import FEDERATION_VERSION, build_schema, graphql_schema
from subgraphs.registry import SUBGRAPHS, Subgraph


@strawberry.input
class Wish:
    """An input with optional fields."""

    word: str | None = None
    left_out: str | None = strawberry.UNSET
    count: int | None = 3


@strawberry.type
class Query:
    """One field with arguments of every sort."""

    @strawberry.field
    def said(self, wish: Wish | None = None, first: int | None = 20, after: str | None = None) -> str:
        """Return what arrived."""
        told = None if wish is None else ("UNSET" if wish.left_out is strawberry.UNSET else wish.left_out)
        return f"{wish and wish.word} {told} {wish and wish.count} {first} {after}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "None None None 20 None"),
        ("(first: null, after: null)", "None None None None None"),
        ("(wish: {})", "None UNSET 3 20 None"),
        ('(wish: {word: "a", leftOut: null, count: null}, first: 1)', "a None None 1 None"),
    ],
)
async def test_omitted_arguments_take_pythons_default_and_null_stays_null(arguments: str, said: str) -> None:
    result = await build_schema(Query).execute(f"{{ said{arguments} }}")
    assert result.errors is None
    assert result.data == {"said": said}


async def test_omitted_variables_are_omitted_arguments() -> None:
    query = "query ($wish: Wish, $first: Int, $after: String) { said(wish: $wish, first: $first, after: $after) }"
    result = await build_schema(Query).execute(query, variable_values={})
    assert result.data == {"said": "None None None 20 None"}


def test_null_defaults_are_not_in_the_sdl_and_others_are() -> None:
    schema = build_schema(Query)
    field = next(line for line in schema.as_str().splitlines() if "said(" in line)
    assert field.strip() == "said(wish: Wish, first: Int = 20, after: String): String!"
    assert "= null" not in schema.as_str()
    assert "count: Int = 3" in schema.as_str()


def test_an_executor_can_take_the_place_of_graphql_cores() -> None:
    class Mine(Executor):
        """Another executor."""

    assert build_schema(Query, executor=Mine).execution_context_class is Mine


@pytest.mark.parametrize("subgraph", SUBGRAPHS, ids=lambda subgraph: subgraph.name)
def test_every_subgraph_has_a_readable_schema_without_null_defaults(subgraph: Subgraph) -> None:
    schema = subgraph.build(None)
    sdl = schema.as_str()
    assert "= null" not in sdl
    assert f"federation/v{FEDERATION_VERSION}" in sdl
    assert print_ast(parse(sdl))
    types = graphql_schema(schema).type_map
    assert {"_Entity", "_Service", "_Any"} <= set(types)
    assert all(
        kind.description for name, kind in types.items() if isinstance(kind, GraphQLInputObjectType) and name[0] != "_"
    )
    query = types["Query"]
    assert isinstance(query, GraphQLObjectType)
    assert {"_entities", "_service"} <= set(query.fields)


def test_names_are_said_once() -> None:
    names = [subgraph.name for subgraph in SUBGRAPHS]
    assert names == ["catalog", "availability", "users", "recommendations"]
    assert [subgraph.sdl_file.parent.name for subgraph in SUBGRAPHS] == names
