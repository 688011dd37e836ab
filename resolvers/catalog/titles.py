"""Titles: one, several, lists, what is talked about, and what a title consists of."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from datasources.records.catalog import TextRecord, TitleQuery, TitleRecord
from resolvers.catalog.loaders import CatalogLoaders
from resolvers.catalog.pages import OwnLists, pages_each
from resolvers.context import Context
from resolvers.domain import quality
from resolvers.domain.errors import BadUserInput, NotFound
from resolvers.domain.identifiers import parse_id, parse_ids
from resolvers.domain.pagination import (
    Page,
    cut_page,
    day,
    decode_cursor,
    instant,
    list_key,
    number,
    page_size,
    plain_text,
    whole,
)
from resolvers.domain.texts import best_text, of_languages
from resolvers.domain.titles import (
    TREND_DAYS,
    ExternalIdSource,
    Genre,
    TitleFilter,
    TitleKind,
    TitleSort,
    TrendWindow,
    checked,
)
from resolvers.loading import Each, alone, each, each_with, load_each
from resolvers.users.preferences import subscribed_platforms


async def titles_by_ids(context: Context, ids: Each[str]) -> Each[TitleRecord | None]:
    """Return the title of each id, None where unknown; BadUserInput in place of a malformed one."""
    keys = each(ids, lambda id_: parse_id(id_, what="title id"))
    return await load_each(context.loaders(CatalogLoaders).title_by_id, keys)


async def require_titles(context: Context, ids: Sequence[str]) -> Each[TitleRecord]:
    """Return the title of each id as we keep it, NotFound in place of one that is not there."""
    found = await load_each(context.loaders(CatalogLoaders).title_by_id, ids)
    return each_with(ids, found, _require)


def _require(id_: str, title: TitleRecord | None) -> TitleRecord:
    if title is None:
        raise NotFound(f"There is no title {id_}.")
    return title


async def get_title(context: Context, id_: str) -> TitleRecord:
    """Return the title; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    return _require(id_, await alone(titles_by_ids(context, [id_])))


async def get_titles(context: Context, ids: list[str]) -> list[TitleRecord | None]:
    """Return titles in the order of `ids` (at most 100), None where unknown."""
    return list(await context.loaders(CatalogLoaders).title_by_id.load_many(parse_ids(ids, what="title id")))


async def find_by_external_id(
    context: Context, source: ExternalIdSource, key: str, kind: TitleKind | None
) -> TitleRecord | None:
    """Return the title another catalogue knows under `key`, None when unknown.

    TMDB numbers movies and series apart: raises BadUserInput for a TMDB id without a kind.
    """
    key = key.strip()
    if not 0 < len(key) <= 100 or "\x00" in key:
        raise BadUserInput("An external id has 1–100 characters, e.g. tt0133093 with source IMDB.")
    tmdb_type = None
    if source is ExternalIdSource.TMDB:
        if kind is None:
            raise BadUserInput("TMDB numbers movies and series apart: pass kind with a TMDB id.")
        tmdb_type = "tv" if kind in {TitleKind.SERIES, TitleKind.SEASON, TitleKind.EPISODE} else "movie"
    return await context.sources.catalog.title_by_external_id(source.value.lower(), key, tmdb_type)


async def title_query(context: Context, wanted: TitleFilter) -> TitleQuery:
    """Return what a filter means to the store; raise BadUserInput for a senseless one.

    `on_my_services` becomes the platforms the viewer subscribes to, in the filter's region or the viewer's own;
    raises Unauthenticated for anonymous.
    """
    wanted = checked(wanted)
    subscribed, region = None, wanted.region
    if wanted.on_my_services:
        context.require_viewer()
        subscribed, own_region = await subscribed_platforms(context)
        region = region or own_region
    return TitleQuery(
        kinds=wanted.kinds,
        genres=wanted.genres,
        exclude_genres=wanted.exclude_genres,
        year_min=wanted.release_year.min,
        year_max=wanted.release_year.max,
        runtime_min=wanted.runtime_minutes.min,
        runtime_max=wanted.runtime_minutes.max,
        min_rating=wanted.min_rating,
        max_age=wanted.max_age,
        languages=wanted.original_languages,
        countries=wanted.countries,
        person_ids=wanted.person_ids,
        moods=wanted.moods,
        platform_ids=wanted.platform_ids,
        subscribed_ids=subscribed,
        region=region,
    )


