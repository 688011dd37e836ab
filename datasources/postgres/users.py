"""The users subgraph's rows in PostgreSQL. Every method is one statement, whatever the number of keys."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any

from datasources.postgres.engine import Database
from datasources.postgres.user_writes import UserWriter
from datasources.records.users import (
    ChangeRecord,
    Credentials,
    DeviceRecord,
    EntryRecord,
    PlaybackRecord,
    PreferenceRecord,
    PreferencesRecord,
    ProfileRecord,
    RatingRecord,
    SessionRecord,
    StreamState,
    UserRecord,
    ViewRecord,
)

Position = tuple[datetime, str]
"""Sort value and id of the last item seen, in lists that run from the newest to the oldest."""


def _columns(record: type[Any], alias: str) -> str:
    return ", ".join(f"{alias}.{field.name}" for field in fields(record))


_USER = _columns(UserRecord, "u")
_PROFILE = ", ".join(
    "p.pin_hash IS NOT NULL AS has_pin" if field.name == "has_pin" else f"p.{field.name}"
    for field in fields(ProfileRecord)
)
_DEVICE = _columns(DeviceRecord, "d")
_SESSION = _columns(SessionRecord, "s")
_PLAYBACK = _columns(PlaybackRecord, "b")
_VIEW = _columns(ViewRecord, "v")
_RATING = _columns(RatingRecord, "r")

# Of the tags alive for a title the latest one names it, dates it and orders it.
_ENTRY = """
    w.title_id, (array_agg(w.title_name ORDER BY w.tag DESC))[1] AS title_name,
    (array_agg(w.added_at ORDER BY w.tag DESC))[1] AS added_at, max(w.tag) AS stamp,
    array_agg(w.tag ORDER BY w.tag) AS tags, (array_agg(w.device_id ORDER BY w.tag DESC))[1] AS device_id
