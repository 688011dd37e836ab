"""Generated operations: the gateway over three subgraphs answers what one schema with all resolvers answers."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    execute_sync,
    get_named_type,
    is_leaf_type,
    parse,
    print_schema,
    validate,
)

from graph.operation import Operation

ROUNDS = 5
OPERATIONS_PER_ROUND = 20
DEEPEST = 4
LITERALS: dict[str, list[str]] = {
    "star.id": ['"s1"', '"s2"', '"s3"', '"s9"'],
    "image.id": ['"i1"', "$key"],
    "stars.first": ["1", "2", "$limit"],
    "stars.filter": ["{brighterThan: 1.5}", '{region: "DE"}'],
    "distance.unit": ["PARSEC", "LIGHTYEAR"],
    "exposure.seconds": ["1", "2", "$limit"],
    "images.limit": ["0", "1", "$limit"],
    "isVisible.from": ['"DE"', '"AQ"', "$region"],
}
DECLARED = {
    "key": 'ID! = "i7"',
    "limit": "Int = 1",
    "region": 'Region! = "CL"',
    "yes": "Boolean! = true",
    "no": "Boolean! = false",
}


class Generator:
    """Writes random operations on a schema; most are valid."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = random.Random(seed)  # noqa: S311 – a reproducible choice, no secret
        self._fragments: list[str] = []

    def operation(self) -> str:
        """Return one operation with its fragments."""
        self._fragments = []
        text = "\n".join([self._selection(self._schema.query_type, 0), *self._fragments])
        used = [f"${name}: {type_}" for name, type_ in DECLARED.items() if f"${name}" in text]
        return f"query ({', '.join(used)}) {text}" if used else text

    def _selection(self, described: GraphQLNamedType | None, depth: int) -> str:
        parts = list(self._parts(described, depth))
        self._random.shuffle(parts)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _parts(self, described: GraphQLNamedType | None, depth: int) -> Iterator[str]:
        chance = self._random
        if isinstance(described, GraphQLObjectType | GraphQLInterfaceType):
            for name in chance.sample(list(described.fields), k=min(len(described.fields), chance.randint(1, 4))):
                written = self._field(name, described.fields[name], depth)
                if written:
                    yield written
        if chance.random() < 0.2:
            yield chance.choice(["__typename", "kind: __typename"])
        if isinstance(described, GraphQLInterfaceType | GraphQLUnionType):
            for possible in self._schema.get_possible_types(described):
                if chance.random() < 0.6:
                    yield f"... on {possible.name}{self._condition()} {self._selection(possible, depth + 1)}"
        if isinstance(described, GraphQLObjectType) and depth and chance.random() < 0.15:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            at = len(self._fragments) - 1
            self._fragments[at] = f"fragment {name} on {described.name} {self._selection(described, depth + 1)}"
            yield f"...{name}{self._condition()}"

    def _field(self, name: str, described: GraphQLField, depth: int) -> str:
        chance = self._random
        named = get_named_type(described.type)
        if not is_leaf_type(named) and depth >= DEEPEST:
            return ""
        alias = chance.choice(["", "", "", "a: ", "b: ", "id: ", "label: "])
        arguments = []
        for argument, its in described.args.items():
            if isinstance(its.type, GraphQLNonNull) or chance.random() < 0.5:
                arguments.append(f"{argument}: {chance.choice(LITERALS[f'{name}.{argument}'])}")
        written = f"{alias}{name}" + (f"({', '.join(arguments)})" if arguments else "") + self._condition()
        return written if is_leaf_type(named) else f"{written} {self._selection(named, depth + 1)}"

    def _condition(self) -> str:
        return self._random.choice([""] * 8 + [" @include(if: $yes)", " @skip(if: $no)", " @include(if: $no)"])


