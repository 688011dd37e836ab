"""What speaks for a title: the numbers of the model and of the viewer's taste put in words, with their facts."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from resolvers.domain.explanation import (
    EvidenceKind,
    Fact,
    Ground,
    RecommendationReason,
    genre_name,
    listed,
    rating_text,
)
from resolvers.domain.ranking import Floats, Ints, Lists
from resolvers.domain.taste import LIKING, Signal
from resolvers.loading import Each, each
from resolvers.recommendations.likeness import Alike, likeness
from resolvers.recommendations.loaders import RecommendationLoaders
from resolvers.recommendations.model import FIRST_YEAR, GENRES, Features, Snapshot
from resolvers.recommendations.taste import Taste

_NAMELESS = "a title that is gone"
_NOBODY = "somebody"
_MOST_SOURCES = 3
_ONE_SOURCE = 0.4
"""From this share of the votes on one title is the reason; below it is many people's taste."""
_NOT_FOR_YOU = "Maybe not for you: "


class Names:
    """Names of titles and people by id; remembers which it was asked for."""

    def __init__(self, known: Mapping[str, str | None] | None = None) -> None:
        self._known = known or {}
        self.titles: dict[str, None] = {}
        self.people: dict[str, None] = {}

    def title(self, id_: str) -> str:
        """Return the name of a title."""
        self.titles[id_] = None
        return self._known.get(id_) or _NAMELESS

    def person(self, id_: str) -> str:
        """Return the name of a person."""
        self.people[id_] = None
        return self._known.get(id_) or _NOBODY


Grounds = Callable[[Names], Sequence[Ground]]
"""Makes what speaks for one title."""


async def grounds_each(loaders: RecommendationLoaders, makers: Sequence[Grounds]) -> Each[Sequence[Ground]]:
    """Return grounds with names in them: they are made once to learn which names they need, and again with those.

    So all names of all explanations of a request are asked for at once: a statement for titles and one for people.
    """
    needed = Names()
    each(makers, lambda make: make(needed))
    titles, people = list(needed.titles), list(needed.people)
    of_titles, of_people = await asyncio.gather(
        loaders.title_name.load_many(titles), loaders.person_name.load_many(people)
    )
    known = Names(dict(zip([*titles, *people], [*of_titles, *of_people], strict=True)))
    return each(makers, lambda make: make(known))


def popularity_ground(snapshot: Snapshot, title: int, weight: float) -> Ground:
    """Return how well known and liked a title is."""
    likes = int(snapshot.near.likes[title])
    text = f"Popular: {likes} people rated it 7 or more" if likes >= 2 else "One of the best known titles"
    evidence = (Fact(EvidenceKind.POPULARITY, f"{likes} people rated this 7 or more", 0.2),) if likes >= 2 else ()
    return Ground("popularity", RecommendationReason.POPULAR, weight, text, evidence, min(likes / 20, 5.0))


def moment_ground(texts: Sequence[str], weight: float) -> Ground:
    """Return how a title fits the situation."""
    text = f"Fits the moment: {listed(texts)}" if texts else "Fits the moment"
    return Ground("context", RecommendationReason.FITS_THE_MOMENT, weight, text)


def collaborative_ground(names: Names, taste: Taste, title: int, weight: float, sign: int = 1) -> Ground | None:
    """Return what the viewer's titles say for (`sign` 1) or against (−1) a title by who likes both; None if nothing."""
    strengths = sign * taste.votes.weights
    voting = np.flatnonzero((taste.votes.targets == title) & (strengths > 0))
    if not len(voting):
        return None
    voting = voting[np.lexsort((taste.votes.sources[voting], -strengths[voting]))]
    total = float(strengths[voting].sum())
    top = voting[:_MOST_SOURCES]
    sources = [int(taste.votes.sources[vote]) for vote in top]
    ids = [taste.snapshot.features.ids[source] for source in sources]
    called = [names.title(id_) for id_ in ids]
    signals = [taste.by_number[source] for source in sources]
    facts: list[Fact] = []
    for vote, source, id_, name in zip(top, sources, ids, called, strict=True):
        share = min(1.0, float(strengths[vote]) / total)
        likes = int(taste.snapshot.near.likes[source])
        together = int(taste.votes.together[vote])
        facts.append(
            Fact(EvidenceKind.CO_RATING, f"{together} of {likes} who liked {name} liked this", share, title_id=id_)
        )
    facts.append(_own_fact(signals[0], called[0], ids[0]))
    main = float(strengths[top[0]]) / total
    if sign < 0:
        reason, text = _because(signals[0], called[0])
        text = f"{_NOT_FOR_YOU}{text[0].lower()}{text[1:]}"
    elif main >= _ONE_SOURCE or len(called) < _MOST_SOURCES:
        reason, text = _because(signals[0], called[0])
    else:
        reason, text = RecommendationReason.PEOPLE_LIKE_YOU, f"People who like {listed(called)} like this too"
    weighed = float(taste.votes.together[top].sum()) / 5 + len(voting)
    return Ground("collaborative", reason, weight, text, facts, weighed)