def _number_text(value: Any) -> str:
    return repr(number(value))


def _whole_text(value: Any) -> str:
    return str(whole(int(value)))


def _instant_text(value: Any) -> str:
    return instant(value).isoformat()


_SORT_VALUES: dict[TitleSort, Callable[[Any], str]] = {
    TitleSort.POPULARITY: _number_text,
    TitleSort.RATING: _number_text,
    TitleSort.NEWEST: _whole_text,
    TitleSort.OLDEST: _whole_text,
    TitleSort.NAME: plain_text,
    TitleSort.SHORTEST: _whole_text,
    TitleSort.LONGEST: _whole_text,
    TitleSort.RECENTLY_ADDED: _instant_text,
}
"""What the sort value in a cursor may be: text, as the database wrote it."""


async def list_titles(
    context: Context, wanted: TitleFilter, sort: TitleSort, first: int | None, after: str | None
) -> Page[TitleRecord]:
    """Return a page of the titles a filter selects; raise BadUserInput for bad input."""
    size = page_size(first)
    query = await title_query(context, wanted)
    key = list_key("titles", query, sort)
    position = decode_cursor(key, after, _SORT_VALUES[sort], parse_id)
    store = context.sources.catalog
    found = await store.titles(query, sort.value, size + 1, (position[0], position[1]) if position else None)
    page = cut_page(key, found, size, position, lambda pair: (pair[0], pair[1].id), lambda: store.count_titles(query))
    return _bare(context, page)


async def list_trending(
    context: Context,
    region: str | None,
    window: TrendWindow,
    kinds: Sequence[TitleKind] | None,
    first: int | None,
    after: str | None,
) -> Page[TitleRecord]:
    """Return what gets attention now: summed over the last days in a region or everywhere, then by popularity.

    All pages of one list sum over the same days, though midnight may pass between them.
    """
    size = page_size(first)
    key = list_key("trending", window, region, kinds)
    position = decode_cursor(key, after, day, _number_text, parse_id)
    since = position[0] if position else context.now().date() - timedelta(days=TREND_DAYS[window] - 1)
    found = await context.sources.catalog.trending(
        since, region, kinds, size + 1, (position[1], position[2]) if position else None
    )
    page = cut_page(key, found, size, position, lambda pair: (since.isoformat(), pair[0], pair[1].id))
    return _bare(context, page)


def _bare(context: Context, page: Page[tuple[str, TitleRecord]]) -> Page[TitleRecord]:
    """Drop the sort values, and let the request remember the titles."""
    items = [(cursor, title) for cursor, (_, title) in page.items]
    context.loaders(CatalogLoaders).remember([title for _, title in items])
    return Page(items, page.has_next, page.has_previous, page.count)


async def list_children(
    context: Context, parents: Sequence[str], first: int | None, after: str | None
) -> Each[Page[TitleRecord]]:
    """Return seasons of each series or episodes of each season, in order."""
    size = page_size(first)
    loaders = context.loaders(CatalogLoaders)
    lists: OwnLists[TitleRecord] = OwnLists(
        key=lambda parent: list_key("children", parent),
        parts=(whole, whole, parse_id),
        loader=loaders.children_by_title,
        arguments=lambda position: (size + 1, (position[0], position[1], position[2]) if position else None),
        position=lambda child: (child.season_number or 0, child.episode_number or 0, child.id),
        count=loaders.child_count_by_title.load,
    )
    found = await pages_each(lists, parents, size, after)
    loaders.remember([child for page in found if not isinstance(page, Exception) for child in page.nodes])
    return found


