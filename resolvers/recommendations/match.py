"""How well one title fits the viewer."""

from collections.abc import Sequence

from resolvers.context import Context
from resolvers.domain.explanation import Explanation


async def match_score(
    context: Context, genres: Sequence[str], release_year: int | None, clusters: Sequence[int]
) -> float | None:
    """Return the match, 0–1."""
    raise NotImplementedError


async def why_for_me(context: Context, title_id: str) -> Explanation | None:
    """Return why a title would (or would not) suit the viewer."""
    raise NotImplementedError