"""


class UserStore:
    """Accounts, and what belongs to their profiles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[UserWriter]:
        """Lend the writes of one transaction: all of them are kept when the block ends, none when it raises."""
        async with self._database.transaction() as connection:
            yield UserWriter(connection)

    async def users_by_ids(self, ids: Sequence[str]) -> list[UserRecord]:
        """Return the accounts there are among `ids`."""
        rows = await self._database.fetch(f"SELECT {_USER} FROM users u WHERE u.id = ANY($1::uuid[])", ids)
        return [UserRecord(**row) for row in rows]

    async def credentials(self, email: str) -> Credentials | None:
        """Return what a login with this address is checked against, None for an unknown one."""
        row = await self._database.fetchrow(
            f"SELECT u.password_hash, p.id AS profile_id, {_USER} FROM users u "
            "JOIN profiles p ON p.user_id = u.id AND p.is_default WHERE lower(u.email) = lower($1) LIMIT 1",
            email,
        )
        if row is None:
            return None
        password_hash, profile_id, *user = row.values()
        return Credentials(UserRecord(*user), password_hash, profile_id)

    async def profiles_by_users(self, user_ids: Sequence[str]) -> list[ProfileRecord]:
        """Return the profiles of accounts, the default one first."""
        rows = await self._database.fetch(
            f"SELECT {_PROFILE} FROM profiles p WHERE p.user_id = ANY($1::uuid[]) ORDER BY p.is_default DESC, p.id",
            user_ids,
        )
        return [ProfileRecord(**row) for row in rows]

    async def profiles_by_ids(self, ids: Sequence[str]) -> list[ProfileRecord]:
        """Return the profiles there are among `ids`."""
        rows = await self._database.fetch(f"SELECT {_PROFILE} FROM profiles p WHERE p.id = ANY($1::uuid[])", ids)
        return [ProfileRecord(**row) for row in rows]

    async def devices_by_users(self, user_ids: Sequence[str]) -> list[DeviceRecord]:
        """Return the devices of accounts, oldest first."""
        rows = await self._database.fetch(
            f"SELECT {_DEVICE} FROM devices d WHERE d.user_id = ANY($1::uuid[]) ORDER BY d.registered_at, d.id",
            user_ids,
        )
        return [DeviceRecord(**row) for row in rows]

    async def devices_by_ids(self, ids: Sequence[str]) -> list[DeviceRecord]:
        """Return the devices there are among `ids`."""
        rows = await self._database.fetch(f"SELECT {_DEVICE} FROM devices d WHERE d.id = ANY($1::uuid[])", ids)
        return [DeviceRecord(**row) for row in rows]

    async def playing_by_devices(self, device_ids: Sequence[str]) -> dict[str, str]:
        """Return the id of the title that each device plays, for those that play one."""
        rows = await self._database.fetch(
            "SELECT DISTINCT ON (b.device_id) b.device_id, b.title_id, b.state FROM playbacks b "
            "JOIN profiles p ON p.id = b.profile_id JOIN devices d ON d.id = b.device_id AND d.user_id = p.user_id "
            "WHERE p.user_id IN (SELECT user_id FROM devices WHERE id = ANY($1::uuid[])) "
            "AND b.device_id = ANY($1::uuid[]) ORDER BY b.device_id, b.updated_at DESC",
            device_ids,
        )
        return {row["device_id"]: row["title_id"] for row in rows if row["state"] == "PLAYING"}

    async def sessions_by_users(self, user_ids: Sequence[str], now: datetime) -> list[SessionRecord]:
        """Return the logins of accounts that are still good, the one used last first."""
        rows = await self._database.fetch(
            f"SELECT {_SESSION} FROM sessions s WHERE s.user_id = ANY($1::uuid[]) AND s.revoked_at IS NULL "
            "AND s.expires_at > $2 ORDER BY s.last_used_at DESC, s.id DESC",
            user_ids,
            now,
        )
        return [SessionRecord(**row) for row in rows]

    async def preferences_by_profiles(self, profile_ids: Sequence[str]) -> dict[str, PreferencesRecord]:
        """Return the stored preferences of profiles with the revision they are at."""
        rows = await self._database.fetch(
            "SELECT p.id, coalesce(s.revision, 0) AS revision, f.key, f.value, f.stamp FROM profiles p "
            "LEFT JOIN streams s ON s.profile_id = p.id AND s.name = 'preferences' "
            "LEFT JOIN preferences f ON f.profile_id = p.id WHERE p.id = ANY($1::uuid[]) ORDER BY f.key",
            profile_ids,
        )
        found: dict[str, PreferencesRecord] = {}
        for row in rows:
            record = found.setdefault(row["id"], PreferencesRecord(row["revision"], []))
            if row["key"] is not None:
                record.entries.append(PreferenceRecord(row["key"], row["value"], row["stamp"]))
        return found

    async def entries_by_titles(self, profile_ids: Sequence[str], title_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return those of the pairs (profile, title), given as two lists, whose title is on the profile's list."""
        rows = await self._database.fetch(
            "SELECT DISTINCT w.profile_id, w.title_id FROM watchlist_tags w "
            "JOIN unnest($1::uuid[], $2::uuid[]) AS k (profile_id, title_id) USING (profile_id, title_id) "
            "WHERE w.removed_at IS NULL",
            profile_ids,
            title_ids,
        )
        return [(row["profile_id"], row["title_id"]) for row in rows]

    async def watchlist(
        self, profile_id: str, limit: int, after: tuple[str, str] | None = None
    ) -> tuple[int, list[EntryRecord]]:
        """Return the revision of a watchlist and at most `limit` entries behind (stamp, title id), newest first."""
        stamp, title_id = after or (None, None)
        rows = await self._database.fetch(
            f"""
            SELECT coalesce((SELECT revision FROM streams WHERE profile_id = $1 AND name = 'watchlist'), 0) AS revision,
                   entry.*
            FROM (SELECT) AS one LEFT JOIN LATERAL (
                SELECT {_ENTRY} FROM watchlist_tags w
                WHERE w.profile_id = $1 AND w.removed_at IS NULL GROUP BY w.title_id
                HAVING $3::text IS NULL OR (max(w.tag), w.title_id) < ($3 COLLATE "C", $4::uuid)
                ORDER BY max(w.tag) DESC, w.title_id DESC LIMIT $2
            ) AS entry ON true
            """,
            profile_id,
            limit,
            stamp,
            title_id,
        )
        found = [EntryRecord(*list(row.values())[1:]) for row in rows if row["title_id"] is not None]
        return rows[0]["revision"], found

    async def count_watchlist(self, profile_id: str) -> int:
        """Return how many titles are on a watchlist."""
        return int(
            await self._database.fetchval(
                "SELECT count(DISTINCT title_id) FROM watchlist_tags WHERE profile_id = $1 AND removed_at IS NULL",
                profile_id,
            )
        )

    async def playbacks_by_titles(
        self, profile_ids: Sequence[str], title_ids: Sequence[str]
    ) -> dict[tuple[str, str], PlaybackRecord]:
        """Return the playbacks of pairs (profile, title), given as two lists."""
        rows = await self._database.fetch(
            f"SELECT b.profile_id, {_PLAYBACK} FROM playbacks b "
            "JOIN unnest($1::uuid[], $2::uuid[]) AS k (profile_id, title_id) USING (profile_id, title_id)",
            profile_ids,
            title_ids,
        )
        return {(row["profile_id"], row["title_id"]): PlaybackRecord(*list(row.values())[1:]) for row in rows}

    async def unfinished_playbacks(
        self, profile_id: str, limit: int, after: Position | None = None
    ) -> tuple[int, list[PlaybackRecord]]:
        """Return the revision of the playback stream and at most `limit` unfinished ones behind (updated, title id)."""
        instant, title_id = after or (None, None)
        rows = await self._database.fetch(
            f"""
            SELECT coalesce((SELECT revision FROM streams WHERE profile_id = $1 AND name = 'playback'), 0) AS revision,
                   page.*
            FROM (SELECT) AS one LEFT JOIN LATERAL (
                SELECT {_PLAYBACK} FROM playbacks b WHERE b.profile_id = $1 AND NOT b.completed
                AND ($3::timestamptz IS NULL OR (b.updated_at, b.title_id) < ($3, $4::uuid))
                ORDER BY b.updated_at DESC, b.title_id DESC LIMIT $2
            ) AS page ON true
            """,
            profile_id,
            limit,
            instant,
            title_id,
        )
        found = [PlaybackRecord(*list(row.values())[1:]) for row in rows if row["title_id"] is not None]
        return rows[0]["revision"], found

    async def count_unfinished(self, profile_id: str) -> int:
        """Return how many titles a profile has started and not finished."""
        return int(
            await self._database.fetchval(
                "SELECT count(*) FROM playbacks WHERE profile_id = $1 AND NOT completed", profile_id
            )
        )

    async def views(self, profile_id: str, limit: int, after: Position | None = None) -> list[ViewRecord]:
        """Return at most `limit` viewings behind (watched, id), most recent first."""
        instant, id_ = after or (None, None)
        rows = await self._database.fetch(
            f"SELECT {_VIEW} FROM views v WHERE v.profile_id = $1 "
            "AND ($3::timestamptz IS NULL OR (v.watched_at, v.id) < ($3, $4::uuid)) "
            "ORDER BY v.watched_at DESC, v.id DESC LIMIT $2",
            profile_id,
            limit,
            instant,
            id_,
        )
        return [ViewRecord(**row) for row in rows]

    async def count_views(self, profile_id: str) -> int:
        """Return how many viewings a profile has."""
        return int(await self._database.fetchval("SELECT count(*) FROM views WHERE profile_id = $1", profile_id))

    async def ratings_by_titles(
        self, profile_ids: Sequence[str], title_ids: Sequence[str]
    ) -> dict[tuple[str, str], RatingRecord]:
        """Return the ratings of pairs (profile, title), given as two lists."""
        rows = await self._database.fetch(
            f"SELECT r.profile_id, {_RATING} FROM ratings r "
            "JOIN unnest($1::uuid[], $2::uuid[]) AS k (profile_id, title_id) USING (profile_id, title_id)",
            profile_ids,
            title_ids,
        )
        return {(row["profile_id"], row["title_id"]): RatingRecord(*list(row.values())[1:]) for row in rows}

    async def ratings(self, profile_id: str, limit: int, after: Position | None = None) -> list[RatingRecord]:
        """Return at most `limit` ratings behind (rated, title id), most recent first."""
        instant, title_id = after or (None, None)
        rows = await self._database.fetch(
            f"SELECT {_RATING} FROM ratings r WHERE r.profile_id = $1 "
            "AND ($3::timestamptz IS NULL OR (r.rated_at, r.title_id) < ($3, $4::uuid)) "
            "ORDER BY r.rated_at DESC, r.title_id DESC LIMIT $2",
            profile_id,
            limit,
            instant,
            title_id,
        )
        return [RatingRecord(**row) for row in rows]

    async def count_ratings(self, profile_id: str) -> int:
        """Return how many titles a profile has rated."""
        return int(await self._database.fetchval("SELECT count(*) FROM ratings WHERE profile_id = $1", profile_id))

    async def known_platforms(self, ids: Sequence[str]) -> set[str]:
        """Return those of `ids` that are platforms."""
        rows = await self._database.fetch("SELECT id FROM platforms WHERE id = ANY($1::uuid[])", ids)
        return {row["id"] for row in rows}

    async def stream_state(self, profile_id: str, stream: str) -> StreamState:
        """Return where a stream stands."""
        row = await self._database.fetchrow(
            "SELECT revision, stamp FROM streams WHERE profile_id = $1 AND name = $2", profile_id, stream
        )
        return StreamState(0, None) if row is None else StreamState(**row)

    async def changes(self, profile_id: str, stream: str, since: int, limit: int) -> list[ChangeRecord]:
        """Return at most `limit` changes that came after the revision `since`, in order."""
        rows = await self._database.fetch(
            "SELECT revision, occurred_at, payload FROM changes "
            "WHERE profile_id = $1 AND stream = $2 AND revision > $3 ORDER BY revision LIMIT $4",
            profile_id,
            stream,
            since,
            limit,
        )
        return [ChangeRecord(**row) for row in rows]
