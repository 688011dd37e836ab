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


@dataclass(frozen=True, slots=True)
class _Demo:
    """All rows of the demo."""

    catalogue: CatalogueRows
    platforms: Sequence[DemoPlatform]
    offers: Sequence[OfferRecord]
    activity: ActivityRows
    attention: Sequence[AttentionRow]
    records: Sequence[SourceRecordRow]


async def is_empty(database: Database) -> bool:
    """Return whether the catalogue has no titles."""
    return not await database.fetchval("SELECT EXISTS (SELECT FROM titles)")


async def load_demo(database: Database, today: date, *, seed: int = DEMO_SEED, passwords: bool = True) -> DemoSummary:
    """Write the demo in one transaction, unless there is a catalogue already; return what was written.

    What is written depends on `today` and `seed` only. Without `passwords` nobody can sign in as a demo user. Two
    processes may load at once: one does, the other waits and writes nothing. Raises DatabaseUnavailable.
    """
    rows = await asyncio.to_thread(_rows, today, seed, passwords)
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        await writer.lock()
        if await connection.fetchval("SELECT EXISTS (SELECT FROM titles)"):
            return DemoSummary()
        await _write(writer, rows)
    return DemoSummary(
        titles=len(rows.catalogue.titles),
        parts=len(rows.catalogue.parts),
        people=len(rows.catalogue.people),
        credits=len(rows.catalogue.credits),
        platforms=len(rows.platforms),
        offers=len(rows.offers),
        users=len(rows.activity.users),
        ratings=len(rows.activity.ratings),
    )


def _rows(today: date, seed: int, passwords: bool) -> _Demo:
    titles = catalogue.demo_titles()
    platforms = demo_platforms()
    by_region: defaultdict[str, list[str]] = defaultdict(list)
    for platform in platforms:
        for region in platform.record.regions:
            by_region[region].append(platform.record.slug)
    viewers = demo_viewers(titles, by_region, today, seed=seed, passwords=passwords)
    offers = demo_offers([_offered(title) for title in titles], platforms, seed, today)
    return _Demo(
        catalogue=catalogue_rows(titles, list(catalogue.demo_people()), _ratings_by_title(viewers)),
        platforms=platforms,
        offers=list(offers),
        activity=activity_rows(viewers, {title.key: title.name for title in titles}),
        attention=[
            AttentionRow(title_id(key), day, region, weight)
            for key, day, region, weight in demo_attention(titles, today, seed=seed)
        ],
        records=[SourceRecordRow(SOURCE, title.key, title_id=title_id(title.key)) for title in titles],
    )


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


async def _write(writer: BulkWriter, rows: _Demo) -> None:
    """Write everything, what is referred to before what refers to it."""
    catalogue_part, activity = rows.catalogue, rows.activity
    for batch in (
        catalogue_part.people,
        catalogue_part.titles,
        catalogue_part.parts,
        catalogue_part.texts,
        catalogue_part.credits,
        rows.records,
        [platform.record for platform in rows.platforms],
        [price for platform in rows.platforms for price in platform.prices],
        rows.offers,
        rows.attention,
        activity.users,
        activity.profiles,
        activity.preferences,
        activity.ratings,
        activity.views,
        activity.watchlist,
        activity.playbacks,
        activity.streams,
        activity.changes,
    ):
        await writer.write(batch)
