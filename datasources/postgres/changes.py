"""What changed in the catalogue, by transaction: what an index follows."""

from typing import Any

from datasources.postgres.engine import Database


class ChangeReader:
    """Reads what changed in the catalogue, in the order of transactions, so that an index misses nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def horizon(self) -> tuple[str, int]:
        """Return the identity of the database, and the transaction before which everything is decided."""
        row = await self._database.fetchrow(
            "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), current_database(),"
            " (SELECT oid FROM pg_database WHERE datname = current_database())) AS identity,"
            " (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS transaction"
        )
        assert row is not None  # noqa: S101 – a SELECT without FROM has one row
        return row["identity"], row["transaction"]

    async def changed_titles(
        self, since: int, before: int, limit: int, after: tuple[int, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return titles written by transactions in [since, before), with names, people and description in one row.

        `after` is (changed_xact, id) of the last row seen.
        """
        xact, id_ = after or (None, None)
        rows = await self._database.fetch(
            """
            WITH page AS (
                SELECT * FROM titles t
                WHERE t.changed_xact >= $1 AND t.changed_xact < $2
                  AND ($4::bigint IS NULL OR (t.changed_xact, t.id) > ($4, $5::uuid))
                ORDER BY t.changed_xact, t.id LIMIT $3
            )
            SELECT page.id, page.kind, page.name, page.original_name, page.genres, page.themes, page.moods,
                   page.popularity, page.changed_xact,
                   (SELECT array_agg(text) FROM title_texts x WHERE x.title_id = page.id AND field = 'name') AS names,
                   (SELECT string_agg(text, E'\\n') FROM title_texts x
                     WHERE x.title_id = page.id AND field = 'description') AS description,
                   (SELECT array_agg(p.name ORDER BY c.position) FROM credits c JOIN people p ON p.id = c.person_id
                     WHERE c.title_id = page.id) AS people
            FROM page ORDER BY page.changed_xact, page.id
            """,
            since,
            before,
            limit,
            xact,
            id_,
        )
        return [dict(row) for row in rows]

    async def changed_people(
        self, since: int, before: int, limit: int, after: tuple[int, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return people written by transactions in [since, before); `after` as above."""
        xact, id_ = after or (None, None)
        rows = await self._database.fetch(
            "SELECT id, name, popularity, changed_xact FROM people "
            "WHERE changed_xact >= $1 AND changed_xact < $2 "
            "AND ($4::bigint IS NULL OR (changed_xact, id) > ($4, $5::uuid)) ORDER BY changed_xact, id LIMIT $3",
            since,
            before,
            limit,
            xact,
            id_,
        )
        return [dict(row) for row in rows]
