"""What a client gets wrong is answered with a code, a path and a sentence; the process keeps serving."""

from typing import Any

import pytest

from tests.journeys.client import Client

UNKNOWN = "01900000-0000-7000-8000-000000000000"

CASES: list[tuple[str, str, dict[str, Any], str, list[str | int]]] = [
    ("unknown id", "query ($v: ID!) { title(id: $v) { name } }", {"v": UNKNOWN}, "NOT_FOUND", ["title"]),
    ("malformed id", '{ title(id: "1") { name } }', {}, "BAD_USER_INPUT", ["title"]),
    ("unknown person", "query ($v: ID!) { person(id: $v) { name } }", {"v": UNKNOWN}, "NOT_FOUND", ["person"]),
    ("unknown platform", '{ platform(slug: "nope") { name } }', {}, "NOT_FOUND", ["platform"]),
    ("region literal", '{ platforms(region: "ZZ") { edges { node { id } } } }', {}, "BAD_USER_INPUT", ["platforms"]),
    (
        "region variable",
        "query ($v: Region) { titles { edges { node { offers(region: $v) { id } } } } }",
        {"v": "ZZ"},
        "BAD_USER_INPUT",
        ["titles", "edges", "node", "offers"],
    ),
    ("101 items", "{ titles(first: 101) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    ("-1 items", "{ titles(first: -1) { edges { cursor } } }", {}, "BAD_USER_INPUT", ["titles"]),
    ("broken cursor", '{ titles(after: "?") { edges { cursor } } }', {}, "BAD_USER_INPUT", ["titles"]),
    ("wrong type literal", '{ titles(first: "x") { edges { cursor } } }', {}, "BAD_USER_INPUT", ["titles"]),
    (
        "wrong type variable",
        "query ($v: Int) { all: titles(first: $v) { edges { cursor } } }",
        {"v": "x"},
        "BAD_USER_INPUT",
        ["all"],
    ),
    (
        "unknown field",
        "{ titles { edges { node { colour } } } }",
        {},
        "BAD_USER_INPUT",
        ["titles", "edges", "node", "colour"],
    ),
    ("empty search", '{ search(input: {query: " "}) { tookMs } }', {}, "BAD_USER_INPUT", ["search"]),
    (
        "long search",
        "query ($v: String!) { search(input: {query: $v}) { tookMs } }",
        {"v": "x" * 501},
        "BAD_USER_INPUT",
        ["search"],
    ),
    ("empty prefix", '{ suggest(prefix: "") { text } }', {}, "BAD_USER_INPUT", ["suggest"]),
    (
        "turned range",
        "{ titles(filter: {releaseYear: {min: 2020, max: 1990}}) { edges { cursor } } }",
        {},
        "BAD_USER_INPUT",
        ["titles"],
    ),
    (
        "own services of nobody",
        "{ titles(filter: {onMyServices: true}) { edges { cursor } } }",
        {},
        "UNAUTHENTICATED",
        ["titles"],
    ),
    ("me of nobody", "{ me { id } }", {}, "UNAUTHENTICATED", ["me"]),
    (
        "writing as nobody",
        "mutation ($v: ID!) { addToWatchlist(input: {titleId: $v}) { revision } }",
        {"v": UNKNOWN},
        "UNAUTHENTICATED",
        ["addToWatchlist"],
    ),
    (
        "wrong password",
        'mutation { login(input: {email: "ada@demo.example", password: "wrong-password"}) { accessToken } }',
        {},
        "UNAUTHENTICATED",
        ["login"],
    ),
]


@pytest.mark.parametrize(
    ("query", "variables", "code", "path"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
async def test_bad_input_is_answered_with_code_and_path(
    client: Client, query: str, variables: dict[str, Any], code: str, path: list[str | int]
) -> None:
    answer = await client.ask(query, **variables)
    error = answer["errors"][0]
    assert error["extensions"]["code"] == code
    assert [part for part in error["path"] if isinstance(part, str)] == path
    assert len(error["message"]) > 10
    assert (await client.data("{ genres { genre } }"))["genres"], "the process keeps serving"


async def test_a_cursor_is_good_for_its_own_list_only(client: Client) -> None:
    page = (await client.data("{ titles(first: 1) { pageInfo { endCursor } } }"))["titles"]
    cursor = page["pageInfo"]["endCursor"]
    for foreign in (
        "query ($c: String) { titles(after: $c, sort: NAME) { edges { cursor } } }",
        "query ($c: String) { titles(after: $c, filter: {genres: [DRAMA]}) { edges { cursor } } }",
        "query ($c: String) { trending(after: $c) { edges { cursor } } }",
    ):
        error = (await client.ask(foreign, c=cursor))["errors"][0]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_one_bad_part_leaves_the_rest(client: Client) -> None:
    answer = await client.ask('{ genres { genre } title(id: "1") { name } }')
    assert len(answer["data"]["genres"]) == 18
    assert answer["data"]["title"] is None
    assert answer["errors"][0]["path"] == ["title"]


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_forged_token_is_refused(client: Client, token: str) -> None:
    client.token = token
    answer = await client.ask("{ genres { genre } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
