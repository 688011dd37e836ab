"""A partner's subgraph joins by a URL and its SDL: composed with Node, served over HTTP beside our own four."""

import asyncio
import io
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from datasources.sources import Sources
from graph.app import create_app, partners_of, served_supergraph
from graph.cli import cli
from graph.doctor import check_partners, examine
from subgraphs.scalars import scalars_by_name
from tests.journeys.client import Client, environment, free_port, listening, program, settings_for
from tests.journeys.partner import ROOT, SDL, Partner, recipe

README = (ROOT / "README.md").read_text("utf-8")
ADDRESS = "https://reviews.partner.example/graphql"
OUT = """{ titles(first: 3) { edges { node {
  id name headline offers(region: "US") { kind } reviews { by stars title { name directors { name } } }
} } } }"""
BACK = """query ($ids: [ID!]!) { caller reviewed(ids: $ids) {
  reviews { stars } name bestOffer(region: "US") { kind } inWatchlist
  similar(first: 1) { edges { node { headline } } }
} }"""

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="Node and npm, which compose, are not on PATH")


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The supergraph of our four subgraphs and the partner's, as the README says and the command composes it."""
    folder = tmp_path_factory.mktemp("partner")
    shown = re.search(r"```yaml\n(.*?)```", README, re.S)
    assert shown is not None
    ((name, entry),) = yaml.safe_load(shown[1]).items()
    assert (name, entry["routing_url"]) == ("reviews", ADDRESS)
    file = folder / entry["schema"]["file"]
    file.parent.mkdir()
    file.write_text(SDL)
    mine = recipe({})
    mine["subgraphs"][name] = entry
    (folder / "mine.yaml").write_text(yaml.safe_dump(mine))
    done = CliRunner().invoke(cli, ["schema", "--compose", str(folder / "mine.yaml")])
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture
async def partner() -> Partner:
    """The partner's subgraph, not served yet."""
    return Partner()


class Serving:
    """Serves the five subgraphs: the partner's where its SDL says, or at an overriding URL."""

    def __init__(self, composed: str, sources: Sources, folder: Path) -> None:
        self._composed = composed
        self._sources = sources
        self._folder = folder

    def settings(self, address: str, **changes: Any) -> Any:
        file = self._folder / "supergraph.graphql"
        file.write_text(self._composed.replace(ADDRESS, address))
        return settings_for(self._folder, MEDIA_GATEWAY_SUPERGRAPH=file, **changes)

    @asynccontextmanager
    async def __call__(
        self, address: str, urls: Mapping[str, str] | None = None, **changes: Any
    ) -> AsyncIterator[Client]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Sources]:
            yield self._sources

        app = create_app(self.settings(address, **changes), opened, urls=urls or {})
        async with listening(app) as url, httpx.AsyncClient(timeout=30) as http:
            yield Client(url, http)


@pytest.fixture
def serving(composed: str, demo_sources: Sources, tmp_path: Path) -> Serving:
    return Serving(composed, demo_sources, tmp_path)


# – queries across the border –


async def test_from_our_titles_to_the_partner_and_back(serving: Serving, partner: Partner) -> None:
    async with listening(partner.endpoint()) as url, serving(url) as client:
        nodes = [edge["node"] for edge in (await client.data(OUT))["titles"]["edges"]]
        years = await client.data("{ titles(first: 3) { edges { node { releaseYear } } } }")
    assert len(nodes) == 3
    for node, edge in zip(nodes, years["titles"]["edges"], strict=True):
        assert node["headline"] == f"{node['name']} ({edge['node']['releaseYear']})", "@requires our fields"
        assert node["offers"]
        (review,) = node["reviews"]
        assert (review["by"], review["stars"], review["title"]["name"]) == ("Roger", 4, node["name"])
    assert any(node["reviews"][0]["title"]["directors"] for node in nodes)
    assert [sorted(one["id"] for one in asked) for asked in partner.asked] == [sorted(node["id"] for node in nodes)], (
        "one fetch for all titles"
    )


async def test_from_the_partner_to_all_of_ours(serving: Serving, partner: Partner) -> None:
    async with listening(partner.endpoint()) as url, serving(url) as client:
        await client.sign_in()
        titles = (await client.data("{ titles(first: 2) { edges { node { id name } } } }"))["titles"]["edges"]
        data = await client.data(BACK, ids=[edge["node"]["id"] for edge in titles])
    assert [title["name"] for title in data["reviewed"]] == [edge["node"]["name"] for edge in titles]
    for title in data["reviewed"]:
        assert title["reviews"] == [{"stars": 4}]
        assert title["bestOffer"]["kind"]
        assert title["similar"]["edges"][0]["node"]["headline"].endswith(")")
        assert title["inWatchlist"] in {True, False}, "ours know who asks"


