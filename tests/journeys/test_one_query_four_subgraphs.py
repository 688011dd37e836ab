"""A query across subgraphs goes down once and comes up once."""

from collections import Counter

import pytest

from datasources.sources import Sources
from tests.journeys.client import Client
from tests.journeys.topologies import in_process_only

PAGE = """
query Page($first: Int!) {
  titles(first: $first) {
    edges {
      node {
        id name kind releaseYear genres description { text }
        directors { name }
        credits(first: 3) { edges { node { role person { name } } } }
        offers(region: "US") { kind mine price { amount currency } platform { name slug } }
        bestOffer(region: "US") { kind platform { name } }
        inWatchlist myRating allowedForMe playback { positionMs resumeMs }
        matchScore
        similar(first: 3) { edges { score node { id name } explanation { reason text } } }
      }
    }
  }
}
"""


def shape(statement: str) -> str:
    return " ".join(statement.split())


async def statements_of(client: Client, sources: Sources, first: int) -> tuple[list[dict], Counter[str]]:
    seen: list[str] = []
    sources.database.listeners.append(seen.append)
    try:
        data = await client.data(PAGE, first=first)
    finally:
        sources.database.listeners.remove(seen.append)
    return [edge["node"] for edge in data["titles"]["edges"]], Counter(map(shape, seen))


@in_process_only
async def test_the_number_of_statements_does_not_depend_on_the_number_of_titles(
    client: Client, demo_sources: Sources
) -> None:
    await client.sign_in()
    await client.data(PAGE, first=2)  # what is built on first use
    few, for_few = await statements_of(client, demo_sources, 2)
    many, for_many = await statements_of(client, demo_sources, 20)
    assert (len(few), len(many)) == (2, 20)
    assert for_many.keys() == for_few.keys(), "more titles need the same statements"
    # One loader, one statement; credits are read for two sets of arguments: the directors, and the first three.
    twice = {statement for statement, times in for_many.items() if times > 1}
    assert all("FROM credits" in statement and for_many[statement] == 2 for statement in twice), for_many
    assert for_many == for_few


async def test_every_subgraph_answers_its_part(client: Client) -> None:
    await client.sign_in()
    nodes = [edge["node"] for edge in (await client.data(PAGE, first=20))["titles"]["edges"]]
    assert all(node["name"] and node["genres"] for node in nodes)
    assert all(node["offers"] for node in nodes), "every demo title is offered in the US"
    assert all(node["inWatchlist"] in {True, False} for node in nodes)
    assert all(0 <= node["matchScore"] <= 1 for node in nodes)
    assert any(node["similar"]["edges"] for node in nodes)
    best = [node["bestOffer"]["kind"] for node in nodes]
    assert set(best) <= {"SUBSCRIPTION", "FREE", "ADS", "RENT", "BUY"}


async def test_viewer_fields_are_null_for_anonymous(client: Client) -> None:
    node = (await client.data(PAGE, first=1))["titles"]["edges"][0]["node"]
    assert (node["inWatchlist"], node["myRating"], node["playback"], node["matchScore"]) == (None, None, None, None)
    assert all(offer["mine"] is None for offer in node["offers"])


@in_process_only
@pytest.mark.parametrize("name", ["catalog", "availability", "users", "recommendations"])
async def test_each_subgraph_is_served_at_its_mount(client: Client, name: str) -> None:
    answer = await client.ask("{ _service { sdl } }", f"/subgraphs/{name}/graphql")
    assert "type Title" in answer["data"]["_service"]["sdl"]


async def test_a_title_by_each_of_its_ids(client: Client) -> None:
    found = await client.data('{ titleByExternalId(source: IMDB, id: "tt0133093") { id name externalIds { imdb } } }')
    matrix = found["titleByExternalId"]
    assert matrix["name"] == "The Matrix"
    again = await client.data("query ($id: ID!) { title(id: $id) { name } }", id=matrix["id"])
    assert again["title"]["name"] == "The Matrix"


async def test_series_contain_seasons_contain_episodes(client: Client) -> None:
    data = await client.data(
        """{ titles(first: 1, filter: {kinds: [SERIES]}) { edges { node { name children { totalCount edges { node {
             kind seasonNumber parent { name }
             children(first: 2) { edges { node { kind episodeNumber name } } } } } } } } } }"""
    )
    series = data["titles"]["edges"][0]["node"]
    season = series["children"]["edges"][0]["node"]
    assert (season["kind"], season["parent"]["name"]) == ("SEASON", series["name"])
    assert [edge["node"]["kind"] for edge in season["children"]["edges"]] == ["EPISODE", "EPISODE"]


async def test_search_and_suggest_find_the_catalogue(client: Client) -> None:
    data = await client.data(
        """{ search(input: {query: "keanu reeves matrix"}) { degraded edges { score matchReasons { kind text weight }
             node { name } } }
             suggest(prefix: "the matr") { text spans { start end } target { __typename ... on Title { name } } } }"""
    )
    first = data["search"]["edges"][0]
    assert first["node"]["name"] == "The Matrix"
    assert {"NAME", "PERSON"} <= {reason["kind"] for reason in first["matchReasons"]}
    assert not data["search"]["degraded"]
    assert data["suggest"][0]["target"] == {"__typename": "Title", "name": "The Matrix"}


async def test_paging_through_a_list_gives_each_title_once(client: Client) -> None:
    query = """query ($after: String) { titles(first: 97, after: $after, sort: NAME) {
               totalCount edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after, more = None, True
    while more:
        page = (await client.data(query, after=after))["titles"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(seen) == len(set(seen)) == page["totalCount"] >= 400
