"""Recommendations of the two camps, of somebody new, and of nobody in particular."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.subgraphs.recommendations.conftest import Ask
from tests.subgraphs.recommendations.world import World, person_id, profile_id, rated, title_id, viewer

Statements = Callable[[], AbstractContextManager[list[str]]]

QUERY = """
query ($filter: RecommendationFilter, $context: RecommendationContextInput, $first: Int, $after: String) {
  recommendations(filter: $filter, context: $context, first: $first, after: $after) {
    personalized totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { cursor node { id rank score generatedAt title { id } explanation {
      reason text confidence factors { name weight text } evidence { kind statement weight title { id } person { id } }
    } } }
  }
}
"""
NUMBERS = {title_id(number): number for number in range(30)}
CRIME, ROMANCE = range(12), range(12, 24)


async def answer(ask: Ask, person: int | None = None, **variables: Any) -> dict[str, Any]:
    result = await ask(QUERY, viewer=None if person is None else viewer(person), **variables)
    assert result["errors"] == []
    found: dict[str, Any] = result["data"]["recommendations"]
    return found


def titles(found: dict[str, Any]) -> list[int]:
    return [NUMBERS[edge["node"]["title"]["id"]] for edge in found["edges"]]


@pytest.mark.parametrize("person", [0, 3, 11, 19])
async def test_crime_camp_gets_crime(ask: Ask, person: int) -> None:
    found = await answer(ask, person, first=4)
    assert found["personalized"] is True
    assert set(titles(found)) <= set(CRIME)


@pytest.mark.parametrize("person", [20, 27, 39])
async def test_romance_camp_gets_romance(ask: Ask, person: int) -> None:
    found = await answer(ask, person, first=4)
    assert set(titles(found)) <= set(ROMANCE)


async def test_what_was_rated_is_left_out_unless_asked_for(ask: Ask) -> None:
    without = titles(await answer(ask, 0, first=100))
    assert not set(rated(0)) & set(without)
    assert len(without) == 30 - len(rated(0))
    assert set(titles(await answer(ask, 0, first=100, filter={"excludeWatched": False}))) == set(range(30))


async def test_what_was_viewed_or_played_to_the_end_is_left_out(ask: Ask, world: World) -> None:
    before = titles(await answer(ask, 40, first=100))
    await world.database.execute(
        "INSERT INTO views (id, profile_id, title_id, watched_at, completion, source) "
        "VALUES ($1, $1, $2, now(), 1, 'manual')",
        profile_id(40),
        title_id(24),
    )
    await world.database.execute(
        "INSERT INTO playbacks (profile_id, title_id, position_ms, duration_ms, state, completed, stamp) VALUES "
        "($1, $2, 100, 100, 'COMPLETED', true, '1'), ($1, $3, 50, 100, 'PAUSED', false, '1')",
        profile_id(40),
        title_id(25),
        title_id(26),
    )
    after = titles(await answer(ask, 40, first=100))
    assert set(before) - set(after) == {24, 25}


async def test_a_rating_counts_at_once(ask: Ask, world: World) -> None:
    """The model is as it was: only what the viewer did is read live."""
    cold = await answer(ask, 40, first=5)
    assert cold["personalized"] is False
    await world.rate(40, 13, 9.5)
    await world.rate(40, 14, 9)
    warm = await answer(ask, 40, first=5)
    assert warm["personalized"] is True
    assert set(titles(warm)) <= set(ROMANCE)
    assert titles(warm) != titles(cold)
    await world.rate(40, 13, 1)
    await world.rate(40, 14, 1)
    await world.rate(40, 1, 10)
    assert titles(await answer(ask, 40, first=1))[0] in CRIME


async def test_anonymous_gets_popular_and_varied_titles(ask: Ask) -> None:
    found = await answer(ask, first=6)
    assert found["personalized"] is False
    assert titles(found)[0] == 0  # the best known
    assert set(titles(found)) & set(ROMANCE)  # though a list by popularity alone has only crime here
    for edge in found["edges"]:
        explanation = edge["node"]["explanation"]
        assert explanation["reason"] == "POPULAR"
        assert explanation["evidence"] == []


async def test_opting_out_means_being_treated_as_anonymous(ask: Ask, world: World) -> None:
    await world.prefer(0, "personalization", value=False)
    assert titles(await answer(ask, 0, first=20)) == titles(await answer(ask, first=20))
    assert (await answer(ask, 0))["personalized"] is False


async def test_stated_tastes_serve_somebody_new(ask: Ask, world: World) -> None:
    await world.prefer(40, "favoriteGenres", ["ROMANCE"])
    await world.prefer(40, "avoidedGenres", ["CRIME"])
    found = await answer(ask, 40, first=3)
    assert found["personalized"] is False
    assert set(titles(found)) <= set(ROMANCE)
    explanation = found["edges"][0]["node"]["explanation"]
    assert explanation["reason"] in {"STATED_TASTE", "POPULAR"}
    assert "You named romance" in str(explanation["factors"]) or "named romance" in str(explanation["factors"])
    assert explanation["evidence"] == []


async def test_explanations_are_complete_and_their_numbers_true(ask: Ask, world: World) -> None:
    found = await answer(ask, 0, first=20, filter={"excludeWatched": True})
    counted = 0
    for edge in found["edges"]:
        node = edge["node"]
        explanation = node["explanation"]
        weights = [factor["weight"] for factor in explanation["factors"]]
        assert sum(weights) == pytest.approx(1)
        assert weights == sorted(weights, reverse=True)
        assert explanation["text"]
        assert 0 <= explanation["confidence"] <= 1
        for fact in explanation["evidence"]:
            assert 0 <= fact["weight"] <= 1
            if fact["kind"] == "CO_RATING":
                together, likes = map(int, re.findall(r"^(\d+) of (\d+) who liked", fact["statement"])[0])
                seed = NUMBERS[fact["title"]["id"]]
                assert likes == await world.likes(seed)
                assert together == await world.likes(seed, NUMBERS[node["title"]["id"]])
                counted += 1
            elif fact["kind"] == "OWN_RATING":
                seed = NUMBERS[fact["title"]["id"]]
                assert fact["statement"].endswith(f" {rated(0)[seed]:g}")
    assert counted > 3


async def test_own_counts_are_true(ask: Ask) -> None:
    """Of person 0's ratings six are crime titles they like, two are romances they dislike."""
    found = await answer(ask, 0, first=20)
    statements = {fact["statement"] for edge in found["edges"] for fact in edge["node"]["explanation"]["evidence"]}
    assert "You liked 6 of 6 crime titles" in statements
    by_director = [own for own in rated(0) if own // 4 == 0]
    assert f"You liked {len(by_director)} of {len(by_director)} titles with Person 0" in statements
    people = {
        fact["person"]["id"]
        for edge in found["edges"]
        for fact in edge["node"]["explanation"]["evidence"]
        if fact["kind"] == "SHARED_PERSON"
    }
    assert person_id(0) in people


async def test_one_loved_title_is_the_reason(ask: Ask, world: World) -> None:
    await world.rate(40, 0, 9)
    found = await answer(ask, 40, first=1)
    assert found["edges"][0]["node"]["explanation"]["reason"] in {"BECAUSE_YOU_RATED", "SAME_PEOPLE", "SAME_GENRES"}
    texts = [factor["text"] for factor in found["edges"][0]["node"]["explanation"]["factors"]]
    assert "Because you rated Heist 0 9" in texts


async def test_pages_join_without_gap_or_repeat(ask: Ask) -> None:
    whole = await answer(ask, 0, first=100)
    seen: list[int] = []
    after = None
    while True:
        page = await answer(ask, 0, first=7, after=after)
        ranks = [edge["node"]["rank"] for edge in page["edges"]]
        assert ranks == [len(seen) + place for place in range(1, len(ranks) + 1)]
        seen += titles(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == titles(whole)
    assert whole["totalCount"] == len(seen)
    scores = [edge["node"]["score"] for edge in whole["edges"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


async def test_same_state_same_answer(ask: Ask) -> None:
    assert await answer(ask, 5, first=20) == await answer(ask, 5, first=20)


async def test_cursors_belong_to_a_viewer_and_a_filter(ask: Ask) -> None:
    cursor = (await answer(ask, 0, first=2))["pageInfo"]["endCursor"]
    others: list[tuple[int | None, dict[str, Any]]] = [
        (1, {}),
        (None, {}),
        (0, {"filter": {"kinds": ["MOVIE"]}}),
        (0, {"context": {"hour": 3}}),
    ]
    for person, arguments in others:
        result = await ask(QUERY, viewer=None if person is None else viewer(person), after=cursor, **arguments)
        assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ({"kinds": ["DOCUMENTARY"]}, set(range(24, 30))),
        ({"genres": ["COMEDY"]}, set(ROMANCE)),
        ({"excludeGenres": ["COMEDY", "DOCUMENTARY"]}, set(CRIME)),
        ({"maxRuntimeMinutes": 100}, {number for number in range(30) if 80 + 5 * number <= 100}),
    ],
)
async def test_filters(ask: Ask, wanted: dict[str, Any], allowed: set[int]) -> None:
    assert set(titles(await answer(ask, filter=wanted, first=100))) == allowed


async def test_an_age_limit_holds(ask: Ask, world: World) -> None:
    await world.database.execute("UPDATE profiles SET max_age = 12 WHERE id = $1", profile_id(0))
    found = titles(await answer(ask, 0, first=100, filter={"excludeWatched": False}))
    assert set(found) == {number for number in range(30) if number % 2}


async def test_region(ask: Ask, world: World) -> None:
    platform = profile_id(99)
    await world.database.execute("INSERT INTO platforms (id, slug, name) VALUES ($1, 'a', 'A')", platform)
    await world.database.execute(
        "INSERT INTO offers (id, title_id, platform_id, region, kind, source) "
        "VALUES ($1, $1, $2, 'DE', 'RENT', 'demo')",
        title_id(5),
        platform,
    )
    assert titles(await answer(ask, filter={"region": "DE"})) == [5]
    assert titles(await answer(ask, filter={"region": "FR"})) == []
    assert len(titles(await answer(ask, first=100))) == 30  # nothing is known of the default region
    await world.prefer(40, "region", "DE")
    assert titles(await answer(ask, 40)) == [5]


async def test_time_and_mood_move_titles_up(ask: Ask) -> None:
    short = await answer(ask, context={"minutesAvailable": 90, "mood": None}, first=3)
    assert all(number <= 5 for number in titles(short))
    cozy = await answer(ask, context={"mood": "Cozy"}, first=2)
    assert set(titles(cozy)) <= {number for number in ROMANCE if number % 3 == 0}
    factors = {factor["name"] for factor in cozy["edges"][0]["node"]["explanation"]["factors"]}
    assert "context" in factors


@pytest.mark.parametrize(
    "variables",
    [
        {"context": {"hour": 24}},
        {"context": {"minutesAvailable": 0}},
        {"context": {"mood": " "}},
        {"filter": {"maxRuntimeMinutes": 0}},
        {"first": 101},
        {"after": "x"},
    ],
)
async def test_bad_input_is_said(ask: Ask, variables: dict[str, Any]) -> None:
    result = await ask(QUERY, **variables)
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_own_services_need_somebody(ask: Ask) -> None:
    result = await ask(QUERY, filter={"onMyServices": True})
    assert result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_titles_that_are_gone_are_not_recommended(ask: Ask, world: World) -> None:
    await answer(ask)
    await world.database.execute("DELETE FROM titles WHERE id = $1", title_id(0))
    assert 0 not in titles(await answer(ask, first=100))


async def test_statements_do_not_grow_with_the_answer(ask: Ask, statements: Statements) -> None:
    await answer(ask, 0, first=1)
    counts = []
    for first in (2, 20):
        with statements() as seen:
            await answer(ask, 0, first=first)
        assert len(seen) == len(set(seen))
        counts.append(len(seen))
    assert counts == [6, 6]  # settings, ratings and views, offers?, titles there; names of titles, of people
