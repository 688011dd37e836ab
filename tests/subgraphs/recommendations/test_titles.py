"""What recommendations add to titles and accounts: similar ones, the match, the reasons, and the taste profile."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from resolvers.domain.viewer import Viewer
from tests.subgraphs.recommendations.conftest import Ask
from tests.subgraphs.recommendations.world import World, person_id, rated, some_id, title_id, viewer

Statements = Callable[[], AbstractContextManager[list[str]]]
NUMBERS = {title_id(number): number for number in range(30)}
ENTITIES = "query ($representations: [_Any!]!) { _entities(representations: $representations) { %s } }"
SIMILAR = """... on Title { id similar(first: 5) { totalCount pageInfo { hasNextPage endCursor } edges { cursor score
node { id } explanation { reason text confidence factors { name weight }
evidence { kind statement title { id } person { id } } } } } }"""
MATCH = """... on Title { id matchScore
whyForMe { reason text confidence factors { name weight } evidence { statement } } }"""
PROFILE = """... on User { tasteProfile { genres { genre affinity } people { affinity person { id } }
moods { mood affinity } signalCount completionRate updatedAt } }"""


def of_titles(*numbers: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"__typename": "Title", "id": title_id(number), **fields} for number in numbers]


def matched(number: int) -> dict[str, Any]:
    """Return a representation with what matchScore requires."""
    genres = (["CRIME", "THRILLER"], ["ROMANCE", "COMEDY"], ["DOCUMENTARY"])[number // 12]
    return of_titles(number, genres=genres, releaseYear=1990 + number, contentClusters=[])[0]


async def entities(
    ask: Ask, selection: str, representations: list[dict[str, Any]], viewer: Viewer | None = None
) -> list[dict[str, Any]]:
    result = await ask(ENTITIES % selection, viewer=viewer, representations=representations)
    assert result["errors"] == []
    found: list[dict[str, Any]] = result["data"]["_entities"]
    return found


async def test_similar_titles_are_co_rated_and_by_the_same_people(ask: Ask, world: World) -> None:
    (found,) = await entities(ask, SIMILAR, of_titles(0))
    edges = found["similar"]["edges"]
    numbers = [NUMBERS[edge["node"]["id"]] for edge in edges]
    assert set(numbers) <= set(range(12))
    assert set(numbers) & {1, 2, 3}  # by the same director
    scores = [edge["score"] for edge in edges]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    for edge, number in zip(edges, numbers, strict=True):
        explanation = edge["explanation"]
        assert sum(factor["weight"] for factor in explanation["factors"]) == pytest.approx(1)
        for fact in explanation["evidence"]:
            if fact["kind"] == "CO_RATING":
                together, likes = map(int, re.findall(r"^(\d+) of (\d+) ", fact["statement"])[0])
                assert (together, likes) == (await world.likes(0, number), await world.likes(0))
            if fact["kind"] == "SHARED_PERSON":
                assert fact["person"]["id"] == person_id(0)
    assert any(fact["kind"] == "CO_RATING" for edge in edges for fact in edge["explanation"]["evidence"])
    assert any(fact["kind"] == "SHARED_PERSON" for edge in edges for fact in edge["explanation"]["evidence"])


async def test_titles_nobody_rated_are_alike_by_content(ask: Ask) -> None:
    (found,) = await entities(ask, SIMILAR, of_titles(24))
    first = found["similar"]["edges"][0]
    assert NUMBERS[first["node"]["id"]] in {25, 26, 27}  # the same director
    assert first["explanation"]["reason"] in {"SAME_PEOPLE", "SAME_GENRES"}


async def test_similar_by_kind_and_page(ask: Ask) -> None:
    selection = "... on Title { similar(first: 3, kinds: [DOCUMENTARY]) { totalCount edges { node { id } } } }"
    (found,) = await entities(ask, selection, of_titles(25))
    assert {NUMBERS[edge["node"]["id"]] for edge in found["similar"]["edges"]} <= set(range(24, 30))
    assert found["similar"]["totalCount"] == 5
    (whole,) = await entities(ask, "... on Title { similar(first: 100) { edges { node { id } } } }", of_titles(0))
    wanted = [edge["node"]["id"] for edge in whole["similar"]["edges"]]
    seen: list[str] = []
    after = "null"
    while True:
        selection = "edges { node { id } } pageInfo { hasNextPage endCursor }"
        selection = f"... on Title {{ similar(first: 4, after: {after}) {{ {selection} }} }}"
        (page,) = await entities(ask, selection, of_titles(0))
        seen += [edge["node"]["id"] for edge in page["similar"]["edges"]]
        after = f'"{page["similar"]["pageInfo"]["endCursor"]}"'
        if not page["similar"]["pageInfo"]["hasNextPage"]:
            break
    assert seen == wanted


async def test_an_episode_is_as_similar_as_its_series(ask: Ask, world: World) -> None:
    await world.database.execute(
        "INSERT INTO titles (id, kind, name, sort_name, match_name, parent_id, source) "
        "VALUES ($1, 'EPISODE', 'E', 'e', 'e', $2, 'demo')",
        some_id(1, 999),
        title_id(0),
    )
    selection = "... on Title { similar(first: 5) { edges { node { id } } } }"
    series, episode = await entities(ask, selection, [*of_titles(0), {"__typename": "Title", "id": some_id(1, 999)}])
    assert episode == series


async def test_nothing_is_like_an_unknown_title(ask: Ask) -> None:
    (found,) = await entities(ask, SIMILAR, [{"__typename": "Title", "id": some_id(9, 9)}])
    assert found["similar"]["edges"] == []


async def test_what_is_gone_or_not_allowed_is_not_similar(ask: Ask, world: World) -> None:
    await entities(ask, SIMILAR, of_titles(0))
    await world.database.execute("DELETE FROM titles WHERE id = $1", title_id(1))
    await world.database.execute("UPDATE profiles SET max_age = 12 WHERE id = $1", some_id(3, 0))
    (found,) = await entities(
        ask, "... on Title { similar(first: 50) { edges { node { id } } } }", of_titles(0), viewer(0)
    )
    numbers = {NUMBERS[edge["node"]["id"]] for edge in found["similar"]["edges"]}
    assert numbers
    assert 1 not in numbers
    assert all(number % 2 for number in numbers)


async def test_similar_of_twenty_titles_takes_as_many_statements_as_of_one(ask: Ask, statements: Statements) -> None:
    await entities(ask, SIMILAR, of_titles(0))
    counts = []
    for numbers in (range(1), range(20)):
        with statements() as seen:
            await entities(ask, SIMILAR.replace("totalCount", ""), of_titles(*numbers))
        assert len(seen) == len(set(seen))
        counts.append(len(seen))
    assert counts == [3, 3]  # titles there; names of titles, of people


async def test_match_and_reasons_follow_taste(ask: Ask) -> None:
    unrated = next(number for number in range(12) if number not in rated(0))
    crime, romance = await entities(ask, MATCH, [matched(unrated), matched(20)], viewer(0))
    assert 0.5 < crime["matchScore"] <= 1
    assert 0 <= romance["matchScore"] < 0.5
    assert not crime["whyForMe"]["text"].startswith("Maybe not for you")
    assert romance["whyForMe"]["text"].startswith("Maybe not for you")
    assert {"statement": "You liked 0 of 2 romance titles"} in romance["whyForMe"]["evidence"]
    for found in (crime, romance):
        assert sum(factor["weight"] for factor in found["whyForMe"]["factors"]) == pytest.approx(1)
        assert found["whyForMe"]["evidence"]


async def test_the_match_is_computed_from_what_the_catalogue_says(ask: Ask) -> None:
    told = [
        {**matched(20), "genres": ["CRIME"], "releaseYear": None},
        {**matched(0), "genres": ["ROMANCE"], "releaseYear": None},
    ]
    one, other = await entities(ask, "... on Title { matchScore }", told, viewer(0))
    assert one["matchScore"] > 0.5 > other["matchScore"]


@pytest.mark.parametrize("who", ["anonymous", "new", "opted out"])
async def test_no_match_without_a_profile(ask: Ask, world: World, who: str) -> None:
    await world.prefer(0, "personalization", value=False)
    asking = {"anonymous": None, "new": viewer(40), "opted out": viewer(0)}[who]
    (found,) = await entities(ask, MATCH, [matched(0)], asking)
    assert found["matchScore"] is None
    assert found["whyForMe"] is None


async def test_match_of_many_titles_reads_the_viewer_once(ask: Ask, statements: Statements) -> None:
    await entities(ask, MATCH, [matched(0)], viewer(0))
    with statements() as seen:
        await entities(ask, MATCH, [matched(number) for number in range(30)], viewer(0))
    assert len(seen) == len(set(seen)) == 4  # settings, ratings and views; names of titles, of people


async def test_taste_profile(ask: Ask) -> None:
    (found,) = await entities(ask, PROFILE, [{"__typename": "User", "id": viewer(0).user_id}], viewer(0))
    profile = found["tasteProfile"]
    genres = {entry["genre"]: entry["affinity"] for entry in profile["genres"]}
    assert genres["CRIME"] > 0.3
    assert genres["ROMANCE"] < 0
    assert all(-1 <= affinity <= 1 for affinity in genres.values())
    strengths = [abs(entry["affinity"]) for entry in profile["genres"]]
    assert strengths == sorted(strengths, reverse=True)
    people = {entry["person"]["id"]: entry["affinity"] for entry in profile["people"]}
    assert people[person_id(0)] > 0
    assert profile["signalCount"] == len(rated(0))
    assert profile["completionRate"] is None
    assert profile["updatedAt"] == "2026-03-01T12:00:00Z"


async def test_completion_rate(ask: Ask, world: World) -> None:
    await world.database.execute(
        "INSERT INTO playbacks (profile_id, title_id, position_ms, duration_ms, state, completed, stamp) VALUES "
        "($1, $2, 100, 100, 'COMPLETED', true, '1'), ($1, $3, 50, 100, 'PAUSED', false, '1')",
        some_id(3, 40),
        title_id(0),
        title_id(1),
    )
    (found,) = await entities(ask, PROFILE, [{"__typename": "User", "id": viewer(40).user_id}], viewer(40))
    assert found["tasteProfile"]["completionRate"] == 0.5
    assert found["tasteProfile"]["signalCount"] == 2


async def test_no_profile_for_somebody_new_or_opted_out(ask: Ask, world: World) -> None:
    await world.prefer(0, "personalization", value=False)
    for number in (0, 40):
        (found,) = await entities(ask, PROFILE, [{"__typename": "User", "id": viewer(number).user_id}], viewer(number))
        assert found["tasteProfile"] is None


@pytest.mark.parametrize(("asking", "code"), [(None, "UNAUTHENTICATED"), (viewer(1), "FORBIDDEN")])
async def test_taste_is_nobody_elses_business(ask: Ask, asking: Viewer | None, code: str) -> None:
    result = await ask(
        ENTITIES % PROFILE, viewer=asking, representations=[{"__typename": "User", "id": viewer(0).user_id}]
    )
    assert result["errors"][0]["extensions"]["code"] == code
    assert result["data"]["_entities"] == [{"tasteProfile": None}]
