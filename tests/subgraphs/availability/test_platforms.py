"""Platforms, and what they offer."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from resolvers.domain.pagination import encode_cursor, list_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNKNOWN = "019b76da-a800-7000-8000-00000000beef"
PLATFORMS = """
query ($region: Region, $first: Int, $after: String) {
  platforms(region: $region, first: $first, after: $after) {
    totalCount edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
CATALOG = """
query ($platform: ID!, $kinds: [OfferKind!], $first: Int, $after: String) {
  platformCatalog(platformId: $platform, region: US, kinds: $kinds, first: $first, after: $after) {
    totalCount edges { cursor node { id } offers { id kind } } pageInfo { hasNextPage endCursor }
  }
}
"""


def slugs(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["slug"] for edge in connection["edges"]]


async def test_a_platform_by_id_and_by_slug(ask: Any, shelf: Any) -> None:
    id_ = await shelf.platform("netflix", "US", "JP", US=("7.99", "USD"), JP=("890", "JPY"))
    fields = (
        "{ id name slug homepage logo regions offerKinds monthlyPrice { amount currency } "
        "yen: monthlyPrice(region: JP) { amount currency } none: monthlyPrice(region: DE) { amount } }"
    )
    answer = await ask(
        f'{{ a: platform(slug: "netflix") {fields} b: platform(id: "{id_.upper()}", slug: null) {fields} }}'
    )
    assert not answer["errors"]
    assert answer["data"]["a"] == answer["data"]["b"]
    assert answer["data"]["a"] == {
        "id": id_,
        "name": "Netflix",
        "slug": "netflix",
        "homepage": "https://example.org",
        "logo": None,
        "regions": ["US", "JP"],
        "offerKinds": ["SUBSCRIPTION", "RENT"],
        "monthlyPrice": {"amount": "7.99", "currency": "USD"},
        "yen": {"amount": "890", "currency": "JPY"},
        "none": None,
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (f'id: "{UNKNOWN}"', "NOT_FOUND"),
        ('slug: "nobody"', "NOT_FOUND"),
        ('id: "1"', "BAD_USER_INPUT"),
        ('slug: "No Body"', "BAD_USER_INPUT"),
        ('slug: "a\\u0000"', "BAD_USER_INPUT"),
        ('slug: ""', "BAD_USER_INPUT"),
        ("id: null", "BAD_USER_INPUT"),
        (f'id: "{UNKNOWN}", slug: "netflix"', "BAD_USER_INPUT"),
    ],
)
async def test_what_names_no_platform_is_null_with_a_code(ask: Any, arguments: str, code: str) -> None:
    answer = await ask(f"{{ platform({arguments}) {{ id }} }}")
    assert answer["data"] == {"platform": None}
    assert answer["codes"] == [code]


async def test_neither_id_nor_slug(ask: Any) -> None:
    assert (await ask("{ platform { id } }"))["codes"] == ["BAD_USER_INPUT"]


async def test_platforms_by_name_page_by_page(ask: Any, shelf: Any) -> None:
    for slug in ("mubi", "arte", "zdf", "ard"):
        await shelf.platform(slug, "DE")
    await shelf.platform("hulu", "US")
    whole = (await ask(PLATFORMS))["data"]["platforms"]
    assert slugs(whole) == ["ard", "arte", "hulu", "mubi", "zdf"]
    assert whole["totalCount"] == 5
    seen: list[str] = []
    after = None
    while True:
        page = (await ask(PLATFORMS, region="DE", first=3, after=after))["data"]["platforms"]
        assert page["totalCount"] == 4
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen += slugs(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["ard", "arte", "mubi", "zdf"]
    assert slugs((await ask(PLATFORMS, region="FR"))["data"]["platforms"]) == []
    assert slugs((await ask(PLATFORMS, first=0))["data"]["platforms"]) == []


async def test_case_of_names_does_not_matter(ask: Any, shelf: Any, database: Any) -> None:
    for slug in ("a", "b", "c"):
        await shelf.platform(slug)
    await database.execute("UPDATE platforms SET name = 'b' WHERE slug = 'b'")
    first = (await ask(PLATFORMS, first=2))["data"]["platforms"]
    assert slugs(first) == ["a", "b"]
    assert slugs((await ask(PLATFORMS, first=2, after=first["pageInfo"]["endCursor"]))["data"]["platforms"]) == ["c"]


async def test_bad_pages_are_refused(ask: Any, shelf: Any) -> None:
    await shelf.platform("a")
    cursor = (await ask(PLATFORMS))["data"]["platforms"]["pageInfo"]["endCursor"]
    key = list_key("platforms", None)
    forged = [encode_cursor(key, position) for position in ([], ["a"], [1, UNKNOWN], ["a", "1"], ["\x00", UNKNOWN])]
    assert (await ask(PLATFORMS, first=101))["codes"] == ["BAD_USER_INPUT"]
    assert (await ask(PLATFORMS, region="DE", after=cursor))["codes"] == ["BAD_USER_INPUT"]
    for broken in ("x", "", *forged):
        assert (await ask(PLATFORMS, after=broken))["codes"] == ["BAD_USER_INPUT"]


@pytest.fixture
async def stocked(shelf: Any) -> tuple[str, list[str]]:
    """A platform, and its titles in the order of its catalogue; another platform offers them too, and one more."""
    platform, other = await shelf.platform("a"), await shelf.platform("b")
    ids = [await shelf.title() for _ in range(7)]
    for id_ in ids:
        await shelf.offer(id_, other, available_from=NOW - timedelta(hours=1))
    starts = [None, NOW - timedelta(days=9), NOW - timedelta(days=3), None, NOW - timedelta(days=3)]
    for id_, start in zip(ids, starts, strict=False):
        await shelf.offer(id_, platform, available_from=start)
    await shelf.offer(ids[1], platform, "RENT", available_from=NOW - timedelta(days=1))
    await shelf.offer(ids[5], platform, available_from=NOW + timedelta(days=1))
    await shelf.offer(ids[5], platform, "ADS", region="DE")
    await shelf.offer(ids[6], platform, expires_at=NOW)
    return platform, [ids[1], ids[4], ids[2], ids[3], ids[0]]


async def test_the_catalogue_has_the_newest_offer_first(ask: Any, stocked: tuple[str, list[str]]) -> None:
    platform, expected = stocked
    for size in (1, 2, 5, 20):
        seen: list[str] = []
        after, more = None, True
        while more:
            answer = await ask(CATALOG, platform=platform, first=size, after=after)
            assert not answer["errors"]
            page = answer["data"]["platformCatalog"]
            assert page["totalCount"] == 5
            seen += [edge["node"]["id"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert seen == expected


async def test_an_edge_has_the_offers_of_this_platform(ask: Any, stocked: tuple[str, list[str]]) -> None:
    platform, expected = stocked
    edges = (await ask(CATALOG, platform=platform.upper()))["data"]["platformCatalog"]["edges"]
    assert [[offer["kind"] for offer in edge["offers"]] for edge in edges] == [
        ["SUBSCRIPTION", "RENT"],
        *[["SUBSCRIPTION"]] * 4,
    ]
    rentals = (await ask(CATALOG, platform=platform, kinds=["RENT", "BUY"]))["data"]["platformCatalog"]
    assert rentals["totalCount"] == 1
    assert [(edge["node"]["id"], len(edge["offers"])) for edge in rentals["edges"]] == [(expected[0], 1)]


async def test_a_page_of_the_catalogue_takes_four_statements(
    ask: Any, stocked: tuple[str, list[str]], statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with statements() as seen:
        await ask(CATALOG.replace("totalCount", ""), platform=stocked[0])
    assert len(seen) == 4  # the platform, its titles, their offers, the platforms of those


async def test_bad_catalogues_are_refused(ask: Any, stocked: tuple[str, list[str]]) -> None:
    platform, _ = stocked
    assert (await ask(CATALOG, platform=UNKNOWN))["codes"] == ["NOT_FOUND"]
    assert (await ask(CATALOG, platform="1"))["codes"] == ["BAD_USER_INPUT"]
    cursor = (await ask(CATALOG, platform=platform))["data"]["platformCatalog"]["pageInfo"]["endCursor"]
    assert (await ask(CATALOG, platform=platform, kinds=["ADS"], after=cursor))["codes"] == ["BAD_USER_INPUT"]
    key = list_key("platform-catalog", platform, "US", None)
    for position in ([], [None], [1, UNKNOWN], ["soon", UNKNOWN], [None, "1"], ["0001-01-01T00:00:00+23:00", UNKNOWN]):
        answer = await ask(CATALOG, platform=platform, after=encode_cursor(key, position))
        assert answer["codes"] == ["BAD_USER_INPUT"], position


async def test_the_order_of_kinds_does_not_change_the_list(ask: Any, stocked: tuple[str, list[str]]) -> None:
    platform, _ = stocked
    page = (await ask(CATALOG, platform=platform, kinds=["RENT", "SUBSCRIPTION"], first=1))["data"]["platformCatalog"]
    after = page["pageInfo"]["endCursor"]
    answer = await ask(CATALOG, platform=platform, kinds=["SUBSCRIPTION", "RENT", "RENT"], after=after)
    assert not answer["errors"]


async def test_platforms_answer_for_other_subgraphs(ask: Any, shelf: Any) -> None:
    id_ = await shelf.platform("a")
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Platform { id slug } } }"
    answer = await ask(query, of=[{"__typename": "Platform", "id": each} for each in (id_, UNKNOWN)])
    assert answer["data"]["_entities"] == [{"id": id_, "slug": "a"}, None]
    assert not answer["errors"]
