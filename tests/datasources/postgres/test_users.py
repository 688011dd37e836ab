"""The users' rows: what a write keeps, what it refuses, and that a transaction is all or nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from datasources.postgres.engine import Database
from datasources.records.users import (
    DeviceRecord,
    PlaybackRecord,
    PreferenceRecord,
    ProfileRecord,
    StreamState,
    UserRecord,
)
from datasources.sources import Sources

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def account(sources: Sources, email: str = "ada@example.org") -> ProfileRecord:
    user = UserRecord(str(uuid4()), email, "Ada", "USER", NOW)
    profile = ProfileRecord(str(uuid4()), user.id, "Ada", None, None, False, True)
    async with sources.users.writing() as writer:
        assert await writer.insert_user(user, "hash")
        await writer.insert_profile(profile)
    return profile


async def test_an_address_is_taken_whatever_its_case(sources: Sources) -> None:
    profile = await account(sources)
    again = UserRecord(str(uuid4()), "ADA@example.org", "Other", "USER", NOW)
    async with sources.users.writing() as writer:
        assert not await writer.insert_user(again, "hash")
    found = await sources.users.credentials("Ada@Example.org")
    assert found is not None
    assert (found.user.id, found.profile_id, found.password_hash) == (profile.user_id, profile.id, "hash")
    assert await sources.users.credentials("ben@example.org") is None


async def test_a_stream_is_made_when_first_written(sources: Sources) -> None:
    profile = await account(sources)
    assert await sources.users.stream_state(profile.id, "watchlist") == StreamState(0, None)
    async with sources.users.writing() as writer:
        assert await writer.lock_stream(profile.id, "watchlist") == StreamState(0, None)
        await writer.append_change(profile.id, "watchlist", 1, NOW, {"a": [1, None]}, "stamp")
    assert await sources.users.stream_state(profile.id, "watchlist") == StreamState(1, "stamp")
    (change,) = await sources.users.changes(profile.id, "watchlist", 0, 10)
    assert (change.revision, change.occurred_at, change.payload) == (1, NOW, {"a": [1, None]})
    assert await sources.users.changes(profile.id, "watchlist", 1, 10) == []
    async with sources.users.writing() as writer:
        assert await writer.lock_stream(str(uuid4()), "watchlist") is None


async def test_what_raises_leaves_nothing(sources: Sources) -> None:
    profile = await account(sources)

    async def fail_half_way() -> None:
        async with sources.users.writing() as writer:
            await writer.lock_stream(profile.id, "playback")
            await writer.note_operation(profile.id, "op", "print", NOW)
            await writer.append_change(profile.id, "playback", 1, NOW, {}, "stamp")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_half_way()
    assert await sources.users.stream_state(profile.id, "playback") == StreamState(0, None)
    async with sources.users.writing() as writer:
        assert await writer.note_operation(profile.id, "op", "other", NOW) is None
        assert await writer.note_operation(profile.id, "op", "third", NOW) == "other"


async def test_only_newer_playbacks_and_preferences_are_written(sources: Sources, database: Database) -> None:
    profile, title = await account(sources), str(uuid4())
    await database.execute(
        "INSERT INTO titles (id, kind, name, sort_name, match_name, source) "
        "VALUES ($1, 'MOVIE', 'T', 'T', 'T', 'test')",
        title,
    )
    newer = PlaybackRecord(title, 10, 100, None, "PAUSED", False, 0, None, None, "b", NOW)
    async with sources.users.writing() as writer:
        await writer.put_playback(profile.id, newer)
        await writer.put_playback(profile.id, replace(newer, position_ms=5, stamp="a"))
        assert await writer.playback(profile.id, title) == newer
        await writer.put_preferences(profile.id, [PreferenceRecord("region", "DE", "b")])
        old = [PreferenceRecord("region", "FR", "a"), PreferenceRecord("moods", None, "a")]
        await writer.put_preferences(profile.id, old)
        assert await writer.preferences(profile.id) == [old[1], PreferenceRecord("region", "DE", "b")]


async def test_stamps_sort_by_code_point(database: Database) -> None:
    kinds = await database.fetch(
        "SELECT table_name, column_name, collation_name FROM information_schema.columns "
        "WHERE (table_name, column_name) IN (('watchlist_tags', 'tag'), ('playbacks', 'stamp'), "
        "('preferences', 'stamp'), ('streams', 'stamp'))"
    )
    assert [row["collation_name"] for row in kinds] == ["C"] * 4


async def test_a_device_stays_with_its_account(sources: Sources) -> None:
    ada, ben = await account(sources), await account(sources, "ben@example.org")
    device = DeviceRecord(str(uuid4()), ada.user_id, "TV", "TV", ["play"], NOW, NOW)
    async with sources.users.writing() as writer:
        assert await writer.put_device(device) is True
        assert await writer.put_device(replace(device, name="New")) is False
        assert await writer.put_device(replace(device, user_id=ben.user_id, name="Mine")) is None
        assert await writer.count_other_devices(ada.user_id, device.id) == 0
    (found,) = await sources.users.devices_by_ids([device.id])
    assert found == replace(device, name="New")
