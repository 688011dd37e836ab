"""Titles like another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from resolvers.context import Context
from resolvers.domain.explanation import Explanation, Ground, explain_by
from resolvers.domain.pagination import Page, Position, decode_cursor, list_key, page_size
from resolvers.domain.titles import TitleKind
from resolvers.loading import Each, each, each_with, load_each
from resolvers.recommendations.grounds import Names, grounds_each, grounds_of_likeness
from resolvers.recommendations.likeness import MOST_SIMILAR, Alike
from resolvers.recommendations.loaders import RecommendationLoaders
from resolvers.recommendations.paging import page_of, place_of

_SPARE = 10
"""Looked at beyond the page, in place of titles that are gone since the model was made."""


@dataclass(frozen=True, slots=True)
class SimilarTitle:
    """A title like another; score 0–1."""

    source_id: str
    title_id: str
    score: float
    alike: Alike


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page of the titles like one begins, and how many of them are looked at."""

    title_id: str
    key: str
    position: Position | None
    depth: int


async def list_similar(
    context: Context,
    title_ids: Sequence[str],
    first: int | None,
    after: str | None,
    kinds: Sequence[TitleKind] | None,
) -> Each[Page[SimilarTitle]]:
    """Return a page of at most 200 titles like each one, most similar first; like its series for an episode or season.

    Empty for titles nothing is known of; what the profile may not see is left out. Raises BadUserInput for a bad page;
    it stands in place of the titles that a cursor does not belong to.
    """
    size = page_size(first)
    names = None if kinds is None else tuple(sorted({kind.value for kind in kinds}))
    loaders = context.loaders(RecommendationLoaders)
    features = (await loaders.snapshot()).features

    def start(title_id: str) -> _Start:
        key = list_key("similar", title_id, names)
        position = decode_cursor(key, after)
        return _Start(title_id, key, position, min(MOST_SIMILAR, place_of(position) + size + _SPARE))

    def page(of: _Start, found: list[Alike]) -> Page[SimilarTitle]:
        async def count() -> int:
            return len(await loaders.similar_by_title.load((of.title_id, (names, MOST_SIMILAR))))

        similar = [SimilarTitle(of.title_id, features.ids[alike.number], alike.score, alike) for alike in found]
        return page_of(of.key, similar, size, of.position, count)

    starts = each(title_ids, start)
    found = await load_each(loaders.similar_by_title, each(starts, lambda of: (of.title_id, (names, of.depth))))
    return each_with(starts, found, page)


async def explain(context: Context, similar: Sequence[SimilarTitle]) -> Each[Explanation]:
    """Return what the two titles of each pair have in common."""
    loaders = context.loaders(RecommendationLoaders)
    numbers = await loaders.numbers(list(dict.fromkeys(one.source_id for one in similar)))
    snapshot = await loaders.snapshot()

    def grounds(one: SimilarTitle, names: Names) -> Sequence[Ground]:
        source = numbers.get(one.source_id)
        return [] if source is None else grounds_of_likeness(names, snapshot, source, one.alike)

    return each(await grounds_each(loaders, [partial(grounds, one) for one in similar]), explain_by)
