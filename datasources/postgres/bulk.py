"""Writing many rows at once: COPY into a temporary table, then one INSERT … ON CONFLICT for all of them.

A row that is there already and says the same is left alone, so that writing something again changes nothing. Whatever
changes a title, its texts or its credits marks the title with the present transaction: readers of changes (the search
index) see it.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson

from datasources.postgres.engine import Connection, Database
from datasources.records import bulk
from datasources.records.availability import OfferRecord, PlatformRecord, PriceRecord

_TRANSACTION = "(pg_current_xact_id()::text)::bigint"
_INGEST_LOCK = 0x6D67_696E  # any constant will do, as long as nobody else locks it


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a write made, how many it changed, and the titles they belong to (texts, credits, offers)."""

    created: int = 0
    updated: int = 0
    titles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Table:
    """Where rows of one type go: `key` finds the row that is there, `keep` is never overwritten."""

    name: str
    key: tuple[str, ...]
    keep: tuple[str, ...] = ()
    stamps: str = ""
    only_if: str = ""
    only_insert: bool = False
    belongs_to_title: bool = False
    marks_title: bool = False


_TABLES: dict[type[Any], _Table] = {
    bulk.TitleRow: _Table(
        "titles",
        ("id",),
        stamps=f"changed_xact = {_TRANSACTION}, updated_at = now(), verified_at = now()",
    ),
    bulk.TextRow: _Table(
        "title_texts", ("title_id", "field", "language", "region", "source"), belongs_to_title=True, marks_title=True
    ),
    bulk.PersonRow: _Table("people", ("id",), stamps=f"changed_xact = {_TRANSACTION}"),
    bulk.CreditRow: _Table(
        "credits",
        ("title_id", "person_id", "role", "character"),
        keep=("id",),
        belongs_to_title=True,
        marks_title=True,
    ),
    PlatformRecord: _Table("platforms", ("slug",), only_insert=True),
    PriceRecord: _Table("platform_prices", ("platform_id", "region")),
    OfferRecord: _Table(
        "offers",
        ("title_id", "platform_id", "region", "kind", "quality"),
        keep=("id",),
        belongs_to_title=True,
        only_if="excluded.last_verified_at >= held.last_verified_at",  # what was seen later is right
    ),
    bulk.SourceRecordRow: _Table("source_records", ("source", "key"), only_insert=True),
    bulk.AttentionRow: _Table("attention", ("title_id", "day", "region")),
    bulk.UserRow: _Table("users", ("id",), only_insert=True),
    bulk.ProfileRow: _Table("profiles", ("id",), only_insert=True),
    bulk.PreferenceRow: _Table("preferences", ("profile_id", "key"), only_if="excluded.stamp > held.stamp"),
    bulk.RatingRow: _Table("ratings", ("profile_id", "title_id"), only_if="excluded.rated_at >= held.rated_at"),
    bulk.ViewRow: _Table("views", ("id",)),
    bulk.WatchlistTagRow: _Table("watchlist_tags", ("profile_id", "tag"), only_insert=True),
    bulk.PlaybackRow: _Table("playbacks", ("profile_id", "title_id"), only_if="excluded.stamp > held.stamp"),
    bulk.StreamRow: _Table("streams", ("profile_id", "name"), only_if="excluded.revision > held.revision"),
    bulk.ChangeRow: _Table("changes", ("profile_id", "stream", "revision"), only_insert=True),
}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str

    @property
    def travels_as(self) -> str:
        """Return its type in the temporary table, where uuid and jsonb travel as text."""
        return "text" if self.type in {"uuid", "jsonb"} else self.type

    @property
    def cast(self) -> str:
        """Return the expression that reads it from the temporary table."""
        return self.name if self.travels_as == self.type else f"{self.name}::{self.type}"


