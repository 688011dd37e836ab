"""Rows of the catalog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TitleRecord:
    """A title as the catalogue shows it; JSON columns are lists of plain dicts."""

    id: str
    kind: str
    name: str
    sort_name: str
    original_name: str | None
    tagline: str | None
    wikidata: str | None
    imdb: str | None
    tmdb: str | None
    tvdb: str | None
    eidr: str | None
    parent_id: str | None
    season_number: int | None
    episode_number: int | None
    season_count: int | None
    episode_count: int | None
    release_year: int | None
    release_date: date | None
    end_date: date | None
    status: str | None
    runtime_minutes: int | None
    genres: list[str]
    themes: list[str]
    moods: list[str]
    countries: list[str]
    original_language: str | None
    spoken_languages: list[str]
    content_ratings: list[dict[str, Any]]
    minimum_age: int | None
    rating_average: float | None
    rating_weighted: float | None
    rating_votes: int
    popularity: float
    organizations: list[dict[str, Any]]
    artwork: list[dict[str, Any]]
    videos: list[dict[str, Any]]
    technical: dict[str, Any] | None
    source: str
    created_at: datetime
    updated_at: datetime
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class TextRecord:
    """A name or description of a title in one language."""

    title_id: str
    field: str
    language: str
    region: str | None
    text: str
    is_original: bool
    source: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Someone who works on titles."""

    id: str
    name: str
    wikidata: str | None
    imdb: str | None
    tmdb: str | None
    birth_date: date | None
    death_date: date | None
    birth_place: str | None
    biography: list[dict[str, Any]]
    known_for: str | None
    artwork: list[dict[str, Any]]
    popularity: float


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """One person's work on one title. `position` orders a title's credits, `year` a person's (newest first)."""

    id: str
    title_id: str
    person_id: str
    role: str
    character: str | None
    job: str | None
    billing: int | None
    episode_count: int | None
    position: int
    year: int


@dataclass(frozen=True, slots=True)
class TitleQuery:
    """Which titles, in which order; parts combine with AND, values within a list with OR. None = no condition.

    `after` is the position of the last item seen, as (sort value, id).
    """

    kinds: Sequence[str] | None = None
    genres: Sequence[str] | None = None
    exclude_genres: Sequence[str] | None = None
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    min_rating: float | None = None
    max_age: int | None = None
    languages: Sequence[str] | None = None
    countries: Sequence[str] | None = None
    person_ids: Sequence[str] | None = None
    moods: Sequence[str] | None = None
    platform_ids: Sequence[str] | None = None
    subscribed_ids: Sequence[str] | None = None
    region: str | None = None
