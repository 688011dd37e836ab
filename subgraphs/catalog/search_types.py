"""What a search takes and gives."""

from enum import StrEnum
from typing import Annotated

import strawberry

from datasources.records.catalog import TitleRecord
from resolvers.catalog import search
from resolvers.catalog.search import MatchReasonKind, SearchIntent
from resolvers.domain import titles as vocabulary
from resolvers.domain.highlights import TextSpan as Stretch
from resolvers.domain.titles import Span, TitleSort, TrendWindow
from subgraphs.catalog.types import Person, Title
from subgraphs.enums import Genre, TitleKind
from subgraphs.pagination import PageInfo
from subgraphs.scalars import Language, Region


@strawberry.input(
    description="An inclusive range of whole numbers; a missing end is open; min > max is BAD_USER_INPUT."
)
class IntRange:
    """An inclusive range of whole numbers."""

    min: int | None = None
    max: int | None = None


def _span(span: IntRange | None) -> Span:
    return Span() if span is None else Span(span.min, span.max)


@strawberry.input(description="Narrows titles; fields combine with AND, values within a list with OR.")
class TitleFilter:
    """Narrows titles."""

    kinds: list[TitleKind] | None = strawberry.field(
        description="Default: everything but seasons and episodes.", default=None
    )
    genres: list[Genre] | None = None
    exclude_genres: list[Genre] | None = None
    release_year: IntRange | None = None
    runtime_minutes: IntRange | None = None
    min_rating: float | None = strawberry.field(description="Lowest weighted rating, 0–10.", default=None)
    max_age: int | None = strawberry.field(
        description="Highest minimumAge in years; unrated titles are left out.", default=None
    )
    original_languages: list[Language] | None = None
    countries: list[Region] | None = None
    person_ids: list[strawberry.ID] | None = None
    moods: list[str] | None = None
    platform_ids: list[strawberry.ID] | None = strawberry.field(
        description="Offered on any of these platforms (in `region`).", default=None
    )
    region: Region | None = strawberry.field(description="Offered in this region.", default=None)
    on_my_services: bool | None = strawberry.field(
        description="Only what the viewer's subscriptions cover; UNAUTHENTICATED for anonymous.", default=False
    )


def rule_of(wanted: TitleFilter | None) -> vocabulary.TitleFilter:
    """Return what a filter says, in the words of the domain."""
    if wanted is None:
        return vocabulary.TitleFilter()
    return vocabulary.TitleFilter(
        kinds=wanted.kinds,
        genres=wanted.genres,
        exclude_genres=wanted.exclude_genres,
        release_year=_span(wanted.release_year),
        runtime_minutes=_span(wanted.runtime_minutes),
        min_rating=wanted.min_rating,
        max_age=wanted.max_age,
        original_languages=wanted.original_languages,
        countries=wanted.countries,
        person_ids=wanted.person_ids,
        moods=wanted.moods,
        platform_ids=wanted.platform_ids,
        region=wanted.region,
        on_my_services=bool(wanted.on_my_services),
    )


strawberry.enum(TitleSort, description="Order of titles; ties by id.")
strawberry.enum(TrendWindow, description="Span of time trends are counted over.")
strawberry.enum(MatchReasonKind, description="What made a title match.")
strawberry.enum(SearchIntent, description="What a search is after.")


@strawberry.input(description="A search.")
class SearchInput:
    """A search."""

    query: str = strawberry.field(
        description="What the viewer typed, 1–500 characters after trimming; natural language welcome."
    )
    first: int | None = 20
    after: str | None = None
    filter: TitleFilter | None = strawberry.field(
        description="Added to what the query says; wins where both speak of the same thing.", default=None
    )


@strawberry.type(description="A stretch of text, in Unicode code points: start inclusive, end exclusive.")
class TextSpan:
    """A stretch of text."""

    start: int
    end: int


def _spans(spans: list[Stretch]) -> list[TextSpan]:
    return [TextSpan(start=span.start, end=span.end) for span in spans]


@strawberry.type(description="One reason for a hit.")
class MatchReason:
    """One reason for a hit."""

    kind: MatchReasonKind
    text: str = strawberry.field(description="A sentence for people.")
    weight: float = strawberry.field(description="Share of the score, 0–1.")


@strawberry.type(description="A matched stretch of text.")
class Highlight:
    """A matched stretch of text."""

    field: str = strawberry.field(description="Field of Title.")
    snippet: str = strawberry.field(description="Plain text around the match.")
    spans: list[TextSpan] = strawberry.field(description="Where the matches lie in snippet.")


@strawberry.enum(description="What a filter found in a query speaks of.")
class InterpretedField(StrEnum):
    """What a filter found in a query speaks of."""

    GENRE = "GENRE"
    RELEASE_YEAR = "RELEASE_YEAR"
    RUNTIME = "RUNTIME"
    RATING = "RATING"
    AGE = "AGE"
    LANGUAGE = "LANGUAGE"
    COUNTRY = "COUNTRY"
    PERSON = "PERSON"
    PLATFORM = "PLATFORM"
    REGION = "REGION"
    ON_MY_SERVICES = "ON_MY_SERVICES"
    KIND = "KIND"
    MOOD = "MOOD"
    OCCASION = "OCCASION"
    LIKE_TITLE = "LIKE_TITLE"
    SORT = "SORT"


