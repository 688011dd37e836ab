"""Tastes and settings of the active profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasources.records.users import PreferenceRecord, PreferencesRecord
from resolvers.context import Context
from resolvers.domain import hlc
from resolvers.domain.errors import NotFound
from resolvers.domain.preferences import Entry, checked, effective, merge
from resolvers.users.changes import Stream, StreamWrite, writing
from resolvers.users.devices import acting_device
from resolvers.users.loaders import UserLoaders, forget


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds for a profile: a value for every key, stamps of those somebody decided, and the stream's revision."""

    values: Mapping[str, Any]
    stamps: Mapping[str, str]
    revision: int


@dataclass(frozen=True, slots=True)
class PreferencesWritten:
    """The preferences after a write, and our clock (HLC text)."""

    preferences: Preferences
    stamp: str


def _preferences(record: PreferencesRecord) -> Preferences:
    return Preferences(
        values=effective({entry.key: entry.value for entry in record.entries}),
        stamps={entry.key: entry.stamp for entry in record.entries},
        revision=record.revision,
    )


async def preferences_of(context: Context, profile_id: str) -> Preferences:
    """Return the preferences of a profile."""
    return _preferences(await context.loaders(UserLoaders).preferences_by_profile.load(profile_id))


async def subscribed_platforms(context: Context) -> tuple[list[str], str | None]:
    """Return the ids of the platforms the viewer subscribes to, and the viewer's region (None when not stated).

    Raises Unauthenticated for anonymous.
    """
    values = (await preferences_of(context, context.require_viewer().profile_id)).values
    return list(values["platforms"]), values["region"]


async def stated_region(context: Context) -> str | None:
    """Return the region the viewer has stated; None when there is none, and for anonymous."""
    if context.viewer is None:
        return None
    region: str | None = (await preferences_of(context, context.viewer.profile_id)).values["region"]
    return region


async def viewer_region(context: Context) -> str:
    """Return the region the viewer has stated, else the installation's default; never an error for anonymous."""
    return await stated_region(context) or context.default_region


async def update_preferences(
    context: Context, changes: Mapping[str, Any], *, stamp: str | None = None, device_id: str | None = None
) -> PreferencesWritten:
    """Write entries (key → JSON value, None = back to the default); entries not named stay, as do newer ones.

    Raises NotFound for an unknown platform or device, BadUserInput, ClockDrift.
    """
    profile_id = context.require_viewer().profile_id
    wanted = checked(changes)
    await _require_platforms(context, wanted.get("platforms") or [])
    device = await acting_device(context, device_id)
    async with writing(context, Stream.PREFERENCES, stamp=stamp, device_id=device) as write:
        entries = await write_entries(write, wanted)
        result = PreferencesWritten(_preferences(PreferencesRecord(write.revision, entries)), str(write.clock))
    forget(context.loaders(UserLoaders).preferences_by_profile, profile_id)
    return result


async def write_entries(write: StreamWrite, wanted: Mapping[str, Any]) -> list[PreferenceRecord]:
    """Write the entries that are not older than the stored ones, as one change; return all entries after it."""
    stored = {
        entry.key: Entry(entry.value, hlc.parse_stamp(entry.stamp))
        for entry in await write.writer.preferences(write.profile_id)
    }
    merged = merge(stored, {key: Entry(value, write.stamp) for key, value in wanted.items()})
    after = [PreferenceRecord(key, entry.value, str(entry.stamp)) for key, entry in sorted(merged.items())]
    changed = [record for record in after if merged[record.key] != stored.get(record.key)]
    if changed:
        await write.writer.put_preferences(write.profile_id, changed)
        await write.append(
            {
                "stamp": str(write.stamp),
                "keys": [record.key for record in changed],
                "entries": {record.key: {"value": record.value, "stamp": record.stamp} for record in after},
            }
        )
    return after


async def _require_platforms(context: Context, ids: list[str]) -> None:
    known = await context.sources.users.known_platforms(ids) if ids else set()
    for id_ in ids:
        if id_ not in known:
            raise NotFound(f"There is no platform {id_}.")


async def require_platform(context: Context, id_: str) -> None:
    """Return when there is such a platform; raise NotFound otherwise."""
    await _require_platforms(context, [id_])
