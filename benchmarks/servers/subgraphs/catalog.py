"""Titles by id and by page."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import strawberry

from benchmarks.servers.store import store
from benchmarks.servers.types import AudienceRating, ExternalIds, Genre, TitleKind
from subgraphs.batch import Each, Reference, batched


def _referred_to(references: Sequence[Reference], info: strawberry.Info) -> "Each[Title | None]":  # noqa: ARG001 – always passed
    return [title_by_id().get(reference["id"]) for reference in references]


@strawberry.federation.type(keys=["id"])
class Title:
    """Anything watchable."""

    id: strawberry.ID
    kind: TitleKind
    name: str
    original_name: str | None
    tagline: str | None
    release_year: int | None
    runtime_minutes: int | None
    genres: list[Genre]
    countries: list[str]
    popularity: float
    external_ids: ExternalIds
    rating: AudienceRating | None
    updated_at: datetime

    @classmethod
    @batched(_referred_to)
    def resolve_reference(cls, id: strawberry.ID) -> "Title | None":  # noqa: A002 – the key's name
        """Return the title another subgraph refers to, None when unknown."""
        return title_by_id().get(id)


@cache
def all_titles() -> list[Title]:
    """Return all titles, in order."""
    return [Title(**title) for title in store().titles]


@cache
def title_by_id() -> dict[str, Title]:
    """Return all titles by id."""
    return {title.id: title for title in all_titles()}


@strawberry.type
class Query:
    """Where to start."""

    @strawberry.field
    def title(self, id: strawberry.ID) -> Title | None:  # noqa: A002 – the argument's name
        """Return the title of an id, None when unknown."""
        return title_by_id().get(id)

    @strawberry.field
    def titles(self, offset: int, first: int) -> list[Title]:
        """Return a page of titles."""
        return all_titles()[offset : offset + first]
