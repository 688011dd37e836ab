"""A subgraph served alone answers its own part, refuses what is not its own, and says where."""

from typing import Any

import httpx
import pytest

from subgraphs.registry import SUBGRAPHS, Subgraph
from tests.graph.conftest import Asked

BY_NAME = {subgraph.name: subgraph for subgraph in SUBGRAPHS}
OWN = {
    "catalog": ("{ genres { genre } }", "{ platforms { edges { cursor } } }"),
    "availability": ("{ platforms { edges { cursor } } }", "{ genres { genre } }"),
    "users": ("{ __typename }", "{ recommendations { personalized } }"),
    "recommendations": ("{ recommendations { personalized } }", "{ me { id } }"),
}
each = pytest.mark.parametrize("subgraph", SUBGRAPHS, ids=BY_NAME)


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


@each
async def test_it_answers_its_own_part_at_graphql(asked: Asked, subgraph: Subgraph) -> None:
    own, foreign = OWN[subgraph.name]
    async with asked(subgraph) as client:
        answer = await ask(client, own)
        assert "errors" not in answer
        assert answer["data"]
        refused = await ask(client, foreign)
        assert "data" not in refused
        assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert refused["errors"][0]["path"]
        assert (await client.post("/subgraphs/users/graphql", json={"query": own})).status_code == 404


@each
async def test_it_tells_a_composer_its_schema(asked: Asked, subgraph: Subgraph) -> None:
    async with asked(subgraph) as client:
        sdl = (await ask(client, "{ _service { sdl } }"))["data"]["_service"]["sdl"]
        assert "type Title" in sdl
        served = await client.get("/schema.graphql")
        assert served.text == subgraph.sdl_file.read_text("utf-8")
        assert served.headers["content-type"].startswith("text/plain")


@each
async def test_a_router_can_ask_for_entities(asked: Asked, subgraph: Subgraph) -> None:
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }"
    title = {"__typename": "Title", "id": "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"}
    async with asked(subgraph) as client:
        answer = await ask(client, query, of=[title])
    assert len(answer["data"]["_entities"]) == 1, answer


async def test_a_mutation_by_get_is_refused(asked: Asked) -> None:
    query = 'mutation { login(input: {email: "a@example.org", password: "0123456789"}) { accessToken } }'
    async with asked(BY_NAME["users"]) as client:
        answer = await client.get("/graphql", params={"query": query})
        assert answer.status_code == 405
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        answer = await client.post("/graphql", json={"query": query})
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", "by POST it is executed"


async def test_variables_that_do_not_fit_are_refused_with_a_path(asked: Asked) -> None:
    async with asked(BY_NAME["catalog"]) as client:
        answer = await ask(client, "query ($n: Int) { some: titles(first: $n) { edges { cursor } } }", n="x")
    assert "data" not in answer
    assert answer["errors"][0]["path"] == ["some"]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_one_of_several_operations_is_chosen_by_its_name(asked: Asked) -> None:
    query = "query A { genres { genre } } query B { __typename }"
    async with asked(BY_NAME["catalog"]) as client:
        chosen = await client.post("/graphql", json={"query": query, "operationName": "B"})
        assert chosen.json() == {"data": {"__typename": "Query"}}
        unclear = await client.post("/graphql", json={"query": query})
        assert unclear.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_event_stream_answers_a_query_once(asked: Asked) -> None:
    async with asked(BY_NAME["catalog"]) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/event-stream"}
        )
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert '"__typename":"Query"' in answer.text


async def test_a_subscription_of_nobody_is_refused(asked: Asked) -> None:
    async with asked(BY_NAME["users"]) as client:
        answer = await client.post(
            "/graphql",
            json={"query": "subscription { watchlistChanged { revision } }"},
            headers={"accept": "text/event-stream"},
        )
    assert "UNAUTHENTICATED" in answer.text
