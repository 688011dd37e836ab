"""What the GraphQL specification says of values, one rule at a time; graphql-core is the judge."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    build_schema,
    get_introspection_query,
)

from tests.graph.engine.comparing import same


async def test_a_null_goes_up_to_the_nearest_position_that_may_be_null() -> None:
    schema = build_schema("""
      type Query { shelf: Shelf }
      type Shelf { name: String books: [Book!] first: Book! }
      type Book { title: String! author: String }
    """)
    shelf = {"name": "A", "books": [{"title": "x"}, {"title": None}, {"title": None}], "first": {"title": "y"}}
    data, errors = await same(
        schema, "{ shelf { name books { author title } first { title } } }", root={"shelf": shelf}
    )
    assert data == {"shelf": {"name": "A", "books": None, "first": {"title": "y"}}}
    assert [error[1] for error in errors] == [("shelf", "books", 1, "title")]
    data, errors = await same(schema, "{ shelf { first { title } } }", root={"shelf": {"first": {"title": None}}})
    assert data == {"shelf": None}
    assert errors[0][0] == "Cannot return null for non-nullable field Book.title."


async def test_nothing_is_left_where_no_position_may_be_null() -> None:
    schema = build_schema("type Query { me: Me! } type Me { name: String! }")
    data, errors = await same(schema, "{ me { name } }", root={"me": {"name": None}})
    assert data is None
    assert len(errors) == 1


@pytest.mark.parametrize("type_", ["[Int]", "[Int!]", "[Int]!", "[Int!]!", "[[Int!]]", "[[Int]!]!"])
@pytest.mark.parametrize(
    "value",
    [None, [], [1, None], [1, "x"], (1, 2), iter([1, 2]), "12", {1}, {"a": 1}, [[1], None], [[1, None], [2]], 7],
)
async def test_lists_of_leaves(type_: str, value: Any) -> None:
    schema = build_schema(f"type Query {{ before: Int numbers: {type_} after: Int }}")
    root = {"before": 1, "numbers": lambda _: iter([1, 2]) if hasattr(value, "__next__") else value, "after": 2}
    await same(schema, "{ before numbers after }", root=root)


@pytest.mark.parametrize("type_", ["[It]", "[It!]", "[It]!", "[It!]!", "[[It!]]"])
@pytest.mark.parametrize(
    "value", [None, [{"n": 1}, None], [{"n": "x"}, {"n": 2}], ({"n": 1},), [[{"n": 1}], [None]], {}]
)
async def test_lists_of_objects(type_: str, value: Any) -> None:
    schema = build_schema(f"type Query {{ its: {type_} }} type It {{ n: Int! m: Int }}")
    await same(schema, "{ its { n m __typename } }", root={"its": value})


@pytest.mark.parametrize("type_", ["Int", "Float", "String", "Boolean", "ID", "Int!", "Float!"])
@pytest.mark.parametrize(
    "value",
    [0, 1, -5, 2**31, 2**31 - 1, 1.0, 1.5, float("inf"), float("nan"), True, False, "", "7", "text", None, [], object],
)
async def test_built_in_scalars(type_: str, value: Any) -> None:
    await same(build_schema(f"type Query {{ value: {type_} }}"), "{ value }", root={"value": lambda _: value})


async def test_a_value_that_is_an_exception_is_raised() -> None:
    schema = build_schema("type Query { a: Int b: [Int] c: It } type It { n: Int }")
    root = {"a": ValueError("a"), "b": [1, ValueError("b")], "c": ValueError("c")}
    data, errors = await same(schema, "{ a b c { n } }", root=root)
    assert data == {"a": None, "b": [1, None], "c": None}
    assert [(one[0], one[1]) for one in errors] == [("a", ("a",)), ("b", ("b", 1)), ("c", ("c",))]


async def test_a_custom_scalar_that_raises_or_returns_nothing() -> None:
    def serialize(value: int) -> int | None:
        if value == 3:
            raise ValueError("three")
        return None if value == 4 else value * 10

    odd = GraphQLScalarType("Odd", serialize=serialize)
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {"one": GraphQLField(odd), "many": GraphQLField(GraphQLList(GraphQLNonNull(odd)))})
    )
    for value in (1, 3, 4, None, "a"):
        await same(schema, "{ one again: one many }", root={"one": value, "many": [1, value]})


async def test_enums() -> None:
    schema = build_schema("enum Colour { RED GREEN } type Query { one: Colour many: [Colour!] }")
    for value in ("RED", "BLUE", None, 7, ["RED"]):
        await same(schema, "{ one many }", root={"one": value, "many": ["RED", value]})


def animals(**options: Any) -> GraphQLSchema:
    """Return a schema with an interface and a union; `options` are by type name."""
    named = GraphQLInterfaceType("Named", {"name": GraphQLField(GraphQLString)}, **options.get("Named", {}))
    dog = GraphQLObjectType(
        "Dog",
        {"name": GraphQLField(GraphQLString), "barks": GraphQLField(GraphQLString)},
        interfaces=[named],
        **options.get("Dog", {}),
    )
    cat = GraphQLObjectType("Cat", {"name": GraphQLField(GraphQLString)}, interfaces=[named], **options.get("Cat", {}))
    either = GraphQLUnionType("Either", [dog, cat], **options.get("Either", {}))
    query = {
        "named": GraphQLField(GraphQLList(named)),
        "either": GraphQLField(GraphQLList(either)),
        "dog": GraphQLField(dog),
    }
    return GraphQLSchema(GraphQLObjectType("Query", query), types=[dog, cat])


ANIMALS = """
  query { named { __typename name ... on Dog { barks } ...cat } either { ... on Named { name } ...cat } dog { barks } }
  fragment cat on Cat { meow: name }
