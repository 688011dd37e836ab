"""The catalogue in PostgreSQL. Every method is one statement, whatever the number of keys."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from datasources.postgres.engine import Database
from datasources.records.catalog import CreditRecord, PersonRecord, TextRecord, TitleQuery, TitleRecord

TITLE_COLUMNS = ", ".join(f"t.{field.name}" for field in fields(TitleRecord))
PERSON_COLUMNS = ", ".join(f"p.{field.name}" for field in fields(PersonRecord))
_CREDIT_COLUMNS = ", ".join(f"c.{field.name}" for field in fields(CreditRecord) if field.name != "year")

_PARTS = frozenset({"SEASON", "EPISODE"})
_BROWSABLE = "t.kind NOT IN ('SEASON', 'EPISODE')"

# Sort name → (expression that is never null, its type, direction). An index on (expression, id) matches each.
_ORDERS: dict[str, tuple[str, str, str]] = {
    "POPULARITY": ("t.popularity", "float8", "DESC"),
    "RATING": ("coalesce(t.rating_weighted, 0)", "float8", "DESC"),
    "NEWEST": ("coalesce(t.release_year, 0)", "int4", "DESC"),
    "OLDEST": ("coalesce(t.release_year, 9999)", "int4", "ASC"),
    "NAME": ("t.sort_name", "text", "ASC"),
    "SHORTEST": ("coalesce(t.runtime_minutes, 100000)", "int4", "ASC"),
    "LONGEST": ("coalesce(t.runtime_minutes, 0)", "int4", "DESC"),
    "RECENTLY_ADDED": ("t.created_at", "timestamptz", "DESC"),
}


class _Conditions:
    """WHERE parts with numbered parameters."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.arguments: list[Any] = []

    def parameter(self, value: Any) -> str:
        """Add a parameter; return its placeholder."""
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, template: str, value: Any) -> None:
        """Add `template` with `{}` standing for the value, unless the value is None."""
        if value is not None:
            self.parts.append(template.format(self.parameter(value)))

    @property
    def sql(self) -> str:
        """All parts joined by AND."""
        return " AND ".join(self.parts) or "true"


def _conditions(query: TitleQuery) -> _Conditions:
    where = _Conditions()
    if query.kinds is None or _PARTS.isdisjoint(query.kinds):
        where.parts.append(_BROWSABLE)  # also where the kinds say it: the indexes hold browsable titles only
    where.add("t.kind = ANY({}::text[])", query.kinds)
    where.add("t.genres && {}::text[]", query.genres)
    where.add("NOT t.genres && {}::text[]", query.exclude_genres)
    where.add("t.release_year >= {}", query.year_min)
    where.add("t.release_year <= {}", query.year_max)
    where.add("t.runtime_minutes >= {}", query.runtime_min)
    where.add("t.runtime_minutes <= {}", query.runtime_max)
    where.add("t.rating_weighted >= {}", query.min_rating)
    where.add("t.minimum_age <= {}", query.max_age)
    where.add("t.original_language = ANY({}::text[])", query.languages)
    where.add("t.countries && {}::text[]", query.countries)
    where.add("t.moods && {}::text[]", query.moods)
    where.add(
        "EXISTS (SELECT FROM credits c WHERE c.title_id = t.id AND c.person_id = ANY({}::uuid[]))", query.person_ids
    )
    if query.region is not None or query.platform_ids is not None or query.subscribed_ids is not None:
        offer = ["o.title_id = t.id", "(o.expires_at IS NULL OR o.expires_at > now())"]
        if query.region is not None:
            offer.append(f"o.region = {where.parameter(query.region)}")
        if query.platform_ids is not None:
            offer.append(f"o.platform_id = ANY({where.parameter(query.platform_ids)}::uuid[])")
        if query.subscribed_ids is not None:
            mine = where.parameter(query.subscribed_ids)
            offer.append(f"o.platform_id = ANY({mine}::uuid[]) AND o.kind IN ('SUBSCRIPTION', 'FREE', 'ADS')")
        where.parts.append(f"EXISTS (SELECT FROM offers o WHERE {' AND '.join(offer)})")
    return where


def _titles(rows: Sequence[Any]) -> list[TitleRecord]:
    return [TitleRecord(**row) for row in rows]


