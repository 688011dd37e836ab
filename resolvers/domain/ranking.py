"""Ranking titles: what liking one says about another, how scores are fused, and how an answer stays varied.

Sources: Sarwar, Karypis, Konstan, Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001 (item
neighbourhoods); Deshpande, Karypis, "Item-based top-N recommendation algorithms", TOIS 2004 (sum over neighbours);
Bell, Koren, "Improved neighborhood-based collaborative filtering", KDD Cup 2007 (shrinking similarities that few people
support); Carbonell, Goldstein, "The use of MMR", SIGIR 1998 (diversity).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

COLLABORATIVE = 0.6
CONTENT = 0.4
"""Fusion weights before anything was learned."""
CONTEXT = 0.45
HINT = 0.15
"""Share of the situation in the score: of what was asked for, and of mere hints such as the hour."""
SHRINK = 10.0
"""Co-likes at which a similarity counts half."""
NEIGHBOURS = 60
"""Neighbours kept per title."""
COLD_SIGNALS = 0.5
"""Sum of preferences at which popularity and the viewer's own taste count equally."""
LEAST_POPULARITY = 0.05
RELEVANCE = 0.85
COLD_RELEVANCE = 0.55
"""λ of MMR (1 = relevance only) for somebody known well, and for somebody unknown, who is shown more variety."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of varying length behind one another: the i-th is `items[start[i]:start[i + 1]]`, with `values` beside."""

    start: NDArray[np.int64]
    items: Ints
    values: Floats

    def of(self, row: int) -> slice:
        """Return where the list of a row lies."""
        return slice(int(self.start[row]), int(self.start[row + 1]))

    def positions(self, rows: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (place in `rows`, position in `items`) of every item in the lists of `rows`, in order."""
        lengths = self.start[rows + 1] - self.start[rows]
        owner = np.repeat(np.arange(len(rows), dtype=np.int64), lengths)
        before = np.cumsum(lengths) - lengths
        return owner, np.arange(len(owner), dtype=np.int64) - before[owner] + self.start[rows][owner]


def lists_of(rows: Ints, items: Ints, values: Floats, size: int) -> Lists:
    """Return the lists of `size` rows out of (row, item, value) triples in any order; each list in the order given."""
    order = np.argsort(rows, kind="stable")
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=start[1:])
    return Lists(start, items[order].astype(np.int32), values[order].astype(np.float32))


def inverted(lists: Lists, size: int, order: Ints | None = None) -> Lists:
    """Return for each of `size` items the rows whose lists hold it, ascending or as in `order` (all rows)."""
    every = np.arange(len(lists.start) - 1, dtype=np.int32) if order is None else order
    owner, positions = lists.positions(every)
    return lists_of(lists.items[positions], every[owner], lists.values[positions], size)


def similarity(together: Floats, one: Floats, other: Floats) -> Floats:
    """Return how alike two titles are to those who like them, 0–1: cosine of the sets, shrunk by their overlap.

    `together` like both, `one` and `other` like either.
    """
    cosine = together / np.sqrt(np.maximum(one * other, 1.0))
    return np.asarray(np.clip(cosine * together / (together + SHRINK), 0.0, 1.0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Who-likes-what condensed: for each title its nearest neighbours (`values` = similarity), and counts of people."""

    nearest: Lists
    together: Ints
    """People who like both, beside `nearest.items`."""
    likes: Ints
    """People who like each title."""


def neighbourhood(people: Ints, titles: Ints, people_count: int, title_count: int) -> Neighbourhood:
    """Return the neighbourhood out of likes (the k-th person likes the k-th title, each pair once).

    Takes time in the sum of squared list lengths, and memory for the result only: one title at a time.
    """
    ones = np.ones(len(people), dtype=np.float32)
    by_person = lists_of(people, titles, ones, people_count)
    by_title = lists_of(titles, people, ones, title_count)
    likes = np.diff(by_title.start).astype(np.float32)
    items: list[Ints] = []
    values: list[Floats] = []
    shared: list[Ints] = []
    lengths = np.zeros(title_count, dtype=np.int64)
    for title in np.flatnonzero(likes >= 2):
        fans = by_title.items[by_title.of(int(title))]
        _, positions = by_person.positions(fans)
        counts = np.bincount(by_person.items[positions], minlength=title_count)
        counts[title] = 0
        others = np.flatnonzero(counts >= 2)  # what one person alone likes is chance
        if not len(others):
            continue
        together = counts[others].astype(np.float32)
        alike = similarity(together, np.full(len(others), likes[title], dtype=np.float32), likes[others])
        best = np.lexsort((others, -alike))[:NEIGHBOURS]
        items.append(others[best].astype(np.int32))
        values.append(alike[best])
        shared.append(together[best].astype(np.int32))
        lengths[title] = len(best)
    start = np.zeros(title_count + 1, dtype=np.int64)
    np.cumsum(lengths, out=start[1:])
    nothing = np.zeros(0, dtype=np.int32)
    nearest = Lists(start, np.concatenate([nothing, *items]), np.concatenate([nothing.astype(np.float32), *values]))
    return Neighbourhood(nearest, np.concatenate([nothing, *shared]), likes.astype(np.int32))


@dataclass(frozen=True, slots=True)
class Votes:
    """What each of somebody's titles says for each neighbour: the k-th vote of `sources[k]` is for `targets[k]`."""

    sources: Ints
    targets: Ints
    weights: Floats
    together: Ints

    def scores(self, size: int) -> Floats:
        """Return the sum of votes for each of `size` titles."""
        return np.bincount(self.targets, weights=self.weights, minlength=size).astype(np.float32)


def votes(near: Neighbourhood, seeds: Ints, preferences: Floats) -> Votes:
    """Return the votes of titles somebody made something of; dislike counts half, since only likes were compared."""
    owner, positions = near.nearest.positions(seeds)
    strength = np.where(preferences > 0, preferences, 0.5 * preferences).astype(np.float32)
    return Votes(
        seeds[owner],
        near.nearest.items[positions],
        (strength[owner] * near.nearest.values[positions]).astype(np.float32),
        near.together[positions],
    )


def scaled(scores: Floats) -> Floats:
    """Return scores with the best at 1 and −1 at the lowest; all zeros stay."""
    best = float(np.max(scores, initial=0.0))
    return np.clip(scores / best, -1.0, 1.0).astype(np.float32) if best > 0 else np.clip(scores, -1.0, 0.0)


def popularity_share(known: float) -> float:
    """Return how much popularity counts, .05–1, when the sum of somebody's absolute preferences is `known`."""
    return max(LEAST_POPULARITY, COLD_SIGNALS / (COLD_SIGNALS + max(0.0, known)))


def relevance_weight(share: float, *, asked: bool = False) -> float:
    """Return λ of MMR when popularity counts `share`: the less is known of somebody, the more variety.

    None when something particular was `asked` for.
    """
    return RELEVANCE - (RELEVANCE - COLD_RELEVANCE) * (0.0 if asked else share)


@dataclass(frozen=True, slots=True)
class Scores:
    """What went into a score, title by title; each part already carries its weight, and their sum is the total."""

    collaborative: Floats
    content: Floats
    popularity: Floats
    context: Floats

    @property
    def total(self) -> Floats:
        """0–1."""
        total = self.collaborative + self.content + self.popularity + self.context
        return np.asarray(np.clip(total, 0.0, 1.0), dtype=np.float32)


def fuse(
    collaborative: Floats,
    content: Floats,
    popularity: Floats,
    share: float,
    context: Floats | None = None,
    context_share: float = CONTEXT,
) -> Scores:
    """Return the parts of the score: taste (.6 collaborative, .4 content), popularity by its share, and the situation.

    `collaborative` and `content` lie in −1 to 1, `popularity` and `context` in 0–1.
    """
    rest = 1.0 if context is None else 1.0 - context_share
    own = rest * (1.0 - share)
    return Scores(
        (own * COLLABORATIVE * collaborative).astype(np.float32),
        (own * CONTENT * content).astype(np.float32),
        (rest * share * popularity).astype(np.float32),
        np.zeros_like(popularity) if context is None else (context_share * context).astype(np.float32),
    )


def best_of(scores: Floats, allowed: NDArray[np.bool_], limit: int) -> Ints:
    """Return at most `limit` allowed titles, best first, ties by place."""
    candidates = np.flatnonzero(allowed)
    if len(candidates) > limit:
        kept = np.argpartition(-scores[candidates], limit - 1)[:limit]
        candidates = candidates[kept]
    return candidates[np.lexsort((candidates, -scores[candidates]))].astype(np.int32)


def diversify(relevance: Floats, likeness: Floats, weight: float = RELEVANCE) -> tuple[Ints, Floats]:
    """Return the order of maximal marginal relevance, and the score of each place, 0–1 and never rising.

    `relevance` is 0–1, `likeness` the square matrix of similarities, 0–1. A place is worth
    λ · relevance + (1 − λ) · (1 − likeness to the nearest title before it); the first is the most relevant.
    """
    size = len(relevance)
    order = np.empty(size, dtype=np.int32)
    scores = np.empty(size, dtype=np.float32)
    worth = weight * relevance.astype(np.float64)
    nearest = np.zeros(size)
    for place in range(size):
        value = worth - (1.0 - weight) * nearest
        chosen = int(np.argmax(value))
        order[place] = chosen
        scores[place] = min(1.0, max(0.0, value[chosen] + 1.0 - weight))
        worth[chosen] = -np.inf
        np.maximum(nearest, likeness[chosen], out=nearest)
    return order, scores


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much titles have in common, part by part, each 0–1."""

    genres: Floats
    people: Floats
    themes: Floats
    era: Floats
    country: Floats

    @property
    def total(self) -> Floats:
        """0–1: people and genres most, then themes, era and country."""
        total = 0.34 * self.genres + 0.34 * self.people + 0.2 * self.themes + 0.08 * self.era + 0.04 * self.country
        return np.asarray(total, dtype=np.float32)


def era_likeness(years: Ints, others: Ints) -> Floats:
    """Return how close years are, 0–1: half at about 7 years; 0 where a year is unknown (0)."""
    closeness = np.exp(-np.abs(years.astype(np.float32) - others.astype(np.float32)) / 10.0)
    return np.where((years == 0) | (others == 0), 0.0, closeness).astype(np.float32)


def overlap(shared: Floats) -> Floats:
    """Return 0–1 for how much is shared: one whole thing in common is already a lot, each further one less."""
    return np.asarray(1.0 - np.exp(-1.2 * np.maximum(shared, 0.0)), dtype=np.float32)
