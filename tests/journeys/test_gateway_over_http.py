"""The same graph with every subgraph behind HTTP: the same data and errors; and a partner's subgraph that joins."""

import asyncio
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
import yaml
from graphql import build_schema
from starlette.applications import Starlette
from starlette.types import ASGIApp
from typer.testing import CliRunner

from datasources.sources import Sources
from graph.app import create_gateway_app
from graph.auth import AccessTokens
from graph.cli import cli
from graph.compose import schemas
from graph.compose.files import product_file, supergraph_sdl
from graph.context import ForwardingContexts
from graph.errors import format_error
from graph.gateway.gateway import Gateway
from graph.gateway.join_spec import read_supergraph
from graph.gateway.remote import Remote, RemoteSubgraph, remote_subgraphs
from graph.gateway.routed import Routed
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.operation import Operation, Result
from graph.serving.endpoint import GraphQLEndpoint
from resolvers.context import Context
from subgraphs.build import graphql_schema
from subgraphs.registry import SUBGRAPHS
from subgraphs.scalars import scalars_by_name
from tests.journeys.client import Client, environment, program, settings_for
from tests.journeys.test_bad_input import CASES
from tests.journeys.test_one_query_four_subgraphs import PAGE

ROOT = Path(__file__).parents[2]
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
ADD = "mutation ($id: ID!) { addToWatchlist(input: {titleId: $id}) { revision title { name inWatchlist } } }"
CHANGED = 'subscription { watchlistChanged { kind title { name bestOffer(region: "US") { kind } inWatchlist } } }'
PARTNER = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Title @key(fields: "id") { id: ID! reviews: [Review!]! }
type Review { by: String! stars: Int! }
type Query { reviewers: [String!]! }
"""
SERVED_BY_PARTNER = """
type Title { id: ID! reviews: [Review!]! }
type Review { by: String! stars: Int! }
scalar _Any
union _Entity = Title
type Query { reviewers: [String!]! _entities(representations: [_Any!]!): [_Entity]! }
"""


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Run an application on a free port; yield its address."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    lifespan: Any = "on" if isinstance(app, Starlette) else "off"
    config = uvicorn.Config(app, ws="websockets-sansio", lifespan=lifespan, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
async def gateway(server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a gateway that has nothing but the addresses of four subgraphs."""
    supergraph = read_supergraph(supergraph_sdl(), scalars_by_name())
    urls = {subgraph.name: f"{server}/subgraphs/{subgraph.name}/graphql" for subgraph in SUBGRAPHS}
    places = remote_subgraphs(supergraph, urls, 10.0)
    settings = settings_for(tmp_path_factory.mktemp("gateway"))
    async with listening(create_gateway_app(settings, supergraph, lambda: Remote(places))) as url:
        yield url