def _because(signal: Signal, name: str) -> tuple[RecommendationReason, str]:
    if signal.rating is not None:
        return RecommendationReason.BECAUSE_YOU_RATED, f"Because you rated {name} {rating_text(signal.rating)}"
    return RecommendationReason.BECAUSE_YOU_WATCHED, f"Because you watched {name}"


def _own_fact(signal: Signal, name: str, id_: str) -> Fact:
    strength = 0.5 * abs(signal.preference)
    if signal.rating is not None:
        statement = f"You rated {name} {rating_text(signal.rating)}"
        return Fact(EvidenceKind.OWN_RATING, statement, strength, title_id=id_)
    return Fact(EvidenceKind.OWN_VIEW, f"You watched {name}", strength, title_id=id_)


def content_grounds(names: Names, taste: Taste, title: int, weight: float, sign: int = 1) -> list[Ground]:
    """Return what of a title's content the viewer likes (`sign` 1) or avoids (−1); the weights sum to `weight`."""
    parts = taste.content(np.array([title], dtype=np.int32))
    groups = {
        "genres": sign * float(parts.genres[0]),
        "people": sign * float(parts.people[0]),
        "themes": sign * float(parts.themes[0]),
        "moods": sign * float(parts.moods[0]),
        "era": sign * float(parts.decade[0] + parts.country[0]),
    }
    if max(value for name, value in groups.items() if name != "era") > 0:
        groups.pop("era")  # it only adds to the rest: nobody likes a title for its decade alone
    total = sum(value for value in groups.values() if value > 0)
    grounds = []
    for name, value in groups.items():
        if value > 0:
            ground = _content_ground(names, taste, title, name, weight * value / total, sign)
            grounds.append(ground)
    return grounds


def _content_ground(names: Names, taste: Taste, title: int, group: str, weight: float, sign: int) -> Ground:
    features = taste.snapshot.features
    if group == "genres":
        return _genre_ground(taste, title, weight, sign)
    if group == "people":
        numbers = _strongest(features.people, title, sign * taste.people)
        ids = [features.people_ids[number] for number in numbers]
        called = [names.person(id_) for id_ in ids]
        counts = [_count(taste, features.people, number) for number in numbers]
        facts = [
            Fact(EvidenceKind.SHARED_PERSON, _counted(liked, known, f"titles with {name}"), 0.4, person_id=id_)
            for (liked, known), name, id_ in zip(counts, called, ids, strict=True)
        ]
        text = _worded(sign, f"the work of {listed(called)}")
        return Ground("content", RecommendationReason.SAME_PEOPLE, weight, text, facts, _known(counts))
    if group in {"themes", "moods"}:
        lists, words, liking, reason = (
            (features.themes, features.theme_names, taste.themes, RecommendationReason.SIMILAR_STORY)
            if group == "themes"
            else (features.moods, features.mood_names, taste.moods, RecommendationReason.SAME_MOOD)
        )
        numbers = _strongest(lists, title, sign * liking)
        called = [words[number] for number in numbers]
        counts = [_count(taste, lists, number) for number in numbers]
        what = [f"titles about {name}" if group == "themes" else f"{name} titles" for name in called]
        facts = [
            Fact(EvidenceKind.SIMILAR_CONTENT, _counted(liked, known, kind), 0.3)
            for (liked, known), kind in zip(counts, what, strict=True)
            if known
        ]
        liked_thing = f"stories about {listed(called)}" if group == "themes" else f"{listed(called)} titles"
        return Ground("content", reason, weight, _worded(sign, liked_thing), facts, _known(counts))
    decade = FIRST_YEAR + 10 * int(features.decades[title])
    text = _worded(sign, f"titles of the {decade}s" if features.years[title] else "titles from there")
    return Ground("content", RecommendationReason.SIMILAR_STORY, weight, text)


def _genre_ground(taste: Taste, title: int, weight: float, sign: int) -> Ground:
    features = taste.snapshot.features
    own = np.flatnonzero(features.genres[title])
    liking = sign * taste.genres[own]
    numbers = [int(number) for number in own[np.lexsort((own, -liking))] if sign * taste.genres[number] > 0][:2]
    counts = [_genre_count(taste, number) for number in numbers]
    facts = [
        Fact(EvidenceKind.SHARED_GENRE, _counted(liked, known, f"{genre_name(GENRES[number])} titles"), 0.3)
        for number, (liked, known) in zip(numbers, counts, strict=True)
        if known
    ]
    said = taste.favorites if sign > 0 else taste.avoided
    stated = [GENRES[number] for number in numbers if GENRES[number] in said]
    how = "a favorite" if sign > 0 else "one to avoid"
    facts += [Fact(EvidenceKind.PREFERENCE, f"You named {genre_name(genre)} as {how}", 0.5) for genre in stated]
    if stated and not _known(counts):
        names = listed([genre_name(genre) for genre in stated])
        text = f"{'' if sign > 0 else _NOT_FOR_YOU}{'Because you' if sign > 0 else 'you'} named {names} as {how}"
        return Ground("content", RecommendationReason.STATED_TASTE, weight, text, facts, 1.0)
    text = _worded(sign, listed([genre_name(GENRES[number]) for number in numbers]))
    return Ground("content", RecommendationReason.SAME_GENRES, weight, text, facts, _known(counts) / 2)


