"""Why something is recommended: the main ground, a sentence for people, shares of the score, and facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class RecommendationReason(StrEnum):
    """Main ground of a recommendation."""

    PEOPLE_LIKE_YOU = "PEOPLE_LIKE_YOU"
    BECAUSE_YOU_WATCHED = "BECAUSE_YOU_WATCHED"
    BECAUSE_YOU_RATED = "BECAUSE_YOU_RATED"
    SAME_PEOPLE = "SAME_PEOPLE"
    SAME_GENRES = "SAME_GENRES"
    SAME_MOOD = "SAME_MOOD"
    SIMILAR_STORY = "SIMILAR_STORY"
    POPULAR = "POPULAR"
    TRENDING = "TRENDING"
    NEW_ON_YOUR_SERVICES = "NEW_ON_YOUR_SERVICES"
    LEAVING_SOON = "LEAVING_SOON"
    FITS_THE_MOMENT = "FITS_THE_MOMENT"
    STATED_TASTE = "STATED_TASTE"
    EXPLORATION = "EXPLORATION"


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    CO_RATING = "CO_RATING"
    OWN_RATING = "OWN_RATING"
    OWN_VIEW = "OWN_VIEW"
    SHARED_GENRE = "SHARED_GENRE"
    SHARED_PERSON = "SHARED_PERSON"
    SIMILAR_CONTENT = "SIMILAR_CONTENT"
    POPULARITY = "POPULARITY"
    PREFERENCE = "PREFERENCE"
    AVAILABILITY = "AVAILABILITY"


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of a score; the weights of an explanation sum to 1."""

    name: str
    weight: float
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that speaks for (or against) a title; strength 0–1."""

    kind: EvidenceKind
    statement: str
    weight: float
    title_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is recommended; confidence 0–1."""

    reason: RecommendationReason
    text: str
    factors: Sequence[Factor]
    evidence: Sequence[Fact]
    confidence: float
