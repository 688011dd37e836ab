"""How alike titles are: by who likes them, and by what they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resolvers.domain.ranking import (
    COLLABORATIVE,
    CONTENT,
    LEAST_POPULARITY,
    Floats,
    Ints,
    Likeness,
    Lists,
    best_of,
    era_likeness,
    overlap,
)
from resolvers.recommendations.model import KINDS, Features, Snapshot

MOST_SIMILAR = 200
_MOST_BY_FEATURE = 150
_LEAST_LIKENESS = 0.05


@dataclass(frozen=True, slots=True)
class Alike:
    """One title like another, and what goes into the score (their sum, 0–1)."""

    number: int
    collaborative: float
    content: float
    popularity: float
    together: int

    @property
    def score(self) -> float:
        """0–1."""
        return min(1.0, self.collaborative + self.content + self.popularity)


def _shared(features: Lists, title: int, others: Ints) -> Floats:
    """Return how much of what `title` holds each of `others` holds too: the sum of the geometric means of weights."""
    own = features.of(title)
    order = np.argsort(features.items[own])
    items, values = features.items[own][order], features.values[own][order]
    if not len(items):
        return np.zeros(len(others), dtype=np.float32)
    owner, positions = features.positions(others)
    places = np.minimum(np.searchsorted(items, features.items[positions]), len(items) - 1)
    hit = items[places] == features.items[positions]
    weights = np.sqrt(values[places[hit]] * features.values[positions[hit]])
    return np.bincount(owner[hit], weights=weights, minlength=len(others)).astype(np.float32)


def _spread(titles: Ints, values: Floats, others: Ints) -> Floats:
    """Return the sum of the values of each of `others` (ascending); titles that are none of them are passed over."""
    if not len(others):
        return np.zeros(0, dtype=np.float32)
    places = np.minimum(np.searchsorted(others, titles), len(others) - 1)
    hit = others[places] == titles
    return np.bincount(places[hit], weights=values[hit], minlength=len(others)).astype(np.float32)


def likeness(features: Features, title: int, others: Ints) -> Likeness:
    """Return what `title` and each of `others` have in common."""
    years = np.full(len(others), features.years[title], dtype=np.int32)
    country = features.countries[title]
    return Likeness(
        genres=np.clip(features.genres[others] @ features.genres[title], 0.0, 1.0).astype(np.float32),
        people=overlap(_shared(features.people, title, others)),
        themes=overlap(_shared(features.themes, title, others)),
        era=era_likeness(years, features.years[others]),
        country=((features.countries[others] == country) & (country > 0)).astype(np.float32),
    )


def _candidates(snapshot: Snapshot, title: int) -> Ints:
    """Return titles that may be like `title`: liked by the same people, by the same makers, on the same themes, alike
    in genres. Of very common features the best known titles.
    """
    features = snapshot.features
    found = [snapshot.near.nearest.items[snapshot.near.nearest.of(title)]]
    for lists, holders in ((features.people, features.people_titles), (features.themes, features.themes_titles)):
        for item in lists.items[lists.of(title)]:
            held = holders.of(int(item))
            found.append(holders.items[held.start : min(held.stop, held.start + _MOST_BY_FEATURE)])
    if features.genre_bits[title]:
        found.append(snapshot.peers(title))
    candidates = np.unique(np.concatenate(found))
    return np.asarray(candidates[candidates != title], dtype=np.int32)


def similar_titles(
    snapshot: Snapshot, title: int, kinds: Sequence[str] | None, max_age: int | None, limit: int = MOST_SIMILAR
) -> list[Alike]:
    """Return at most `limit` titles like `title`, most similar first: .6 who likes them, .4 what they are.

    `kinds` None means any; titles above `max_age` are left out.
    """
    features, near = snapshot.features, snapshot.near
    candidates = _candidates(snapshot, title)
    if kinds is not None:
        candidates = candidates[np.isin(features.kinds[candidates], [KINDS.index(kind) for kind in kinds])]
    if max_age is not None:
        candidates = candidates[features.ages[candidates] <= max_age]
    own = near.nearest.of(title)
    neighbours = near.nearest.items[own]
    rated = _spread(neighbours, near.nearest.values[own], candidates)
    together = _spread(neighbours, near.together[own].astype(np.float32), candidates)
    share = 1.0 - LEAST_POPULARITY
    collaborative = share * COLLABORATIVE * rated
    content = share * CONTENT * likeness(features, title, candidates).total
    popularity = LEAST_POPULARITY * features.popularity[candidates]
    total = collaborative + content + popularity
    best = best_of(total, collaborative + content >= _LEAST_LIKENESS, limit)
    return [
        Alike(
            number=int(candidates[place]),
            collaborative=float(collaborative[place]),
            content=float(content[place]),
            popularity=float(popularity[place]),
            together=int(together[place]),
        )
        for place in best
    ]


def likeness_matrix(features: Features, titles: Ints) -> Floats:
    """Return how much of their content every two of `titles` have in common, 0–1; rows and columns in their order."""
    genres = features.genres[titles] @ features.genres[titles].T
    years = features.years[titles]
    countries = features.countries[titles]
    same_country = (countries[:, None] == countries[None, :]) & (countries[:, None] > 0)
    return Likeness(
        genres=np.clip(genres, 0.0, 1.0),
        people=overlap(_common(features.people, titles)),
        themes=overlap(_common(features.themes, titles)),
        era=era_likeness(years[:, None], years[None, :]),
        country=same_country.astype(np.float32),
    ).total


def _common(lists: Lists, titles: Ints) -> Floats:
    """Return what every two titles share. Only what at least two of them hold can be shared: a small matrix."""
    owner, positions = lists.positions(titles)
    items, values = lists.items[positions], lists.values[positions]
    _, places, counts = np.unique(items, return_inverse=True, return_counts=True)
    shared = counts >= 2
    column = np.cumsum(shared) - 1
    kept = shared[places]
    table = np.zeros((len(titles), int(shared.sum())), dtype=np.float32)
    table[owner[kept], column[places[kept]]] = np.sqrt(values[kept])
    return np.asarray(table @ table.T, dtype=np.float32)