def _worded(sign: int, thing: str) -> str:
    return f"Because you like {thing}" if sign > 0 else f"{_NOT_FOR_YOU}you tend to avoid {thing}"


def _counted(liked: int, known: int, what: str) -> str:
    return f"You liked {liked} of {known} {what}"


def _known(counts: Sequence[tuple[int, int]]) -> float:
    return float(sum(known for _, known in counts))


def _strongest(lists: Lists, title: int, liking: Floats, limit: int = 2) -> list[int]:
    """Return what of a title's list is liked most, by liking and weight."""
    own = lists.of(title)
    numbers, strengths = lists.items[own], liking[lists.items[own]] * lists.values[own]
    order = np.lexsort((numbers, -strengths))[:limit]
    return [int(numbers[place]) for place in order if strengths[place] > 0]


def _count(taste: Taste, lists: Lists, number: int) -> tuple[int, int]:
    """Return how many of the viewer's titles that hold something they liked, and how many they have an opinion on."""
    owner, positions = lists.positions(taste.seeds)
    return _liked(taste, owner[lists.items[positions] == number])


def _genre_count(taste: Taste, number: int) -> tuple[int, int]:
    return _liked(taste, np.flatnonzero(taste.snapshot.features.genres[taste.seeds, number]))


def _liked(taste: Taste, places: Ints | np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[int, int]:
    preferences = taste.preferences[places]
    return int((preferences >= np.float32(LIKING)).sum()), int((preferences != 0).sum())


def grounds_of_likeness(names: Names, snapshot: Snapshot, source: int, alike: Alike) -> list[Ground]:
    """Return what two titles have in common, the weights summing to the score."""
    grounds: list[Ground] = []
    features = snapshot.features
    if alike.collaborative > 0:
        id_ = features.ids[source]
        name = names.title(id_)
        likes = int(snapshot.near.likes[source])
        statement = f"{alike.together} of {likes} who liked {name} liked this"
        strength = min(1.0, alike.together / likes) if likes else 0.0
        grounds.append(
            Ground(
                "collaborative",
                RecommendationReason.PEOPLE_LIKE_YOU,
                alike.collaborative,
                f"People who liked {name} liked this too",
                (Fact(EvidenceKind.CO_RATING, statement, strength, title_id=id_),),
                alike.together,
            )
        )
    grounds += _shared_grounds(names, features, source, alike)
    return [*grounds, popularity_ground(snapshot, alike.number, alike.popularity)]


def _shared_grounds(names: Names, features: Features, source: int, alike: Alike) -> list[Ground]:
    """Return the shared people, genres and themes; their weights sum to the content part of the score."""
    both = likeness(features, source, np.array([alike.number], dtype=np.int32))
    values = {
        "people": 0.34 * float(both.people[0]),
        "genres": 0.34 * float(both.genres[0]),
        "themes": 0.2 * float(both.themes[0]),
    }
    total = sum(values.values())
    if total <= 0 or alike.content <= 0:
        return []
    grounds: list[Ground] = []
    for group, value in values.items():
        weight = alike.content * value / total
        if value <= 0:
            continue
        if group == "people":
            people = _both(features.people, source, alike.number)[:_MOST_SOURCES]
            ids = [features.people_ids[number] for number in people]
            called = [names.person(id_) for id_ in ids]
            facts = [
                Fact(EvidenceKind.SHARED_PERSON, f"Both with {found}", 0.5, person_id=id_)
                for found, id_ in zip(called, ids, strict=True)
            ]
            text = f"Also with {listed(called)}"
            grounds.append(Ground("content", RecommendationReason.SAME_PEOPLE, weight, text, facts, 3.0 * len(called)))
        elif group == "genres":
            shared = np.flatnonzero((features.genres[source] > 0) & (features.genres[alike.number] > 0))
            called = [genre_name(GENRES[number]) for number in shared]
            genres = [Fact(EvidenceKind.SHARED_GENRE, f"Both are {found}", 0.3) for found in called]
            text = f"Also {listed(called)}"
            facts_of_genres = float(len(called))
            grounds.append(Ground("content", RecommendationReason.SAME_GENRES, weight, text, genres, facts_of_genres))
        else:
            called = [features.theme_names[number] for number in _both(features.themes, source, alike.number)]
            themes = [Fact(EvidenceKind.SIMILAR_CONTENT, f"Both are about {found}", 0.4) for found in called]
            text = f"Also about {listed(called)}"
            grounds.append(
                Ground("content", RecommendationReason.SIMILAR_STORY, weight, text, themes, 2.0 * len(called))
            )
    return grounds


def _both(lists: Lists, one: int, other: int) -> list[int]:
    """Return what two titles hold both, the weightiest for the first one ahead."""
    own, theirs = lists.of(one), set(lists.items[lists.of(other)].tolist())
    order = np.argsort(-lists.values[own], kind="stable")
    return [int(number) for number in lists.items[own][order] if int(number) in theirs]
