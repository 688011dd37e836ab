"""Recommendations for whoever asks: the viewer's own, or popular and varied ones."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasources.records.catalog import TitleQuery
from resolvers.context import Context
from resolvers.domain.errors import BadUserInput
from resolvers.domain.explanation import Explanation, Ground, explain_by
from resolvers.domain.pagination import Page, decode_cursor, list_key, page_size
from resolvers.domain.ranking import (
    CONTEXT,
    HINT,
    Ints,
    best_of,
    diversify,
    fuse,
    popularity_share,
    relevance_weight,
    scaled,
)
from resolvers.domain.titles import Genre, TitleFilter, TitleKind
from resolvers.domain.titles import checked as checked_filter
from resolvers.loading import Each, each_with
from resolvers.recommendations import moment as moments
from resolvers.recommendations.grounds import (
    Names,
    collaborative_ground,
    content_grounds,
    grounds_each,
    moment_ground,
    popularity_ground,
)
from resolvers.recommendations.likeness import likeness_matrix
from resolvers.recommendations.loaders import RecommendationLoaders
from resolvers.recommendations.model import GENRES, KINDS, Features, Snapshot
from resolvers.recommendations.moment import Moment
from resolvers.recommendations.paging import page_of
from resolvers.recommendations.taste import Taste
from resolvers.users.preferences import subscribed_platforms

__all__ = ["Answer", "Moment", "Recommended", "Wanted", "explain", "recommend"]

LONGEST = 300
"""Recommendations in all; pages run through them."""
_BATCHES = (600, 6000)
"""Candidates looked up in the catalogue: the best; and the next ones, when a filter left too few of those."""


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
class Recommended:
    """One recommended title with what its score is made of; score 0–1, comparable within one answer."""

    id: str
    title_id: str
    rank: int
    score: float
    generated_at: datetime
    number: int
    collaborative: float
    content: float
    popularity: float
    context: float
    fitting: Sequence[str]
    taste: Taste | None
    snapshot: Snapshot


class _Place(NamedTuple):
    """A place in the ranked list; score 0–1."""

    title_id: str
    rank: int
    number: int
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of recommendations, and whether they are the viewer's own."""

    page: Page[Recommended]
    personalized: bool


async def recommend(context: Context, wanted: Wanted, moment: Moment, first: int | None, after: str | None) -> Answer:
    """Return a page of at most 300 recommendations, best first; the same state gives the same answer.

    Raises BadUserInput for a senseless filter, situation or page, Unauthenticated for `on_my_services` of anonymous.
    """
    size, moment = page_size(first), moments.checked(moment)
    _check(wanted)
    if wanted.on_my_services:
        context.require_viewer()
    profile = None if context.viewer is None else context.viewer.profile_id
    key = list_key("recommendations", profile, wanted, moment)
    position = decode_cursor(key, after)
    loaders = context.loaders(RecommendationLoaders)
    snapshot, taste = await loaders.snapshot(), await loaders.taste()
    query = await _query(context, wanted)
    ranked, recommended = await _ranked(context, snapshot, taste, wanted, moment, query, profile)

    async def count() -> int:
        return len(ranked)

    found = page_of(key, ranked, size, position, count)
    items = [(cursor, recommended(place)) for cursor, place in found.items]
    page = Page(items, found.has_next, found.has_previous, count)
    return Answer(page, personalized=taste is not None and not taste.is_new)


def _check(wanted: Wanted) -> None:
    if wanted.max_runtime_minutes is not None and wanted.max_runtime_minutes <= 0:
        raise BadUserInput(f"maxRuntimeMinutes is {wanted.max_runtime_minutes}: leave it out, or give at least 1.")
    checked_filter(TitleFilter(kinds=wanted.kinds, genres=wanted.genres, exclude_genres=wanted.exclude_genres))


async def _query(context: Context, wanted: Wanted) -> TitleQuery:
    """Return what may be recommended, in the words of the catalogue.

    The region is the viewer's own when none is named; it is no condition where nothing is known to be offered there.
    """
    settings = await context.loaders(RecommendationLoaders).settings()
    subscribed, region = None, wanted.region
    if wanted.on_my_services:
        subscribed, own = await subscribed_platforms(context)
        region = region or own or context.default_region
    elif region is None:
        home = settings.preferences.get("region") or context.default_region
        region = home if await context.sources.recommendations.has_offers(home) else None
    return TitleQuery(
        kinds=wanted.kinds,
        genres=wanted.genres,
        exclude_genres=wanted.exclude_genres,
        runtime_max=wanted.max_runtime_minutes,
        max_age=settings.max_age,
        subscribed_ids=subscribed,
        region=region,
    )


