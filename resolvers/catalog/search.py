"""Search by words, and completions while typing."""

from dataclasses import dataclass, replace
from enum import StrEnum
from time import perf_counter
from typing import Any

from datasources.errors import SearchUnavailable
from datasources.records.catalog import PersonRecord, TitleRecord
from datasources.search import DocumentType
from resolvers.catalog.loaders import CatalogLoaders
from resolvers.catalog.titles import title_query
from resolvers.context import Context
from resolvers.domain.errors import BadUserInput
from resolvers.domain.highlights import TextSpan, prefix_spans, snippet, spans_of, words
from resolvers.domain.identifiers import parse_id
from resolvers.domain.pagination import Page, cut_page, decode_cursor, list_key, page_size, whole
from resolvers.domain.titles import TitleFilter

_CANDIDATES = 1000
"""How many hits are looked at before filters; more than anybody pages through."""

_LONGEST_QUERY = 500
_LONGEST_PREFIX = 100
_MOST_SUGGESTIONS = 20


class SearchIntent(StrEnum):
    """What a search is after."""

    FIND = "FIND"
    BROWSE = "BROWSE"
    RECOMMEND = "RECOMMEND"
    EXACT = "EXACT"


class MatchReasonKind(StrEnum):
    """What made a title match."""

    NAME = "NAME"
    ALTERNATIVE_NAME = "ALTERNATIVE_NAME"
    PERSON = "PERSON"
    DESCRIPTION = "DESCRIPTION"
    MEANING = "MEANING"
    GENRE = "GENRE"
    MOOD = "MOOD"
    FILTER = "FILTER"
    LIKE_TITLE = "LIKE_TITLE"
    POPULARITY = "POPULARITY"
    PERSONAL = "PERSONAL"


@dataclass(frozen=True, slots=True)
class MatchReason:
    """One reason for a hit; `weight` is its share of the score, 0–1."""

    kind: MatchReasonKind
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Highlight:
    """A matched stretch of text in a field of Title."""

    field: str
    snippet: str
    spans: list[TextSpan]


