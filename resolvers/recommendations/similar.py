"""Titles like another."""

from collections.abc import Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.domain.explanation import Explanation
from resolvers.domain.pagination import Page
from resolvers.domain.titles import TitleKind


@dataclass(frozen=True, slots=True)
class SimilarTitle:
    """A title like another; score 0–1."""

    source_id: str
    title_id: str
    score: float


async def list_similar(
    context: Context, title_id: str, first: int | None, after: str | None, kinds: Sequence[TitleKind] | None
) -> Page[SimilarTitle]:
    """Return a page of similar titles, most similar first."""
    raise NotImplementedError


async def explain(context: Context, similar: SimilarTitle) -> Explanation:
    """Return what two titles have in common."""
    raise NotImplementedError
