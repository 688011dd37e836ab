"""Why something is recommended: the main ground, a sentence for people, shares of the score, and facts."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Ground:
    """Something that speaks for a title: part of one factor of the score, with a sentence and the facts behind it.

    `weight` is its part of the score (above 0). `facts` are how many pieces of evidence it rests on, for confidence.
    """

    factor: str
    reason: RecommendationReason
    weight: float
    text: str
    evidence: Sequence[Fact] = ()
    facts: float = 0.0


MOST_EVIDENCE = 8
_HALF_SURE = 10.0
_FALLBACK = "A title to try something new"


def confidence(facts: float) -> float:
    """Return how sure so many pieces of evidence make us, 0–1: none 0, ten .5, thirty .75 (n / (n + 10))."""
    return max(0.0, facts) / (max(0.0, facts) + _HALF_SURE)


def explain_by(grounds: Sequence[Ground], *, cold: bool = False) -> Explanation:
    """Return the explanation: the heaviest ground is the reason, factors are its and the others' shares.

    `cold` leaves the evidence out: nothing of it would speak of the viewer. Without any ground it is exploration.
    """
    found = sorted((ground for ground in grounds if ground.weight > 0), key=lambda ground: -ground.weight)
    if not found:
        return Explanation(
            RecommendationReason.EXPLORATION, _FALLBACK, (Factor("exploration", 1.0, _FALLBACK),), (), 0.0
        )
    evidence: dict[str, Fact] = {}
    for fact in (fact for ground in found for fact in ground.evidence):
        evidence.setdefault(fact.statement, fact)
    strongest = sorted(evidence.values(), key=lambda fact: -fact.weight)
    return Explanation(
        reason=found[0].reason,
        text=found[0].text,
        factors=shares(found),
        evidence=() if cold else strongest[:MOST_EVIDENCE],
        confidence=confidence(sum(ground.facts for ground in found)),
    )


def shares(grounds: Sequence[Ground]) -> list[Factor]:
    """Return the factors, heaviest first, with weights that sum to 1; each says what its heaviest ground says."""
    weights: dict[str, float] = {}
    texts: dict[str, str] = {}
    for ground in sorted(grounds, key=lambda ground: -ground.weight):
        weights[ground.factor] = weights.get(ground.factor, 0.0) + ground.weight
        texts.setdefault(ground.factor, ground.text)
    total = sum(weights.values())
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Factor(name, weight / total, texts[name]) for name, weight in ordered]


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: `Heat`, `Heat and Ronin`, `Heat, Ronin and Collateral`."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


def genre_name(genre: str) -> str:
    """Return a genre within a sentence, e.g. `science fiction`."""
    return genre.replace("_", " ").lower()


def rating_text(value: float) -> str:
    """Return a rating without needless digits: `9`, `8.5`."""
    return f"{round(value, 1):g}"