async def parents_of(context: Context, titles: Sequence[TitleRecord]) -> Each[TitleRecord | None]:
    """Return what each title is part of, None for what is not a part."""
    ids = list(dict.fromkeys(title.parent_id for title in titles if title.parent_id is not None))
    found = dict(zip(ids, await require_titles(context, ids), strict=True))
    return [None if title.parent_id is None else found[title.parent_id] for title in titles]


async def genre_counts(context: Context) -> dict[Genre, int]:
    """Return how many titles have each of the 18 genres."""
    counts = await context.sources.catalog.genre_counts()
    return {genre: counts.get(genre.value, 0) for genre in Genre}


def _canonical_name(title: TitleRecord) -> TextRecord:
    original = title.original_name is None
    language = (title.original_language if original else "en") or "und"
    return TextRecord(title.id, "name", language, None, title.name, original, title.source)


def _original_name(title: TitleRecord) -> list[TextRecord]:
    if title.original_name is None:
        return []
    language = title.original_language or "und"
    return [TextRecord(title.id, "name", language, None, title.original_name, True, title.source)]


def _all_names(title: TitleRecord, stored: list[TextRecord]) -> list[TextRecord]:
    """Return every known name of a title, each once, the canonical one first."""
    names: dict[tuple[str, str, str | None], TextRecord] = {}
    for name in [_canonical_name(title), *stored, *_original_name(title)]:
        names.setdefault((name.text, name.language, name.region), name)
    return list(names.values())


async def names_of(
    context: Context, titles: Sequence[TitleRecord], languages: Sequence[str] | None = None
) -> Each[list[TextRecord]]:
    """Return every known name of each title, in these languages when given, the canonical one first."""
    stored = await load_each(context.loaders(CatalogLoaders).names_by_title, [title.id for title in titles])
    return each(each_with(titles, stored, _all_names), lambda names: of_languages(names, languages))


async def localized_names(context: Context, titles: Sequence[TitleRecord], language: str) -> Each[TextRecord]:
    """Return the best name of each title for a language: exact, the language elsewhere, the canonical name."""
    return each(await names_of(context, titles), lambda names: best_text(names, language) or names[0])


async def main_descriptions(
    context: Context, titles: Sequence[TitleRecord], language: str | None
) -> Each[TextRecord | None]:
    """Return the best description of each title for a language, the canonical one (English, else any) when omitted."""

    def best(texts: list[TextRecord]) -> TextRecord | None:
        if not texts:
            return None
        wanted = best_text(texts, language) if language else None
        return wanted or best_text(texts, "en") or texts[0]

    return each(await descriptions_of(context, titles), best)


async def descriptions_of(
    context: Context, titles: Sequence[TitleRecord], languages: Sequence[str] | None = None
) -> Each[list[TextRecord]]:
    """Return every known description of each title, in these languages when given."""
    texts = await load_each(context.loaders(CatalogLoaders).descriptions_by_title, [title.id for title in titles])
    return each(texts, lambda found: of_languages(found, languages))


def quality_of(context: Context, title: TitleRecord) -> tuple[float, float, int]:
    """Return (confidence 0–1, completeness 0–1, days since a source confirmed it)."""
    complete = quality.completeness(
        {
            "name": True,
            "release": title.release_year is not None,
            "runtime": title.runtime_minutes is not None,
            "genres": bool(title.genres),
            "countries": bool(title.countries),
            "language": title.original_language is not None,
            "age": title.minimum_age is not None,
            "rating": title.rating_average is not None,
            "ids": any((title.wikidata, title.imdb, title.tmdb)),
            "artwork": bool(title.artwork),
        }
    )
    age = quality.freshness_days(title.verified_at, context.now())
    return quality.confidence(title.source, complete, age), complete, age