async def test_an_address_given_by_name_comes_before_that_of_the_supergraph(serving: Serving, partner: Partner) -> None:
    async with listening(partner.endpoint()) as url, serving(ADDRESS, urls={"reviews": url}) as client:
        assert await client.data('{ reviewed(ids: ["t1"]) { reviews { by } } }') == {
            "reviewed": [{"reviews": [{"by": "Roger"}]}]
        }


async def test_an_application_that_was_closed_reaches_the_partner_when_opened_again(
    serving: Serving, demo_sources: Sources, partner: Partner
) -> None:
    async with listening(partner.endpoint()) as url:
        app = create_app(serving.settings(url), lambda: nullcontext(demo_sources))
        for _ in range(2):
            async with app.router.lifespan_context(app):
                transport = httpx.ASGITransport(app)
                async with httpx.AsyncClient(transport=transport, base_url="http://graph.example") as http:
                    query = '{ reviewed(ids: ["t1"]) { reviews { stars } } }'
                    data = await Client("http://graph.example", http).data(query)
                    assert data == {"reviewed": [{"reviews": [{"stars": 4}]}]}


# – whose token goes where –


@pytest.mark.parametrize("sockets", [True, False], ids=["WebSocket", "event stream"])
async def test_a_partner_is_not_told_who_asks(serving: Serving, partner: Partner, sockets: bool) -> None:
    async with listening(partner.endpoint(sockets=sockets)) as url, serving(url) as client:
        await client.sign_in()
        assert (await client.data("{ caller me { id } }"))["caller"] is None
        async with client.subscribed("subscription { caller }") as following:
            assert (await following())["data"] == {"caller": None}
    assert len(partner.told) == 2
    assert client.token not in str(partner.told)


@pytest.mark.parametrize("trusted", ["reviews", "*"])
@pytest.mark.parametrize("sockets", [True, False], ids=["WebSocket", "event stream"])
async def test_a_trusted_one_is(serving: Serving, partner: Partner, sockets: bool, trusted: str) -> None:
    async with (
        listening(partner.endpoint(sockets=sockets)) as url,
        serving(url, trusted_subgraphs=(trusted,)) as client,
    ):
        await client.sign_in()
        assert (await client.data("{ caller }"))["caller"] == f"Bearer {client.token}"
        async with client.subscribed("subscription { caller }") as following:
            assert (await following())["data"] == {"caller": f"Bearer {client.token}"}


# – subscriptions –


@pytest.mark.parametrize("sockets", [True, False], ids=["WebSocket", "event stream"])
async def test_events_of_a_partner_are_completed_by_ours(serving: Serving, partner: Partner, sockets: bool) -> None:
    async with listening(partner.endpoint(sockets=sockets)) as url, serving(url) as client:
        title = (await client.data("{ titles(first: 1) { edges { node { id name } } } }"))["titles"]["edges"][0]["node"]
        for _ in range(2):  # the second one begins with the protocol that worked
            query = "subscription ($id: ID!) { reviewing(id: $id) { stars title { name } } }"
            async with client.subscribed(query, id=title["id"]) as following:
                event = await following()
                assert event == {"data": {"reviewing": {"stars": 4, "title": {"name": title["name"]}}}}


# – a partner that is not there –


async def test_without_the_partner_answers_are_partial_until_it_comes_back(serving: Serving, partner: Partner) -> None:
    port = free_port()
    async with serving(f"http://127.0.0.1:{port}") as client:
        assert (await client.http.get(f"{client.url}/health/ready")).status_code == 200
        answer = await client.ask(OUT)
        nodes = [edge["node"] for edge in answer["data"]["titles"]["edges"]] if answer["data"] else []
        assert answer["errors"]
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"UPSTREAM_UNAVAILABLE"}
        assert not nodes, "what may not be null takes its parents with it"
        ours = await client.ask("{ titles(first: 2) { edges { node { name } } } caller }")
        assert len(ours["data"]["titles"]["edges"]) == 2
        assert ours["data"]["caller"] is None
        assert [(error["path"], error["extensions"]["code"]) for error in ours["errors"]] == [
            (["caller"], "UPSTREAM_UNAVAILABLE")
        ]
        async with listening(partner.endpoint(), port):
            async with asyncio.timeout(20):
                while (await client.ask(OUT)).get("errors"):  # the breaker leaves it alone for some seconds
                    await asyncio.sleep(0.2)
        assert (await client.http.get(f"{client.url}/health/ready")).status_code == 200


