"""The availability subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from datasources.postgres.engine import Database
from datasources.records.availability import CatalogQuery, CatalogTitleRecord, OfferRecord, PlatformRecord, PriceRecord

PLATFORM_COLUMNS = ", ".join(f"p.{field.name}" for field in fields(PlatformRecord))
PRICE_COLUMNS = ", ".join(field.name for field in fields(PriceRecord))
OFFER_COLUMNS = ", ".join(f"o.{field.name}" for field in fields(OfferRecord))

_CATALOG = (
    "o.platform_id = $1 AND o.region = $2 AND ($3::text[] IS NULL OR o.kind = ANY($3)) "
    "AND (o.available_from IS NULL OR o.available_from <= $4) AND (o.expires_at IS NULL OR o.expires_at > $4)"
)
"""Offers of platform $1 in region $2, of kinds $3 (NULL = all), that can be watched at $4."""

_NEWEST = "coalesce(max(o.available_from), '-infinity')"
"""Sorts titles whose offers have been there since before anybody looked behind all others."""


def _values(query: CatalogQuery) -> tuple[Any, ...]:
    return query.platform_id, query.region, query.kinds, query.now


class AvailabilityStore:
    """Platforms, what they cost, and their offers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def platforms_by_ids(self, ids: Sequence[str]) -> list[PlatformRecord]:
        """Return the platforms there are among `ids`, in no particular order."""
        rows = await self._database.fetch(
            f"SELECT {PLATFORM_COLUMNS} FROM platforms p WHERE p.id = ANY($1::uuid[])", ids
        )
        return [PlatformRecord(**row) for row in rows]

    async def platforms_by_slugs(self, slugs: Sequence[str]) -> list[PlatformRecord]:
        """Return the platforms there are among `slugs`, in no particular order."""
        rows = await self._database.fetch(
            f"SELECT {PLATFORM_COLUMNS} FROM platforms p WHERE p.slug = ANY($1::text[])", slugs
        )
        return [PlatformRecord(**row) for row in rows]

    async def platforms(
        self, region: str | None, limit: int, after: tuple[str, str] | None = None
    ) -> list[PlatformRecord]:
        """Return at most `limit` platforms behind (name, id), by name; those operating in `region` when given."""
        name, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"SELECT {PLATFORM_COLUMNS} FROM platforms p WHERE ($1::text IS NULL OR $1 = ANY(p.regions)) "
            "AND ($3::text IS NULL OR (lower(p.name), p.id) > (lower($3), $4::uuid)) "
            "ORDER BY lower(p.name), p.id LIMIT $2",
            region,
            limit,
            name,
            id_,
        )
        return [PlatformRecord(**row) for row in rows]

    async def count_platforms(self, region: str | None) -> int:
        """Return the number of platforms, of those operating in `region` when given."""
        count = await self._database.fetchval(
            "SELECT count(*) FROM platforms p WHERE ($1::text IS NULL OR $1 = ANY(p.regions))", region
        )
        return int(count)

    async def prices_by_platforms(self, ids: Sequence[str]) -> list[PriceRecord]:
        """Return the monthly prices of the platforms in all regions, in no particular order."""
        rows = await self._database.fetch(
            f"SELECT {PRICE_COLUMNS} FROM platform_prices WHERE platform_id = ANY($1::uuid[])", ids
        )
        return [PriceRecord(**row) for row in rows]

    async def offers_by_titles(self, ids: Sequence[str], region: str, now: datetime) -> list[OfferRecord]:
        """Return the offers of the titles in a region that have not ended by `now`, in no particular order."""
        rows = await self._database.fetch(
            f"SELECT {OFFER_COLUMNS} FROM offers o WHERE o.title_id = ANY($1::uuid[]) AND o.region = $2 "
            "AND (o.expires_at IS NULL OR o.expires_at > $3)",
            ids,
            region,
            now,
        )
        return [OfferRecord(**row) for row in rows]

    async def regions_by_titles(self, ids: Sequence[str], now: datetime) -> list[tuple[str, str, str]]:
        """Return (title id, region, kind) of all offers that can be watched at `now`, each once, in order."""
        rows = await self._database.fetch(
            "SELECT DISTINCT o.title_id, o.region, o.kind FROM offers o WHERE o.title_id = ANY($1::uuid[]) "
            "AND (o.available_from IS NULL OR o.available_from <= $2) AND (o.expires_at IS NULL OR o.expires_at > $2) "
            "ORDER BY 1, 2, 3",
            ids,
            now,
        )
        return [(row["title_id"], row["region"], row["kind"]) for row in rows]

    async def catalog(
        self, query: CatalogQuery, limit: int, after: tuple[datetime | None, str] | None = None
    ) -> list[CatalogTitleRecord]:
        """Return at most `limit` titles a query selects behind (newest, title id).

        Newest offer first, titles without a start last, ties by id downwards.
        """
        newest, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"SELECT o.title_id, max(o.available_from) AS newest FROM offers o WHERE {_CATALOG} GROUP BY o.title_id "
            f"HAVING $7::uuid IS NULL OR ({_NEWEST}, o.title_id) < (coalesce($6::timestamptz, '-infinity'), $7) "
            f"ORDER BY {_NEWEST} DESC, o.title_id DESC LIMIT $5",
            *_values(query),
            limit,
            newest,
            id_,
        )
        return [CatalogTitleRecord(**row) for row in rows]

    async def count_catalog(self, query: CatalogQuery) -> int:
        """Return the number of titles a query selects."""
        count = await self._database.fetchval(
            f"SELECT count(DISTINCT o.title_id) FROM offers o WHERE {_CATALOG}", *_values(query)
        )
        return int(count)
