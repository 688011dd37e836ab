"""Generated operations: the gateway over three subgraphs answers what one schema with all resolvers answers."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, execute_sync, parse, print_schema

from graph.operation import Operation
from tests.graph.gateway.operation_generator import Generator, Vocabulary, keys_of

ROUNDS = 5
OPERATIONS_PER_ROUND = 20
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
}


VOCABULARY = Vocabulary(literals=LITERALS, declared=DECLARED)


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
    generator = Generator(observatory.gateway.supergraph.api, seed, VOCABULARY)
    for _ in range(OPERATIONS_PER_ROUND):
        generated = generator.valid_operation()
        text, variables = generated.text, dict(generated.variables)
        expected = execute_sync(whole, parse(text), context_value=observatory.request, variable_values=variables)
        result = await observatory.gateway.execute(Operation(text, variables), observatory.request)
        assert result.get("data") == expected.data, f"{text}\n{observatory.plan(text)}\n{result.get('errors')}"
        assert bool(result.get("errors")) == bool(expected.errors), text
        assert list(keys_of(result["data"])) == list(keys_of(expected.data)), text
