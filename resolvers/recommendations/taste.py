"""What the viewer likes, read live and brought together with the model once per request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resolvers.domain.ranking import Floats, Ints, Lists, Votes, overlap, scaled, votes
from resolvers.domain.taste import (
    STATED_AVOIDED,
    STATED_FAVORITE,
    Signal,
    TasteProfile,
    affinities,
    completion_rate,
    strongest,
)
from resolvers.recommendations.model import DECADES, FIRST_YEAR, GENRES, Features, Snapshot

MOST_PEOPLE = 50
_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a title somebody likes, part by part and weighted; their sum, −1 to 1, is the liking of its content."""

    genres: Floats
    people: Floats
    themes: Floats
    moods: Floats
    decade: Floats
    country: Floats

    @property
    def total(self) -> Floats:
        """−1 to 1."""
        return self.genres + self.people + self.themes + self.moods + self.decade + self.country


@dataclass(frozen=True, slots=True)
class Taste:
    """The viewer's signals and what follows from them. Titles the model does not know yet only count as watched."""

    snapshot: Snapshot
    signals: Sequence[Signal]
    by_number: Mapping[int, Signal]
    seeds: Ints
    preferences: Floats
    favorites: Sequence[str]
    avoided: Sequence[str]
    genres: Floats
    people: Floats
    themes: Floats
    moods: Floats
    decades: Floats
    countries: Floats
    votes: Votes

    @property
    def known(self) -> float:
        """How much the viewer told us: the sum of absolute preferences; 0 for somebody new."""
        return float(sum(abs(signal.preference) for signal in self.signals))

    @property
    def is_new(self) -> bool:
        """Whether nothing the viewer did says anything yet."""
        return self.known == 0

    def watched(self) -> set[str]:
        """Return the ids of the titles the viewer has seen."""
        return {signal.title_id for signal in self.signals if signal.watched}

    def collaborative(self) -> Floats:
        """Return what people with like taste say of each title, −1 to 1, the best at 1."""
        return scaled(self.votes.scores(self.snapshot.features.size))

    def content(self, titles: Ints | None = None) -> Parts:
        """Return how much the viewer likes the content of titles, of all when omitted."""
        features = self.snapshot.features
        rows = slice(None) if titles is None else titles
        genres = (features.genres[rows] @ self.genres) / features.genre_root[rows]
        return Parts(
            genres=(0.42 * genres).astype(np.float32),
            people=0.28 * _summed(features.people, features.people_titles, self.people, features.size, titles),
            themes=0.12 * _summed(features.themes, features.themes_titles, self.themes, features.size, titles),
            moods=0.08 * _summed(features.moods, features.moods_titles, self.moods, features.size, titles),
            decade=(0.06 * self.decades[features.decades[rows]]).astype(np.float32),
            country=(0.04 * self.countries[features.countries[rows]]).astype(np.float32),
        )

    def profile(self) -> TasteProfile:
        """Return the profile as the viewer may see it; only for somebody who is not new."""
        features = self.snapshot.features
        people = np.argsort(-np.abs(self.people), kind="stable")[: 2 * MOST_PEOPLE]
        return TasteProfile(
            genres=strongest(dict(zip(GENRES, map(float, self.genres), strict=True)), least=_LEAST),
            people=strongest(
                {features.people_ids[number]: float(self.people[number]) for number in people}, MOST_PEOPLE, _LEAST
            ),
            moods=strongest(dict(zip(features.mood_names, map(float, self.moods), strict=False)), MOST_PEOPLE, _LEAST),
            decades={
                FIRST_YEAR + 10 * number: float(value) for number, value in enumerate(self.decades) if number and value
            },
            clusters={},
            signal_count=len(self.signals),
            completion_rate=completion_rate(self.signals),
            updated_at=max(signal.at for signal in self.signals),
        )


def _summed(lists: Lists, holders: Lists, liking: Floats, size: int, titles: Ints | None) -> Floats:
    """Return the liking of what titles hold, summed up by its weight, −1 to 1; each further thing counts less."""
    if titles is None:
        known = np.flatnonzero(np.abs(liking) > 0.05).astype(np.int32)
        owner, positions = holders.positions(known)
        sums = np.bincount(
            holders.items[positions], weights=liking[known][owner] * holders.values[positions], minlength=size
        )
    else:
        owner, positions = lists.positions(titles)
        sums = np.bincount(
            owner, weights=liking[lists.items[positions]] * lists.values[positions], minlength=len(titles)
        )
    sums = sums.astype(np.float32)
    return (np.sign(sums) * overlap(np.abs(sums))).astype(np.float32)


def _listed(lists: Lists, seeds: Ints, preferences: Floats, size: int) -> Floats:
    owner, positions = lists.positions(seeds)
    return affinities(preferences[owner], lists.values[positions], lists.items[positions], size)


def _stated(favorites: Sequence[str], avoided: Sequence[str], words: Sequence[str]) -> Floats:
    said = {**dict.fromkeys(favorites, STATED_FAVORITE), **dict.fromkeys(avoided, STATED_AVOIDED)}
    return np.array([said.get(word, 0.0) for word in words], dtype=np.float32)


def taste_of(snapshot: Snapshot, signals: Sequence[Signal], preferences: Mapping[str, Any]) -> Taste:
    """Return what a viewer likes; `preferences` are stated ones, by name (favoriteGenres, avoidedGenres, moods)."""
    features = snapshot.features
    by_number = {features.number[one.title_id]: one for one in signals if one.title_id in features.number}
    seeds = np.fromiter(by_number, dtype=np.int32, count=len(by_number))
    liking = np.array([signal.preference for signal in by_number.values()], dtype=np.float32)
    favorites = list(preferences.get("favoriteGenres") or ())
    avoided = list(preferences.get("avoidedGenres") or ())
    stated = _stated(favorites, avoided, GENRES)
    rows, genres = np.nonzero(features.genres[seeds])
    said_moods = set(preferences.get("moods") or ())
    owner, positions = features.moods.positions(seeds)
    ones = np.ones(len(seeds), dtype=np.float32)
    return Taste(
        snapshot=snapshot,
        signals=signals,
        by_number=by_number,
        seeds=seeds,
        preferences=liking,
        favorites=favorites,
        avoided=avoided,
        genres=affinities(liking[rows], np.ones(len(rows), np.float32), genres.astype(np.int32), len(GENRES), stated),
        people=_listed(features.people, seeds, liking, len(features.people_ids)),
        themes=_listed(features.themes, seeds, liking, len(features.theme_names)),
        moods=affinities(
            liking[owner],
            features.moods.values[positions],
            features.moods.items[positions],
            len(features.mood_names),
            _stated(sorted(said_moods), (), features.mood_names),
        ),
        decades=_known(affinities(liking, ones, features.decades[seeds], DECADES)),
        countries=_known(affinities(liking, ones, features.countries[seeds], _countries(features))),
        votes=votes(snapshot.near, seeds, liking),
    )


def _known(values: Floats) -> Floats:
    """Say nothing of number 0, which stands for unknown."""
    values[0] = 0.0
    return values


def _countries(features: Features) -> int:
    return int(features.countries.max(initial=0)) + 1