class CatalogStore:
    """Titles, people and credits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def titles_by_ids(self, ids: Sequence[str]) -> list[TitleRecord]:
        """Return the titles there are among `ids`, in no particular order."""
        return _titles(
            await self._database.fetch(f"SELECT {TITLE_COLUMNS} FROM titles t WHERE t.id = ANY($1::uuid[])", ids)
        )

    async def titles(
        self, query: TitleQuery, sort: str, limit: int, after: tuple[Any, str] | None = None
    ) -> list[tuple[Any, TitleRecord]]:
        """Return at most `limit` titles behind the position `after`, each with its sort value; ties by id."""
        expression, kind, direction = _ORDERS[sort]
        where = _conditions(query)
        if after is not None:
            value, id_ = where.parameter(after[0]), where.parameter(after[1])
            comparison = "<" if direction == "DESC" else ">"
            # Text on its way in and out keeps microseconds of instants and digits of floats.
            where.parts.append(f"({expression}, t.id) {comparison} (({value}::text)::{kind}, {id_}::uuid)")
        rows = await self._database.fetch(
            f"SELECT ({expression})::text AS sort_value, {TITLE_COLUMNS} FROM titles t WHERE {where.sql} "
            f"ORDER BY {expression} {direction}, t.id {direction} LIMIT {where.parameter(limit)}",
            *where.arguments,
        )
        return [(row["sort_value"], TitleRecord(**dict(list(row.items())[1:]))) for row in rows]

    async def count_titles(self, query: TitleQuery) -> int:
        """Return how many titles a query selects."""
        where = _conditions(query)
        return int(await self._database.fetchval(f"SELECT count(*) FROM titles t WHERE {where.sql}", *where.arguments))

    async def matching_ids(self, ids: Sequence[str], query: TitleQuery) -> set[str]:
        """Return those of `ids` that a query selects."""
        where = _conditions(query)
        where.add("t.id = ANY({}::uuid[])", ids)
        rows = await self._database.fetch(f"SELECT t.id FROM titles t WHERE {where.sql}", *where.arguments)
        return {row["id"] for row in rows}

    async def title_by_external_id(self, source: str, key: str, tmdb_type: str | None) -> TitleRecord | None:
        """Return the title another catalogue knows under `key`; `source` is a column of ids (`imdb`, `tmdb` …)."""
        if source not in {"wikidata", "imdb", "tmdb", "tvdb", "eidr"}:
            raise ValueError(source)
        where = _Conditions()
        where.add(f"t.{source} = {{}}", key)
        where.add("t.tmdb_type = {}", tmdb_type)
        row = await self._database.fetchrow(
            f"SELECT {TITLE_COLUMNS} FROM titles t WHERE {where.sql} ORDER BY t.id LIMIT 1", *where.arguments
        )
        return None if row is None else TitleRecord(**row)

    async def texts_by_titles(self, ids: Sequence[str], field: str) -> list[TextRecord]:
        """Return all names or descriptions of the titles; `field` is `name` or `description`."""
        rows = await self._database.fetch(
            "SELECT title_id, field, language, region, text, is_original, source FROM title_texts "
            "WHERE title_id = ANY($1::uuid[]) AND field = $2 "
            "ORDER BY is_original DESC, language, region NULLS FIRST, id",
            ids,
            field,
        )
        return [TextRecord(**row) for row in rows]

    async def children(
        self, parents: Sequence[str], limit: int, after: tuple[int, int, str] | None = None
    ) -> list[TitleRecord]:
        """Return at most `limit` children of each parent behind (season, episode, id), in order of their numbers."""
        season, episode, id_ = after or (None, None, None)
        rows = await self._database.fetch(
            f"""
            SELECT {TITLE_COLUMNS}
            FROM unnest($1::uuid[]) AS parent(id)
            CROSS JOIN LATERAL (
                SELECT *, coalesce(child.season_number, 0) AS season, coalesce(child.episode_number, 0) AS episode
                FROM titles child
                WHERE child.parent_id = parent.id
                  AND ($3::int IS NULL OR ROW(coalesce(child.season_number, 0), coalesce(child.episode_number, 0), id)
                                          > ROW($3, $4, $5::uuid))
                ORDER BY season, episode, id
                LIMIT $2
            ) t
            """,
            parents,
            limit,
            season,
            episode,
            id_,
        )
        return _titles(rows)

    async def child_counts(self, parents: Sequence[str]) -> dict[str, int]:
        """Return the number of children by parent; parents without any are absent."""
        rows = await self._database.fetch(
            "SELECT parent_id, count(*) AS n FROM titles WHERE parent_id = ANY($1::uuid[]) GROUP BY parent_id", parents
        )
        return {row["parent_id"]: row["n"] for row in rows}

    async def people_by_ids(self, ids: Sequence[str]) -> list[PersonRecord]:
        """Return the people there are among `ids`, in no particular order."""
        rows = await self._database.fetch(f"SELECT {PERSON_COLUMNS} FROM people p WHERE p.id = ANY($1::uuid[])", ids)
        return [PersonRecord(**row) for row in rows]

    async def credits_by_titles(
        self, ids: Sequence[str], roles: Sequence[str] | None, limit: int, after: tuple[int, str] | None = None
    ) -> list[CreditRecord]:
        """Return at most `limit` credits of each title behind (position, id), in billing order."""
        position, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"""
            SELECT {_CREDIT_COLUMNS}, 0 AS year
            FROM unnest($1::uuid[]) AS title(id)
            CROSS JOIN LATERAL (
                SELECT * FROM credits credit
                WHERE credit.title_id = title.id AND ($2::text[] IS NULL OR credit.role = ANY($2))
                  AND ($4::int IS NULL OR (credit.position, credit.id) > ($4, $5::uuid))
                ORDER BY credit.position, credit.id
                LIMIT $3
            ) c
            """,
            ids,
            roles,
            limit,
            position,
            id_,
        )
        return [CreditRecord(**row) for row in rows]

    async def people_by_roles(
        self, wanted: Sequence[tuple[str, str]], limit: int
    ) -> list[tuple[str, str, PersonRecord]]:
        """Return (title, role, person) for at most `limit` credits of each (title, role), in billing order."""
        rows = await self._database.fetch(
            f"""
            SELECT c.title_id, c.role, {PERSON_COLUMNS}
            FROM unnest($1::uuid[], $2::text[]) AS wanted(title_id, role)
            CROSS JOIN LATERAL (
                SELECT * FROM credits credit
                WHERE credit.title_id = wanted.title_id AND credit.role = wanted.role
                ORDER BY credit.position, credit.id
                LIMIT $3
            ) c
            JOIN people p ON p.id = c.person_id
            ORDER BY c.title_id, c.position, c.id
            """,
            [title_id for title_id, _ in wanted],
            [role for _, role in wanted],
            limit,
        )
        return [(row["title_id"], row["role"], PersonRecord(**dict(list(row.items())[2:]))) for row in rows]

    async def credits_by_people(
        self, ids: Sequence[str], roles: Sequence[str] | None, limit: int, after: tuple[int, str] | None = None
    ) -> list[CreditRecord]:
        """Return at most `limit` credits of each person behind (year, id), newest first."""
        year, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"""
            SELECT {_CREDIT_COLUMNS}, c.year
            FROM unnest($1::uuid[]) AS person(id)
            CROSS JOIN LATERAL (
                SELECT credit.*, coalesce(title.release_year, 0) AS year
                FROM credits credit JOIN titles title ON title.id = credit.title_id
                WHERE credit.person_id = person.id AND ($2::text[] IS NULL OR credit.role = ANY($2))
                  AND ($4::int IS NULL OR (coalesce(title.release_year, 0), credit.id) < ($4, $5::uuid))
                ORDER BY coalesce(title.release_year, 0) DESC, credit.id DESC
                LIMIT $3
            ) c
            """,
            ids,
            roles,
            limit,
            year,
            id_,
        )
        return [CreditRecord(**row) for row in rows]

    async def credit_counts(
        self, ids: Sequence[str], roles: Sequence[str] | None, *, of_people: bool = False
    ) -> dict[str, int]:
        """Return the number of credits by title (or by person); those without any are absent."""
        column = "person_id" if of_people else "title_id"
        rows = await self._database.fetch(
            f"SELECT {column} AS key, count(*) AS n FROM credits "
            f"WHERE {column} = ANY($1::uuid[]) AND ($2::text[] IS NULL OR role = ANY($2)) GROUP BY {column}",
            ids,
            roles,
        )
        return {row["key"]: row["n"] for row in rows}

    async def genre_counts(self) -> dict[str, int]:
        """Return the number of browsable titles by genre."""
        rows = await self._database.fetch(
            f"SELECT genre, count(*) AS n FROM titles t, unnest(t.genres) AS genre WHERE {_BROWSABLE} GROUP BY genre"
        )
        return {row["genre"]: row["n"] for row in rows}

    async def trending(
        self,
        since: date,
        region: str | None,
        kinds: Sequence[str] | None,
        limit: int,
        after: tuple[str, str] | None = None,
    ) -> list[tuple[str, TitleRecord]]:
        """Return titles by attention since a day (in a region, or everywhere), then by popularity, with that score."""
        score, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"""
            WITH scored AS (
                SELECT t.id AS title_id, coalesce(a.weight, 0) + t.popularity / 1000 AS score
                FROM titles t
                LEFT JOIN (
                    SELECT title_id, sum(weight) AS weight FROM attention
                    WHERE day >= $1 AND ($2::text IS NULL OR region = $2) GROUP BY title_id
                ) a ON a.title_id = t.id
                WHERE CASE WHEN $3::text[] IS NULL THEN {_BROWSABLE} ELSE t.kind = ANY($3) END
            ), page AS (
                SELECT * FROM scored
                WHERE $5::text IS NULL OR (score, title_id) < ($5::float8, $6::uuid)
                ORDER BY score DESC, title_id DESC LIMIT $4
            )
            SELECT page.score::text AS sort_value, {TITLE_COLUMNS}
            FROM page JOIN titles t ON t.id = page.title_id ORDER BY page.score DESC, page.title_id DESC
            """,
            since,
            region,
            kinds,
            limit,
            score,
            id_,
        )
        return [(row["sort_value"], TitleRecord(**dict(list(row.items())[1:]))) for row in rows]

    async def add_attention(self, title_id: str, day: date, region: str, weight: float) -> None:
        """Count attention a title got on a day in a region (`*` when unknown)."""
        await self._database.execute(
            "INSERT INTO attention (title_id, day, region, weight) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (title_id, day, region) DO UPDATE SET weight = attention.weight + excluded.weight",
            title_id,
            day,
            region,
            weight,
        )
