"""Recommendations for a viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.context import Context
from resolvers.domain.explanation import Explanation
from resolvers.domain.pagination import Page
from resolvers.domain.titles import DeviceKind, Genre, TitleKind


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which titles may be recommended; parts combine with AND; None = no condition."""

    kinds: Sequence[TitleKind] | None = None
    genres: Sequence[Genre] | None = None
    exclude_genres: Sequence[Genre] | None = None
    max_runtime_minutes: int | None = None
    region: str | None = None
    on_my_services: bool = False
    exclude_watched: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """The situation the viewer is in; None = not said."""

    occasion: str | None = None
    mood: str | None = None
    device: DeviceKind | None = None
    minutes_available: int | None = None
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class Recommended:
    """One recommended title; score 0–1, comparable within one answer."""

    id: str
    title_id: str
    rank: int
    score: float
    generated_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of recommendations, and whether they are the viewer's own."""

    page: Page[Recommended]
    personalized: bool


async def recommend(
    context: Context, wanted: Wanted, moment: Moment, first: int | None, after: str | None
) -> Answer:
    """Return a page of recommendations, best first."""
    raise NotImplementedError


async def explain(context: Context, recommended: Recommended) -> Explanation:
    """Return why a title is recommended."""
    raise NotImplementedError
