"""Rows of recommendations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

CATALOGUE_TABLES = ("titles", "credits")
"""Where features of titles are kept."""
RATING_TABLES = ("ratings",)
"""Where likes are kept."""


@dataclass(frozen=True, slots=True)
class SettingsRecord:
    """What a profile decided about its recommendations; `preferences` by name, as the graph names them."""

    max_age: int | None
    preferences: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """One thing a profile did with a title (seasons and episodes count for their series).

    `source` is RATING, VIEW or PLAYBACK; `value` a rating 0.5–10, or how much was seen, 0–1 (None unknown).
    """

    title_id: str
    source: str
    value: float | None
    repeats: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TitleFeatures:
    """What of a title goes into its likeness to others."""

    id: str
    kind: str
    genres: list[str]
    themes: list[str]
    moods: list[str]
    country: str | None
    release_year: int | None
    runtime_minutes: int | None
    minimum_age: int | None
    popularity: float
    rating_weighted: float | None
