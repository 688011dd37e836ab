"""Rows as the bulk writer takes them: field names are column names, JSON columns are plain lists and dicts.

Platforms, prices and offers are written from `datasources.records.availability`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A title."""

    id: str
    kind: str
    name: str
    sort_name: str
    match_name: str
    source: str
    original_name: str | None = None
    tagline: str | None = None
    wikidata: str | None = None
    imdb: str | None = None
    tmdb: str | None = None
    tmdb_type: str | None = None
    parent_id: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    season_count: int | None = None
    episode_count: int | None = None
    release_year: int | None = None
    release_date: date | None = None
    end_date: date | None = None
    status: str | None = None
    runtime_minutes: int | None = None
    genres: Sequence[str] = ()
    themes: Sequence[str] = ()
    moods: Sequence[str] = ()
    countries: Sequence[str] = ()
    original_language: str | None = None
    spoken_languages: Sequence[str] = ()
    content_ratings: Sequence[dict[str, Any]] = ()
    minimum_age: int | None = None
    rating_average: float | None = None
    rating_weighted: float | None = None
    rating_votes: int = 0
    popularity: float = 0.0
    organizations: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class TextRow:
    """A name or description of a title in one language."""

    title_id: str
    field: str
    language: str
    text: str
    source: str
    region: str | None = None
    is_original: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Someone who works on titles."""

    id: str
    name: str
    source: str
    imdb: str | None = None
    wikidata: str | None = None
    birth_date: date | None = None
    death_date: date | None = None
    birth_place: str | None = None
    biography: Sequence[dict[str, Any]] = ()
    known_for: str | None = None
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One person's work on one title."""

    id: str
    title_id: str
    person_id: str
    role: str
    position: int
    character: str | None = None
    job: str | None = None
    billing: int | None = None
    episode_count: int | None = None


@dataclass(frozen=True, slots=True)
class SourceRecordRow:
    """Which title or person a record of a source became."""

    source: str
    key: str
    title_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """How much attention a title got on a day in a region."""

    title_id: str
    day: date
    region: str
    weight: float


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account; a password hash that is no PHC string (`!`) lets nobody in."""

    id: str
    email: str
    display_name: str
    password_hash: str
    role: str
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A person within an account."""

    id: str
    user_id: str
    name: str
    is_default: bool = True


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """One entry of a profile's preferences; `value` is any JSON."""

    profile_id: str
    key: str
    value: Any
    stamp: str


@dataclass(frozen=True, slots=True)
class RatingRow:
    """A rating, 0.5–10 in half steps."""

    profile_id: str
    title_id: str
    value: float
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One viewing; `completion` 0–1."""

    id: str
    profile_id: str
    title_id: str
    watched_at: datetime
    completion: float | None
    source: str


@dataclass(frozen=True, slots=True)
class WatchlistTagRow:
    """One add of a title to a watchlist."""

    profile_id: str
    tag: str
    title_id: str
    title_name: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PlaybackRow:
    """Where a profile left off in a title, milliseconds."""

    profile_id: str
    title_id: str
    position_ms: int
    duration_ms: int | None
    state: str
    completed: bool
    rewatch_count: int
    stamp: str
    updated_at: datetime
    platform_id: str | None = None


@dataclass(frozen=True, slots=True)
class StreamRow:
    """The last revision of one stream of changes of a profile."""

    profile_id: str
    name: str
    revision: int
    stamp: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a stream."""

    profile_id: str
    stream: str
    revision: int
    occurred_at: datetime
    payload: dict[str, Any]
