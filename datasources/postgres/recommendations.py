"""The recommendations subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys.

It owns no table: it reads what the catalogue, ratings, views and preferences say.
"""

from collections.abc import Sequence

from datasources.postgres.engine import Database
from datasources.records.recommendations import SettingsRecord, SignalRecord, TitleFeatures

_PREFERENCES = ("favoriteGenres", "avoidedGenres", "moods", "personalization", "region")
_ROLES = ("DIRECTOR", "CREATOR", "WRITER", "ACTOR", "VOICE", "COMPOSER")
_BROWSABLE = "t.kind NOT IN ('SEASON', 'EPISODE')"


class RecommendationStore:
    """What recommendations are made of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settings(self, profiles: Sequence[str]) -> dict[str, SettingsRecord]:
        """Return the settings of profiles by id; unknown ones are absent."""
        rows = await self._database.fetch(
            """
            SELECT p.id, p.max_age, coalesce(
                (SELECT jsonb_object_agg(e.key, e.value) FROM preferences e
                  WHERE e.profile_id = p.id AND e.key = ANY($2)), '{}') AS preferences
            FROM profiles p WHERE p.id = ANY($1::uuid[])
            """,
            profiles,
            _PREFERENCES,
        )
        return {row["id"]: SettingsRecord(row["max_age"], row["preferences"]) for row in rows}

    async def signals(self, profile_id: str, limit: int = 5000) -> list[SignalRecord]:
        """Return the latest things a profile did, newest first; seasons and episodes count for their series."""
        rows = await self._database.fetch(
            """
            SELECT coalesce(grandparent.id, parent.id, t.id) AS title_id, did.source, did.value, did.repeats, did.at
            FROM (
                SELECT title_id, 'RATING' AS source, value::float8 AS value, 0 AS repeats, rated_at AS at
                FROM ratings WHERE profile_id = $1
                UNION ALL
                SELECT title_id, 'VIEW', max(completion)::float8, count(*)::int - 1, max(watched_at)
                FROM views WHERE profile_id = $1 GROUP BY title_id
                UNION ALL
                SELECT title_id, 'PLAYBACK',
                       CASE WHEN completed OR rewatch_count > 0 THEN 1.0
                            WHEN duration_ms > 0 THEN least(1.0, position_ms::float8 / duration_ms) ELSE 0.0 END,
                       rewatch_count, updated_at
                FROM playbacks WHERE profile_id = $1
            ) did
            JOIN titles t ON t.id = did.title_id
            LEFT JOIN titles parent ON parent.id = t.parent_id
            LEFT JOIN titles grandparent ON grandparent.id = parent.parent_id
            ORDER BY did.at DESC, t.id, did.source LIMIT $2
            """,
            profile_id,
            limit,
        )
        return [SignalRecord(**row) for row in rows]

    async def title_names(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the names of titles by id."""
        rows = await self._database.fetch("SELECT id, name FROM titles WHERE id = ANY($1::uuid[])", ids)
        return {row["id"]: row["name"] for row in rows}

    async def person_names(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the names of people by id."""
        rows = await self._database.fetch("SELECT id, name FROM people WHERE id = ANY($1::uuid[])", ids)
        return {row["id"]: row["name"] for row in rows}

    async def roots(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the browsable title each title belongs to (its series, or itself) by id; unknown ones are absent."""
        rows = await self._database.fetch(
            """
            SELECT t.id, coalesce(grandparent.id, parent.id, t.id) AS root
            FROM titles t
            LEFT JOIN titles parent ON parent.id = t.parent_id
            LEFT JOIN titles grandparent ON grandparent.id = parent.parent_id
            WHERE t.id = ANY($1::uuid[])
            """,
            ids,
        )
        return {row["id"]: row["root"] for row in rows}

    async def has_offers(self, region: str) -> bool:
        """Return whether anything is known to be offered in a region."""
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT FROM offers WHERE region = $1 AND (expires_at IS NULL OR expires_at > now()))",
                region,
            )
        )

    async def written_rows(self, tables: Sequence[str]) -> int:
        """Return a number that grows with every row written to the tables, about a second late, in constant time.

        Source: PostgreSQL's cumulative statistics; rolled back rows count too, and a crash may set it back.
        """
        return int(
            await self._database.fetchval(
                "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables "
                "WHERE schemaname = current_schema() AND relname = ANY($1)",
                tables,
            )
        )

    async def title_features(self, after: str | None, limit: int) -> list[TitleFeatures]:
        """Return the features of at most `limit` browsable titles behind an id, by id."""
        rows = await self._database.fetch(
            f"""
            SELECT t.id, t.kind, t.genres, t.themes, t.moods, t.countries[1] AS country, t.release_year,
                   t.runtime_minutes, t.minimum_age, t.popularity, t.rating_weighted
            FROM titles t WHERE {_BROWSABLE} AND ($1::uuid IS NULL OR t.id > $1) ORDER BY t.id LIMIT $2
            """,
            after,
            limit,
        )
        return [TitleFeatures(**row) for row in rows]

    async def title_people(
        self, after: str | None, limit: int, credits_each: int
    ) -> list[tuple[str, list[str], list[str]]]:
        """Return (title, people, their roles) for `limit` browsable titles behind an id: the first credits of each."""
        rows = await self._database.fetch(
            f"""
            SELECT page.id, found.people, found.roles
            FROM (
                SELECT t.id FROM titles t
                WHERE {_BROWSABLE} AND ($1::uuid IS NULL OR t.id > $1) ORDER BY t.id LIMIT $2
            ) page
            CROSS JOIN LATERAL (
                SELECT array_agg(c.person_id) AS people, array_agg(c.role) AS roles
                FROM (
                    SELECT person_id, role FROM credits
                    WHERE title_id = page.id AND role = ANY($4) ORDER BY position, id LIMIT $3
                ) c
            ) found
            ORDER BY page.id
            """,
            after,
            limit,
            credits_each,
            _ROLES,
        )
        return [(row["id"], row["people"] or [], row["roles"] or []) for row in rows]

    async def likes(self, least: float, after: tuple[str, str] | None, limit: int) -> list[tuple[str, str]]:
        """Return at most `limit` (profile, title) with a rating of `least` or more behind a pair, in that order."""
        profile, title = after or (None, None)
        rows = await self._database.fetch(
            "SELECT profile_id, title_id FROM ratings "
            "WHERE value >= $1 AND ($3::uuid IS NULL OR (profile_id, title_id) > ($3, $4::uuid)) "
            "ORDER BY profile_id, title_id LIMIT $2",
            least,
            limit,
            profile,
            title,
        )
        return [(row["profile_id"], row["title_id"]) for row in rows]
