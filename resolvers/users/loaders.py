"""Loaders of the users subgraph: result by key, one statement a batch."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from datasources.records.catalog import TitleRecord
from datasources.records.users import (
    DeviceRecord,
    PlaybackRecord,
    PreferencesRecord,
    ProfileRecord,
    RatingRecord,
    SessionRecord,
    UserRecord,
)
from resolvers.context import Context

KeyT = TypeVar("KeyT", bound=Hashable)

ProfileTitle = tuple[str, str]
"""Profile id and title id."""


def forget(loader: DataLoader[KeyT, Any], key: KeyT) -> None:
    """Drop what a loader remembers under a key, if anything."""
    with suppress(KeyError):
        loader.clear(key)


def _columns(keys: Sequence[ProfileTitle]) -> tuple[list[str], list[str]]:
    return [profile for profile, _ in keys], [title for _, title in keys]


class UserLoaders:
    """The users subgraph's loaders for one request."""

    def __init__(self, context: Context) -> None:
        self._store = context.sources.users
        self._catalog = context.sources.catalog
        self._now = context.now
        self.user_by_id: DataLoader[str, UserRecord | None] = DataLoader(self._user_by_id)
        self.profile_by_id: DataLoader[str, ProfileRecord | None] = DataLoader(self._profile_by_id)
        self.profiles_by_user: DataLoader[str, list[ProfileRecord]] = DataLoader(self._profiles_by_user)
        self.device_by_id: DataLoader[str, DeviceRecord | None] = DataLoader(self._device_by_id)
        self.devices_by_user: DataLoader[str, list[DeviceRecord]] = DataLoader(self._devices_by_user)
        self.playing_by_device: DataLoader[str, str | None] = DataLoader(self._playing_by_device)
        self.sessions_by_user: DataLoader[str, list[SessionRecord]] = DataLoader(self._sessions_by_user)
        self.preferences_by_profile: DataLoader[str, PreferencesRecord] = DataLoader(self._preferences_by_profile)
        self.listed_by_title: DataLoader[ProfileTitle, bool] = DataLoader(self._listed_by_title)
        self.playback_by_title: DataLoader[ProfileTitle, PlaybackRecord | None] = DataLoader(self._playback_by_title)
        self.rating_by_title: DataLoader[ProfileTitle, RatingRecord | None] = DataLoader(self._rating_by_title)
        self.title_by_id: DataLoader[str, TitleRecord | None] = DataLoader(self._title_by_id)

    def forget_title(self, profile_id: str, title_id: str) -> None:
        """Drop what was read about a profile's title before it was written, for whoever asks in the same request."""
        for loader in (self.listed_by_title, self.playback_by_title, self.rating_by_title):
            forget(loader, (profile_id, title_id))

    async def _user_by_id(self, ids: list[str]) -> list[UserRecord | None]:
        found = {user.id: user for user in await self._store.users_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _profile_by_id(self, ids: list[str]) -> list[ProfileRecord | None]:
        found = {profile.id: profile for profile in await self._store.profiles_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _profiles_by_user(self, ids: list[str]) -> list[list[ProfileRecord]]:
        found: defaultdict[str, list[ProfileRecord]] = defaultdict(list)
        for profile in await self._store.profiles_by_users(ids):
            found[profile.user_id].append(profile)
        return [found[id_] for id_ in ids]

    async def _device_by_id(self, ids: list[str]) -> list[DeviceRecord | None]:
        found = {device.id: device for device in await self._store.devices_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _devices_by_user(self, ids: list[str]) -> list[list[DeviceRecord]]:
        found: defaultdict[str, list[DeviceRecord]] = defaultdict(list)
        for device in await self._store.devices_by_users(ids):
            found[device.user_id].append(device)
        return [found[id_] for id_ in ids]

    async def _playing_by_device(self, ids: list[str]) -> list[str | None]:
        found = await self._store.playing_by_devices(ids)
        return [found.get(id_) for id_ in ids]

    async def _sessions_by_user(self, ids: list[str]) -> list[list[SessionRecord]]:
        found: defaultdict[str, list[SessionRecord]] = defaultdict(list)
        for session in await self._store.sessions_by_users(ids, self._now()):
            found[session.user_id].append(session)
        return [found[id_] for id_ in ids]

    async def _preferences_by_profile(self, ids: list[str]) -> list[PreferencesRecord]:
        found = await self._store.preferences_by_profiles(ids)
        return [found.get(id_) or PreferencesRecord(0, []) for id_ in ids]

    async def _listed_by_title(self, keys: list[ProfileTitle]) -> list[bool]:
        found = set(await self._store.entries_by_titles(*_columns(keys)))
        return [key in found for key in keys]

    async def _playback_by_title(self, keys: list[ProfileTitle]) -> list[PlaybackRecord | None]:
        found = await self._store.playbacks_by_titles(*_columns(keys))
        return [found.get(key) for key in keys]

    async def _rating_by_title(self, keys: list[ProfileTitle]) -> list[RatingRecord | None]:
        found = await self._store.ratings_by_titles(*_columns(keys))
        return [found.get(key) for key in keys]

    async def _title_by_id(self, ids: list[str]) -> list[TitleRecord | None]:
        found = {title.id: title for title in await self._catalog.titles_by_ids(ids)}
        return [found.get(id_) for id_ in ids]
