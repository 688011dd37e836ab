"""Writes of the users subgraph, all of them inside one transaction."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from datasources.postgres.engine import Connection
from datasources.records.users import (
    DeviceRecord,
    PlaybackRecord,
    PreferenceRecord,
    ProfileRecord,
    SessionRecord,
    StreamState,
    TagRecord,
    UserRecord,
    ViewRecord,
)

_PLAYBACK = ", ".join(field.name for field in fields(PlaybackRecord))
_TAG = ", ".join(field.name for field in fields(TagRecord))


class UserWriter:
    """The writes of one transaction. Every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert_user(self, user: UserRecord, password_hash: str) -> bool:
        """Write an account; return False, with nothing written, when its address is taken."""
        tag = await self._connection.execute(
            "INSERT INTO users (id, email, display_name, password_hash, role, source, created_at) "
            "VALUES ($1, $2, $3, $4, $5, 'register', $6) ON CONFLICT (lower(email)) DO NOTHING",
            user.id,
            user.email,
            user.display_name,
            password_hash,
            user.role,
            user.created_at,
        )
        return tag.endswith(" 1")

    async def insert_profile(self, profile: ProfileRecord) -> None:
        """Write a profile without a PIN."""
        await self._connection.execute(
            "INSERT INTO profiles (id, user_id, name, avatar, max_age, is_default) VALUES ($1, $2, $3, $4, $5, $6)",
            profile.id,
            profile.user_id,
            profile.name,
            profile.avatar,
            profile.max_age,
            profile.is_default,
        )

    async def lock_user(self, user_id: str) -> bool:
        """Keep other registrations of devices out until the transaction ends; return whether the account exists."""
        found = await self._connection.fetchval("SELECT true FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
        return found is True

    async def lock_profile(self, profile_id: str) -> bool:
        """Keep a profile from being deleted until the transaction ends; return whether it exists."""
        found = await self._connection.fetchval("SELECT true FROM profiles WHERE id = $1 FOR KEY SHARE", profile_id)
        return found is True

    async def count_other_devices(self, user_id: str, device_id: str) -> int:
        """Return how many devices an account has beside this one."""
        return int(
            await self._connection.fetchval(
                "SELECT count(*) FROM devices WHERE user_id = $1 AND id <> $2", user_id, device_id
            )
        )

    async def put_device(self, device: DeviceRecord) -> bool | None:
        """Write a device, or its new name and abilities; return whether it is new, None when it is somebody else's."""
        is_new: bool | None = await self._connection.fetchval(
            "INSERT INTO devices AS d (id, user_id, name, kind, capabilities, registered_at, last_seen_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
            "kind = excluded.kind, capabilities = excluded.capabilities, last_seen_at = excluded.last_seen_at "
            "WHERE d.user_id = excluded.user_id RETURNING d.xmax = 0",
            device.id,
            device.user_id,
            device.name,
            device.kind,
            device.capabilities,
            device.registered_at,
            device.last_seen_at,
        )
        return is_new

    async def touch_device(self, device_id: str, seen_at: datetime) -> None:
        """Note that a device was there."""
        await self._connection.execute(
            "UPDATE devices SET last_seen_at = greatest(last_seen_at, $2) WHERE id = $1", device_id, seen_at
        )

    async def insert_session(self, session: SessionRecord, refresh_hash: bytes) -> None:
        """Write a login with the SHA-256 of its refresh token."""
        await self._connection.execute(
            "INSERT INTO sessions (id, user_id, profile_id, device_id, refresh_hash, client, created_at, last_used_at, "
            "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            session.id,
            session.user_id,
            session.profile_id,
            session.device_id,
            refresh_hash,
            session.client,
            session.created_at,
            session.last_used_at,
            session.expires_at,
        )

    async def lock_stream(self, profile_id: str, stream: str) -> StreamState | None:
        """Return where a stream stands, and keep other writers out of it until the transaction ends.

        None when there is no such profile.
        """
        row = await self._connection.fetchrow(
            "INSERT INTO streams AS s (profile_id, name, revision) SELECT id, $2, 0 FROM profiles WHERE id = $1 "
            "ON CONFLICT (profile_id, name) DO UPDATE SET revision = s.revision RETURNING s.revision, s.stamp",
            profile_id,
            stream,
        )
        return None if row is None else StreamState(**row)

    async def note_operation(self, profile_id: str, operation_id: str, fingerprint: str, at: datetime) -> str | None:
        """Note that an operation is applied; return the fingerprint noted before, None when it is new."""
        row = await self._connection.fetchrow(
            "INSERT INTO applied_operations AS o (profile_id, operation_id, fingerprint, applied_at) "
            "VALUES ($1, $2, $3, $4) ON CONFLICT (profile_id, operation_id) DO UPDATE SET fingerprint = o.fingerprint "
            "RETURNING o.fingerprint, o.xmax = 0 AS is_new",
            profile_id,
            operation_id,
            fingerprint,
            at,
        )
        assert row is not None  # noqa: S101 – an upsert returns its row
        return None if row["is_new"] else row["fingerprint"]

    async def advance_clock(self, profile_id: str, stream: str, stamp: str) -> None:
        """Keep our clock of a stream that has no new change."""
        await self._connection.execute(
            "UPDATE streams SET stamp = $3 WHERE profile_id = $1 AND name = $2", profile_id, stream, stamp
        )

    async def append_change(
        self, profile_id: str, stream: str, revision: int, at: datetime, payload: dict[str, Any], stamp: str
    ) -> None:
        """Write the next change of a stream that is locked, and move the stream on to it."""
        await self._connection.execute(
            "WITH moved AS (UPDATE streams SET revision = $3, stamp = $6 WHERE profile_id = $1 AND name = $2) "
            "INSERT INTO changes (profile_id, stream, revision, occurred_at, payload) VALUES ($1, $2, $3, $4, $5)",
            profile_id,
            stream,
            revision,
            at,
            payload,
            stamp,
        )

    async def tags(self, profile_id: str, title_id: str, tags: Sequence[str]) -> list[TagRecord]:
        """Return all tags of a title, removed ones too, and those of `tags` that belong to other titles."""
        rows = await self._connection.fetch(
            f"SELECT {_TAG} FROM watchlist_tags WHERE profile_id = $1 AND (title_id = $2 OR tag = ANY($3::text[])) "
            "ORDER BY tag",
            profile_id,
            title_id,
            tags,
        )
        return [TagRecord(**row) for row in rows]

    async def insert_tags(self, profile_id: str, tags: Sequence[TagRecord]) -> None:
        """Write tags of one title."""
        first = tags[0]
        await self._connection.execute(
            "INSERT INTO watchlist_tags (profile_id, tag, title_id, title_name, device_id, added_at, removed_at) "
            "SELECT $1, tag, $3, $4, $5, $6, $7 FROM unnest($2::text[]) AS tag",
            profile_id,
            [tag.tag for tag in tags],
            first.title_id,
            first.title_name,
            first.device_id,
            first.added_at,
            first.removed_at,
        )

    async def remove_tags(self, profile_id: str, tags: Sequence[str], at: datetime) -> None:
        """Mark tags as removed."""
        await self._connection.execute(
            "UPDATE watchlist_tags SET removed_at = $3 "
            "WHERE profile_id = $1 AND tag = ANY($2::text[]) AND removed_at IS NULL",
            profile_id,
            tags,
            at,
        )

    async def playback(self, profile_id: str, title_id: str) -> PlaybackRecord | None:
        """Return where a profile left off in a title."""
        row = await self._connection.fetchrow(
            f"SELECT {_PLAYBACK} FROM playbacks WHERE profile_id = $1 AND title_id = $2", profile_id, title_id
        )
        return None if row is None else PlaybackRecord(**row)

    async def put_playback(self, profile_id: str, playback: PlaybackRecord) -> None:
        """Write where a profile is in a title, where that is newer than what is stored."""
        values = [getattr(playback, field.name) for field in fields(PlaybackRecord)]
        names = [field.name for field in fields(PlaybackRecord)]
        places = ", ".join(f"${number}" for number in range(2, len(names) + 2))
        updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "title_id")
        await self._connection.execute(
            f"INSERT INTO playbacks AS b (profile_id, {_PLAYBACK}) VALUES ($1, {places}) "
            f"ON CONFLICT (profile_id, title_id) DO UPDATE SET {updates} WHERE b.stamp < excluded.stamp",
            profile_id,
            *values,
        )

    async def insert_view(self, profile_id: str, view: ViewRecord) -> None:
        """Write a viewing."""
        await self._connection.execute(
            "INSERT INTO views (id, profile_id, title_id, watched_at, completion, source) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            view.id,
            profile_id,
            view.title_id,
            view.watched_at,
            view.completion,
            view.source,
        )

    async def put_rating(self, profile_id: str, title_id: str, value: float, at: datetime) -> bool:
        """Write a rating; return True when the title had none before."""
        is_new: bool = await self._connection.fetchval(
            "INSERT INTO ratings AS r (profile_id, title_id, value, rated_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (profile_id, title_id) DO UPDATE SET value = excluded.value, rated_at = excluded.rated_at "
            "RETURNING r.xmax = 0",
            profile_id,
            title_id,
            value,
            at,
        )
        return is_new

    async def delete_rating(self, profile_id: str, title_id: str) -> None:
        """Take a rating back."""
        await self._connection.execute(
            "DELETE FROM ratings WHERE profile_id = $1 AND title_id = $2", profile_id, title_id
        )

    async def preferences(self, profile_id: str) -> list[PreferenceRecord]:
        """Return the stored preferences of a profile."""
        rows = await self._connection.fetch(
            "SELECT key, value, stamp FROM preferences WHERE profile_id = $1 ORDER BY key", profile_id
        )
        return [PreferenceRecord(**row) for row in rows]

    async def put_preferences(self, profile_id: str, entries: Sequence[PreferenceRecord]) -> None:
        """Write entries, each where it is newer than what is stored."""
        await self._connection.execute(
            "INSERT INTO preferences AS p (profile_id, key, value, stamp) "
            "SELECT $1, e->>'key', e->'value', e->>'stamp' FROM jsonb_array_elements($2::jsonb) AS e "
            "ON CONFLICT (profile_id, key) DO UPDATE SET value = excluded.value, stamp = excluded.stamp "
            "WHERE p.stamp <= excluded.stamp",
            profile_id,
            [{"key": entry.key, "value": entry.value, "stamp": entry.stamp} for entry in entries],
        )
