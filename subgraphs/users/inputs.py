"""What the users subgraph's mutations are given."""

from collections.abc import Mapping
from typing import Any

import strawberry

from resolvers.domain.playback import PlaybackState
from resolvers.users.devices import NewDevice
from subgraphs.enums import DeviceKind, Genre
from subgraphs.scalars import Language, Region, Stamp


@strawberry.input(description="A device; keep `id` on the device and send it again.")
class DeviceInput:
    """A device."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="UUID chosen by the client; made by the server when omitted."
    )
    name: str
    kind: DeviceKind
    capabilities: list[str] | None = None

    def rule(self) -> NewDevice:
        """Return the device as the use cases take it."""
        return NewDevice(self.name, self.kind, self.id, self.capabilities)


@strawberry.input(description="A new account; the password has 10–128 characters.")
class RegisterInput:
    """A new account."""

    email: str
    password: str
    display_name: str
    region: Region | None = None
    language: Language | None = None
    device: DeviceInput | None = None


@strawberry.input(description="Credentials.")
class LoginInput:
    """Credentials."""

    email: str
    password: str
    device: DeviceInput | None = None


@strawberry.input(description="Entries to write; omitted ones stay, null resets to the default.")
class UpdatePreferencesInput:
    """Entries to write."""

    device_id: strawberry.ID | None = None
    stamp: Stamp | None = strawberry.field(
        default=None, description="When it was decided; now when omitted. Older than what is stored: ignored."
    )
    region: Region | None = strawberry.UNSET
    language: Language | None = strawberry.UNSET
    audio_languages: list[Language] | None = strawberry.UNSET
    subtitle_languages: list[Language] | None = strawberry.UNSET
    platform_ids: list[strawberry.ID] | None = strawberry.UNSET
    favorite_genres: list[Genre] | None = strawberry.UNSET
    avoided_genres: list[Genre] | None = strawberry.UNSET
    moods: list[str] | None = strawberry.UNSET
    autoplay: bool | None = strawberry.UNSET
    personalization: bool | None = strawberry.UNSET
    notifications: bool | None = strawberry.UNSET

    def changes(self) -> Mapping[str, Any]:
        """Return the entries that were sent, by field of Preferences, as JSON values."""
        sent = {
            "region": self.region,
            "language": self.language,
            "audioLanguages": self.audio_languages,
            "subtitleLanguages": self.subtitle_languages,
            "platforms": self.platform_ids,
            "favoriteGenres": self.favorite_genres,
            "avoidedGenres": self.avoided_genres,
            "moods": self.moods,
            "autoplay": self.autoplay,
            "personalization": self.personalization,
            "notifications": self.notifications,
        }
        return {key: value for key, value in sent.items() if value is not strawberry.UNSET}


@strawberry.input(description="A title for the watchlist; idempotent by operationId.")
class AddToWatchlistInput:
    """A title for the watchlist."""

    title_id: strawberry.ID
    device_id: strawberry.ID | None = None
    operation_id: strawberry.ID | None = None
    stamp: Stamp | None = None


@strawberry.input(description="A title off the watchlist; without tags, every tag known to the server goes.")
class RemoveFromWatchlistInput:
    """A title off the watchlist."""

    title_id: strawberry.ID
    device_id: strawberry.ID | None = None
    operation_id: strawberry.ID | None = None
    stamp: Stamp | None = None
    tags: list[str] | None = None


@strawberry.input(description="Where a player is; milliseconds.")
class ReportPlaybackInput:
    """Where a player is."""

    title_id: strawberry.ID
    device_id: strawberry.ID | None = None
    operation_id: strawberry.ID | None = None
    stamp: Stamp | None = None
    position_ms: int
    duration_ms: int | None = None
    credits_ms: int | None = strawberry.field(
        default=None, description="Start of the credits, milliseconds; counts as finished."
    )
    state: PlaybackState
    platform_id: strawberry.ID | None = None


@strawberry.input(description="A rating, 0.5–10 in half steps; null takes it back.")
class RateTitleInput:
    """A rating."""

    title_id: strawberry.ID
    value: float | None = None
