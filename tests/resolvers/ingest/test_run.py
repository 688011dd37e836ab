"""Imports on a real database: what they write, what they refuse, and that they can be cut off and repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import pytest

from datasources.files.tables import UnknownFormat
from datasources.postgres.bulk import hold_ingest_lock
from datasources.postgres.engine import Database
from resolvers.ingest import passes
from resolvers.ingest.demo import load_demo
from resolvers.ingest.run import ImportRunning, run

Contents = Callable[[], Awaitable[dict[str, list[str]]]]


class Shown(Protocol):
    rows: int
    done: int

    def total(self, rows: int) -> None: ...
    def advance(self, rows: int) -> None: ...


async def title(database: Database, imdb: str) -> dict[str, object]:
    row = await database.fetchrow("SELECT * FROM titles WHERE imdb = $1", imdb)
    assert row is not None
    return dict(row)


async def test_movielens_brings_movies_themes_users_and_ratings(
    database: Database, movielens: Path, quiet: Shown
) -> None:
    report = await run(database, "movielens", movielens, quiet)
    assert quiet.done == quiet.rows > 0
    assert {(row.file, row.line) for row in report.rejections} == {
        ("links.csv", 5),
        ("movies.csv", 4),
        ("ratings.csv", 4),
        ("ratings.csv", 5),
    }
    assert report.rejected == 4
    assert "movieId 99 is not in movies.csv" in {row.reason for row in report.rejections}
    assert dict(report.remarks)["TMDB id of another title, left out"] == 1
    bicycle = await title(database, "tt9000001")
    assert (bicycle["name"], bicycle["release_year"], bicycle["tmdb"], bicycle["tmdb_type"]) == (
        "The Green Bicycle",
        1961,
        "501",
        "movie",
    )
    assert (bicycle["genres"], bicycle["themes"], bicycle["source"]) == (["COMEDY", "DRAMA"], ["bicycles"], "movielens")
    assert (bicycle["rating_average"], bicycle["rating_votes"]) == (9.5, 2)
    assert (await title(database, "tt9000002"))["kind"] == "DOCUMENTARY"
    users = await database.fetch("SELECT email, password_hash, role, source FROM users ORDER BY email")
    assert [tuple(row) for row in users] == [
        (f"user-{number}@movielens.invalid", "!", "USER", "movielens") for number in (7, 8)
    ]
    assert [row[0] for row in await database.fetch("SELECT value FROM ratings ORDER BY rated_at")] == [9.0, 10.0]


async def test_a_stronger_source_replaces_and_a_weaker_one_fills(
    database: Database, movielens: Path, imdb: Path, justwatch: Path, quiet: Shown
) -> None:
    await run(database, "movielens", movielens, quiet)
    report = await run(database, "imdb", imdb, quiet)
    assert [(row.file, row.line) for row in report.rejections] == [("title.basics.tsv", 5)]
    assert dict(report.remarks)["title of type tvEpisode left out"] == 1
    bicycle = await title(database, "tt9000001")
    assert (bicycle["name"], bicycle["match_name"], bicycle["original_name"]) == (
        "A Green Bicycle",
        "greenbicycle",
        "Das grüne Rad",
    )
    assert (bicycle["genres"], bicycle["source"]) == (["COMEDY", "ROMANCE", "DRAMA"], "imdb")
    assert (bicycle["rating_average"], bicycle["rating_votes"]) == (8.0, 9000)
    await run(database, "justwatch", justwatch, quiet)
    after = await title(database, "tt9000001")
    assert (after["id"], after["name"], after["runtime_minutes"]) == (bicycle["id"], "A Green Bicycle", 95)
    assert (after["countries"], after["minimum_age"], after["rating_votes"]) == (["DE"], 8, 9500)
    names = await database.fetch(
        "SELECT language, region, text FROM title_texts WHERE field = 'name' AND source = 'imdb'"
    )
    assert [tuple(row) for row in names] == [("es", "ES", "Bici verde")]


async def test_justwatch_brings_offers_with_their_beginning_and_people(
    database: Database, justwatch: Path, quiet: Shown
) -> None:
    report = await run(database, "justwatch", justwatch, quiet)
    assert [(row.file, row.line) for row in report.rejections] == [
        ("us/2023-02-01/newbox/titles.csv", 4),
        ("us/2023-02-01/netflix/credits.csv", 7),
    ]
    assert dict(report.remarks)["unknown genre 'gardening' dropped"] == 1
    offers = await database.fetch(
        "SELECT t.name, p.slug, o.region, o.kind, o.available_from, o.last_verified_at FROM offers o "
        "JOIN titles t ON t.id = o.title_id JOIN platforms p ON p.id = o.platform_id ORDER BY 1, 2"
    )
    seen = datetime(2023, 2, 1, tzinfo=UTC)
    assert [tuple(row) for row in offers] == [
        ("A Green Bicycle", "netflix", "US", "SUBSCRIPTION", None, seen),
        ("Night Ferry", "newbox", "US", "SUBSCRIPTION", None, seen),
        ("Paper Moons", "netflix", "US", "SUBSCRIPTION", seen, seen),
        ("Paper Moons", "newbox", "US", "SUBSCRIPTION", None, seen),
    ]
    credits_shown = await database.fetch(
        "SELECT p.name, c.role, c.character FROM credits c JOIN people p ON p.id = c.person_id "
        "JOIN titles t ON t.id = c.title_id WHERE t.name = 'A Green Bicycle' ORDER BY c.position"
    )
    assert [tuple(row) for row in credits_shown] == [
        ("Bo Hill", "DIRECTOR", None),
        ("Ada Low", "VOICE", "Eve"),
        ("Cy Dale", "ACTOR", "Both"),
        ("Cy Dale", "ACTOR", "Twin"),
    ]
    # Two person records of one source are two people, whatever their names.
    assert await database.fetchval("SELECT count(*) FROM people WHERE name = 'Ada Low'") == 2


async def test_offers_gone_from_the_newest_snapshot_are_withdrawn(
    database: Database, justwatch: Path, quiet: Shown
) -> None:
    async def platforms() -> list[str]:
        rows = await database.fetch(
            "SELECT p.slug FROM offers o JOIN titles t ON t.id = o.title_id JOIN platforms p ON p.id = o.platform_id "
            "WHERE t.name = 'Night Ferry'"
        )
        return [row["slug"] for row in rows]

    newest = justwatch / "us" / "2023-02-01"
    newest.rename(justwatch.parent / "later")
    await run(database, "justwatch", justwatch, quiet)
    assert await platforms() == ["netflix"]
    (justwatch.parent / "later").rename(newest)
    await run(database, "justwatch", justwatch, quiet)
    assert await platforms() == ["newbox"]


async def test_platform_files_meet_in_one_title(database: Database, platform_csv: Path, quiet: Shown) -> None:
    report = await run(database, "platform-csv", platform_csv, quiet)
    assert [(row.file, row.line) for row in report.rejections] == [("netflix_titles.csv", 3)]
    assert dict(report.remarks)["country 'Atlantis' is none of today, left out"] == 1
    moons = await database.fetchrow("SELECT * FROM titles WHERE name = 'Paper Moons'")
    assert moons is not None
    assert (moons["countries"], moons["genres"], moons["minimum_age"]) == (["FR"], ["DRAMA", "COMEDY"], 8)
    assert await database.fetchval("SELECT count(*) FROM offers WHERE title_id = $1", moons["id"]) == 2
    assert await database.fetchval("SELECT text FROM title_texts WHERE title_id = $1", moons["id"]) == "Hulu says this."
    assert await database.fetchval("SELECT season_count FROM titles WHERE kind = 'SERIES'") == 2
    assert await database.fetchval("SELECT count(*) FROM credits WHERE title_id = $1", moons["id"]) == 3


async def test_importing_everything_again_changes_nothing(
    database: Database,
    movielens: Path,
    imdb: Path,
    justwatch: Path,
    platform_csv: Path,
    quiet: Shown,
    contents: Contents,
) -> None:
    jobs = [("movielens", movielens), ("imdb", imdb), ("justwatch", justwatch), ("platform-csv", platform_csv)]
    for source, folder in jobs:
        report = await run(database, source, folder, quiet)
        assert report.created + report.updated > 0
    before = await contents()
    for again in (False, True):
        for source, folder in jobs:
            report = await run(database, source, folder, quiet, again=again)
            assert (report.created, report.updated) == (0, 0)
            assert report.skipped == (0 if again else report.seen)
        assert await contents() == before


async def test_real_data_fills_the_demo_and_replaces_its_offers_only(
    database: Database, tmp_path: Path, justwatch: Path, quiet: Shown
) -> None:
    await load_demo(database, date(2026, 3, 1))
    demo = await title(database, "tt0133093")
    file = justwatch / "us" / "2023-02-01" / "netflix" / "titles.csv"
    row = "tm7,Matrix Other Name,MOVIE,Their words.,1999,R,1,['scifi'],['US'],,tt0133093,8.7,1000000.0,1,8"
    file.write_text(f"{file.read_text()}{row}\n")
    await run(database, "justwatch", justwatch, quiet)
    after = await title(database, "tt0133093")
    assert (after["id"], after["name"], after["runtime_minutes"]) == (demo["id"], demo["name"], demo["runtime_minutes"])
    assert (after["rating_votes"], after["source"]) == (1_000_000, "demo")
    texts = await database.fetch(
        "SELECT source FROM title_texts WHERE title_id = $1 AND field = 'description'", demo["id"]
    )
    assert [text["source"] for text in texts] == ["demo"]
    sources = await database.fetch(
        "SELECT o.source FROM offers o JOIN platforms p ON p.id = o.platform_id WHERE o.title_id = $1 "
        "AND o.region = 'US' AND o.kind = 'SUBSCRIPTION' AND p.slug = 'netflix'",
        demo["id"],
    )
    assert [offer["source"] for offer in sources] == ["justwatch"]


async def test_a_cancelled_import_goes_on_behind_its_last_batch(
    database: Database, movielens: Path, quiet: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{number},Film {number} (1990),Drama" for number in range(10, 40)]
    (movielens / "movies.csv").write_text("\n".join(["movieId,title,genres", *rows]) + "\n")
    cut = passes.batches
    monkeypatch.setattr("resolvers.ingest.run.batches", lambda items, _, group: cut(items, 8, group))

    class Cut:
        done = 0

        def total(self, rows: int) -> None: ...

        def advance(self, rows: int) -> None:
            self.done += rows
            if self.done >= 16:
                raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run(database, "movielens", movielens, Cut())
    # 30 movies and one broken link: two batches of eight are safe, the broken link among them.
    assert await database.fetchval("SELECT count(*) FROM titles") == 15
    report = await run(database, "movielens", movielens, quiet)
    assert report.skipped == 16
    assert await database.fetchval("SELECT count(*) FROM titles") == 30
    assert await database.fetchval("SELECT count(*) FROM source_records") == 30


async def test_a_batch_and_its_progress_are_kept_together_or_not_at_all(
    database: Database, movielens: Path, quiet: Shown, monkeypatch: pytest.MonkeyPatch, contents: Contents
) -> None:
    empty = await contents()

    async def fails(*_: object) -> None:
        raise ConnectionError("cut off")

    with monkeypatch.context() as patch:
        patch.setattr("resolvers.ingest.run.ProgressLedger.write", fails)
        with pytest.raises(ConnectionError):
            await run(database, "movielens", movielens, quiet)
    assert await contents() == empty
    assert (await run(database, "movielens", movielens, quiet)).skipped == 0


async def test_changed_files_are_read_anew(database: Database, movielens: Path, quiet: Shown) -> None:
    await run(database, "movielens", movielens, quiet)
    movies = movielens / "movies.csv"
    movies.write_text(movies.read_text().replace("Slow Trains (1974)", "Slower Trains (1975)"))
    report = await run(database, "movielens", movielens, quiet)
    assert (report.created, report.updated) == (0, 1)
    assert (await title(database, "tt9000002"))["name"] == "Slower Trains"


async def test_only_what_changed_is_marked_for_the_search_index(
    database: Database, movielens: Path, quiet: Shown
) -> None:
    await run(database, "movielens", movielens, quiet)
    before = {row["id"]: row["changed_xact"] for row in await database.fetch("SELECT id, changed_xact FROM titles")}
    movies = movielens / "movies.csv"
    movies.write_text(movies.read_text().replace("Slow Trains (1974)", "Slower Trains (1974)"))
    await run(database, "movielens", movielens, quiet)
    rows = await database.fetch("SELECT id, name, changed_xact FROM titles")
    assert [row["name"] for row in rows if row["changed_xact"] != before[row["id"]]] == ["Slower Trains"]


async def test_same_name_and_year_is_the_same_only_when_nothing_speaks_against_it(
    database: Database, imdb: Path, tmp_path: Path, quiet: Shown
) -> None:
    await run(database, "imdb", imdb, quiet)
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "movies.csv").write_text(
        "movieId,title,genres\n1,Paper Moons (1990),Drama\n2,Paper Moons (1990),Drama\n3,Paper Moons (1991),Drama\n"
    )
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n1,9999999,\n")
    await run(database, "movielens", folder, quiet)
    ids = await database.fetch(
        "SELECT r.key, t.imdb, t.source FROM source_records r JOIN titles t ON t.id = r.title_id "
        "WHERE r.source = 'movielens' ORDER BY r.key"
    )
    assert [tuple(row) for row in ids] == [
        ("1", "tt9999999", "movielens"),
        ("2", "tt9000009", "imdb"),
        ("3", None, "movielens"),
    ]


async def test_one_import_at_a_time(database: Database, movielens: Path, quiet: Shown) -> None:
    async with hold_ingest_lock(database) as held:
        assert held
        with pytest.raises(ImportRunning, match="wait for it"):
            await run(database, "movielens", movielens, quiet)
    await run(database, "movielens", movielens, quiet)


@pytest.mark.parametrize("source", ["movielens", "imdb", "justwatch", "platform-csv"])
async def test_a_folder_of_something_else_is_refused(
    source: str, database: Database, tmp_path: Path, quiet: Shown
) -> None:
    with pytest.raises(UnknownFormat):
        await run(database, source, tmp_path, quiet)