@pytest.fixture
async def remote(gateway: str) -> AsyncIterator[Client]:
    """A front end of that gateway."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield Client(gateway, http)


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "anonymous"])
async def test_a_page_is_the_same_whether_subgraphs_are_here_or_elsewhere(
    client: Client, remote: Client, signed_in: bool
) -> None:
    if signed_in:
        await remote.sign_in()
        client.token = remote.token
    here, elsewhere = await client.data(PAGE, first=20), await remote.data(PAGE, first=20)
    assert elsewhere == here
    assert len(here["titles"]["edges"]) == 20
    assert (here["titles"]["edges"][0]["node"]["inWatchlist"] is not None) is signed_in


def places_and_codes(answer: Result) -> list[tuple[Any, str]]:
    return [(error.get("path"), error["extensions"]["code"]) for error in answer["errors"]]


@pytest.mark.parametrize(("query", "variables"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
async def test_errors_have_the_same_path_and_code(
    client: Client, remote: Client, query: str, variables: Mapping[str, Any]
) -> None:
    here, elsewhere = await client.ask(query, **variables), await remote.ask(query, **variables)
    assert places_and_codes(elsewhere) == places_and_codes(here)
    assert elsewhere.get("data", "none") == here.get("data", "none")


async def test_a_forged_token_is_refused_by_the_subgraphs(client: Client, remote: Client) -> None:
    client.token = remote.token = "a.b.c"
    here, elsewhere = await client.ask("{ genres { genre } }"), await remote.ask("{ genres { genre } }")
    assert here["errors"][0]["extensions"] == elsewhere["errors"][0]["extensions"]
    assert not elsewhere.get("data")


async def test_a_device_hears_through_the_gateway_what_another_adds(remote: Client) -> None:
    credentials = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery", "displayName": "Viewer"}
    remote.token = (await remote.data(REGISTER, input=credentials))["register"]["accessToken"]
    title = (await remote.data("{ titles(first: 1) { edges { node { id name } } } }"))["titles"]["edges"][0]["node"]
    async with remote.subscribed(CHANGED) as following:
        heard = asyncio.create_task(following())
        for _ in range(40):  # until the subscription, which nobody acknowledges, is there to hear it
            added = (await remote.data(ADD, id=title["id"]))["addToWatchlist"]
            assert added["title"] == {"name": title["name"], "inWatchlist": True}
            done, _ = await asyncio.wait({heard}, timeout=0.25)
            if done:
                break
            await remote.data(ADD.replace("addTo", "removeFrom"), id=title["id"])
        event = (await heard)["data"]["watchlistChanged"]
    assert event["title"]["name"] == title["name"]
    assert event["title"]["bestOffer"]["kind"]


async def test_a_gateway_alone_lives_and_is_ready(gateway: str) -> None:
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{gateway}/health/live")).status_code == 200
        assert (await http.get(f"{gateway}/health/ready")).status_code == 200


# – the command –


async def test_the_command_needs_nothing_but_addresses(server: str, tmp_path: Path) -> None:
    command = [*program(), "gateway", "--port", "0"]
    for subgraph in SUBGRAPHS:
        command += ["--url", f"{subgraph.name}={server}/subgraphs/{subgraph.name}/graphql"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment(tmp_path / "none"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            ready = (await process.stdout.readline()).decode()
        async with httpx.AsyncClient(timeout=30) as http:
            client = await Client(ready.split()[-1], http).sign_in()
            data = await client.data("{ me { displayName } genres { genre } platforms { edges { cursor } } }")
        assert data["me"]["displayName"]
        assert data["genres"]
        assert data["platforms"]["edges"]
    finally:
        process.terminate()
        assert await process.wait() in {0, -signal.SIGTERM}
    assert not (tmp_path / "none").exists(), "it has no use for a home"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--url", "moons=http://127.0.0.1:1/"], "no subgraph 'moons'"),
        (["--url", "catalog"], "name=http://"),
        (["--url", "catalog=catalog:4001"], "http:// or https://"),
        (["--supergraph", "empty.graphql"], "Supergraph"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_options(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.graphql").write_text("type Query { a: Int }")
    done = CliRunner().invoke(cli, ["gateway", *options])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


# – a fifth subgraph –


class Partner:
    """A partner's subgraph: knows titles by their ids only, and who liked them; a Graph to serve."""

    def __init__(self) -> None:
        schema = build_schema(SERVED_BY_PARTNER)
        query, title = schema.query_type, schema.type_map["Title"]
        assert query is not None
        self.asked: list[list[dict[str, Any]]] = []
        query.fields["_entities"].resolve = self._entities
        query.fields["reviewers"].resolve = lambda _root, _info: ["Roger"]
        title.fields["reviews"].resolve = lambda _title, _info: [{"by": "Roger", "stars": 4}]  # type: ignore[attr-defined]
        self._inner = InProcess({"reviews": schema}, format_error)

    def _entities(self, _root: Any, _info: Any, representations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.asked.append(representations)
        return representations

    async def execute(self, operation: Operation, context: Context, _allowed: Any = None) -> Result:
        return await self._inner.execute("reviews", SubgraphOperation(operation.query, operation.variables), context)

    async def subscribe(self, operation: Operation, context: Context) -> Result:
        return await self.execute(operation, context)


@pytest.mark.skipif(shutil.which("npm") is None, reason="Node and npm, which compose, are not on PATH")
async def test_a_partner_joins_by_an_address_and_a_schema(
    demo_sources: Sources, tokens: AccessTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = Partner()
    async with listening(GraphQLEndpoint(partner, ForwardingContexts())) as url:
        (tmp_path / "reviews.graphql").write_text(PARTNER)
        recipe = yaml.safe_load(product_file("supergraph.yaml").read_text())
        for place in recipe["subgraphs"].values():
            place["schema"]["file"] = str(product_file("supergraph.yaml").parent / place["schema"]["file"])
        recipe["subgraphs"]["reviews"] = {"routing_url": url, "schema": {"file": "reviews.graphql"}}
        (tmp_path / "supergraph.yaml").write_text(yaml.safe_dump(recipe))
        monkeypatch.setattr(schemas, "product_file", lambda name: tmp_path / name)
        supergraph = read_supergraph(await asyncio.to_thread(schemas.composed), scalars_by_name())

        ours = InProcess({one.name: graphql_schema(one.build(None)) for one in SUBGRAPHS}, format_error)
        address = remote_subgraphs(supergraph, {}, 10.0)["reviews"].url
        async with Remote({"reviews": RemoteSubgraph(address, headers=frozenset())}) as elsewhere:
            gateway = Gateway(supergraph, Routed({"reviews": elsewhere}, otherwise=ours))
            query = """{ reviewers titles(first: 3) { edges { node {
                         id name offers(region: "US") { kind } reviews { by stars } } } } }"""
            answer = await gateway.execute(Operation(query), Context(sources=demo_sources, tokens=tokens))
    assert "errors" not in answer, answer["errors"]
    nodes = [edge["node"] for edge in answer["data"]["titles"]["edges"]]
    assert [node["reviews"] for node in nodes] == [[{"by": "Roger", "stars": 4}]] * 3
    assert all(node["name"] and node["offers"] for node in nodes)
    assert answer["data"]["reviewers"] == ["Roger"]
    assert partner.asked == [[{"__typename": "Title", "id": node["id"]} for node in nodes]], "one fetch for all titles"
