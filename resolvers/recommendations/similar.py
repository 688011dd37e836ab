"""Titles like another."""

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.domain.explanation import Explanation, explain_by
from resolvers.domain.pagination import Page, decode_cursor, list_key, page_size
from resolvers.domain.titles import TitleKind
from resolvers.recommendations.grounds import explained, grounds_of_likeness
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


async def list_similar(
    context: Context, title_id: str, first: int | None, after: str | None, kinds: Sequence[TitleKind] | None
) -> Page[SimilarTitle]:
    """Return a page of at most 200 titles like another, most similar first; like its series for an episode or season.

    Empty for titles nothing is known of; what the profile may not see is left out. Raises BadUserInput for a bad page
    or a foreign cursor.
    """
    size = page_size(first)
    names = None if kinds is None else tuple(sorted({kind.value for kind in kinds}))
    key = list_key("similar", title_id, names)
    position = decode_cursor(key, after)
    loaders = context.loaders(RecommendationLoaders)
    features = (await loaders.snapshot()).features

    async def found(depth: int) -> list[SimilarTitle]:
        return [
            SimilarTitle(title_id, features.ids[alike.number], alike.score, alike)
            for alike in await loaders.similar_by_title.load((title_id, (names, depth)))
        ]

    async def count() -> int:
        return len(await found(MOST_SIMILAR))

    depth = min(MOST_SIMILAR, place_of(position) + size + _SPARE)
    return page_of(key, await found(depth), size, position, count)


async def explain(context: Context, similar: SimilarTitle) -> Explanation:
    """Return what two titles have in common."""
    loaders = context.loaders(RecommendationLoaders)
    source = (await loaders.numbers([similar.source_id])).get(similar.source_id)
    if source is None:
        return explain_by([])
    snapshot = await loaders.snapshot()
    return explain_by(
        await explained(loaders, lambda names: grounds_of_likeness(names, snapshot, source, similar.alike))
    )
