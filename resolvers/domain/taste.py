"""What somebody likes, derived from what they rated, watched and told us.

Everything liked or disliked is a preference between −1 and 1. The affinity to a feature (a genre, a person, a mood …)
is the mean preference of the titles that have it, pulled to what the viewer stated (else to 0) while titles are few:
the posterior mean of a normal with a prior worth `PRIOR` titles, as in the weighted ratings of film sites.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp

import numpy as np
from numpy.typing import NDArray

LIKED = 7.0
"""A rating of 7 of 10 (3½ stars) or more is a like."""
PRIOR = 2.0
STATED_FAVORITE = 0.8
STATED_AVOIDED = -1.0
_INDIFFERENT = 5.5
_FINISHED = 0.5
_ABANDONED = -0.2


class SignalSource(StrEnum):
    """How somebody told us about a title."""

    RATING = "RATING"
    VIEW = "VIEW"
    PLAYBACK = "PLAYBACK"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing somebody did with a title. `value`: a rating 0.5–10, or how much was seen, 0–1 (None unknown)."""

    title_id: str
    source: SignalSource
    value: float | None
    repeats: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Signal:
    """What somebody makes of one title: preference −1 to 1, their rating if any, and what they did with it.

    `watched` also when it was only rated: who rates a title has seen it.
    """

    title_id: str
    preference: float
    rating: float | None
    started: bool
    finished: bool
    watched: bool
    at: datetime


def preference_of_rating(value: float) -> float:
    """Return −1 to 1 for a rating of 0.5–10; 5.5 is indifferent."""
    return min(1.0, max(-1.0, (value - _INDIFFERENT) / (10 - _INDIFFERENT)))


LIKING = preference_of_rating(LIKED)
"""The preference from which on a title is liked."""


def preference_of_watching(completion: float | None, repeats: int) -> float:
    """Return −1 to 1 for how much of a title was seen (0–1, None unknown) and how often it was seen again.

    Finishing is mild liking, watching again is more; leaving early is slight dislike, the very beginning says nothing.
    """
    if completion is None:
        liking = 0.8 * _FINISHED
    elif completion < 0.05:
        liking = 0.0
    elif completion < 0.3:
        liking = _ABANDONED
    else:
        liking = _FINISHED * min(1.0, (completion - 0.3) / 0.6)
    return min(0.9, liking + 0.2 * max(0, repeats)) if liking > 0 else liking


def signals_of(observations: Sequence[Observation]) -> list[Signal]:
    """Return one signal a title, newest first: ratings (their mean) outweigh watching; ties by title id."""
    grouped: defaultdict[str, list[Observation]] = defaultdict(list)
    for observation in observations:
        grouped[observation.title_id].append(observation)
    signals = [_signal(title_id, found) for title_id, found in grouped.items()]
    return sorted(signals, key=lambda signal: (-signal.at.timestamp(), signal.title_id))


def _signal(title_id: str, found: Sequence[Observation]) -> Signal:
    ratings = [one.value for one in found if one.source is SignalSource.RATING and one.value is not None]
    watched = [one for one in found if one.source is not SignalSource.RATING]
    rating = sum(ratings) / len(ratings) if ratings else None
    if rating is not None:
        preference = preference_of_rating(rating)
    else:
        preference = max((preference_of_watching(one.value, one.repeats) for one in watched), default=0.0)
    finished = any(one.value is None or one.value >= 0.9 for one in watched)
    seen = rating is not None or finished or any(one.source is SignalSource.VIEW for one in watched)
    return Signal(title_id, preference, rating, bool(watched), finished, seen, max(one.at for one in found))


def completion_rate(signals: Sequence[Signal]) -> float | None:
    """Return the share of started titles that were finished, 0–1; None when none was started."""
    started = [signal for signal in signals if signal.started]
    return sum(signal.finished for signal in started) / len(started) if started else None


def affinities(
    preferences: NDArray[np.float32],
    weights: NDArray[np.float32],
    features: NDArray[np.int32],
    size: int,
    stated: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return the affinity to each of `size` features, −1 to 1.

    The k-th occurrence says: a title liked by `preferences[k]` has `features[k]`, by `weights[k]` (0–1, e.g. less for a
    small role). `stated` is what the viewer said of each feature, −1 to 1.
    """
    mass = np.bincount(features, weights=np.abs(weights), minlength=size)
    total = np.bincount(features, weights=preferences * weights, minlength=size)
    prior = 0.0 if stated is None else PRIOR * stated
    return np.asarray(np.clip((total + prior) / (mass + PRIOR), -1.0, 1.0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """What we believe somebody likes; every affinity −1 (avoids) to 1 (seeks), strongest first."""

    genres: Mapping[str, float]
    people: Mapping[str, float]
    moods: Mapping[str, float]
    decades: Mapping[int, float]
    clusters: Mapping[int, float]
    signal_count: int
    completion_rate: float | None
    updated_at: datetime


def strongest(values: Mapping[str, float], limit: int | None = None, least: float = 0.0) -> dict[str, float]:
    """Return the affinities by strength in either direction, at most `limit`, those up to `least` left out."""
    ordered = sorted(values.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return dict([(name, value) for name, value in ordered if abs(value) > least][:limit])


def match(profile: TasteProfile, genres: Sequence[str], release_year: int | None, clusters: Sequence[int]) -> float:
    """Return how well a title fits a profile, 0 (not at all) to 1 (perfectly); 0.5 when nothing speaks either way.

    Genres count .6 (the first half as much again as the others), content clusters .25 (nearest most), the decade .15;
    what is unknown of the title leaves its share to the rest. The logistic function keeps the ends open.
    """
    parts: list[tuple[float, float]] = []
    if genres:
        shares = [1.5 if place == 0 else 1.0 for place in range(len(genres))]
        liking = sum(share * profile.genres.get(genre, 0.0) for share, genre in zip(shares, genres, strict=True))
        parts.append((0.6, liking / sum(shares)))
    if clusters and profile.clusters:
        shares = [1.0 / (place + 1) for place in range(len(clusters))]
        liking = sum(share * profile.clusters.get(one, 0.0) for share, one in zip(shares, clusters, strict=True))
        parts.append((0.25, liking / sum(shares)))
    if release_year is not None:
        parts.append((0.15, profile.decades.get(release_year // 10 * 10, 0.0)))
    if not parts:
        return 0.5
    liking = sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)
    return 1 / (1 + exp(-4 * liking))