@asynccontextmanager
async def hold_ingest_lock(database: Database) -> AsyncIterator[bool]:
    """Yield whether nobody else is writing in bulk; nobody can while the block runs then.

    The lock is a session's (one connection of the pool), so it goes with the process.
    """
    async with database.acquire() as connection:
        held = bool(await connection.fetchval(f"SELECT pg_try_advisory_lock({_INGEST_LOCK})"))
        try:
            yield held
        finally:
            if held:
                await connection.execute(f"SELECT pg_advisory_unlock({_INGEST_LOCK})")


class BulkWriter:
    """Writes rows within one transaction; make one per transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._staged: dict[str, list[_Column]] = {}

    async def lock(self) -> None:
        """Wait until no other bulk write is under way; the lock goes with the transaction."""
        await self._connection.execute(f"SELECT pg_advisory_xact_lock({_INGEST_LOCK})")

    async def write(self, rows: Sequence[Any]) -> Written:
        """Insert the rows (all of one type of `datasources.records.bulk`) or bring what is there to what they say.

        Of several rows with one key the first counts. Returns what was created and changed.
        """
        if not rows:
            return Written()
        table = _TABLES[type(rows[0])]
        columns = await self._stage(table, type(rows[0]))
        await self._connection.copy(
            f"stage_{table.name}", ["ordinal", *(c.name for c in columns)], _tuples(rows, columns)
        )
        counts = await self._connection.fetchrow(_merge(table, columns))
        assert counts is not None  # noqa: S101 – an aggregate has one row
        return Written(counts["created"], counts["updated"], frozenset(counts["titles"]))

    async def withdraw_demo_offers(self, offers: Sequence[OfferRecord]) -> int:
        """Delete made-up offers in the place of real ones (title, platform, region, kind); return how many."""
        status = await self._connection.execute(
            "DELETE FROM offers o USING unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) "
            "AS k (title_id, platform_id, region, kind) WHERE o.source = 'DEMO' AND (o.title_id, o.platform_id, "
            "o.region, o.kind) = (k.title_id, k.platform_id, k.region, k.kind)",
            [offer.title_id for offer in offers],
            [offer.platform_id for offer in offers],
            [offer.region for offer in offers],
            [offer.kind for offer in offers],
        )
        return int(status.rsplit(" ", 1)[-1])

    async def withdraw_stale_offers(self, source: str, platform_id: str, region: str, seen_before: datetime) -> int:
        """Delete a source's offers of a platform that its newest snapshot no longer has; return how many there were."""
        status = await self._connection.execute(
            "DELETE FROM offers WHERE source = $1 AND platform_id = $2 AND region = $3 AND last_verified_at < $4",
            source,
            platform_id,
            region,
            seen_before,
        )
        return int(status.rsplit(" ", 1)[-1])

    async def rank_people(self) -> int:
        """Bring the popularity of imported people to their three best known titles; return how many changed.

        The demo's people keep theirs.
        """
        status = await self._connection.execute(
            f"""
            UPDATE people p SET popularity = ranked.popularity, changed_xact = {_TRANSACTION}
            FROM (
                SELECT person_id, round(least(100, sum(CASE place WHEN 1 THEN .5 WHEN 2 THEN .3 ELSE .2 END
                                                       * popularity))::numeric, 2)::float8 AS popularity
                FROM (
                    SELECT c.person_id, t.popularity,
                           row_number() OVER (PARTITION BY c.person_id ORDER BY t.popularity DESC) AS place
                    FROM (SELECT DISTINCT person_id, title_id FROM credits) c JOIN titles t ON t.id = c.title_id
                ) best WHERE place <= 3 GROUP BY person_id
            ) ranked
            WHERE p.id = ranked.person_id AND p.source <> 'demo' AND p.popularity IS DISTINCT FROM ranked.popularity
            """
        )
        return int(status.rsplit(" ", 1)[-1])

    async def refresh_statistics(self) -> None:
        """Let the planner know how the tables are now: its own round comes a minute too late for the next queries."""
        await self._connection.execute(
            "ANALYZE titles, title_texts, people, credits, offers, source_records, users, profiles, ratings"
        )

    async def _stage(self, table: _Table, row_type: type[Any]) -> list[_Column]:
        """Return the columns of the temporary table for a table, made at first and emptied after that."""
        if (columns := self._staged.get(table.name)) is not None:
            await self._connection.execute(f"TRUNCATE stage_{table.name}")
            return columns
        types = {
            row["name"]: row["type"]
            for row in await self._connection.fetch(
                "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
                "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
                table.name,
            )
        }
        columns = [_Column(field.name, types[field.name]) for field in fields(row_type)]
        shape = ", ".join(f"{column.name} {column.travels_as}" for column in columns)
        await self._connection.execute(
            f"CREATE TEMPORARY TABLE stage_{table.name} (ordinal integer, {shape}) ON COMMIT DROP"
        )
        self._staged[table.name] = columns
        return columns