def one_schema(api: GraphQLSchema, subgraphs: dict[str, GraphQLSchema]) -> GraphQLSchema:
    """Return the API schema with the resolvers of all subgraphs: what the gateway must be indistinguishable from."""
    schema = build_schema(print_schema(api))
    for subgraph in subgraphs.values():
        for name, described in schema.type_map.items():
            its = subgraph.type_map.get(name)
            if isinstance(described, GraphQLObjectType) and isinstance(its, GraphQLObjectType):
                for field in its.fields:
                    if field in described.fields and its.fields[field].resolve is not None:
                        described.fields[field].resolve = its.fields[field].resolve
    return schema


def completed(schema: GraphQLSchema, stars: dict[str, Any], astronomers: dict[str, Any]) -> None:
    """Resolve in place what a subgraph leaves to others: references by id become whole objects."""
    star, astronomer = schema.type_map["Star"], schema.type_map["Astronomer"]
    assert isinstance(star, GraphQLObjectType)
    assert isinstance(astronomer, GraphQLObjectType)

    def of_star(name: str) -> Callable[..., Any]:
        return lambda found, _info: stars[found["id"]][name]

    for name in ("label", "magnitude", "spectrum"):
        star.fields[name].resolve = of_star(name)
    exposure, filter_name, distance = (star.fields[name].resolve for name in ("exposure", "filterName", "distance"))
    star.fields["parallax"].resolve = lambda found, _info: round(1 / float(stars[found["id"]]["parsec"]), 4)
    discoverer = star.fields["discoverer"].resolve
    assert exposure is not None
    assert filter_name is not None
    assert distance is not None
    assert discoverer is not None

    def whole(found: Any) -> dict[str, Any]:
        return {"__typename": "Star", "id": found["id"], **stars[found["id"]]}

    def exposed(found: Any, info: Any, **arguments: Any) -> Any:
        required = {**whole(found), "distance": distance(whole(found), info, unit="LIGHTYEAR")}
        return exposure(required, info, **arguments)

    star.fields["exposure"].resolve = exposed
    star.fields["filterName"].resolve = lambda found, info: filter_name(whole(found), info)
    star.fields["distance"].resolve = lambda found, info, **arguments: distance(whole(found), info, **arguments)
    star.fields["discoverer"].resolve = lambda found, info: discoverer(whole(found), info)
    star.fields["seeing"].resolve = lambda _found, _info: {"arcseconds": 0.8, "jitter": 0.1}
    star.fields["measuredIn"].resolve = lambda found, _info: None if found["id"] == "s2" else "PARSEC"
    for name in ("name", "email"):
        astronomer.fields[name].resolve = lambda found, _info, name=name: astronomers[found["id"]][name]
    for name in ("favourites", "mentor"):
        inner = astronomer.fields[name].resolve
        assert inner is not None
        astronomer.fields[name].resolve = lambda found, info, inner=inner: inner(
            {"id": found["id"], **astronomers[found["id"]]}, info
        )


@pytest.fixture(scope="module")
def whole(observatory_supergraph: Any, observatory_parts: Any) -> GraphQLSchema:
    schema = one_schema(observatory_supergraph.api, observatory_parts.schemas)
    completed(schema, observatory_parts.stars, observatory_parts.astronomers)
    return schema


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_the_gateway_answers_like_one_schema(observatory: Any, whole: GraphQLSchema, seed: int) -> None:
    generator = Generator(observatory.gateway.supergraph.api, seed)
    asked = 0
    for _ in range(OPERATIONS_PER_ROUND * 10):
        text = generator.operation()
        document = parse(text)
        if asked == OPERATIONS_PER_ROUND or validate(observatory.gateway.supergraph.api, document):
            continue
        asked += 1
        expected = execute_sync(whole, document, context_value=observatory.request)
        result = await observatory.gateway.execute(Operation(text), observatory.request)
        assert result.get("data") == expected.data, f"{text}\n{observatory.plan(text)}\n{result.get('errors')}"
        assert bool(result.get("errors")) == bool(expected.errors), text
        assert list(_keys(result["data"])) == list(_keys(expected.data)), text
    assert asked == OPERATIONS_PER_ROUND


def _keys(value: Any) -> Iterator[str]:
    """Yield all response keys in their order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
