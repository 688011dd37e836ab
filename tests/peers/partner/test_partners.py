"""Two partners on others' servers join by URL and SDL: Apollo's subgraph library on Yoga, and Mercurius' federation.

Each is asked for its SDL (`_service`), as one would ask a partner; it is composed with ours and served beside them.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from datasources.sources import Sources
from graph.app import create_app
from graph.cli import cli
from tests.journeys.client import Client, listening, settings_for
from tests.journeys.partner import recipe

HERE = Path(__file__).parent
NAMES = ("reviews", "products")
REVIEW = 'mutation ($id: ID!) { review(title: $id, stars: 5, author: "Pauline") { id title { name } } }'
STOCK = """mutation ($id: ID!, $sku: String!) { stock(title: $id, sku: $sku) {
  id sku title { name headline bestOffer(region: "US") { kind } }
} }"""

pytestmark = [
    pytest.mark.skipif(shutil.which("npm") is None, reason="Node and npm are not on PATH"),
    pytest.mark.skipif(not (HERE / "node_modules").is_dir(), reason="run `npm ci` in tests/peers/partner first"),
]


@asynccontextmanager
async def running(name: str) -> AsyncIterator[str]:
    """Run a partner's server; yield its URL."""
    process = await asyncio.create_subprocess_exec("node", f"{name}.mjs", cwd=HERE, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http://"), f"{name} does not start"
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(scope="session")
async def partnered(demo_sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of our application with both partners in its supergraph."""
    folder = tmp_path_factory.mktemp("partners")
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(running(name)) for name in NAMES}
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        for name, url in urls.items():
            answer = (await http.post(url, json={"query": "{ _service { sdl } }"})).json()
            (folder / f"{name}.graphql").write_text(answer["data"]["_service"]["sdl"])
        (folder / "mine.yaml").write_text(
            yaml.safe_dump(recipe({name: (url, f"{name}.graphql") for name, url in urls.items()}))
        )
        done = CliRunner().invoke(cli, ["schema", "--compose", str(folder / "mine.yaml")])
        assert done.exit_code == 0, done.stderr
        (folder / "mine.graphql").write_text(done.stdout)

        @asynccontextmanager
        async def opened() -> AsyncIterator[Sources]:
            yield demo_sources

        app = create_app(settings_for(folder, MEDIA_GATEWAY_SUPERGRAPH=folder / "mine.graphql"), opened)
        yield await stack.enter_async_context(listening(app))


@pytest.fixture
async def client(partnered: str) -> AsyncIterator[Client]:
    """A front end that is signed in."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield await Client(partnered, http).sign_in()


async def a_title(client: Client) -> dict[str, str]:
    """Return a title of the demo catalogue."""
    found = await client.data('{ titleByExternalId(source: IMDB, id: "tt0133093") { id name } }')
    return found["titleByExternalId"]


async def test_a_query_over_six_subgraphs(client: Client) -> None:
    title = await a_title(client)
    written = (await client.data(REVIEW, id=title["id"]))["review"]
    assert written["title"]["name"] == title["name"], "what theirs refers to, ours knows"
    sku = uuid4().hex
    stocked = (await client.data(STOCK, id=title["id"], sku=sku))["stock"]
    assert stocked["title"]["name"] == title["name"]
    assert stocked["title"]["headline"] == "The Matrix (1999), reviewed"
    assert stocked["title"]["bestOffer"]["kind"]
    data = await client.data(
        """query ($id: ID!) {
          title(id: $id) {
            name headline bestOffer(region: "US") { kind } inWatchlist similar(first: 1) { edges { node { headline } } }
            reviews { id stars author title { releaseYear } } products { sku title { name reviews { stars } } }
          }
          reviewsOf(titles: [$id]) { author title { products { sku } directors { name } } }
          product(id: "apollo-federation") { sku package dimensions { size weight } title { name } }
        }""",
        id=title["id"],
    )
    found = data["title"]
    assert found["headline"] == "The Matrix (1999), reviewed", "@requires our fields"
    assert found["bestOffer"]["kind"]
    assert found["inWatchlist"] in {True, False}
    assert found["similar"]["edges"][0]["node"]["headline"].endswith(", reviewed")
    assert {"id": written["id"], "stars": 5, "author": "Pauline", "title": {"releaseYear": 1999}} in found["reviews"]
    assert [one for one in found["products"] if one["sku"] == sku] == [
        {"sku": sku, "title": {"name": title["name"], "reviews": [{"stars": 5}] * len(found["reviews"])}}
    ]
    assert {person["name"] for person in data["reviewsOf"][0]["title"]["directors"]} == {
        "Lana Wachowski",
        "Lilly Wachowski",
    }
    assert {"sku": sku} in data["reviewsOf"][0]["title"]["products"]
    assert data["product"] == {
        "sku": "federation",
        "package": "@apollo/federation",
        "dimensions": {"size": "small", "weight": 1},
        "title": None,
    }


async def test_a_page_of_titles_costs_a_partner_one_fetch(client: Client) -> None:
    data = await client.data("{ titles(first: 20) { edges { node { name releaseYear headline products { id } } } } }")
    for edge in data["titles"]["edges"]:
        assert edge["node"]["headline"] == f"{edge['node']['name']} ({edge['node']['releaseYear']}), reviewed"


async def test_neither_is_told_who_asks(client: Client) -> None:
    assert await client.data("{ caller me { displayName } }") == {"caller": None, "me": {"displayName": "Ada"}}


async def heard_by(client: Client, query: str, say: str, **variables: str) -> dict[str, object]:
    """Return the first event of a subscription to what a mutation does; nobody acknowledges that it is open."""
    kept = {"id": variables["id"]} if "$id" in query else {}
    async with client.subscribed(query, **kept) as following:
        heard = asyncio.create_task(following())
        for _ in range(40):
            await client.data(say, **variables)
            done, _ = await asyncio.wait({heard}, timeout=0.25)
            if done:
                break
        event: dict[str, object] = await heard
    return event


async def test_events_come_as_an_event_stream_from_yoga(client: Client) -> None:
    title = await a_title(client)
    query = "subscription ($id: ID!) { reviewed(title: $id) { author title { name products { id } } } }"
    event = await heard_by(client, query, REVIEW, id=title["id"])
    assert event["data"]["reviewed"]["title"]["name"] == title["name"]  # type: ignore[index]


async def test_events_come_over_a_websocket_from_mercurius(client: Client) -> None:
    title = await a_title(client)
    query = "subscription { stocked { sku title { name headline } } }"
    event = await heard_by(client, query, STOCK, id=title["id"], sku="heard")
    assert event == {
        "data": {
            "stocked": {"sku": "heard", "title": {"name": title["name"], "headline": "The Matrix (1999), reviewed"}}
        }
    }


async def test_what_nobody_knows_is_null(client: Client) -> None:
    answer = await client.ask('{ product(id: "none") { sku } reviewsOf(titles: ["none"]) { id } }')
    assert answer == {"data": {"product": None, "reviewsOf": []}}
    answer = await client.ask('{ title(id: "none") { headline } }')
    assert not (answer.get("data") or {}).get("title")
