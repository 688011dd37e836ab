"""What an import reads before it writes: which titles its records may be, and how far it got last time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from datasources.postgres.engine import Connection, Database
from datasources.records.bulk import TextRow, TitleRow

_TITLE = ", ".join(f"t.{field.name}" for field in fields(TitleRow))
_TEXT = ", ".join(field.name for field in fields(TextRow))


@dataclass(frozen=True, slots=True)
class HeldCredit:
    """A credit that is there, with the name of the person."""

    title_id: str
    person_id: str
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far the import of a file got; `file` and `digest` name it and its content."""

    source: str
    file: str
    digest: str
    rows_done: int = 0
    rows_rejected: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """By what records of a source may be known: their own keys, IMDb ids, (media type, TMDB id), (name key, year)."""

    source: str
    records: Sequence[str]
    imdb: Sequence[str]
    tmdb: Sequence[tuple[str, str]]
    names: Sequence[tuple[str, int]]


class IngestReader:
    """Reads within the transaction that writes; every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def titles(self, keys: Keys) -> list[TitleRow]:
        """Return every title that any of the keys leads to."""
        rows = await self._connection.fetch(
            f"""
            WITH found AS (
                SELECT title_id AS id FROM source_records WHERE source = $1 AND key = ANY($2::text[])
                UNION SELECT id FROM titles WHERE imdb = ANY($3::text[])
                UNION SELECT t.id FROM unnest($4::text[], $5::text[]) AS k (tmdb_type, tmdb)
                      JOIN titles t USING (tmdb_type, tmdb)
                UNION SELECT t.id FROM unnest($6::text[], $7::int[]) AS k (match_name, release_year)
                      JOIN titles t USING (match_name, release_year) WHERE t.kind NOT IN ('SEASON', 'EPISODE')
            )
            SELECT {_TITLE} FROM found JOIN titles t USING (id)
            """,
            keys.source,
            keys.records,
            keys.imdb,
            [media for media, _ in keys.tmdb],
            [id_ for _, id_ in keys.tmdb],
            [name for name, _ in keys.names],
            [year for _, year in keys.names],
        )
        return [TitleRow(**row) for row in rows]

    async def titles_by_ids(self, ids: Sequence[str]) -> list[TitleRow]:
        """Return the titles there are among `ids`."""
        rows = await self._connection.fetch(f"SELECT {_TITLE} FROM titles t WHERE id = ANY($1::uuid[])", ids)
        return [TitleRow(**row) for row in rows]

    async def records_of_titles(self, source: str, ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return (title, key) of each record of a source that became one of the titles."""
        rows = await self._connection.fetch(
            "SELECT title_id, key FROM source_records r WHERE r.title_id = ANY($2::uuid[]) AND r.source = $1",
            source,
            ids,
        )
        return [(row["title_id"], row["key"]) for row in rows]

    async def titles_of_records(self, source: str, keys: Sequence[str]) -> dict[str, str]:
        """Return the title of each record of a source that became one."""
        rows = await self._connection.fetch(
            "SELECT key, title_id FROM source_records WHERE source = $1 AND key = ANY($2::text[]) "
            "AND title_id IS NOT NULL",
            source,
            keys,
        )
        return {row["key"]: row["title_id"] for row in rows}

    async def texts(self, title_ids: Sequence[str]) -> list[TextRow]:
        """Return the names and descriptions of titles."""
        rows = await self._connection.fetch(
            f"SELECT {_TEXT} FROM title_texts WHERE title_id = ANY($1::uuid[])", title_ids
        )
        return [TextRow(**row) for row in rows]

    async def credits(self, title_ids: Sequence[str]) -> list[HeldCredit]:
        """Return the credits of titles in billing order."""
        rows = await self._connection.fetch(
            "SELECT c.title_id, c.person_id, c.role, p.name FROM credits c JOIN people p ON p.id = c.person_id "
            "WHERE c.title_id = ANY($1::uuid[]) ORDER BY c.title_id, c.position, c.id",
            title_ids,
        )
        return [HeldCredit(**row) for row in rows]

    async def people(self) -> list[tuple[str, str]]:
        """Return (id, name) of everybody."""
        return [(row["id"], row["name"]) for row in await self._connection.fetch("SELECT id, name FROM people")]

    async def records_of_people(self, source: str) -> dict[str, str]:
        """Return the person of each record of a source that became one."""
        rows = await self._connection.fetch(
            "SELECT key, person_id FROM source_records WHERE source = $1 AND person_id IS NOT NULL", source
        )
        return {row["key"]: row["person_id"] for row in rows}

    async def platforms(self) -> dict[str, str]:
        """Return the ids of all platforms by slug."""
        return {row["slug"]: row["id"] for row in await self._connection.fetch("SELECT slug, id FROM platforms")}

    async def ratings_by_accounts(self, account_source: str) -> list[tuple[str, float, int]]:
        """Return (title, mean, number) of the ratings that accounts from a source gave."""
        rows = await self._connection.fetch(
            "SELECT r.title_id, avg(r.value) AS average, count(*) AS votes FROM ratings r "
            "JOIN profiles p ON p.id = r.profile_id JOIN users u ON u.id = p.user_id "
            "WHERE u.source = $1 GROUP BY r.title_id ORDER BY r.title_id",
            account_source,
        )
        return [(row["title_id"], row["average"], row["votes"]) for row in rows]


class ProgressLedger:
    """How far imports got; written in the transaction of the rows it counts, so that the two never disagree."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, source: str, file: str, digest: str) -> FileProgress:
        """Return how far a file got; nothing done for one never seen."""
        row = await self._database.fetchrow(
            "SELECT rows_done, rows_rejected, finished_at IS NOT NULL AS finished FROM import_runs "
            "WHERE source = $1 AND file = $2 AND digest = $3",
            source,
            file,
            digest,
        )
        return FileProgress(source, file, digest, **({} if row is None else dict(row)))

    @staticmethod
    async def write(connection: Connection, progress: FileProgress) -> None:
        """Keep how far a file got."""
        await connection.execute(
            "INSERT INTO import_runs (source, file, digest, rows_done, rows_rejected, finished_at) "
            "VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END) "
            "ON CONFLICT (source, file, digest) DO UPDATE SET rows_done = excluded.rows_done, "
            "rows_rejected = excluded.rows_rejected, finished_at = excluded.finished_at",
            progress.source,
            progress.file,
            progress.digest,
            progress.rows_done,
            progress.rows_rejected,
            progress.finished,
        )
