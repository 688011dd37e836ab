"""Accounts: profiles, preferences, sessions, and the account itself with all that is its owner's."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry
from strawberry.permission import BasePermission

from datasources.records.users import ProfileRecord, SessionRecord, UserRecord
from resolvers.domain import age_limits
from resolvers.domain.errors import Forbidden, Unauthenticated
from resolvers.domain.identifiers import parse_id
from resolvers.domain.viewer import Role, Viewer
from resolvers.users import accounts, history, playback, preferences, watchlist
from resolvers.users.loaders import UserLoaders
from subgraphs.enums import Genre
from subgraphs.interfaces import Node
from subgraphs.permissions import Info
from subgraphs.scalars import URL, Language, Region, Stamp
from subgraphs.users.types import (
    Device,
    HistoryConnection,
    Platform,
    PlaybackConnection,
    RatingConnection,
    WatchlistConnection,
)

strawberry.enum(Role, description="What an account may do; each role is a set of scopes.")


@strawberry.type(description="A person within an account.")
class Profile(Node):
    """A person within an account."""

    id: strawberry.ID
    name: str
    avatar: URL | None
    max_age: int | None = strawberry.field(description="Highest age in years of what it may see; null = no limit.")
    has_pin: bool
    is_default: bool

    @strawberry.field(
        description="The limit as a mark of a region's scheme (e.g. `FSK 12`); null = no limit or no such scheme."
    )
    def max_rating(self, region: Region) -> str | None:
        """Return the limit as a region writes it."""
        return age_limits.limit_mark(self.max_age, region)

    @classmethod
    def of(cls, profile: ProfileRecord) -> "Profile":
        """Return the profile as the graph shows it."""
        return cls(
            id=strawberry.ID(profile.id),
            name=profile.name,
            avatar=None if profile.avatar is None else URL(profile.avatar),
            max_age=profile.max_age,
            has_pin=profile.has_pin,
            is_default=profile.is_default,
        )


@strawberry.type(description="Stamp of one preference.")
class PreferenceStamp:
    """Stamp of one preference."""

    key: str = strawberry.field(description="Field of Preferences.")
    stamp: Stamp


@strawberry.type(description="Tastes and settings of the active profile: a last-writer-wins map.")
class Preferences:
    """Tastes and settings of the active profile."""

    region: Region | None
    language: Language | None
    audio_languages: list[Language] = strawberry.field(description="In order of liking.")
    subtitle_languages: list[Language] = strawberry.field(description="In order of liking; empty = no subtitles.")
    platforms: list[Platform] = strawberry.field(
        description="Services the viewer subscribes to; what `onMyServices` and `onlyMine` mean."
    )
    favorite_genres: list[Genre]
    avoided_genres: list[Genre]
    moods: list[str]
    autoplay: bool
    personalization: bool = strawberry.field(
        description="False: nothing is re-ranked or recommended from personal data."
    )
    notifications: bool
    revision: str
    stamps: list[PreferenceStamp] = strawberry.field(description="When each entry was last written.")

    @classmethod
    def of(cls, found: preferences.Preferences) -> "Preferences":
        """Return the preferences as the graph shows them."""
        values = found.values
        return cls(
            region=values["region"],
            language=values["language"],
            audio_languages=list(values["audioLanguages"]),
            subtitle_languages=list(values["subtitleLanguages"]),
            platforms=[Platform(id=strawberry.ID(id_)) for id_ in values["platforms"]],
            favorite_genres=[Genre(genre) for genre in values["favoriteGenres"]],
            avoided_genres=[Genre(genre) for genre in values["avoidedGenres"]],
            moods=list(values["moods"]),
            autoplay=values["autoplay"],
            personalization=values["personalization"],
            notifications=values["notifications"],
            revision=str(found.revision),
            stamps=[PreferenceStamp(key=key, stamp=Stamp(stamp)) for key, stamp in found.stamps.items()],
        )


@strawberry.type(description="A login that is still good.")
class Session(Node):
    """A login that is still good."""

    record: strawberry.Private[SessionRecord]
    id: strawberry.ID
    client: str | None = strawberry.field(description="E.g. `Firefox on Linux`; null when unknown.")
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = strawberry.field(description="The session this request uses.")

    @strawberry.field
    async def device(self, info: Info) -> Device | None:
        """Return the device the login was made on."""
        return await Device.find(info, self.record.device_id)

    @classmethod
    def of(cls, session: SessionRecord, current: str) -> "Session":
        """Return the login as the graph shows it; `current` is the id of the session in use."""
        return cls(
            record=session,
            id=strawberry.ID(session.id),
            client=session.client,
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.expires_at,
            current=session.id == current,
        )


class Owner(BasePermission):
    """The account is the one that asks, or has just signed in; goes with `authenticated=True` on the field."""

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 – Strawberry's signature
        """Return True; raise Unauthenticated for anonymous, Forbidden for somebody else."""
        if source.viewer is None:
            info.context.require_viewer()
        if source.viewer is None or source.viewer.user_id != source.id:
            raise Forbidden("This is another account; you see your own only.")
        return True


@strawberry.type(description="A platform account linked to ours; its tokens never leave the server.")
class LinkedPlatform:
    """A platform account linked to ours."""

    platform: Platform
    linked_at: datetime
    expires_at: datetime | None = strawberry.field(description="Null when it does not expire.")


@strawberry.enum(description="What personal data is used for.")
class ConsentPurpose(StrEnum):
    """What personal data is used for."""

    PERSONALIZATION = "PERSONALIZATION"
    ANALYTICS = "ANALYTICS"
    MARKETING = "MARKETING"
    SOCIAL = "SOCIAL"
    DATA_SALE = "DATA_SALE"
    FEDERATED_LEARNING = "FEDERATED_LEARNING"


@strawberry.type(description="A decision about one purpose; kept for ever as a record.")
class Consent:
    """A decision about one purpose."""

    purpose: ConsentPurpose
    granted: bool
    version: str = strawberry.field(description="Version of the text agreed to.")
    decided_at: datetime


@strawberry.federation.type(
    keys=["id"], description="An account (owned by users); fields answer its owner only, FORBIDDEN for others."
)
class User(Node):
    """An account, seen by the session `viewer`; behind `Owner` the two belong together."""

    id: strawberry.ID
    viewer: strawberry.Private[Viewer | None]

    async def _record(self, info: Info) -> UserRecord:
        found = await info.context.loaders(UserLoaders).user_by_id.load(self.id)
        if found is None:
            raise Unauthenticated("This account does not exist any more.")
        return found

    def _session(self) -> Viewer:
        assert self.viewer is not None  # noqa: S101 – Owner lets nobody else in
        return self.viewer

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def email(self, info: Info) -> str:
        """Return the address of the account."""
        return (await self._record(info)).email

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def display_name(self, info: Info) -> str:
        """Return what the account is called."""
        return (await self._record(info)).display_name

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def role(self, info: Info) -> Role:
        """Return what the account may do."""
        return Role((await self._record(info)).role)

    @strawberry.federation.field(
        authenticated=True, permission_classes=[Owner], description="Scopes of the present token."
    )
    def scopes(self) -> list[str]:
        """Return the scopes of the token."""
        return sorted(self._session().scopes)

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def created_at(self, info: Info) -> datetime:
        """Return when the account was made."""
        return (await self._record(info)).created_at

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def profiles(self, info: Info) -> list[Profile]:
        """Return the people of the account, the default one first."""
        found = await info.context.loaders(UserLoaders).profiles_by_user.load(self.id)
        return [Profile.of(profile) for profile in found]

    @strawberry.federation.field(
        authenticated=True, permission_classes=[Owner], description="The profile this session acts as."
    )
    async def active_profile(self, info: Info) -> Profile:
        """Return the profile this session acts as."""
        return Profile.of(await accounts.active_profile(info.context, self._session()))

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def preferences(self, info: Info) -> Preferences:
        """Return the preferences of the active profile."""
        return Preferences.of(await preferences.preferences_of(info.context, self._session().profile_id))

    @strawberry.federation.field(
        authenticated=True, permission_classes=[Owner], description="At most 10 (2 on the free role)."
    )
    async def devices(self, info: Info) -> list[Device]:
        """Return the devices of the account, oldest first."""
        found = await info.context.loaders(UserLoaders).devices_by_user.load(self.id)
        return [Device.of(device) for device in found]

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner], description="Newest first.")
    async def watchlist(self, info: Info, first: int | None = 20, after: str | None = None) -> WatchlistConnection:
        """Return what the active profile means to watch."""
        page, revision = await watchlist.list_entries(info.context, self._session().profile_id, first, after)
        return WatchlistConnection.of(page, revision)

    @strawberry.federation.field(
        authenticated=True, permission_classes=[Owner], description="Started and not finished, most recent first."
    )
    async def continue_watching(
        self, info: Info, first: int | None = 20, after: str | None = None
    ) -> PlaybackConnection:
        """Return what the active profile has started."""
        page, revision = await playback.list_unfinished(info.context, self._session().profile_id, first, after)
        return PlaybackConnection.of(page, revision)

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner], description="Most recent first.")
    async def history(self, info: Info, first: int | None = 20, after: str | None = None) -> HistoryConnection:
        """Return what the active profile has watched."""
        return HistoryConnection.of(await history.list_views(info.context, self._session().profile_id, first, after))

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner], description="Most recent first.")
    async def ratings(self, info: Info, first: int | None = 20, after: str | None = None) -> RatingConnection:
        """Return how the active profile liked what it watched."""
        return RatingConnection.of(await history.list_ratings(info.context, self._session().profile_id, first, after))

    @strawberry.federation.field(
        authenticated=True,
        permission_classes=[Owner],
        description="When the account will be gone; null unless erasure was asked for.",
    )
    def erasure_at(self) -> datetime | None:
        """Return nothing yet: erasure comes with a later issue (see README of the subgraph)."""
        return None

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    def linked_platforms(self) -> list[LinkedPlatform]:
        """Return nothing yet: linking comes with a later issue."""
        return []

    @strawberry.federation.field(
        authenticated=True, permission_classes=[Owner], description="Latest record for each purpose."
    )
    def consents(self) -> list[Consent]:
        """Return nothing yet: consent comes with a later issue."""
        return []

    @strawberry.federation.field(authenticated=True, permission_classes=[Owner])
    async def sessions(self, info: Info) -> list[Session]:
        """Return the logins that are still good, the one used last first."""
        found = await info.context.loaders(UserLoaders).sessions_by_user.load(self.id)
        return [Session.of(session, self._session().session_id) for session in found]

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> "User":  # noqa: A002 – the key's name
        """Return the account another subgraph refers to; its fields look at who asks."""
        return cls(id=strawberry.ID(parse_id(id, what="user id")), viewer=info.context.viewer)