@strawberry.type(description="A filter read out of the query.")
class InterpretedFilter:
    """A filter read out of the query."""

    id: str = strawberry.field(
        description="Stable within the query; pass it in SearchInput.ignoreFilters to switch it off."
    )
    field: InterpretedField
    label: str = strawberry.field(description="For people, e.g. `under 120 minutes`.")
    values: list[str] = strawberry.field(description="Canonical values: enum names, ids, codes; empty for ranges.")
    min: float | None = strawberry.field(description="Lower bound of a range; null when open or no range.")
    max: float | None = strawberry.field(description="Upper bound of a range; null when open or no range.")
    negated: bool = strawberry.field(description="True for `not …`.")
    applied: bool = strawberry.field(description="False when switched off or overruled by SearchInput.filter.")
    span: TextSpan = strawberry.field(description="The stretch of the query it came from.")


@strawberry.enum(description="What can be counted.")
class FacetField(StrEnum):
    """What can be counted."""

    KIND = "KIND"
    GENRE = "GENRE"
    DECADE = "DECADE"
    COUNTRY = "COUNTRY"
    LANGUAGE = "LANGUAGE"
    PLATFORM = "PLATFORM"
    RUNTIME_BAND = "RUNTIME_BAND"
    RATING_BAND = "RATING_BAND"
    AGE = "AGE"
    MOOD = "MOOD"


@strawberry.type(description="One value and how often it occurs.")
class FacetValue:
    """One value and how often it occurs."""

    value: str = strawberry.field(description="Enum name, id, code or band.")
    label: str
    count: int


@strawberry.type(description="Counts over one field.")
class Facet:
    """Counts over one field."""

    field: FacetField
    values: list[FacetValue] = strawberry.field(description="Largest first, at most 50.")


@strawberry.type(description="How the query was understood.")
class SearchInterpretation:
    """How the query was understood."""

    text: str = strawberry.field(
        description="What was left to search for as text; empty when everything became filters."
    )
    intent: SearchIntent
    filters: list[InterpretedFilter]
    expanded_terms: list[str] = strawberry.field(description="Words added by expansion.")
    did_you_mean: str | None = strawberry.field(description="Corrected query; null when the spelling looks right.")
    parser: str = strawberry.field(description="`deterministic`, `llm`, or `off`.")


@strawberry.type(description="A hit.")
class SearchEdge:
    """A hit."""

    cursor: str
    node: Title
    score: float = strawberry.field(description="Fused score, 0–1; comparable within one answer only.")
    match_reasons: list[MatchReason] = strawberry.field(description="Why it is here, strongest first; never empty.")
    highlights: list[Highlight]

    @classmethod
    def of(cls, cursor: str, found: search.Found) -> "SearchEdge":
        """Return the hit as the graph shows it."""
        return cls(
            cursor=cursor,
            node=Title.of(found.title),
            score=found.score,
            match_reasons=[
                MatchReason(kind=reason.kind, text=reason.text, weight=reason.weight) for reason in found.reasons
            ],
            highlights=[
                Highlight(field=highlight.field, snippet=highlight.snippet, spans=_spans(highlight.spans))
                for highlight in found.highlights
            ],
        )


@strawberry.type(description="Titles found, best first.")
class SearchConnection:
    """Titles found, best first."""

    edges: list[SearchEdge]
    page_info: PageInfo
    total_count: int | None = strawberry.field(description="Null when counting would cost too much.")
    interpretation: SearchInterpretation
    facets: list[Facet] = strawberry.field(description="Over the whole result set, in the order asked for.")
    degraded: bool = strawberry.field(description="True when a leg was down and the rest answered.")
    degraded_reason: str | None = strawberry.field(
        description="What was missing, e.g. `vector: index unavailable`; null unless degraded."
    )
    took_ms: float = strawberry.field(description="Time spent on the server, milliseconds.")

    @classmethod
    async def of(cls, answer: search.SearchAnswer) -> "SearchConnection":
        """Return a page of hits."""
        page = answer.page
        return cls(
            edges=[SearchEdge.of(cursor, found) for cursor, found in page.items],
            page_info=PageInfo.of(page),
            total_count=await page.count() if page.count is not None else None,
            interpretation=SearchInterpretation(
                text=answer.text, intent=answer.intent, filters=[], expanded_terms=[], did_you_mean=None, parser="off"
            ),
            facets=[],
            degraded=answer.degraded is not None,
            degraded_reason=answer.degraded,
            took_ms=answer.took_ms,
        )


SuggestionTarget = Annotated[
    Title | Person, strawberry.union(name="SuggestionTarget", description="What a suggestion leads to.")
]


@strawberry.type(description="A completion while typing.")
class Suggestion:
    """A completion while typing."""

    text: str = strawberry.field(description="Text to show.")
    spans: list[TextSpan] = strawberry.field(description="Where the typed letters lie in text.")
    score: float = strawberry.field(description="0–1, comparable within one answer only.")
    target: SuggestionTarget

    @classmethod
    def of(cls, found: search.Suggestion) -> "Suggestion":
        """Return the completion as the graph shows it."""
        target = Title.of(found.target) if isinstance(found.target, TitleRecord) else Person.of(found.target)
        return cls(text=found.text, spans=_spans(found.spans), score=found.score, target=target)
