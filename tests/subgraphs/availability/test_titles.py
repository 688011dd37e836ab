"""What availability adds to a title."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = "id kind mine stale price { amount currency } platform { id slug } title { id }"


def titles(*ids: str) -> list[dict[str, str]]:
    return [{"__typename": "Title", "id": id_} for id_ in ids]


def entities(selection: str) -> str:
    return f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on Title {{ id {selection} }} }} }}"


@pytest.fixture
async def rich(shelf: Any) -> dict[str, str]:
    """A title with offers of all kinds in the US, one in Germany, one that is over, one that has not begun."""
    title, mine, other = await shelf.title(), await shelf.platform("mine"), await shelf.platform("other")
    rent = {"price_amount": Decimal("3.99"), "price_currency": "USD"}
    return {
        "title": title,
        "mine": mine,
        "foreign": await shelf.offer(title, other),
        "sub": await shelf.offer(title, mine, expires_at=NOW + timedelta(days=5)),
        "rent": await shelf.offer(title, mine, "RENT", last_verified_at=NOW - timedelta(days=3), **rent),
        "free": await shelf.offer(title, other, "FREE", expires_at=NOW + timedelta(days=2)),
        "german": await shelf.offer(title, other, "ADS", region="DE"),
        "over": await shelf.offer(title, mine, "ADS", expires_at=NOW),
        "upcoming": await shelf.offer(title, mine, "BUY", available_from=NOW + timedelta(days=1), region="SE"),
    }


async def test_offers_are_current_and_cheapest_first(ask: Any, rich: dict[str, str]) -> None:
    answer = await ask(entities(f"offers {{ {FIELDS} }}"), of=titles(rich["title"]))
    assert not answer["errors"]
    offers = answer["data"]["_entities"][0]["offers"]
    assert [offer["id"] for offer in offers] == [rich["free"], rich["sub"], rich["foreign"], rich["rent"]]
    assert {offer["mine"] for offer in offers} == {None}
    assert [offer["stale"] for offer in offers] == [False, False, False, True]
    assert offers[-1]["price"] == {"amount": "3.99", "currency": "USD"}
    assert offers[-1]["platform"] == {"id": rich["mine"], "slug": "mine"}
    assert offers[-1]["title"] == {"id": rich["title"]}


async def test_mine_says_what_the_viewer_need_not_pay_for(ask: Any, shelf: Any, rich: dict[str, str]) -> None:
    query = entities("offers { id mine } ours: offers(onlyMine: true) { id } bestOffer { id }")
    answer = await ask(query, of=titles(rich["title"]), viewer=await shelf.viewer(rich["mine"]))
    [found] = answer["data"]["_entities"]
    assert {offer["id"]: offer["mine"] for offer in found["offers"]} == {
        rich["free"]: False,
        rich["sub"]: True,
        rich["foreign"]: False,
        rich["rent"]: False,
    }
    assert found["ours"] == [{"id": rich["sub"]}]
    assert found["bestOffer"] == {"id": rich["sub"]}


async def test_best_for_somebody_without_subscriptions_is_free(ask: Any, shelf: Any, rich: dict[str, str]) -> None:
    query = entities("bestOffer { id }")
    for viewer in (None, await shelf.viewer()):
        answer = await ask(query, of=titles(rich["title"]), viewer=viewer)
        assert answer["data"]["_entities"][0]["bestOffer"] == {"id": rich["free"]}


async def test_only_mine_needs_a_viewer(ask: Any, rich: dict[str, str]) -> None:
    answer = await ask(entities("offers(onlyMine: true) { id }"), of=titles(rich["title"]))
    assert answer["codes"] == ["UNAUTHENTICATED"]


async def test_kinds_and_null_arguments(ask: Any, rich: dict[str, str]) -> None:
    query = entities(
        "rent: offers(kinds: [RENT]) { id } none: offers(kinds: []) { id } "
        "all: offers(kinds: null, onlyMine: null, region: null) { id } leavingSoon(days: null) { id }"
    )
    [found] = (await ask(query, of=titles(rich["title"])))["data"]["_entities"]
    assert found["rent"] == [{"id": rich["rent"]}]
    assert found["none"] == []
    assert len(found["all"]) == 4
    assert found["leavingSoon"] == [{"id": rich["free"]}, {"id": rich["sub"]}]


async def test_the_region_is_asked_for_else_preferred_else_set(ask: Any, shelf: Any, rich: dict[str, str]) -> None:
    query, of = entities("offers { id } us: offers(region: US, kinds: [RENT]) { id }"), titles(rich["title"])
    preferred = (await ask(query, of=of, viewer=await shelf.viewer(home="DE")))["data"]["_entities"][0]
    assert preferred == {"id": rich["title"], "offers": [{"id": rich["german"]}], "us": [{"id": rich["rent"]}]}
    unstated = (await ask(query, of=of, viewer=await shelf.viewer()))["data"]["_entities"][0]
    assert len(unstated["offers"]) == 4


@pytest.mark.parametrize("region", ["ZZ", "us", "USA", ""])
async def test_a_region_nobody_assigned_is_refused(ask: Any, rich: dict[str, str], region: str) -> None:
    answer = await ask(entities(f'offers(region: "{region}") {{ id }}'), of=titles(rich["title"]))
    assert answer["codes"] == ["BAD_USER_INPUT"]


async def test_leaving_soon(ask: Any, rich: dict[str, str]) -> None:
    query = entities("week: leavingSoon { id } days: leavingSoon(days: 3) { id }")
    [found] = (await ask(query, of=titles(rich["title"])))["data"]["_entities"]
    assert found["week"] == [{"id": rich["free"]}, {"id": rich["sub"]}]
    assert found["days"] == [{"id": rich["free"]}]
    for days in (0, 31):
        answer = await ask(entities(f"leavingSoon(days: {days}) {{ id }}"), of=titles(rich["title"]))
        assert answer["codes"] == ["BAD_USER_INPUT"]


async def test_available_regions(ask: Any, rich: dict[str, str]) -> None:
    query = entities("availableRegions ads: availableRegions(kinds: [ADS, BUY]) none: availableRegions(kinds: [])")
    [found] = (await ask(query, of=titles(rich["title"])))["data"]["_entities"]
    assert found == {"id": rich["title"], "availableRegions": ["DE", "US"], "ads": ["DE"], "none": []}


async def test_a_title_without_offers(ask: Any, shelf: Any) -> None:
    query = entities("offers { id } bestOffer { id } leavingSoon { id } availableRegions")
    unknown = "019b76da-a800-7000-8000-00000000beef"
    answer = await ask(query, of=titles(await shelf.title(), unknown))
    for found in answer["data"]["_entities"]:
        assert found == {"id": found["id"], "offers": [], "bestOffer": None, "leavingSoon": [], "availableRegions": []}


async def test_an_id_in_capitals_is_the_same_title_and_a_broken_one_is_refused(ask: Any, rich: dict[str, str]) -> None:
    answer = await ask(entities("bestOffer { id }"), of=titles(rich["title"].upper()))
    assert answer["data"]["_entities"][0] == {"id": rich["title"], "bestOffer": {"id": rich["free"]}}
    assert (await ask(entities("offers { id }"), of=titles("nonsense")))["codes"] == ["BAD_USER_INPUT"]


async def test_links_and_what_is_known_of_picture_and_sound(ask: Any, shelf: Any) -> None:
    title, platform = await shelf.title(), await shelf.platform("a")
    await shelf.offer(
        title, platform, quality="UHD_4K", audio=["en"], subtitles=["pt-BR"], web_url="https://a.org/1", tv_url="a://1"
    )
    query = entities(
        "offers { quality audio subtitles region source availableFrom expiresAt lastVerifiedAt "
        "links { web ios android tv } }"
    )
    [offer] = (await ask(query, of=titles(title)))["data"]["_entities"][0]["offers"]
    assert offer == {
        "quality": "UHD_4K",
        "audio": ["en"],
        "subtitles": ["pt-BR"],
        "region": "US",
        "source": "demo",
        "availableFrom": None,
        "expiresAt": None,
        "lastVerifiedAt": "2026-03-01T12:00:00Z",
        "links": {"web": "https://a.org/1", "ios": None, "android": None, "tv": "a://1"},
    }


@pytest.mark.parametrize("signed_in", [False, True])
async def test_twenty_titles_need_one_statement_per_loader(
    ask: Any, shelf: Any, statements: Callable[[], AbstractContextManager[list[str]]], signed_in: bool
) -> None:
    platforms = [await shelf.platform(f"p{i}", US=("9.99", "USD")) for i in range(5)]
    ids = [await shelf.title() for _ in range(20)]
    for number, id_ in enumerate(ids):
        for platform in platforms[number % 3 :]:
            await shelf.offer(id_, platform, expires_at=NOW + timedelta(days=1 + number))
    rent = {"price_amount": Decimal("3.99"), "price_currency": "USD"}
    await shelf.offer(ids[0], await shelf.platform("store"), "RENT", **rent)
    fields = f"{FIELDS} platform {{ monthlyPrice {{ amount }} }}"
    query = entities(
        f"offers(kinds: [SUBSCRIPTION], region: US) {{ {fields} }} rent: offers(kinds: [RENT]) {{ {fields} }} "
        f"bestOffer(region: US) {{ {fields} }} leavingSoon(days: 9) {{ {fields} }} availableRegions"
    )
    viewer = await shelf.viewer(platforms[0]) if signed_in else None
    with statements() as seen:
        answer = await ask(query, of=titles(*ids), viewer=viewer)
    assert not answer["errors"]
    assert [len(answer["data"]["_entities"][0][name]) for name in ("offers", "rent", "leavingSoon")] == [5, 1, 5]
    tables = [sql.split(" FROM ")[1].split()[0] for sql in seen]
    own = ["profiles"] if signed_in else []
    assert sorted(tables) == ["offers", "offers", "platform_prices", "platforms", *own]  # the offers, and the regions
