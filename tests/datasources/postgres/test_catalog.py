"""The catalogue in PostgreSQL: order, paging, filters, what belongs to a title."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from datasources.postgres.catalog import CatalogStore
from datasources.postgres.engine import Connection, Database, open_database
from datasources.records.catalog import TitleQuery, TitleRecord
from tests.catalogue import UNKNOWN, Catalogue, Films, films

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 3, 1)
SORTS = ["POPULARITY", "RATING", "NEWEST", "OLDEST", "NAME", "SHORTEST", "LONGEST", "RECENTLY_ADDED"]
NAMES = ["alien", "äther", "zulu", "alien", "", "beau", "Ωmega", "beau 2", "beau-2", "10", "9", "日本"]


@dataclass(frozen=True, slots=True)
class Many:
    """A catalogue of 120 titles with equal, missing and extreme values."""

    store: CatalogStore
    database: Database
    titles: list[TitleRecord]


@pytest.fixture(scope="module")
async def many(copy_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Many]:
    async with open_database(await copy_database(), connections=2) as database:
        catalogue, ids = Catalogue(database), []
        for number in range(120):
            part = number % 10 == 9
            ids.append(
                await catalogue.title(
                    f"Title {number}",
                    ["SEASON", "EPISODE"][number % 2] if part else ["MOVIE", "SERIES", "SHORT"][number % 3],
                    sort_name=NAMES[number % len(NAMES)],
                    popularity=[0.0, 1 / 3, 99.99999999999999, 50.0][number % 4],
                    rating_weighted=[None, 7.1, 7.1, 0.0, 1e-17][number % 5],
                    release_year=[None, 1999, 2001, 1999][number % 4],
                    runtime_minutes=[None, 1, 90, 90, 600][number % 5],
                    created_at=START + timedelta(microseconds=number // 3),
                    genres=[["DRAMA"], ["DRAMA", "CRIME"], ["COMEDY"], []][number % 4],
                    moods=[["cozy"], ["tense", "dark"], []][number % 3],
                    countries=[["US", "GB"], ["DE"], []][number % 3],
                    original_language=[None, "en", "de"][number % 3],
                    minimum_age=[None, 0, 12, 18][number % 4],
                )
            )
        store = CatalogStore(database)
        yield Many(store, database, await store.titles_by_ids(ids))


@pytest.fixture(scope="module")
async def shelf(copy_database: Callable[[], Awaitable[str]]) -> AsyncIterator[tuple[CatalogStore, Films]]:
    async with open_database(await copy_database(), connections=2) as database:
        yield CatalogStore(database), await films(Catalogue(database))


def sort_key(sort: str) -> tuple[Callable[[TitleRecord], Any], bool]:
    """Return what Python sorts by, and whether it descends; ids break ties in the same direction."""
    return {
        "POPULARITY": (lambda title: (title.popularity, title.id), True),
        "RATING": (lambda title: (title.rating_weighted or 0, title.id), True),
        "NEWEST": (lambda title: (title.release_year or 0, title.id), True),
        "OLDEST": (lambda title: (title.release_year or 9999, title.id), False),
        "NAME": (lambda title: (title.sort_name, title.id), False),
        "SHORTEST": (lambda title: (title.runtime_minutes or 100_000, title.id), False),
        "LONGEST": (lambda title: (title.runtime_minutes or 0, title.id), True),
        "RECENTLY_ADDED": (lambda title: (title.created_at, title.id), True),
    }[sort]


def browsable(titles: Sequence[TitleRecord]) -> list[TitleRecord]:
    return [title for title in titles if title.kind not in {"SEASON", "EPISODE"}]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("size", [1, 7])
async def test_pages_follow_each_other_in_every_order(many: Many, sort: str, size: int) -> None:
    seen: list[TitleRecord] = []
    after: tuple[str, str] | None = None
    limit = 40 if size == 1 else 1000  # one by one is slow: enough to walk over ties
    while len(seen) < limit and (found := await many.store.titles(TitleQuery(), sort, size, after)):
        seen += [title for _, title in found]
        after = (found[-1][0], found[-1][1].id)
    key, descending = sort_key(sort)
    assert seen == sorted(browsable(many.titles), key=key, reverse=descending)[:limit]


FILTERS: list[tuple[TitleQuery, Callable[[TitleRecord], bool]]] = [
    (TitleQuery(kinds=["MOVIE", "EPISODE"]), lambda title: title.kind in {"MOVIE", "EPISODE"}),
    (TitleQuery(kinds=["SHORT"]), lambda title: title.kind == "SHORT"),
    (TitleQuery(kinds=[]), lambda _: False),
    (TitleQuery(genres=["CRIME", "COMEDY"]), lambda title: bool({"CRIME", "COMEDY"} & set(title.genres))),
    (TitleQuery(genres=[]), lambda _: False),
    (TitleQuery(exclude_genres=["DRAMA"]), lambda title: "DRAMA" not in title.genres),
    (TitleQuery(exclude_genres=[]), lambda _: True),
    (TitleQuery(year_min=2000), lambda title: title.release_year is not None and title.release_year >= 2000),
    (TitleQuery(year_max=1999), lambda title: title.release_year is not None and title.release_year <= 1999),
    (TitleQuery(runtime_min=90), lambda title: title.runtime_minutes is not None and title.runtime_minutes >= 90),
    (TitleQuery(runtime_max=90), lambda title: title.runtime_minutes is not None and title.runtime_minutes <= 90),
    (TitleQuery(min_rating=7.1), lambda title: (title.rating_weighted or 0) >= 7.1),
    (TitleQuery(min_rating=0.0), lambda title: title.rating_weighted is not None),
    (TitleQuery(max_age=12), lambda title: title.minimum_age is not None and title.minimum_age <= 12),
    (TitleQuery(languages=["de", "fr"]), lambda title: title.original_language == "de"),
    (TitleQuery(countries=["GB", "DE"]), lambda title: bool({"GB", "DE"} & set(title.countries))),
    (TitleQuery(moods=["dark"]), lambda title: "dark" in title.moods),
    (TitleQuery(moods=["'; DROP TABLE titles; --", "{}"]), lambda _: False),
    (
        TitleQuery(genres=["DRAMA"], year_min=1999, languages=["en"]),
        lambda title: "DRAMA" in title.genres and bool(title.release_year) and title.original_language == "en",
    ),
]


@pytest.mark.parametrize(("query", "selects"), FILTERS, ids=[str(number) for number in range(len(FILTERS))])
async def test_every_filter_alone(many: Many, query: TitleQuery, selects: Callable[[TitleRecord], bool]) -> None:
    pool = many.titles if query.kinds is not None else browsable(many.titles)
    expected = {title.id for title in pool if selects(title)}
    found = await many.store.titles(query, "POPULARITY", 1000)
    assert {title.id for _, title in found} == expected
    assert await many.store.count_titles(query) == len(expected)
    assert await many.store.matching_ids([title.id for title in many.titles] + [UNKNOWN], query) == expected


async def test_filters_hold_on_every_page(many: Many) -> None:
    query = TitleQuery(genres=["DRAMA"], countries=["US"])
    seen: list[str] = []
    after: tuple[str, str] | None = None
    while found := await many.store.titles(query, "NEWEST", 3, after):
        seen += [title.id for _, title in found]
        after = (found[-1][0], found[-1][1].id)
    assert len(seen) == len(set(seen)) == await many.store.count_titles(query)


async def test_the_index_of_its_order_serves_a_list(many: Many) -> None:
    async with many.database.transaction() as connection:
        for setting in ("enable_seqscan", "enable_sort", "enable_incremental_sort"):
            await connection.execute(f"SET LOCAL {setting} = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        explaining = Explaining(connection)
        for sort in SORTS:
            for query in (TitleQuery(), TitleQuery(kinds=["MOVIE"])):
                await CatalogStore(explaining).titles(query, sort, 21, ("0", UNKNOWN))  # type: ignore[arg-type]
                assert "Sort" not in explaining.plan, (sort, query, explaining.plan)


class Explaining:
    """A connection that explains statements as they are planned for any arguments, instead of running them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan = ""

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        await self._connection.execute(f"PREPARE wanted AS {sql}")
        rows = await self._connection.fetch(f"EXPLAIN EXECUTE wanted({', '.join('NULL' for _ in arguments)})")
        await self._connection.execute("DEALLOCATE wanted")
        self.plan = "\n".join(row[0] for row in rows)
        return []


