"""How good a record of a title is."""

from datetime import datetime


def completeness(expected: dict[str, bool]) -> float:
    """Return the share of expected fields that are filled, 0–1."""
    return round(sum(expected.values()) / len(expected), 4) if expected else 0.0


def freshness_days(verified_at: datetime, now: datetime) -> int:
    """Return whole days since a source last confirmed the record, never negative."""
    return max(0, (now - verified_at).days)


SOURCE_CONFIDENCE = {"wikidata": 1.0, "imdb": 0.95, "tmdb": 0.90, "justwatch": 0.85, "demo": 0.85, "movielens": 0.80}
"""Weight of a source, 0–1; unknown sources count .7."""


def confidence(source: str, complete: float, age_days: int) -> float:
    """Return 0–1: the source's weight, less for gaps (up to 30 %) and for age (up to 20 %, reached after 90 days)."""
    weight = SOURCE_CONFIDENCE.get(source, 0.7)
    return round(weight * (0.7 + 0.3 * complete) * (1 - 0.2 * min(age_days, 90) / 90), 4)
