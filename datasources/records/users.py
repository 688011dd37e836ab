"""Rows of the users subgraph."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class UserRecord:
    """An account."""

    id: str
    email: str
    display_name: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against: the account, its password hash (argon2id, PHC) and its default profile."""

    user: UserRecord
    password_hash: str
    profile_id: str


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """A person within an account."""

    id: str
    user_id: str
    name: str
    avatar: str | None
    max_age: int | None
    has_pin: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """A device of an account."""

    id: str
    user_id: str
    name: str
    kind: str
    capabilities: list[str]
    registered_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A login; its refresh token is known as a hash only."""

    id: str
    user_id: str
    profile_id: str
    device_id: str | None
    client: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TagRecord:
    """One add of a title to a watchlist, removed or not."""

    tag: str
    title_id: str
    title_name: str
    device_id: str | None
    added_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A title on a watchlist: its tags, oldest first, and name, device and time of the latest add."""

    title_id: str
    title_name: str
    added_at: datetime
    stamp: str
    tags: list[str]
    device_id: str | None


@dataclass(frozen=True, slots=True)
class PlaybackRecord:
    """Where a profile left off in a title; milliseconds."""

    title_id: str
    position_ms: int
    duration_ms: int | None
    credits_ms: int | None
    state: str
    completed: bool
    rewatch_count: int
    platform_id: str | None
    device_id: str | None
    stamp: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """One viewing; `completion` is 0–1."""

    id: str
    title_id: str
    watched_at: datetime
    completion: float | None
    source: str


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """A rating somebody gave, 0.5–10."""

    title_id: str
    value: float
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class PreferenceRecord:
    """One entry of a profile's preferences; `value` is JSON, None = the default."""

    key: str
    value: Any
    stamp: str


@dataclass(frozen=True, slots=True)
class PreferencesRecord:
    """A profile's preferences and the revision of their stream."""

    revision: int
    entries: list[PreferenceRecord]


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change of a stream: everything its event needs. Revisions count 1, 2, 3 … without a gap."""

    revision: int
    occurred_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a stream stands: its last revision (0 = nothing yet) and our clock (HLC text) after it."""

    revision: int
    stamp: str | None