async def test_titles_by_ids_leaves_out_the_unknown(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    ids = [written.titles["matrix"], UNKNOWN, written.titles["episode11"]]
    assert {title.id for title in await store.titles_by_ids(ids)} == {ids[0], ids[2]}
    assert await store.titles_by_ids([]) == []


async def test_a_title_comes_with_everything_it_is_known_for(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    [title] = await store.titles_by_ids([written.titles["matrix"]])
    assert (title.name, title.release_date, title.genres) == (
        "The Matrix",
        date(1999, 3, 31),
        ["ACTION", "SCIENCE_FICTION"],
    )
    assert title.content_ratings[0] == {"region": "US", "scheme": "MPA", "code": "R", "minimumAge": 17}
    assert title.artwork == []
    assert title.technical is None
    assert title.created_at.tzinfo is not None


async def test_tmdb_numbers_movies_and_series_apart(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    movie = await store.title_by_external_id("tmdb", "603", "movie")
    series = await store.title_by_external_id("tmdb", "603", "tv")
    assert movie is not None
    assert series is not None
    assert (movie.id, series.id) == (written.titles["matrix"], written.titles["series"])


async def test_other_catalogues_need_no_type(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    for source, key in (("imdb", "tt0133093"), ("wikidata", "Q83495")):
        found = await store.title_by_external_id(source, key, None)
        assert found is not None
        assert found.id == written.titles["matrix"]
    assert await store.title_by_external_id("imdb", "tt0000000", None) is None
    with pytest.raises(ValueError, match="name"):
        await store.title_by_external_id("name", "x", None)


async def test_texts_come_per_field_originals_first(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    ids = [written.titles["amelie"], written.titles["matrix"]]
    names = [text for text in await store.texts_by_titles(ids, "name") if text.title_id == ids[0]]
    assert [(text.language, text.region) for text in names] == [("fr", None), ("de", None), ("pt", "BR")]
    descriptions = await store.texts_by_titles(ids, "description")
    assert {(text.title_id, text.language) for text in descriptions} == {
        (ids[0], "fr"),
        (ids[1], "de"),
        (ids[1], "en"),
    }


async def test_children_of_several_parents_in_order(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    series, first, second = (written.titles[word] for word in ("series", "season1", "season2"))
    found = await store.children([series, first, second, UNKNOWN], 10)
    by_parent = {
        parent: [child.id for child in found if child.parent_id == parent] for parent in (series, first, second)
    }
    assert by_parent == {
        series: [first, second],
        first: [written.titles["episode11"], written.titles["episode12"]],
        second: [written.titles["episode21"], written.titles["episode22"]],
    }
    assert len(await store.children([series, first], 1)) == 2
    assert [child.id for child in await store.children([series], 10, (1, 0, first))] == [second]
    assert await store.child_counts([series, first, UNKNOWN]) == {series: 2, first: 2}


async def test_children_without_numbers_come_first_and_once(database: Database) -> None:
    catalogue, store = Catalogue(database), CatalogStore(database)
    parent = await catalogue.title("Anthology", "SERIES")
    numbers = [3, None, 1, 1, None, 2]
    ids = [await catalogue.title("Part", "SEASON", parent_id=parent, season_number=number) for number in numbers]
    expected = [id_ for _, id_ in sorted((number or 0, id_) for number, id_ in zip(numbers, ids, strict=True))]
    seen: list[str] = []
    after = None
    while found := await store.children([parent], 2, after):
        seen += [child.id for child in found]
        after = (found[-1].season_number or 0, found[-1].episode_number or 0, found[-1].id)
    assert seen == expected


async def test_credits_of_titles_in_billing_order(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    ids = [written.titles["matrix"], written.titles["amelie"], UNKNOWN]
    found = await store.credits_by_titles(ids, None, 10)
    assert [credit.role for credit in found if credit.title_id == ids[0]] == ["DIRECTOR", "DIRECTOR", "ACTOR"]
    assert [credit.role for credit in found if credit.title_id == ids[1]] == ["DIRECTOR", "WRITER"]
    cast = [credit for credit in found if credit.role == "ACTOR"]
    assert [(credit.character, credit.billing, credit.person_id) for credit in cast] == [
        ("Neo", 1, written.people["keanu"])
    ]
    actors = await store.credits_by_titles(ids, ["ACTOR", "WRITER"], 10)
    assert sorted(credit.role for credit in actors) == ["ACTOR", "WRITER"]
    first = await store.credits_by_titles(ids[:1], None, 1)
    rest = await store.credits_by_titles(ids[:1], None, 10, (first[0].position, first[0].id))
    assert [*first, *rest] == [credit for credit in found if credit.title_id == ids[0]]


async def test_people_of_a_role_per_title(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    matrix, series = written.titles["matrix"], written.titles["series"]
    found = await store.people_by_roles([(series, "CREATOR"), (matrix, "DIRECTOR"), (UNKNOWN, "DIRECTOR")], 10)
    assert [(title_id, role, person.name) for title_id, role, person in found] == [
        (matrix, "DIRECTOR", "Lana Wachowski"),
        (matrix, "DIRECTOR", "Lilly Wachowski"),
        (series, "CREATOR", "Vince Gilligan"),
    ]
    [(_, _, first)] = await store.people_by_roles([(matrix, "DIRECTOR")], 1)
    assert [first] == await store.people_by_ids([written.people["lana"]])


async def test_credits_of_people_newest_first(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    lana, keanu = written.people["lana"], written.people["keanu"]
    found = await store.credits_by_people([lana, keanu], None, 10)
    assert [(credit.year, credit.title_id) for credit in found if credit.person_id == lana] == [
        (2008, written.titles["series"]),
        (1999, written.titles["matrix"]),
    ]
    assert [credit.year for credit in found if credit.person_id == keanu] == [1999, 0]
    newest = await store.credits_by_people([lana], None, 1)
    older = await store.credits_by_people([lana], None, 10, (newest[0].year, newest[0].id))
    assert [credit.title_id for credit in older] == [written.titles["matrix"]]
    assert await store.credits_by_people([lana], ["ACTOR"], 10) == []


async def test_counts_of_credits(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    matrix, lana = written.titles["matrix"], written.people["lana"]
    assert await store.credit_counts([matrix, UNKNOWN], None) == {matrix: 3}
    assert await store.credit_counts([matrix], ["DIRECTOR"]) == {matrix: 2}
    assert await store.credit_counts([lana, UNKNOWN], None, of_people=True) == {lana: 2}


async def test_people_by_ids(shelf: tuple[CatalogStore, Films]) -> None:
    store, written = shelf
    [person] = await store.people_by_ids([written.people["jeunet"], UNKNOWN])
    assert person.name == "Jean-Pierre Jeunet"
    assert [text["language"] for text in person.biography] == ["en", "fr"]


async def test_genres_count_browsable_titles(shelf: tuple[CatalogStore, Films], many: Many) -> None:
    store, _ = shelf
    assert await store.genre_counts() == {"ACTION": 2, "SCIENCE_FICTION": 1, "ROMANCE": 1, "COMEDY": 1, "DRAMA": 1}
    expected = sum("DRAMA" in title.genres for title in browsable(many.titles))
    assert (await many.store.genre_counts())["DRAMA"] == expected


async def test_filters_on_people_and_offers(database: Database) -> None:
    catalogue, store = Catalogue(database), CatalogStore(database)
    person = await catalogue.person()
    netflix, other = await catalogue.platform("netflix"), await catalogue.platform("other")
    acted, rented, expired, german, plain = [await catalogue.title(str(number)) for number in range(5)]
    await catalogue.credit(acted, person, "ACTOR", 0)
    await catalogue.credit(acted, person, "WRITER", 1)
    await catalogue.offer(acted, netflix)
    await catalogue.offer(rented, netflix, kind="RENT")
    await catalogue.offer(expired, netflix, expires_at=START)
    await catalogue.offer(german, other, region="DE", expires_at=datetime(2100, 1, 1, tzinfo=UTC))

    async def selected(query: TitleQuery) -> set[str]:
        return {title.id for _, title in await store.titles(query, "NAME", 10)}

    assert await selected(TitleQuery()) == {acted, rented, expired, german, plain}
    assert await selected(TitleQuery(person_ids=[person, UNKNOWN])) == {acted}
    assert await selected(TitleQuery(person_ids=[])) == set()
    assert await selected(TitleQuery(region="US")) == {acted, rented}
    assert await selected(TitleQuery(region="DE")) == {german}
    assert await selected(TitleQuery(platform_ids=[netflix, other])) == {acted, rented, german}
    assert await selected(TitleQuery(platform_ids=[netflix, other], region="DE")) == {german}
    assert await selected(TitleQuery(subscribed_ids=[netflix])) == {acted}
    assert await selected(TitleQuery(subscribed_ids=[])) == set()
    assert await selected(TitleQuery(subscribed_ids=[netflix], platform_ids=[other])) == set()


async def test_trends_are_sums_of_attention_then_popularity(database: Database) -> None:
    catalogue, store = Catalogue(database), CatalogStore(database)
    loved, steady, once, ignored = [
        await catalogue.title(str(number), popularity=popularity)
        for number, popularity in enumerate([0.0, 1.0, 90.0, 5.0])
    ]
    episode = await catalogue.title("5", "EPISODE")
    await catalogue.attention(loved, DAY, 5.0, "DE")
    await catalogue.attention(steady, DAY, 2.0)
    await catalogue.attention(steady, DAY - timedelta(days=1), 2.0)
    await catalogue.attention(once, DAY - timedelta(days=20), 50.0)
    await catalogue.attention(episode, DAY, 9.0)

    async def trending(since: date, region: str | None = None, kinds: list[str] | None = None) -> list[str]:
        seen: list[str] = []
        after: tuple[str, str] | None = None
        while found := await store.trending(since, region, kinds, 2, after):
            seen += [title.id for _, title in found]
            after = (found[-1][0], found[-1][1].id)
        return seen

    week, month = DAY - timedelta(days=6), DAY - timedelta(days=29)
    assert await trending(week) == [loved, steady, once, ignored]
    assert await trending(month) == [once, loved, steady, ignored]
    assert await trending(week, "US") == [steady, once, ignored, loved]
    assert await trending(week, "DE") == [loved, once, ignored, steady]
    assert await trending(week, kinds=["EPISODE"]) == [episode]
    assert await trending(week, kinds=[]) == []


async def test_attention_adds_up(database: Database) -> None:
    catalogue, store = Catalogue(database), CatalogStore(database)
    title = await catalogue.title(popularity=0.0)
    for _ in range(3):
        await store.add_attention(title, DAY, "US", 0.5)
    await store.add_attention(title, DAY, "*", 1.0)
    [(score, _)] = await store.trending(DAY, None, None, 10)
    assert float(score) == 2.5
    [(score, _)] = await store.trending(DAY, "US", None, 10)
    assert float(score) == 1.5
