"""One process, or four subgraphs and a gateway as five: the same data, errors with the same path and code.

And what only processes can show: one of them dies, the rest answers on; it comes back, and all is whole.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, OperationType, build_schema, print_ast
from websockets.exceptions import ConnectionClosed

from graph.compose.schemas import api_sdl
from tests.journeys.client import Client
from tests.journeys.processes import FourProcesses
from tests.journeys.test_bad_input import CASES, UNKNOWN
from tests.journeys.test_contract_operations import (
    OPERATIONS,
    Viewer,
    each,
    new_viewer,
    variables_of,
    without_missing,
)
from tests.journeys.test_one_query_four_subgraphs import PAGE
from tests.journeys.test_watchlist_on_two_devices import ADD, revision_of
from tests.journeys.topologies import FOUR_PROCESSES

pytestmark = FOUR_PROCESSES

OF_ITS_OWN = {
    "accessToken",
    "accessTokenExpiresAt",
    "refreshToken",
    "revision",
    "previous",
    "stamp",
    "ratedAt",
    "addedAt",
    "tags",
    "tookMs",
}
"""Fields that are another value each time somebody does something."""
MADE = {"user", "session", "device"}
"""What is made anew for each account, and so has another id."""


def comparable(value: Any, key: str = "", above: str = "") -> Any:
    """Return a part of an answer, with what is another value each time replaced by its type."""
    if isinstance(value, dict):
        return {name: comparable(one, name, key) for name, one in value.items()}
    if isinstance(value, list):
        return [comparable(one, key, above) for one in value]
    return type(value) if key in OF_ITS_OWN or (key == "id" and above in MADE) else value


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be the same of an answer; parts fail in any order."""
    errors = [(error.get("path"), error["extensions"]["code"], error["message"]) for error in answer.get("errors", ())]
    return {"data": comparable(answer.get("data", "none")), "errors": sorted(errors, key=str)}


