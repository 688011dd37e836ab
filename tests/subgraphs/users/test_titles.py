"""Titles as the viewer's own: what other subgraphs' titles get from here, and what that costs."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from datasources.postgres.engine import Database
from datasources.sources import Sources
from tests.subgraphs.users.conftest import Clock, Session, new_viewer, nodes

ENTITIES = """
query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Title { id inWatchlist myRating allowedForMe playback { progress device { id } platform { id } } }
  }
}
"""
RATE = """
mutation ($id: ID!, $value: Float) {
  rateTitle(input: {titleId: $id, value: $value}) { title { id myRating } rating { value ratedAt title { id } } }
}
"""
RATINGS = """
query ($first: Int, $after: String) { me { ratings(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { node { value title { id } } }
} } }
"""


def representations(ids: list[str]) -> list[dict]:
    return [
        {"__typename": "Title", "id": id_, "minimumAge": None if number % 2 else 12} for number, id_ in enumerate(ids)
    ]


async def test_nothing_is_known_of_anonymous(anonymous: Session, title_ids: list[str], statements: Callable) -> None:
    with statements() as seen:
        found = (await anonymous.data(ENTITIES, representations=representations(title_ids[:2])))["_entities"]
    assert found == [
        {"id": id_, "inWatchlist": None, "myRating": None, "allowedForMe": None, "playback": None}
        for id_ in title_ids[:2]
    ]
    assert seen == []


async def test_twenty_titles_cost_one_statement_a_loader(
    sources: Sources, session: Callable[..., Session], title_ids: list[str], statements: Callable
) -> None:
    limited = session(await new_viewer(sources, max_age=12))
    for id_ in title_ids[:3]:
        await limited.data(
            """mutation ($id: ID!) {
              addToWatchlist(input: {titleId: $id}) { revision }
              rateTitle(input: {titleId: $id, value: 7.5}) { rating { value } }
              reportPlayback(input: {titleId: $id, positionMs: 300000, durationMs: 600000, state: PAUSED}) { revision }
            }""",
            id=id_,
        )
    with statements() as seen:
        found = (await limited.data(ENTITIES, representations=representations(title_ids[:20])))["_entities"]
    assert len(seen) == 4, "watchlist, ratings, playbacks, profile"
    assert [title["inWatchlist"] for title in found] == [True] * 3 + [False] * 17
    assert [title["myRating"] for title in found] == [7.5] * 3 + [None] * 17
    assert [title["playback"] and title["playback"]["progress"] for title in found] == [0.5] * 3 + [None] * 17
    assert [title["allowedForMe"] for title in found] == [True, False] * 10, "unrated is not within a limit"


async def test_lists_cost_the_same_however_long(ada: Session, title_ids: list[str], statements: Callable) -> None:
    for id_ in title_ids[:20]:
        await ada.data("mutation ($id: ID!) { addToWatchlist(input: {titleId: $id}) { revision } }", id=id_)
    with statements() as seen:
        data = await ada.data(
            "{ me { watchlist { revision totalCount edges { node { device { id } "
            "title { id name inWatchlist myRating } } } } } }"
        )
    assert len(nodes(data["me"]["watchlist"])) == 20
    assert len(seen) == 5, "account, page, count, watchlist, ratings"


async def test_everything_is_allowed_without_a_limit(ada: Session, title_ids: list[str]) -> None:
    found = (await ada.data(ENTITIES, representations=representations(title_ids[:2])))["_entities"]
    assert [title["allowedForMe"] for title in found] == [True, True]


async def test_a_malformed_reference(ada: Session) -> None:
    assert await ada.code(ENTITIES, representations=[{"__typename": "Title", "id": "x"}]) == "BAD_USER_INPUT"


async def test_the_name_is_known_even_where_it_is_not_provided(ada: Session, title_ids: list[str]) -> None:
    data = await ada.data(RATE.replace("id myRating", "name"), id=title_ids[3], value=1.0)
    assert data["rateTitle"]["title"]["name"] == "Title 3"


async def test_rating_and_taking_it_back(ada: Session, title_ids: list[str], clock: Clock, database: Database) -> None:
    rated = (await ada.data(RATE, id=title_ids[0], value=7))["rateTitle"]
    assert rated["title"] == {"id": title_ids[0], "myRating": 7.0}
    assert rated["rating"] == {"value": 7.0, "ratedAt": "2026-03-01T18:30:00Z", "title": {"id": title_ids[0]}}
    await ada.data(RATE, id=title_ids[0], value=0.5)
    assert await database.fetchval("SELECT weight FROM attention WHERE title_id = $1", title_ids[0]) == 0.5
    for _ in range(2):
        taken = (await ada.data(RATE, id=title_ids[0], value=None))["rateTitle"]
        assert (taken["title"]["myRating"], taken["rating"]) == (None, None)


async def test_ratings_page_by_page(ada: Session, title_ids: list[str], clock: Clock) -> None:
    for id_ in title_ids[:3]:
        await ada.data(RATE, id=id_, value=5)
        clock.advance(seconds=1)
    first = (await ada.data(RATINGS, first=2))["me"]["ratings"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await ada.data(RATINGS, first=2, after=first["pageInfo"]["endCursor"]))["me"]["ratings"]
    assert [node["title"]["id"] for node in [*nodes(first), *nodes(rest)]] == title_ids[2::-1]


@pytest.mark.parametrize("value", [0, 0.25, 10.5, -1, 7.3])
async def test_what_is_no_rating(ada: Session, title_ids: list[str], value: float) -> None:
    assert await ada.code(RATE, id=title_ids[0], value=value) == "BAD_USER_INPUT"


async def test_refused_ratings(ada: Session, anonymous: Session, title_ids: list[str]) -> None:
    assert await ada.code(RATE, id=str(uuid4()), value=5) == "NOT_FOUND"
    assert await anonymous.code(RATE, id=title_ids[0], value=5) == "UNAUTHENTICATED"
