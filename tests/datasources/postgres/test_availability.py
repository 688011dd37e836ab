"""Platforms and offers in PostgreSQL, over the offers of the demo."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from datasources.demo.ids import demo_id
from datasources.demo.offers import DemoTitle, demo_offers
from datasources.demo.platforms import DemoPlatform, demo_platforms
from datasources.postgres.availability import AvailabilityStore
from datasources.postgres.engine import Database
from datasources.records.availability import CatalogQuery, OfferRecord

NOW = datetime(2026, 3, 25, tzinfo=UTC)
"""Some offers of the demo have ended by then."""

TITLES = [
    DemoTitle(demo_id("title", str(n)), str(n), "MOVIE", f"Film {n}", 1950 + 3 * n, ["US", "FR"], "en", 4.0 * n)
    for n in range(25)
]
PLATFORMS = demo_platforms()
OFFERS = list(demo_offers(TITLES, PLATFORMS, 1, date(2026, 3, 1)))


def current(offer: OfferRecord) -> bool:
    begun = offer.available_from is None or offer.available_from <= NOW
    return begun and (offer.expires_at is None or offer.expires_at > NOW)


async def insert(database: Database, table: str, rows: list[dict[str, Any]]) -> None:
    plain = [{k: str(v) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]
    columns = ", ".join(rows[0])
    await database.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)", plain
    )


@pytest.fixture
async def store(database: Database) -> AvailabilityStore:
    """A store with the offers of the demo."""
    titles = [{"id": t.id, "kind": t.kind, "name": t.name, "sort_name": t.name, "match_name": t.name} for t in TITLES]
    await insert(
        database,
        "titles",
        [
            title | {"source": "demo", "genres": [], "themes": [], "moods": [], "countries": [], "spoken_languages": []}
            for title in titles
        ],
    )
    await insert(database, "platforms", [asdict(platform.record) for platform in PLATFORMS])
    await insert(database, "platform_prices", [asdict(price) for platform in PLATFORMS for price in platform.prices])
    await insert(database, "offers", [asdict(offer) for offer in OFFERS])
    return AvailabilityStore(database)


async def test_what_was_written_is_read(store: AvailabilityStore) -> None:
    ids = [platform.record.id for platform in PLATFORMS]
    found = {record.id: record for record in await store.platforms_by_ids([*ids, demo_id("platform", "none")])}
    assert found == {platform.record.id: platform.record for platform in PLATFORMS}
    slugs = [platform.record.slug for platform in PLATFORMS]
    assert {record.slug: record for record in await store.platforms_by_slugs([*slugs, "none"])} == {
        platform.record.slug: platform.record for platform in PLATFORMS
    }
    prices = {(price.platform_id, price.region): price for price in await store.prices_by_platforms(ids)}
    assert prices == {(p.platform_id, p.region): p for platform in PLATFORMS for p in platform.prices}


async def test_offers_of_a_region_that_have_not_ended(store: AvailabilityStore) -> None:
    ids = [title.id for title in TITLES[:10]]
    found = {offer.id: offer for offer in await store.offers_by_titles(ids, "US", NOW)}
    assert found == {o.id: o for o in OFFERS if o.title_id in ids and o.region == "US" and current(o)}
    assert len(found) < sum(offer.title_id in ids and offer.region == "US" for offer in OFFERS)


async def test_an_offer_that_has_not_begun_is_read_but_counts_nowhere(
    store: AvailabilityStore, database: Database
) -> None:
    offer = next(offer for offer in OFFERS if offer.region == "US" and current(offer))
    await database.execute("DELETE FROM offers WHERE id <> $1", offer.id)
    await database.execute("UPDATE offers SET available_from = $1", NOW + timedelta(microseconds=1))
    query = CatalogQuery(offer.platform_id, "US", None, NOW)
    assert len(await store.offers_by_titles([offer.title_id], "US", NOW)) == 1
    assert await store.regions_by_titles([offer.title_id], NOW) == []
    assert await store.catalog(query, 5) == []
    assert await store.count_catalog(query) == 0


async def test_regions(store: AvailabilityStore) -> None:
    found = await store.regions_by_titles([title.id for title in TITLES], NOW)
    assert found == sorted({(offer.title_id, offer.region, offer.kind) for offer in OFFERS if current(offer)})


@pytest.mark.parametrize("kinds", [None, ["SUBSCRIPTION"], ["RENT", "BUY"], []])
@pytest.mark.parametrize("slug", ["netflix", "apple-tv", "youtube"])
async def test_pages_of_a_catalogue_join_to_the_whole(
    store: AvailabilityStore, slug: str, kinds: list[str] | None
) -> None:
    platform_id = demo_id("platform", slug)
    starts: dict[str, list[datetime]] = {}
    for offer in OFFERS:
        here = offer.platform_id == platform_id and offer.region == "US" and current(offer)
        if here and (kinds is None or offer.kind in kinds):
            known = starts.setdefault(offer.title_id, [])
            known.extend([] if offer.available_from is None else [offer.available_from])
    never = datetime.min.replace(tzinfo=UTC)
    expected = sorted(((max(known, default=never), id_) for id_, known in starts.items()), reverse=True)
    query = CatalogQuery(platform_id, "US", kinds, NOW)
    seen: list[tuple[datetime, str]] = []
    after = None
    while page := await store.catalog(query, 3, after):
        seen += [(row.newest or never, row.title_id) for row in page]
        after = (page[-1].newest, page[-1].title_id)
    assert seen == expected
    assert await store.count_catalog(query) == len(expected)


async def test_platforms_of_a_region_by_name(store: AvailabilityStore) -> None:
    def name(platform: DemoPlatform) -> tuple[str, str]:
        return platform.record.name.lower(), platform.record.id

    for region in (None, "FR"):
        expected = sorted(name(p) for p in PLATFORMS if region is None or region in p.record.regions)
        seen: list[tuple[str, str]] = []
        after = None
        while page := await store.platforms(region, 4, after):
            seen += [(row.name.lower(), row.id) for row in page]
            after = (page[-1].name, page[-1].id)
        assert seen == expected
        assert await store.count_platforms(region) == len(expected)


async def test_every_method_is_one_statement(
    store: AvailabilityStore, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    ids = [title.id for title in TITLES]
    platforms = [platform.record.id for platform in PLATFORMS]
    query = CatalogQuery(platforms[0], "US", None, NOW)
    with statements() as seen:
        await store.platforms_by_ids(platforms)
        await store.platforms_by_slugs(["netflix", "mubi"])
        await store.platforms("US", 50)
        await store.count_platforms("US")
        await store.prices_by_platforms(platforms)
        await store.offers_by_titles(ids, "US", NOW)
        await store.regions_by_titles(ids, NOW)
        await store.catalog(query, 20)
        await store.count_catalog(query)
    assert len(seen) == 9