async def _ranked(
    context: Context,
    snapshot: Snapshot,
    taste: Taste | None,
    wanted: Wanted,
    moment: Moment,
    query: TitleQuery,
    profile: str | None,
) -> tuple[list[_Place], Callable[[_Place], Recommended]]:
    """Return the whole list, and what makes recommendations (for a page) of its places."""
    features = snapshot.features
    fits = moments.fits(features, moment)
    asked = any(fit.asked for fit in fits)
    nothing = np.zeros(features.size, dtype=np.float32)
    share = 1.0
    if taste is not None:
        share = popularity_share(taste.known + len(taste.favorites) + len(taste.avoided))
    scores = fuse(
        nothing if taste is None else taste.collaborative(),
        nothing if taste is None else scaled(taste.content().total),
        features.popularity,
        share,
        moments.together(fits),
        CONTEXT if asked else HINT,
    )
    total = scores.total
    allowed = _allowed(features, query)
    if taste is not None and wanted.exclude_watched:
        allowed[features.numbers(sorted(taste.watched()))] = False
    pool = await _there(context, features, best_of(total, allowed, sum(_BATCHES)), query)
    order, values = diversify(total[pool], likeness_matrix(features, pool), relevance_weight(share, asked=asked))
    places = [
        _Place(features.ids[number], rank, int(number), float(value))
        for rank, (number, value) in enumerate(zip(pool[order], values, strict=True), start=1)
    ]
    now = context.now()

    def recommended(place: _Place) -> Recommended:
        number = place.number
        return Recommended(
            id=recommendation_id(profile, place.title_id, now.date()),
            title_id=place.title_id,
            rank=place.rank,
            score=place.score,
            generated_at=now,
            number=number,
            collaborative=float(scores.collaborative[number]),
            content=float(scores.content[number]),
            popularity=float(scores.popularity[number]),
            context=float(scores.context[number]),
            fitting=[fit.text for fit in fits if fit.values[number] >= 0.5],
            taste=taste,
            snapshot=snapshot,
        )

    return places, recommended


def _allowed(features: Features, query: TitleQuery) -> NDArray[np.bool_]:
    """Return which titles fit as far as the model knows; the catalogue has the last word."""
    allowed = np.ones(features.size, dtype=np.bool_)
    if query.kinds is not None:
        allowed &= np.isin(features.kinds, [KINDS.index(kind) for kind in query.kinds])
    if query.genres is not None:
        allowed &= (features.genre_bits & _bits(query.genres)) != 0
    if query.exclude_genres is not None:
        allowed &= (features.genre_bits & _bits(query.exclude_genres)) == 0
    if query.runtime_max is not None:
        allowed &= (features.runtimes > 0) & (features.runtimes <= query.runtime_max)
    if query.max_age is not None:
        allowed &= features.ages <= query.max_age
    return allowed


def _bits(genres: Sequence[str]) -> int:
    return sum(1 << GENRES.index(genre) for genre in set(genres))


async def _there(context: Context, features: Features, candidates: Ints, query: TitleQuery) -> Ints:
    """Return the first candidates that the catalogue still has and that fit the filter; one statement, seldom two."""
    found: list[int] = []
    start = 0
    for batch in _BATCHES:
        tried = candidates[start : start + batch]
        if not len(tried) or len(found) >= LONGEST // 2:
            break
        ids = [features.ids[number] for number in tried]
        there = await context.sources.catalog.matching_ids(ids, query)
        found += [int(number) for number, id_ in zip(tried, ids, strict=True) if id_ in there]
        start += batch
    return np.array(found[:LONGEST], dtype=np.int32)


def recommendation_id(profile: str | None, title_id: str, day: date) -> str:
    """Return the id of a recommendation: whom for (not readable), which title, which day; the same for the same."""
    whom = blake2b((profile or "").encode(), digest_size=6).hexdigest()
    content = json.dumps([whom, title_id, day.isoformat()], separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


async def explain(context: Context, recommended: Sequence[Recommended]) -> Each[Explanation]:
    """Return why each title is recommended."""
    makers = [partial(_grounds, one) for one in recommended]
    grounds = await grounds_each(context.loaders(RecommendationLoaders), makers)
    return each_with(
        recommended,
        grounds,
        lambda one, found: explain_by(found, cold=one.taste is None or one.taste.is_new),
    )


def _grounds(recommended: Recommended, names: Names) -> list[Ground]:
    taste, number = recommended.taste, recommended.number
    found = [popularity_ground(recommended.snapshot, number, recommended.popularity)]
    if recommended.context > 0:
        found.append(moment_ground(recommended.fitting, recommended.context))
    if taste is not None:
        found += content_grounds(names, taste, number, recommended.content)
        like = collaborative_ground(names, taste, number, recommended.collaborative)
        if like is not None:
            found.append(like)
    return found