@dataclass
class Pair:
    """The same somebody in front of each topology."""

    here: Client
    there: Client

    async def ask(self, query: str, /, **variables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the answer of the one process, and that of the four."""
        return await self.here.ask(query, **variables), await self.there.ask(query, **variables)


@pytest.fixture
async def pair(in_process: str, four_processes: FourProcesses) -> AsyncIterator[Pair]:
    """Nobody, in front of each topology."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield Pair(Client(in_process, http), Client(four_processes.url, http))


@pytest.fixture(scope="module")
async def twins(in_process: str, four_processes: FourProcesses) -> AsyncIterator[tuple[Viewer, Viewer]]:
    """Two accounts that did the same, each in its topology."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield await new_viewer(Client(in_process, http)), await new_viewer(Client(four_processes.url, http))


@pytest.fixture
def pair_of(twins: tuple[Viewer, Viewer]) -> Callable[[bool], tuple[Viewer, Viewer]]:
    """Who is in front of each topology: the same viewer for what is only read, twins for what writes."""

    def chosen(reads: bool) -> tuple[Viewer, Viewer]:
        one, other = twins
        return one, replace(one, client=replace(other.client, token=one.client.token)) if reads else other

    return chosen


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """What clients may ask today."""
    return build_schema(api_sdl())


@each
async def test_an_operation_of_the_contract_has_the_same_answer(
    name: str, schema: GraphQLSchema, pair_of: Callable[[bool], tuple[Viewer, Viewer]]
) -> None:
    document = without_missing(schema, OPERATIONS[name])
    operation = document.definitions[0] if document.definitions else None
    if not isinstance(operation, OperationDefinitionNode) or not operation.selection_set.selections:
        return  # nothing of it is there yet
    answers = []
    for viewer in pair_of(operation.operation is OperationType.QUERY):
        variables = variables_of(name, viewer)
        if operation.operation is OperationType.SUBSCRIPTION:
            async with viewer.client.subscribed(print_ast(document), **variables) as following:
                answers.append(await following())
        else:
            answers.append(await viewer.client.ask(print_ast(document), **variables))
    here, there = map(told, answers)
    assert there == here


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "anonymous"])
async def test_a_page_is_the_same(pair: Pair, signed_in: bool) -> None:
    if signed_in:
        await pair.there.sign_in()
        pair.here.token = pair.there.token
    here, there = await pair.ask(PAGE, first=20)
    assert told(there) == told(here)
    assert len(here["data"]["titles"]["edges"]) == 20
    assert (here["data"]["titles"]["edges"][0]["node"]["inWatchlist"] is not None) is signed_in


MANY = (
    f"{{ {' '.join(f't{n}: titles(first: 1) {{ edges {{ node {{ ...Many }} }} }}' for n in range(220))} }}"
    f" fragment Many on Title {{ {' '.join(f'n{n}: name' for n in range(12))} }}"
)
"""Less than 10,000 tokens, and more than that for the subgraph, which is sent no fragments."""
LATE = "999999999999999-000000-tv"
VIEWERS: list[tuple[str, str, dict[str, Any]]] = [
    ("unknown title", "mutation ($v: ID!) { addToWatchlist(input: {titleId: $v}) { revision } }", {"v": UNKNOWN}),
    (
        "one of two mutations",
        """mutation ($v: ID!, $m: ID!) { bad: addToWatchlist(input: {titleId: $v}) { revision }
           good: addToWatchlist(input: {titleId: $m}) { title { name bestOffer(region: "US") { kind } } } }""",
        {"v": UNKNOWN},
    ),
    ("a rating of 11", "mutation ($m: ID!) { rateTitle(input: {titleId: $m, value: 11}) { rating { value } } }", {}),
    (
        "a stamp of tomorrow",
        """mutation ($m: ID!, $s: String) { reportPlayback(
           input: {titleId: $m, positionMs: 1, state: PLAYING, stamp: $s}) { stamp } }""",
        {"s": LATE},
    ),
    ("no variable", "query ($v: ID!) { title(id: $v) { name } }", {}),
    ("a null variable", "query ($v: ID!) { title(id: $v) { name } }", {"v": None}),
    ("a wrong enum", "query ($v: [Genre!]) { titles(filter: {genres: $v}) { totalCount } }", {"v": ["NOPE"]}),
    ("a huge number", "query ($v: Int) { titles(first: $v) { totalCount } }", {"v": 2**70}),
    ("an unknown input field", "query ($v: TitleFilter) { titles(filter: $v) { totalCount } }", {"v": {"colour": 1}}),
    ("two bad variables", "query ($a: Int, $b: Int) { titles(first: $a, after: $b) { totalCount } }", {"a": "x"}),
    ("another's viewer fields", "{ me { id profiles { id name } } titles(first: 1) { totalCount } }", {}),
    (
        "bad arguments of aliases in a list",
        """{ all: titles(first: 3) { edges { item: node { name a: offers(region: "ZZ") { id }
           b: bestOffer(region: "US") { kind } c: similar(first: 101) { edges { score } } } } } }""",
        {},
    ),
    (
        "a bad argument in a list, as a variable",
        """query ($n: Int) { titles(first: 3) { edges { node { name similar(first: $n) { edges { score } } } } } }""",
        {"n": 101},
    ),
    (
        "bad arguments in several subgraphs",
        """query ($n: Int) { titles(first: 2) { edges { node { name similar(first: $n) { edges { score } }
           credits(first: $n) { edges { node { role } } } children(first: $n) { totalCount } } } }
           platforms(first: $n) { edges { cursor } } recommendations(first: $n) { edges { cursor } } }""",
        {"n": -1},
    ),
    (
        "a bad id among good ones",
        "query ($m: ID!, $v: ID!) { titlesByIds(ids: [$m, $v]) { name bestOffer { kind } inWatchlist } }",
        {"v": UNKNOWN},
    ),
    ("a malformed id among good ones", 'query ($m: ID!) { titlesByIds(ids: [$m, "x"]) { name inWatchlist } }', {}),
    ("a platform without a region", '{ platformCatalog(platformId: "x", region: "US") { edges { cursor } } }', {}),
    ("introspection beside data", '{ __type(name: "Title") { name kind } genres { name } __typename }', {}),
    ("nothing but a name", "{ __typename }", {}),
    ("skipped", "query ($s: Boolean = true) { genres @skip(if: $s) { name } me @include(if: $s) { displayName } }", {}),
    ("an operation too many", "query A { genres { name } } query B { genres { name } }", {}),
    ("no operation", "fragment F on Title { name }", {}),
    ("a subscription by POST", "subscription { watchlistChanged { kind } }", {}),
    ("no GraphQL", "{ titles(", {}),
    ("what fragments make long", MANY, {}),
]


@pytest.mark.parametrize(("query", "variables"), [case[1:] for case in VIEWERS], ids=[case[0] for case in VIEWERS])
async def test_a_viewer_is_told_the_same(
    pair_of: Callable[[bool], tuple[Viewer, Viewer]], query: str, variables: Mapping[str, Any]
) -> None:
    answers = []
    for viewer in pair_of(not query.startswith("mutation")):
        given = {"m": viewer.movies[1], **variables} if "$m" in query else variables
        answers.append(await viewer.client.ask(query, **given))
    here, there = map(told, answers)
    assert there == here


@pytest.mark.parametrize(("query", "variables"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
async def test_bad_input_of_nobody_is_told_the_same(pair: Pair, query: str, variables: Mapping[str, Any]) -> None:
    here, there = await pair.ask(query, **variables)
    assert told(there) == told(here)


# – requests that are refused as a whole –

REQUESTS: dict[str, dict[str, Any]] = {
    "a forged token": {"headers": {"authorization": "Bearer a.b.c"}, "json": {"query": "{ genres { genre } }"}},
    "a forged token for two subgraphs": {
        "headers": {"authorization": "Bearer a.b.c"},
        "json": {"query": "{ genres { genre } platforms { edges { cursor } } me { id } }"},
    },
    "a forged token, writing": {
        "headers": {"authorization": "Bearer a.b.c"},
        "json": {"query": f'mutation {{ addToWatchlist(input: {{titleId: "{UNKNOWN}"}}) {{ revision }} }}'},
    },
    "no bearer": {"headers": {"authorization": "Basic YTpi"}, "json": {"query": "{ genres { genre } }"}},
    "no JSON": {"content": b"{", "headers": {"content-type": "application/json"}},
    "no content type": {"content": b'{"query": "{ genres { genre } }"}'},
    "no query": {"json": {"variables": {}}},
    "variables that are a list": {"json": {"query": "{ genres { genre } }", "variables": []}},
    "no GraphQL": {"json": {"query": "{ genres"}},
    "an unknown field": {"json": {"query": "{ nothing }"}},
    "a wrong variable": {
        "json": {"query": "query ($n: Int) { titles(first: $n) { totalCount } }", "variables": {"n": "x"}}
    },
    "an unknown operation": {"json": {"query": "query A { genres { genre } }", "operationName": "B"}},
    "a mutation by GET": {"method": "GET", "params": {"query": "mutation { logout }"}},
    "a query by GET": {"method": "GET", "params": {"query": "{ genres { genre } }"}},
    "a method of its own": {"method": "PUT", "json": {"query": "{ genres { genre } }"}},
    "an event stream": {"json": {"query": "{ genres { genre } }"}, "headers": {"accept": "text/event-stream"}},
    "a body that is too large": {"json": {"query": "{ genres { genre } }" + " " * 1_100_000}},
}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("name", REQUESTS)
async def test_a_request_is_refused_the_same(pair: Pair, name: str, accept: str) -> None:
    given = REQUESTS[name]
    given = {"method": "POST", **given, "headers": {"accept": accept, **given.get("headers", {})}}
    here, there = [await one.http.request(url=one.url + "/graphql", **given) for one in (pair.here, pair.there)]
    assert there.text == here.text
    assert there.status_code == here.status_code
    for header in ("content-type", "www-authenticate", "allow"):
        assert there.headers.get(header) == here.headers.get(header)


SUBSCRIPTIONS: dict[str, dict[str, Any]] = {
    "nobody": {"query": "subscription { mine: watchlistChanged { kind } }"},
    "an unknown revision": {"query": 'subscription { watchlistChanged(since: "nonsense") { kind } }', "viewer": True},
    "a wrong variable": {"query": "subscription ($v: Int) { watchlistChanged(since: $v) { kind } }", "viewer": True},
    "an unknown field": {"query": "subscription { watchlistChanged { colour } }", "viewer": True},
    "a query": {"query": '{ genres { genre } title(id: "x") { name } }'},
}


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_subscription_is_refused_the_same(
    pair: Pair, pair_of: Callable[[bool], tuple[Viewer, Viewer]], name: str
) -> None:
    given = SUBSCRIPTIONS[name]
    if given.get("viewer"):
        pair.here.token = pair.there.token = pair_of(True)[0].client.token
    answers = []
    for client in (pair.here, pair.there):
        async with client.subscribed(given["query"]) as following:
            answer = await following()
            answers.append(told({"errors": answer} if isinstance(answer, list) else answer))
    assert answers[1] == answers[0]
    assert answers[0]["errors"]


async def test_a_forged_token_ends_a_socket(pair: Pair) -> None:
    for client in (pair.here, pair.there):
        client.token = "a.b.c"
        with pytest.raises(ConnectionClosed) as closed:
            async with client.subscribed("subscription { watchlistChanged { kind } }") as following:
                await following()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason.partition(":")[0]) == (4403, "UNAUTHENTICATED")


# – one of them dies –

SHORT = "query Page($n: Int!) { titles(first: $n) { edges { node { name inWatchlist matchScore } } } }"
RATE = "mutation ($id: ID!) { rateTitle(input: {titleId: $id, value: 6}) { rating { value } } }"
CHANGED = "subscription ($since: String) { watchlistChanged(since: $since) { kind } }"


def codes(answer: Mapping[str, Any]) -> list[tuple[Any, str]]:
    return [(path, code) for path, code, _ in told(answer)["errors"]]


async def health_of(gateway: Client, status: str) -> dict[str, bool]:
    """Wait until a gateway has this to say of itself; return which subgraphs answer."""
    async with asyncio.timeout(30):
        while True:
            answer = await gateway.http.get(gateway.url + "/health/ready")
            assert answer.status_code == 200, "it can plan, and the others answer"
            if answer.json()["status"] == status:
                return {name: check["ok"] for name, check in answer.json()["checks"].items()}
            await asyncio.sleep(0.05)


async def test_the_rest_outlives_a_subgraph_and_all_is_whole_when_it_is_back(
    twins: tuple[Viewer, Viewer], four_processes: FourProcesses
) -> None:
    _, viewer = twins
    client = viewer.client
    whole = await client.data(SHORT, n=3)
    assert all((await health_of(client, "ok")).values())
    try:
        async with client.subscribed(CHANGED, since=await revision_of(client)) as following:
            assert await client.data(ADD, id=viewer.movies[3])
            assert (await following())["data"]["watchlistChanged"] == {"kind": "ADDED"}
            await four_processes.kill("users")
            assert codes(await following()) == [(["watchlistChanged"], "UPSTREAM_UNAVAILABLE")]
        partial = await client.ask(SHORT, n=3)
        nodes = [edge["node"] for edge in partial["data"]["titles"]["edges"]]
        assert nodes == [{**edge["node"], "inWatchlist": None} for edge in whole["titles"]["edges"]]
        assert codes(partial) == [
            (["titles", "edges", index, "node", "inWatchlist"], "UPSTREAM_UNAVAILABLE") for index in range(3)
        ]
        assert "users" in partial["errors"][0]["message"]
        assert codes(await client.ask(RATE, id=viewer.movies[3])) == [(["rateTitle"], "UPSTREAM_UNAVAILABLE")]
        async with client.subscribed(CHANGED) as following:
            assert [error["extensions"]["code"] for error in await following()] == ["UPSTREAM_UNAVAILABLE"]
        found = await health_of(client, "degraded")
        assert found == {"catalog": True, "availability": True, "users": False, "recommendations": True}
    finally:
        await four_processes.revive("users")
    assert all((await health_of(client, "ok")).values())
    assert await client.data(SHORT, n=3) == whole
    assert await client.data(RATE, id=viewer.movies[3]) == {"rateTitle": {"rating": {"value": 6}}}
