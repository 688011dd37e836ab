"""What every recommendation draws on, held in memory by the process: features of the titles, and who-likes-what.

A `TasteModel` belongs to the process. It is read from the database on first use and again, in the background, after
ratings or the catalogue changed; requests always see one whole `Snapshot`. Several processes each hold their own.
What a viewer did is no part of it: that is read live, so a rating counts at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from datasources.errors import DataSourceError
from datasources.records.recommendations import CATALOGUE_TABLES, RATING_TABLES, TitleFeatures
from resolvers.domain.ranking import Floats, Ints, Lists, Neighbourhood, inverted, lists_of, neighbourhood
from resolvers.domain.taste import LIKED
from resolvers.domain.titles import Genre, TitleKind

if TYPE_CHECKING:  # the schemas need no driver to be built
    from datasources.sources import Sources

logger = logging.getLogger(__name__)

GENRES: Final = tuple(genre.value for genre in Genre)
KINDS: Final = tuple(kind.value for kind in TitleKind)
FIRST_YEAR: Final = 1870
DECADES: Final = 20
PEOPLE_EACH: Final = 10
"""Credits of a title that count."""

_GENRE_NUMBER = {genre: number for number, genre in enumerate(GENRES)}
_KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_ROLE_WEIGHT = {"DIRECTOR": 1.0, "CREATOR": 1.0, "WRITER": 0.7, "COMPOSER": 0.3}
_CAST_WEIGHT = 0.6
_BEST_KNOWN = 10_000
_PAGE = 1000
"""Rows read at a time: other requests get their turn in between."""


def decade_number(year: int) -> int:
    """Return the place of a year's decade, 0–19; 0 also for unknown (0)."""
    return min(DECADES - 1, max(0, (year - FIRST_YEAR) // 10)) if year else 0


@dataclass(frozen=True, slots=True)
class Features:
    """The browsable titles, numbered from 0 in the order of their ids, and what goes into their likeness."""

    ids: list[str]
    number: dict[str, int]
    kinds: NDArray[np.int8]
    genres: Floats
    """Titles × 18; each row has length 1 (all zeros without genres)."""
    genre_root: Floats
    """Square root of the number of genres, at least 1."""
    genre_bits: Ints
    years: Ints
    decades: Ints
    runtimes: Ints
    ages: NDArray[np.int16]
    """Minimum age; 999 for unrated titles, which no limit allows."""
    countries: Ints
    """Number of the main country; 0 when unknown."""
    popularity: Floats
    """0–1: attention, and how well it is rated."""
    best_known: Ints
    """The 10,000 most popular titles, best first."""
    people: Lists
    """People of each title, by weight of their part (0–1)."""
    people_titles: Lists
    """Titles of each person, best known first; the same for themes and moods."""
    people_ids: list[str]
    themes: Lists
    themes_titles: Lists
    theme_names: list[str]
    moods: Lists
    moods_titles: Lists
    mood_names: list[str]

    @property
    def size(self) -> int:
        """How many titles there are."""
        return len(self.ids)

    def numbers(self, ids: Sequence[str]) -> Ints:
        """Return the numbers of those of `ids` that the model knows, in order."""
        return np.array([self.number[id_] for id_ in ids if id_ in self.number], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The model as it was at one moment; never changes."""

    features: Features
    near: Neighbourhood
    genre_peers: dict[int, Ints] = field(default_factory=dict)
    """For a set of genres, well known titles with the most alike sets; filled as sets are asked for."""

    def peers(self, title: int, limit: int = 250) -> Ints:
        """Return the well known titles whose genres are most like those of `title`, in no particular order."""
        features = self.features
        bits = int(features.genre_bits[title])
        found = self.genre_peers.get(bits)
        if found is None:
            known = features.best_known
            likeness = features.genres[known] @ features.genres[title] + 0.2 * features.popularity[known]
            kept = min(limit, len(known))
            found = self.genre_peers[bits] = known[np.argpartition(-likeness, kept - 1)[:kept]]
        return found


class _Words:
    """Numbers words as they come."""

    def __init__(self, *known: str) -> None:
        self.number = {word: place for place, word in enumerate(known)}

    def __getitem__(self, word: str) -> int:
        return self.number.setdefault(word, len(self.number))

    @property
    def names(self) -> list[str]:
        """The words by number."""
        return list(self.number)


class _Pairs:
    """(row, item, value) triples in the making, in arrays of four bytes."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Floats]] = []

    def add(self, rows: Sequence[int], items: Sequence[int], values: Sequence[float]) -> None:
        """Add triples."""
        self._parts.append(
            (np.array(rows, dtype=np.int32), np.array(items, dtype=np.int32), np.array(values, dtype=np.float32))
        )

    def lists(self, size: int) -> Lists:
        """Return the lists of `size` rows."""
        none = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        rows, items, values = zip(*(self._parts or [none]), strict=True)
        return lists_of(np.concatenate(rows), np.concatenate(items), np.concatenate(values), size)


class _Builder:
    """Collects pages of rows, then makes the features of them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.number: dict[str, int] = {}
        self._scalars: list[NDArray[np.float32]] = []
        self._countries = _Words("")
        self._themes, self._moods, self._people = _Words(), _Words(), _Words()
        self._genre_pairs, self._theme_pairs = _Pairs(), _Pairs()
        self._mood_pairs, self._people_pairs = _Pairs(), _Pairs()

    def add_titles(self, page: Sequence[TitleFeatures]) -> None:
        """Add titles."""
        first = len(self.ids)
        for place, title in enumerate(page, start=first):
            self.ids.append(title.id)
            self.number[title.id] = place
        self._scalars.append(
            np.array(
                [
                    (
                        _KIND_NUMBER[title.kind],
                        title.release_year or 0,
                        title.runtime_minutes or 0,
                        999 if title.minimum_age is None else title.minimum_age,
                        self._countries[title.country or ""],
                        title.popularity,
                        -1.0 if title.rating_weighted is None else title.rating_weighted,
                    )
                    for title in page
                ],
                dtype=np.float32,
            ).reshape(len(page), 7)
        )
        for pairs, words, values in (
            (self._genre_pairs, _GENRE_NUMBER, [title.genres for title in page]),
            (self._theme_pairs, self._themes, [title.themes for title in page]),
            (self._mood_pairs, self._moods, [title.moods for title in page]),
        ):
            found = [(row, words[word]) for row, own in enumerate(values, first) for word in dict.fromkeys(own)]
            pairs.add([row for row, _ in found], [word for _, word in found], [1.0] * len(found))

    def add_people(self, page: Sequence[tuple[str, list[str], list[str]]]) -> None:
        """Add people of titles; of several parts of one person in one title the weightiest counts."""
        rows: list[int] = []
        items: list[int] = []
        values: list[float] = []
        for title_id, people, roles in page:
            row = self.number.get(title_id)
            if row is None:
                continue
            parts: dict[str, float] = {}
            for person, role in zip(people, roles, strict=True):
                parts[person] = max(parts.get(person, 0.0), _ROLE_WEIGHT.get(role, _CAST_WEIGHT))
            rows += [row] * len(parts)
            items += [self._people[person] for person in parts]
            values += parts.values()
        self._people_pairs.add(rows, items, values)

    def finish(self) -> Features:
        """Return the features; some 100 ms at 90,000 titles."""
        size = len(self.ids)
        scalars = np.concatenate(self._scalars) if self._scalars else np.zeros((0, 7), np.float32)
        genre_lists = self._genre_pairs.lists(size)
        rows = np.repeat(np.arange(size), np.diff(genre_lists.start))
        genres = np.zeros((size, len(GENRES)), dtype=np.float32)
        genres[rows, genre_lists.items] = 1.0
        bits = genres.astype(np.int32) @ (1 << np.arange(len(GENRES), dtype=np.int32))
        root = np.maximum(np.sqrt(genres.sum(axis=1)), 1.0).astype(np.float32)
        genres /= root[:, None]
        years = scalars[:, 1].astype(np.int32)
        themes, moods = self._theme_pairs.lists(size), self._mood_pairs.lists(size)
        people = self._people_pairs.lists(size)
        popularity = _popularity(scalars[:, 5], scalars[:, 6])
        best_first = np.argsort(-popularity, kind="stable").astype(np.int32)
        return Features(
            ids=self.ids,
            number=self.number,
            kinds=scalars[:, 0].astype(np.int8),
            genres=genres,
            genre_root=root,
            genre_bits=bits.astype(np.int32),
            years=years,
            decades=np.where(years > 0, np.clip((years - FIRST_YEAR) // 10, 0, DECADES - 1), 0).astype(np.int32),
            runtimes=scalars[:, 2].astype(np.int32),
            ages=scalars[:, 3].astype(np.int16),
            countries=scalars[:, 4].astype(np.int32),
            popularity=popularity,
            best_known=best_first[:_BEST_KNOWN],
            people=people,
            people_titles=inverted(people, len(self._people.number), best_first),
            people_ids=self._people.names,
            themes=themes,
            themes_titles=inverted(themes, len(self._themes.number), best_first),
            theme_names=self._themes.names,
            moods=moods,
            moods_titles=inverted(moods, len(self._moods.number), best_first),
            mood_names=self._moods.names,
        )


def _popularity(attention: Floats, rating: Floats) -> Floats:
    """Return 0–1: attention relative to the best known title counts .75, the weighted rating .25 (unknown = mean)."""
    best = float(np.max(attention, initial=0.0))
    rated = rating >= 0
    mean = float(rating[rated].mean()) if rated.any() else 5.0
    quality = np.where(rated, rating, mean) / 10
    return (0.75 * attention / (best or 1.0) + 0.25 * quality).astype(np.float32)


class TasteModel:
    """Holds the newest snapshot, and keeps it fresh."""

    def __init__(self, sources: "Sources", refreshed: Callable[[], None] | None = None) -> None:
        """`refreshed` is told of every new snapshot."""
        self._store = sources.recommendations
        self._refreshed = refreshed
        self._snapshot: Snapshot | None = None
        self._seen: tuple[int, int] | None = None
        self._took = 0.0
        self._lock = asyncio.Lock()

    async def snapshot(self) -> Snapshot:
        """Return the newest snapshot; the first caller waits until there is one."""
        return self._snapshot or await self.refresh()

    async def refresh(self) -> Snapshot:
        """Return a snapshot of what is in the database now; only the part that changed is read again.

        Whoever asks while another is at it waits for that. Raises DatabaseUnavailable.
        """
        async with self._lock:
            started = time.perf_counter()
            catalogue = await self._store.written_rows(CATALOGUE_TABLES)
            ratings = await self._store.written_rows(RATING_TABLES)
            known = self._snapshot
            if known is not None and self._seen == (catalogue, ratings):
                return known
            old_catalogue = None if self._seen is None else self._seen[0]
            features = known.features if known is not None and old_catalogue == catalogue else await self._features()
            near = await self._neighbourhood(features)
            same = known is not None and known.features is features
            peers = known.genre_peers if known is not None and same else {}
            self._snapshot, self._seen = Snapshot(features, near, peers), (catalogue, ratings)
            self._took = time.perf_counter() - started
            logger.info("taste model: %d titles, %d s", features.size, round(self._took))
            if self._refreshed is not None:
                self._refreshed()
            return self._snapshot

    async def follow(self, every: float = 30.0) -> None:
        """Keep the snapshot fresh for ever; look every so many seconds, and spend at most a twentieth of the time."""
        trouble: str | None = None
        while True:
            try:
                await self.refresh()
                trouble = None
            except DataSourceError as error:
                if str(error) != trouble:
                    logger.warning("taste model cannot be refreshed: %s", error)
                trouble = str(error)
            await asyncio.sleep(max(every, 20 * self._took))

    async def _features(self) -> Features:
        builder = _Builder()
        after: str | None = None
        while page := await self._store.title_features(after, _PAGE):
            builder.add_titles(page)
            after = page[-1].id
        after = None
        while credited := await self._store.title_people(after, _PAGE, PEOPLE_EACH):
            builder.add_people(credited)
            after = credited[-1][0]
        return await asyncio.to_thread(builder.finish)

    async def _neighbourhood(self, features: Features) -> Neighbourhood:
        people = _Words()
        pairs = _Pairs()
        after: tuple[str, str] | None = None
        while page := await self._store.likes(LIKED, after, _PAGE):
            known = [(people[person], features.number[title]) for person, title in page if title in features.number]
            pairs.add([person for person, _ in known], [title for _, title in known], [1.0] * len(known))
            after = page[-1]
        by_person = pairs.lists(len(people.number))
        owners = np.repeat(np.arange(len(people.number), dtype=np.int32), np.diff(by_person.start))
        return await asyncio.to_thread(neighbourhood, owners, by_person.items, len(people.number), features.size)
