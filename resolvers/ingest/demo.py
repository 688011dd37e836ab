"""Filling an empty database with the bundled demo: catalogue, offers, viewers, attention."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from datasources.demo import catalogue
from datasources.demo.catalogue import DemoTitle
from datasources.demo.offers import DemoTitle as OfferedTitle
from datasources.demo.offers import demo_offers
from datasources.demo.platforms import DemoPlatform, demo_platforms
from datasources.demo.users import DEMO_SEED, DEMO_USERS, DemoUser, DemoViewer, demo_attention, demo_viewers
from datasources.postgres.bulk import BulkWriter
from datasources.postgres.engine import Database
from datasources.records.availability import OfferRecord
from datasources.records.bulk import AttentionRow, SourceRecordRow
from resolvers.ingest.demo_activity import ActivityRows, activity_rows
from resolvers.ingest.demo_catalogue import SOURCE, CatalogueRows, catalogue_rows, title_id

__all__ = ["DEMO_USERS", "DemoSummary", "DemoUser", "is_empty", "load_demo"]


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was loaded; all 0 where there was a catalogue already. `titles` are films and series."""

    titles: int = 0
    parts: int = 0
    people: int = 0
    credits: int = 0
    platforms: int = 0
    offers: int = 0
    users: int = 0
    ratings: int = 0


async def is_empty(database: Database) -> bool:
    """Return whether the catalogue has no titles."""
    return not await database.fetchval("SELECT EXISTS (SELECT FROM titles)")


async def load_demo(database: Database, today: date, *, seed: int = DEMO_SEED, passwords: bool = True) -> DemoSummary:
    """Write the demo in one transaction, unless there is a catalogue already; return what was written.

    What is written depends on `today` and `seed` only. Without `passwords` nobody can sign in as a demo user. Two
    processes may load at once: one does, the other waits and writes nothing. Raises DatabaseUnavailable.
    """
    rows, activity = await asyncio.to_thread(_catalogue_and_activity, today, seed, passwords)
    platforms = demo_platforms()
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        await writer.lock()
        if await connection.fetchval("SELECT EXISTS (SELECT FROM titles)"):
            return DemoSummary()
        # PostgreSQL writes the first half while the second one is made up.
        rest = asyncio.create_task(asyncio.to_thread(_offers_and_attention, platforms, today, seed))
        await _write_catalogue(writer, rows)
        await _write_platforms(writer, platforms)
        await _write_activity(writer, activity)
        offers, attention = await rest
        await writer.write(offers)
        await writer.write(attention)
    return DemoSummary(
        titles=len(rows.titles),
        parts=len(rows.parts),
        people=len(rows.people),
        credits=len(rows.credits),
        platforms=len(platforms),
        offers=len(offers),
        users=len(activity.users),
        ratings=len(activity.ratings),
    )


def _catalogue_and_activity(today: date, seed: int, passwords: bool) -> tuple[CatalogueRows, ActivityRows]:
    titles = catalogue.demo_titles()
    by_region: defaultdict[str, list[str]] = defaultdict(list)
    for platform in demo_platforms():
        for region in platform.record.regions:
            by_region[region].append(platform.record.slug)
    viewers = demo_viewers(titles, by_region, today, seed=seed, passwords=passwords)
    rows = catalogue_rows(titles, list(catalogue.demo_people()), _ratings_by_title(viewers))
    return rows, activity_rows(viewers, {title.key: title.name for title in titles})


def _offers_and_attention(
    platforms: Sequence[DemoPlatform], today: date, seed: int
) -> tuple[list[OfferRecord], list[AttentionRow]]:
    titles = catalogue.demo_titles()
    attention = [
        AttentionRow(title_id(key), day, region, weight)
        for key, day, region, weight in demo_attention(titles, today, seed=seed)
    ]
    return list(demo_offers([_offered(title) for title in titles], platforms, seed, today)), attention


def _offered(title: DemoTitle) -> OfferedTitle:
    return OfferedTitle(
        title_id(title.key),
        title.key,
        title.kind,
        title.name,
        title.year,
        title.countries,
        title.language,
        title.popularity,
    )


def _ratings_by_title(viewers: Sequence[DemoViewer]) -> Mapping[str, Sequence[float]]:
    ratings: defaultdict[str, list[float]] = defaultdict(list)
    for viewer in viewers:
        for key, value, _ in viewer.ratings:
            ratings[key].append(value)
    return ratings


async def _write_catalogue(writer: BulkWriter, rows: CatalogueRows) -> None:
    for batch in (rows.people, rows.titles, rows.parts, rows.texts, rows.credits):
        await writer.write(batch)
    records = [SourceRecordRow(SOURCE, title.key, title_id(title.key)) for title in catalogue.demo_titles()]
    await writer.write(records)


async def _write_platforms(writer: BulkWriter, platforms: Sequence[DemoPlatform]) -> None:
    await writer.write([platform.record for platform in platforms])
    await writer.write([price for platform in platforms for price in platform.prices])


async def _write_activity(writer: BulkWriter, rows: ActivityRows) -> None:
    for batch in (
        rows.users,
        rows.profiles,
        rows.preferences,
        rows.ratings,
        rows.views,
        rows.watchlist,
        rows.playbacks,
        rows.streams,
        rows.changes,
    ):
        await writer.write(batch)
