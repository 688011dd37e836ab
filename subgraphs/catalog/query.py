"""What a client may ask the catalog."""

import strawberry

from resolvers.catalog import people, search, titles
from resolvers.domain.titles import ExternalIdSource, TitleSort, TrendWindow
from subgraphs.catalog.search_types import (
    SearchConnection,
    SearchInput,
    Suggestion,
    TitleFilter,
    rule_of,
)
from subgraphs.catalog.types import Person, Title, TitleConnection
from subgraphs.enums import Genre, TitleKind
from subgraphs.permissions import Info
from subgraphs.scalars import Language, Region

_GENRE_NAMES = {Genre.SCIENCE_FICTION: "Science fiction"}


@strawberry.type(description="A canonical genre with its texts.")
class GenreInfo:
    """A canonical genre with its texts."""

    genre: Genre
    title_count: int = strawberry.field(description="Titles of the catalogue that have it.")

    @strawberry.field
    def name(self, language: Language | None = None) -> str:  # noqa: ARG002 – English only, so far
        """Return the genre in words."""
        genre = self.genre
        return _GENRE_NAMES.get(genre, genre.value.capitalize())


@strawberry.type(description="Reads.")
class Query:
    """Reads."""

    @strawberry.field(description="Null with NOT_FOUND for an unknown id, BAD_USER_INPUT for a malformed one.")
    async def title(self, info: Info, id: strawberry.ID) -> Title | None:  # noqa: A002 – the contract's argument
        """Return one title."""
        return Title.of(await titles.get_title(info.context, id))

    @strawberry.field(description="In the order of ids (at most 100), null where unknown (no error).")
    async def titles_by_ids(self, info: Info, ids: list[strawberry.ID]) -> list[Title | None]:
        """Return several titles."""
        found = await titles.get_titles(info.context, list(ids))
        return [None if title is None else Title.of(title) for title in found]

    @strawberry.field(description="Null when unknown (no error); kind is required for TMDB.")
    async def title_by_external_id(
        self,
        info: Info,
        source: ExternalIdSource,
        id: str,  # noqa: A002 – the contract's argument
        kind: TitleKind | None = None,
    ) -> Title | None:
        """Return the title another catalogue knows under an id."""
        found = await titles.find_by_external_id(info.context, source, id, kind)
        return None if found is None else Title.of(found)

    @strawberry.field
    async def titles(
        self,
        info: Info,
        filter: TitleFilter | None = None,  # noqa: A002 – the contract's argument
        sort: TitleSort | None = TitleSort.POPULARITY,
        first: int | None = 20,
        after: str | None = None,
    ) -> TitleConnection:
        """Return the titles a filter selects."""
        order = sort or TitleSort.POPULARITY
        return TitleConnection.of(await titles.list_titles(info.context, rule_of(filter), order, first, after))

    @strawberry.field(description="Null with NOT_FOUND for an unknown id.")
    async def person(self, info: Info, id: strawberry.ID) -> Person | None:  # noqa: A002 – the contract's argument
        """Return one person."""
        return Person.of(await people.get_person(info.context, id))

    @strawberry.field
    async def genres(self, info: Info) -> list[GenreInfo]:
        """Return the 18 genres."""
        counts = await titles.genre_counts(info.context)
        return [GenreInfo(genre=genre, title_count=count) for genre, count in counts.items()]

    @strawberry.field(description="What gets attention now; everywhere when region is omitted.")
    async def trending(
        self,
        info: Info,
        region: Region | None = None,
        window: TrendWindow | None = TrendWindow.WEEK,
        kinds: list[TitleKind] | None = None,
        first: int | None = 20,
        after: str | None = None,
    ) -> TitleConnection:
        """Return what gets attention now."""
        span = window or TrendWindow.WEEK
        return TitleConnection.of(await titles.list_trending(info.context, region, span, kinds, first, after))

    @strawberry.field
    async def search(self, info: Info, input: SearchInput) -> SearchConnection:  # noqa: A002 – the contract's argument
        """Return titles found by words."""
        answer = await search.search(info.context, input.query, rule_of(input.filter), input.first, input.after)
        return await SearchConnection.of(answer)

    @strawberry.field(description="Typo-tolerant completions of 1–100 characters; first ≤ 20.")
    async def suggest(
        self,
        info: Info,
        prefix: str,
        first: int | None = 8,
        language: Language | None = None,  # noqa: ARG002 – all languages are completed at once, so far
    ) -> list[Suggestion]:
        """Return completions."""
        return [Suggestion.of(found) for found in await search.suggest(info.context, prefix, first)]