def _tuples(rows: Sequence[Any], columns: Sequence[_Column]) -> Iterator[tuple[Any, ...]]:
    """Return the rows as COPY takes them."""
    documents = [place for place, column in enumerate(columns) if column.type == "jsonb"]
    arrays = [place for place, column in enumerate(columns) if column.type.endswith("[]")]
    read: Callable[[Any], tuple[Any, ...]] = attrgetter(*(column.name for column in columns))
    for ordinal, row in enumerate(rows):
        values = [ordinal, *read(row)]
        for place in documents:
            values[place + 1] = orjson.dumps(values[place + 1]).decode()
        for place in arrays:
            values[place + 1] = list(values[place + 1])
        yield tuple(values)


def _merge(table: _Table, columns: Sequence[_Column]) -> str:
    """Return the statement that takes rows from the temporary table to their own."""
    names = ", ".join(column.name for column in columns)
    casts = {column.name: column.cast for column in columns}
    key = ", ".join(table.key)
    first = ", ".join(casts[name] for name in table.key)
    changing = [c.name for c in columns if c.name not in table.key and c.name not in table.keep]
    if table.only_insert or not changing:
        resolution = "ON CONFLICT DO NOTHING"
    else:
        sets = ", ".join(f"{name} = excluded.{name}" for name in changing)
        differs = (
            f"({', '.join(f'held.{name}' for name in changing)}) IS DISTINCT FROM "
            f"({', '.join(f'excluded.{name}' for name in changing)})"
        )
        stamps = f", {table.stamps}" if table.stamps else ""
        condition = f"{differs} AND {table.only_if}" if table.only_if else differs
        resolution = f"ON CONFLICT ({key}) DO UPDATE SET {sets}{stamps} WHERE {condition}"
    title = "title_id, " if table.belongs_to_title else ""
    touched = (
        f"""
        , touched AS (
            UPDATE titles SET changed_xact = {_TRANSACTION}, updated_at = now()
            FROM (SELECT DISTINCT title_id FROM written) w
            WHERE titles.id = w.title_id AND titles.changed_xact <> {_TRANSACTION}
        )"""
        if table.marks_title
        else ""
    )
    titles = "array_agg(DISTINCT title_id)" if table.belongs_to_title else "NULL::uuid[]"
    # xmax is 0 in a row version that no transaction has locked or replaced: the row is new.
    return f"""
        WITH written AS (
            INSERT INTO {table.name} AS held ({names})
            SELECT {names} FROM (
                SELECT DISTINCT ON ({first}) ordinal, {", ".join(f"{c.cast} AS {c.name}" for c in columns)}
                FROM stage_{table.name} ORDER BY {first}, ordinal
            ) AS distinct_rows ORDER BY ordinal
            {resolution}
            RETURNING {title}(held.xmax = 0) AS created
        ){touched}
        SELECT count(*) FILTER (WHERE created) AS created, count(*) FILTER (WHERE NOT created) AS updated,
               coalesce({titles}, '{{}}') AS titles
        FROM written
    """
