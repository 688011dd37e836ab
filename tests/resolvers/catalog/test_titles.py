"""Titles: one, several, lists, trends, texts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datasources.records.catalog import TitleRecord
from resolvers.catalog import titles
from resolvers.domain.errors import BadUserInput, NotFound, Unauthenticated
from resolvers.domain.pagination import Page
from resolvers.domain.titles import ExternalIdSource, Genre, Span, TitleFilter, TitleKind, TitleSort, TrendWindow
from resolvers.loading import alone
from tests.catalogue import UNKNOWN, Catalogue, forge, some_id

ANY = TitleFilter()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_title_by_its_id_in_any_case(shelf: Any) -> None:
    title = await titles.get_title(shelf.context(), shelf.titles["matrix"].upper())
    assert title.name == "The Matrix"


@pytest.mark.parametrize(("id_", "error"), [(UNKNOWN, NotFound), ("1", BadUserInput), ("", BadUserInput)])
async def test_an_id_that_names_nothing_is_told(shelf: Any, id_: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=id_ or "title id"):
        await titles.get_title(shelf.context(), id_)


async def test_several_titles_keep_order_gaps_and_repetitions(shelf: Any) -> None:
    matrix, amelie = shelf.titles["matrix"], shelf.titles["amelie"]
    found = await titles.get_titles(shelf.context(), [amelie, UNKNOWN, matrix, amelie])
    assert [title and title.id for title in found] == [amelie, None, matrix, amelie]
    assert await titles.get_titles(shelf.context(), []) == []
    for bad in (["1"], [matrix] * 101):
        with pytest.raises(BadUserInput):
            await titles.get_titles(shelf.context(), bad)


@pytest.mark.parametrize(
    ("source", "key", "kind", "word"),
    [
        (ExternalIdSource.IMDB, "tt0133093", None, "matrix"),
        (ExternalIdSource.IMDB, " tt0133093 ", None, "matrix"),
        (ExternalIdSource.WIKIDATA, "Q83495", None, "matrix"),
        (ExternalIdSource.TMDB, "603", TitleKind.MOVIE, "matrix"),
        (ExternalIdSource.TMDB, "603", TitleKind.DOCUMENTARY, "matrix"),
        (ExternalIdSource.TMDB, "603", TitleKind.SERIES, "series"),
        (ExternalIdSource.TMDB, "604", TitleKind.MOVIE, None),
        (ExternalIdSource.TVDB, "603", None, None),
        (ExternalIdSource.EIDR, "x", None, None),
    ],
)
async def test_titles_by_their_ids_elsewhere(
    shelf: Any, source: ExternalIdSource, key: str, kind: TitleKind | None, word: str | None
) -> None:
    found = await titles.find_by_external_id(shelf.context(), source, key, kind)
    assert (found and found.id) == (word and shelf.titles[word])


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (ExternalIdSource.TMDB, "603"),
        (ExternalIdSource.IMDB, " "),
        (ExternalIdSource.IMDB, "x" * 101),
        (ExternalIdSource.IMDB, "a\x00"),
    ],
)
async def test_ids_elsewhere_that_cannot_be_meant(shelf: Any, source: ExternalIdSource, key: str) -> None:
    with pytest.raises(BadUserInput):
        await titles.find_by_external_id(shelf.context(), source, key, None)


async def names(page: Page[TitleRecord]) -> list[str]:
    return [title.name for title in page.nodes]


async def test_a_list_is_walked_by_its_cursors(shelf: Any) -> None:
    for sort in TitleSort:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await titles.list_titles(shelf.context(), ANY, sort, 1, cursor)
            seen += [title.id for title in page.nodes]
            assert page.has_previous is (cursor is not None)
            if not page.has_next:
                break
            cursor = page.items[-1][0]
        assert sorted(seen) == sorted(shelf.titles[word] for word in ("matrix", "amelie", "running", "series"))
        assert page.count is not None
        assert await page.count() == 4


async def test_a_list_is_narrowed_by_its_filter(shelf: Any) -> None:
    async def listed(wanted: TitleFilter) -> set[str]:
        page = await titles.list_titles(shelf.context(), wanted, TitleSort.NAME, None, None)
        return {title.id for title in page.nodes}

    ids = shelf.titles
    assert await listed(TitleFilter(genres=[Genre.ACTION])) == {ids["matrix"], ids["running"]}
    assert await listed(TitleFilter(kinds=[TitleKind.SEASON])) == {ids["season1"], ids["season2"]}
    assert await listed(TitleFilter(release_year=Span(1999, 2001))) == {ids["matrix"], ids["amelie"]}
    assert await listed(TitleFilter(release_year=Span(-(2**31), 2**31 - 1))) == set(ids.values()) & {
        ids[word] for word in ("matrix", "amelie", "series")
    }
    assert await listed(TitleFilter(person_ids=[shelf.people["lana"].upper()])) == {ids["matrix"], ids["series"]}
    assert await listed(TitleFilter(moods=["quirky"])) == {ids["amelie"]}


async def test_my_services_need_somebody(shelf: Any) -> None:
    with pytest.raises(Unauthenticated):
        await titles.list_titles(shelf.context(), TitleFilter(on_my_services=True), TitleSort.NAME, None, None)


FORGED: list[tuple[object, ...]] = [
    (),
    ("1",),
    ("1", some_id(1), 3),
    (None, some_id(1)),
    ([], {}),
    ("x\x00", some_id(1)),
    ("1", "1"),
    ("1", None),
    ("2026-13-01", some_id(1)),
    ("nan", some_id(1)),
    ("1e999", some_id(1)),
    (10**400, some_id(1)),
    (2**31, some_id(1)),
    ("1_0", some_id(1)),
    (" 1 ", some_id(1)),
    ("2026-W01-1T00+00", some_id(1)),
    ("0001-01-01T00:00:00+23:59", some_id(1)),
    (True, some_id(1)),
]


@pytest.mark.parametrize("position", FORGED, ids=range(len(FORGED)))
@pytest.mark.parametrize("sort", TitleSort)
async def test_a_forged_cursor_is_bad_input_or_a_place_but_never_another_error(
    shelf: Any, sort: TitleSort, position: tuple[object, ...]
) -> None:
    page = await titles.list_titles(shelf.context(), ANY, sort, 1, None)
    cursor = forge(page.items[0][0], *position)
    try:
        await titles.list_titles(shelf.context(), ANY, sort, 1, cursor)
    except BadUserInput:
        return
    assert len(position) == 2


async def test_a_cursor_is_good_for_its_arguments_only(shelf: Any) -> None:
    page = await titles.list_titles(shelf.context(), ANY, TitleSort.NAME, 1, None)
    cursor = page.items[0][0]
    for wanted, sort in ((ANY, TitleSort.NEWEST), (TitleFilter(genres=[Genre.DRAMA]), TitleSort.NAME)):
        with pytest.raises(BadUserInput, match="another list"):
            await titles.list_titles(shelf.context(), wanted, sort, 1, cursor)
    with pytest.raises(BadUserInput, match="another list"):
        await titles.list_trending(shelf.context(), None, TrendWindow.WEEK, None, 1, cursor)
    with pytest.raises(BadUserInput, match="another list"):
        await alone(titles.list_children(shelf.context(), [shelf.titles["series"]], 1, cursor))


async def test_titles_of_a_list_are_read_once(shelf: Any) -> None:
    context = shelf.context()
    page = await titles.list_titles(context, ANY, TitleSort.NAME, 2, None)
    heard: list[str] = []
    shelf.sources.database.listeners.append(heard.append)
    try:
        assert await titles.get_title(context, page.nodes[0].id) == page.nodes[0]
    finally:
        shelf.sources.database.listeners.remove(heard.append)
    assert heard == []


async def test_trends_stay_with_their_days_past_midnight(context: Any, sources: Any) -> None:
    catalogue = Catalogue(sources.database)
    ids = [await catalogue.title(str(number), popularity=0.0) for number in range(3)]
    first_day = NOW.date() - timedelta(days=6)
    for number, id_ in enumerate(ids):
        await catalogue.attention(id_, first_day, 3.0 - number)
    request = context()
    request.now = lambda: NOW
    page = await titles.list_trending(request, None, TrendWindow.WEEK, None, 2, None)
    assert [title.id for title in page.nodes] == ids[:2]
    later = context()
    later.now = lambda: NOW + timedelta(days=1)
    rest = await titles.list_trending(later, None, TrendWindow.WEEK, None, 2, page.items[-1][0])
    assert [title.id for title in rest.nodes] == ids[2:]
    with pytest.raises(BadUserInput, match="another list"):
        await titles.list_trending(later, None, TrendWindow.MONTH, None, 2, page.items[-1][0])


async def test_parts_are_in_order(shelf: Any) -> None:
    series = shelf.titles["series"]
    page = await alone(titles.list_children(shelf.context(), [series], 1, None))
    assert await names(page) == ["Season 1"]
    assert page.has_next
    rest = await alone(titles.list_children(shelf.context(), [series], 5, page.items[-1][0]))
    assert await names(rest) == ["Season 2"]
    assert not rest.has_next
    assert rest.count is not None
    assert await rest.count() == 2
    nothing = await alone(titles.list_children(shelf.context(), [shelf.titles["matrix"]], None, None))
    assert nothing.nodes == []
    assert nothing.count is not None
    assert await nothing.count() == 0


async def test_every_genre_is_counted(shelf: Any) -> None:
    counts = await titles.genre_counts(shelf.context())
    assert list(counts) == list(Genre)
    assert counts[Genre.ACTION] == 2
    assert counts[Genre.WESTERN] == 0


@pytest.mark.parametrize(
    ("word", "language", "name"),
    [
        ("matrix", "de", "Matrix"),
        ("matrix", "de-AT", "Matrix"),
        ("matrix", "en-GB", "The Matrix"),
        ("matrix", "ja", "The Matrix"),
        ("amelie", "fr", "Le Fabuleux Destin d'Amélie Poulain"),
        ("amelie", "pt-BR", "O Fabuloso Destino de Amélie"),
        ("amelie", "pt-PT", "O Fabuloso Destino de Amélie"),
        ("amelie", "en", "Amélie"),
        ("running", "de", "Speed of Light"),
    ],
)
async def test_the_best_name_for_a_language(shelf: Any, word: str, language: str, name: str) -> None:
    context = shelf.context()
    title = await titles.get_title(context, shelf.titles[word])
    assert (await alone(titles.localized_names(context, [title], language))).text == name


async def test_names_are_all_there_once_the_canonical_one_first(shelf: Any) -> None:
    context = shelf.context()
    title = await titles.get_title(context, shelf.titles["amelie"])
    known = await alone(titles.names_of(context, [title]))
    assert [(name.language, name.region, name.is_original) for name in known] == [
        ("en", None, False),
        ("fr", None, True),
        ("de", None, False),
        ("pt", "BR", False),
    ]
    assert [name.language for name in await alone(titles.names_of(context, [title], ["pt", "de-AT"]))] == ["pt"]
    assert await alone(titles.names_of(context, [title], [])) == []


async def test_an_original_name_nobody_listed_is_known_all_the_same(context: Any, sources: Any) -> None:
    id_ = await Catalogue(sources.database).title("Stalker", original_name="Сталкер", original_language="ru")
    request = context()
    title = await titles.get_title(request, id_)
    assert (await alone(titles.localized_names(request, [title], "ru"))).text == "Сталкер"


async def test_the_best_description_for_a_language(shelf: Any) -> None:
    context = shelf.context()

    async def described(word: str, language: str | None) -> str | None:
        title = await titles.get_title(context, shelf.titles[word])
        found = await alone(titles.main_descriptions(context, [title], language))
        return found and found.language

    assert await described("matrix", "de") == "de"
    assert await described("matrix", "ja") == "en"
    assert await described("matrix", None) == "en"
    assert await described("amelie", None) == "fr"
    assert await described("running", "en") is None


async def test_quality_is_higher_for_what_more_is_known_of(shelf: Any) -> None:
    context = shelf.context(now=datetime.now(UTC))
    good = titles.quality_of(context, await titles.get_title(context, shelf.titles["matrix"]))
    poor = titles.quality_of(context, await titles.get_title(context, shelf.titles["running"]))
    assert 1 >= good[0] > poor[0] > 0
    assert 1 > good[1] > poor[1] > 0
    assert good[2] == poor[2] == 0