@dataclass(frozen=True, slots=True)
class Found:
    """A hit: the title, its score (0–1 within the answer) and why it is here."""

    title: TitleRecord
    score: float
    reasons: list[MatchReason]
    highlights: list[Highlight]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of hits, what was searched for, what was missing, and the milliseconds it took."""

    page: Page[Found]
    text: str
    intent: SearchIntent
    degraded: str | None
    took_ms: float


@dataclass(frozen=True, slots=True)
class _Ranked:
    rank: int
    id: str
    score: float


async def search(
    context: Context, query: str, wanted: TitleFilter, first: int | None, after: str | None
) -> SearchAnswer:
    """Return titles found by words, best first; raise BadUserInput for a query of 0 or more than 500 characters."""
    started = perf_counter()
    text = query.strip()
    if not text:
        raise BadUserInput("The query is empty: type at least one character, or use titles to browse.")
    if len(text) > _LONGEST_QUERY:
        raise BadUserInput(f"The query has {len(text)} characters; at most {_LONGEST_QUERY} are searched.")
    size = page_size(first)
    chosen = await title_query(context, wanted)
    key = list_key("search", text, chosen)
    position = decode_cursor(key, after, _rank, parse_id)
    kinds = None if wanted.kinds is None else [kind.value for kind in wanted.kinds]
    degraded = None
    try:
        hits = await context.sources.index.search(text, kinds, _CANDIDATES)
        if await context.sources.index.watermark() is None:
            degraded = "keyword: the index is being built, more will be found in a moment"
    except SearchUnavailable:
        hits, degraded = [], "keyword: index unavailable"
    selected = await context.sources.catalog.matching_ids([hit.id for hit in hits], chosen) if hits else set()
    best = hits[0].score if hits else 1.0
    ranked = [
        _Ranked(rank, hit.id, round(hit.score / best, 6))
        for rank, hit in enumerate(hit for hit in hits if hit.id in selected)
    ]
    start = position[0] + 1 if position else 0

    async def count() -> int:
        return len(ranked)

    page = cut_page(key, ranked[start : start + size + 1], size, position, lambda hit: (hit.rank, hit.id), count)
    found = await _explained(context, text, page.nodes)
    items = [(cursor, found[hit.id]) for cursor, hit in page.items if hit.id in found]
    took = (perf_counter() - started) * 1000
    explained = Page(items, page.has_next, page.has_previous, page.count)
    return SearchAnswer(explained, text, SearchIntent.FIND, degraded, round(took, 3))


def _rank(value: Any) -> int:
    rank = whole(value)
    if rank < 0:
        raise ValueError(value)
    return rank


async def _explained(context: Context, text: str, hits: list[_Ranked]) -> dict[str, Found]:
    loaders = context.loaders(CatalogLoaders)
    ids = [hit.id for hit in hits]
    titles = await loaders.title_by_id.load_many(ids)
    names = await loaders.names_by_title.load_many(ids)
    descriptions = await loaders.descriptions_by_title.load_many(ids)
    credits_ = await loaders.credits_by_title.load_many([(id_, (None, 30, None)) for id_ in ids])
    people = await loaders.person_by_id.load_many([credit.person_id for found in credits_ for credit in found])
    person_names = {person.id: person.name for person in people if person is not None}
    wanted = words(text)
    answer: dict[str, Found] = {}
    for hit, title, other, described, credited in zip(hits, titles, names, descriptions, credits_, strict=True):
        if title is None:
            continue
        evidence = _Evidence(wanted)
        evidence.text(MatchReasonKind.NAME, 4.0, "name", title.name, "The name has")
        for alternative in dict.fromkeys([title.original_name or title.name, *(name.text for name in other)]):
            if alternative != title.name:
                evidence.text(MatchReasonKind.ALTERNATIVE_NAME, 2.5, "names", alternative, "Another name has")
        for credit in credited:
            name = person_names.get(credit.person_id, "")
            evidence.text(MatchReasonKind.PERSON, 2.0, "credits", name, f"{name} worked on it:")
        for genre in title.genres:
            evidence.label(MatchReasonKind.GENRE, genre, "Genre")
        for mood in [*title.moods, *title.themes]:
            evidence.label(MatchReasonKind.MOOD, mood, "Mood or theme")
        for description in described:
            evidence.text(MatchReasonKind.DESCRIPTION, 1.0, "description", description.text, "The description has")
        answer[hit.id] = Found(title, hit.score, evidence.reasons(), evidence.highlights)
    return answer


class _Evidence:
    """Collects where the words of a query occur in a title, weighted as the index weighs its fields."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = frozenset(wanted)
        self._best: dict[MatchReasonKind, MatchReason] = {}
        self.highlights: list[Highlight] = []

    def _add(self, kind: MatchReasonKind, text: str, weight: float) -> None:
        known = self._best.get(kind)
        if known is None or known.weight < weight:
            self._best[kind] = MatchReason(kind, text, weight)

    def text(self, kind: MatchReasonKind, weight: float, field: str, text: str, lead: str) -> None:
        """Look for the words in one text of the title."""
        spans = spans_of(text, self._wanted)
        if not spans:
            return
        seen = list(dict.fromkeys(text[span.start : span.end] for span in spans))
        self._add(kind, f"{lead} {', '.join(f'“{word}”' for word in seen[:3])}.", weight * len(seen))
        self.highlights.append(Highlight(field, *snippet(text, spans)))

    def label(self, kind: MatchReasonKind, label: str, lead: str) -> None:
        """Look for the words in a genre, mood or theme."""
        readable = label.replace("_", " ").lower()
        if seen := self._wanted.intersection(words(readable)):
            self._add(kind, f"{lead}: {readable}.", float(len(seen)))

    def reasons(self) -> list[MatchReason]:
        """Return the reasons, strongest first, with weights that sum to 1."""
        total = sum(reason.weight for reason in self._best.values())
        if not total:  # the index folds some words differently than we do; the hit is still its
            return [MatchReason(MatchReasonKind.DESCRIPTION, "Its texts match the query.", 1.0)]
        ordered = sorted(self._best.values(), key=lambda reason: -reason.weight)
        return [replace(reason, weight=round(reason.weight / total, 4)) for reason in ordered]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: the text, where the typed letters lie in it, a score 0–1, and what it leads to."""

    text: str
    spans: list[TextSpan]
    score: float
    target: TitleRecord | PersonRecord


async def suggest(context: Context, prefix: str, first: int | None) -> list[Suggestion]:
    """Return completions, best first; raise BadUserInput for 0 or more than 100 characters, or more than 20 wanted."""
    typed = prefix.strip()
    if not 0 < len(typed) <= _LONGEST_PREFIX:
        raise BadUserInput(f"prefix needs 1–{_LONGEST_PREFIX} characters.")
    size = page_size(first, default=8, maximum=_MOST_SUGGESTIONS)
    try:
        hits = await context.sources.index.suggest(typed, size) if size else []
    except SearchUnavailable:
        hits = []  # completions are a convenience: none is a fair answer while the index is away
    loaders = context.loaders(CatalogLoaders)
    title_ids = [hit.id for hit in hits if hit.type is DocumentType.TITLE]
    person_ids = [hit.id for hit in hits if hit.type is DocumentType.PERSON]
    titles = await loaders.title_by_id.load_many(title_ids)
    people = await loaders.person_by_id.load_many(person_ids)
    targets = {record.id: record for record in [*titles, *people] if record is not None}
    best = hits[0].score if hits else 1.0
    return [
        Suggestion(hit.name, prefix_spans(hit.name, typed), round(hit.score / best, 6), targets[hit.id])
        for hit in hits
        if hit.id in targets
    ]