async def test_a_partner_that_is_late_does_not_take_our_part_with_it(serving: Serving) -> None:
    never = asyncio.Event()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await never.wait()

    async with listening(silent) as url:
        async with serving(url, fetch_seconds=0.3) as client:
            answer = await client.ask("{ caller genres { genre } }")
            later = [await client.ask("{ caller }") for _ in range(6)]
        never.set()
    assert answer["data"]["genres"]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["caller"], "TIMEOUT")]
    assert later[-1]["errors"][0]["extensions"]["code"] == "UPSTREAM_UNAVAILABLE", "it is left alone: nobody waits"


async def test_doctor_says_whether_partners_answer(
    serving: Serving, partner: Partner, demo_url: str, tmp_path: Path
) -> None:
    output = io.StringIO()
    settings = serving.settings(f"http://127.0.0.1:{free_port()}", database_url=demo_url)
    assert await examine(settings, Console(file=output, width=80)) == 0, "it is not required"
    (line,) = [line for line in output.getvalue().splitlines() if line.startswith("reviews: ")]
    assert line.startswith("reviews: no http://127.0.0.1:")
    async with listening(partner.endpoint()) as url:
        for trusted, told in [((), "is not sent access tokens"), (("reviews",), "is sent access tokens")]:
            settings = serving.settings(ADDRESS, trusted_subgraphs=trusted)
            places = partners_of(served_supergraph(settings, scalars_by_name()), settings, {"reviews": url})
            (check,) = await check_partners(places)
            assert (check.name, check.ok, check.required, check.detail) == ("reviews", True, False, f"{url}, {told}")


# – the command –


async def test_the_command_serves_a_composed_file(
    composed: str, partner: Partner, demo_url: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.graphql").write_text(composed)
    async with listening(partner.endpoint()) as url:
        process = await asyncio.create_subprocess_exec(
            *program(),
            *("serve", "--port", "0", "--supergraph", str(tmp_path / "mine.graphql"), "--url", f"reviews={url}"),
            *("--forward-authorization", "reviews"),
            cwd=ROOT,
            env=environment(tmp_path / "home", DATABASE_URL=demo_url, DEMO_DATA="false"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                ready = (await process.stdout.readline()).decode()
            async with httpx.AsyncClient(timeout=30) as http:
                client = await Client(ready.split()[-1], http).sign_in()
                data = await client.data("{ caller titles(first: 1) { edges { node { name headline } } } }")
                sdl = (await http.get(f"{client.url}/schema.graphql")).text
        finally:
            process.terminate()
            assert await process.wait() in {0, -signal.SIGTERM}
    assert data["caller"] == f"Bearer {client.token}"
    (edge,) = data["titles"]["edges"]
    assert edge["node"]["headline"].startswith(edge["node"]["name"])
    assert sdl == composed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--url", "moons=http://127.0.0.1:1/"], "no subgraph 'moons' in the supergraph; it has availability, catalog"),
        (["--url", "reviews"], "name=http://"),
        (["--url", "reviews=partner:4001"], "http:// or https://"),
        (["--url", "catalog=http://127.0.0.1:1/"], "'catalog' is served in this process"),
        (["--forward-authorization", "review"], "no subgraph 'review' in the supergraph"),
    ],
    ids=" ".join,
)
def test_the_command_says_what_is_wrong_with_its_options(
    options: list[str], said: str, composed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDIA_GATEWAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "mine.graphql").write_text(composed)
    done = CliRunner().invoke(cli, ["serve", "--supergraph", "mine.graphql", *options])
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "home").exists()


def test_a_supergraph_that_is_none_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.graphql").write_text("type Query { a: Int }")
    for command in (["serve"], ["gateway"], ["doctor"], ["plan", "{ a }"]):
        environ = {"MEDIA_GATEWAY_SUPERGRAPH": "mine.graphql", "MEDIA_GATEWAY_HOME": str(tmp_path / "home")}
        done = CliRunner().invoke(cli, command, env=environ)
        assert done.exit_code == 2, command
        *before, line = done.stderr.splitlines()
        assert line.startswith("SUPERGRAPH Supergraph: ")
        assert not before or command == ["doctor"], "doctor has said before what it looks at"


def test_a_conflict_with_ours_is_told_in_the_composers_words(tmp_path: Path) -> None:
    (tmp_path / "reviews.graphql").write_text(SDL.replace("reviews: [", "originalName: String\n  reviews: ["))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(recipe({"reviews": (ADDRESS, "reviews.graphql")})))
    done = CliRunner().invoke(cli, ["schema", "--compose", str(tmp_path / "mine.yaml")])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("INVALID_FIELD_SHARING: ")
    assert "Title.originalName" in line
    assert "reviews" in line
    assert done.stdout == ""