"""


def resolver(value: Any, *_: Any) -> Any:
    return value.get("kind")


async def later(value: Any, *_: Any) -> Any:
    return value.get("kind")


def kinds(name: str) -> dict[str, Any]:
    return {"is_type_of": lambda value, _: value.get("kind") == name}


def kinds_later(name: str) -> dict[str, Any]:
    async def is_type_of(value: Any, _: Any) -> bool:
        return bool(value.get("kind") == name)

    return {"is_type_of": is_type_of}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"Named": {"resolve_type": resolver}, "Either": {"resolve_type": resolver}},
        {"Named": {"resolve_type": later}, "Either": {"resolve_type": later}},
        {"Dog": kinds("Dog"), "Cat": kinds("Cat")},
        {"Dog": kinds_later("Dog"), "Cat": kinds_later("Cat")},
        {"Named": {"resolve_type": later}, "Either": {"resolve_type": resolver}, "Dog": kinds_later("Dog")},
    ],
)
async def test_abstract_types(options: Any) -> None:
    dog = {"kind": "Dog", "name": "Rex", "barks": "wau"}
    shelf = [dog, {"kind": "Cat", "name": "Tom"}, {"kind": "Fish"}, {"kind": "Query"}, {"kind": None}, None]
    await same(animals(**options), ANIMALS, root={"named": shelf, "either": shelf, "dog": {**dog, "kind": "Cat"}})


async def test_the_type_may_be_written_in_the_value() -> None:
    shelf = [{"__typename": "Dog", "name": "Rex"}, {"__typename": "Cat", "name": "Tom"}, {"__typename": 7}]
    data, _ = await same(animals(), ANIMALS, root={"named": shelf, "either": shelf, "dog": {}})
    assert [one and one["__typename"] for one in data["named"]] == ["Dog", "Cat", None]


@pytest.mark.parametrize("yes", [True, False])
async def test_skip_and_include(yes: bool) -> None:
    schema = build_schema("type Query { a: Int b: Int c: It } type It { n: Int m: Int }")
    text = """
      query ($yes: Boolean!, $no: Boolean! = false) {
        a @include(if: $yes) b @skip(if: $yes) x: a @include(if: false) y: b @skip(if: $no) @include(if: $yes)
        ... @include(if: $yes) { c { n } } ...part @skip(if: $yes)
      }
      fragment part on Query { c { m ...inner @include(if: $no) } }
      fragment inner on It { n }
    """
    data, _ = await same(schema, text, root={"a": 1, "b": 2, "c": {"n": 3, "m": 4}}, variables={"yes": yes})
    assert data == ({"a": 1, "y": 2, "c": {"n": 3}} if yes else {"b": 2, "c": {"m": 4}})


async def test_one_plan_for_each_choice_of_skip_and_include() -> None:
    from graphql import parse  # noqa: PLC0415 – only here

    from graph.engine import Engine  # noqa: PLC0415 – only here

    schema = build_schema("type Query { a: Int b(n: Int): Int }")
    engine = Engine(schema)
    document = parse("query ($yes: Boolean!, $n: Int) { a @include(if: $yes) b(n: $n) }")
    for number in range(6):
        got = await engine.execute(document, None, {"yes": bool(number % 2), "n": number}, None, {"a": 1, "b": 2})
        assert got.data == ({"a": 1, "b": 2} if number % 2 else {"b": 2})
    assert engine.counts.compiled == 2


async def test_fields_with_the_same_response_name_are_merged() -> None:
    schema = build_schema("type Query { it: It } type It { a: Int b: Int it: It }")
    text = "{ it { a it { a } } ...more it { it { it { b } } } } fragment more on Query { it { b it { b } } }"
    data, _ = await same(schema, text, root={"it": {"a": 1, "b": 2, "it": {"a": 3, "b": 4, "it": {"b": 5}}}})
    assert list(data["it"]) == ["a", "it", "b"]


async def test_variables_and_defaults() -> None:
    seen: list[Any] = []

    def resolve(_: Any, __: Any, **given: Any) -> str:
        seen.append(given)
        return repr(sorted(given.items(), key=str))

    point = GraphQLInputObjectType(
        "Point", {"x": GraphQLInputField(GraphQLInt, default_value=3), "y": GraphQLInputField(GraphQLInt)}
    )
    arguments = {
        "a": GraphQLArgument(GraphQLInt, default_value=1),
        "b": GraphQLArgument(GraphQLNonNull(GraphQLInt), default_value=2),
        "p": GraphQLArgument(point),
        "l": GraphQLArgument(GraphQLList(GraphQLInt)),
    }
    field = GraphQLField(GraphQLString, args=arguments, resolve=resolve)
    schema = GraphQLSchema(GraphQLObjectType("Query", {"f": field}))
    text = """
      query ($a: Int, $b: Int = 5, $y: Int, $p: Point, $l: [Int]) {
        f one: f(a: $a, b: $b) two: f(p: { y: $y }) three: f(p: $p, l: $l) four: f(l: [$a, 7]) five: f(a: null)
      }
    """
    for variables in (
        {},
        {"a": 4, "b": 6, "y": 7, "p": {"y": 1}, "l": [1]},
        {"a": None, "p": None, "l": 5},
        {"b": None},
    ):
        await same(schema, text, variables=variables)
    lists = [given["l"] for given in seen if given.get("l") == [1]]
    assert len({id(one) for one in lists}) > 1 or len(lists) == 1, "a list belongs to the call that was given it"


@pytest.mark.parametrize("variables", [{"n": "x"}, {}, {"n": None}])
async def test_a_wrong_variable_refuses_the_request(variables: dict[str, Any]) -> None:
    schema = build_schema("type Query { f(n: Int!): Int }")
    _, errors = await same(schema, "query ($n: Int!) { f(n: $n) }", variables=variables)
    assert errors


async def test_introspection() -> None:
    schema = build_schema(
        '"""What."""\ntype Query { a(b: [Int!]! = [1]): It @deprecated } type It { n: Int } enum E { A }'
    )
    data, errors = await same(schema, get_introspection_query())
    assert data["__schema"]["queryType"]["name"] == "Query"
    assert not errors
    await same(schema, '{ __typename __type(name: "It") { name fields { name type { name kind } } } }')


async def test_operations_by_name() -> None:
    schema = build_schema("type Query { a: Int b: Int }")
    text = "query A { a } query B { b }"
    assert await same(schema, text, root={"a": 1, "b": 2}, name="B") == ({"b": 2}, [])


async def test_names_that_python_cannot_write() -> None:
    schema = GraphQLSchema(GraphQLObjectType("Query", {"class": GraphQLField(GraphQLString, resolve=lambda *_: "k")}))
    assert await same(schema, "{ class None: class import: class __x: class }") == (
        {"class": "k", "None": "k", "import": "k", "__x": "k"},
        [],
    )
