"""The demo in a real database."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from argon2 import PasswordHasher

from datasources.demo.ids import demo_id
from datasources.postgres.bulk import BulkWriter, Written
from datasources.postgres.engine import Database, open_database
from resolvers.domain.hlc import parse_stamp
from resolvers.ingest import demo
from resolvers.ingest.demo import DEMO_USERS, DemoSummary, is_empty, load_demo

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
async def loaded(copy_database: object) -> AsyncIterator[tuple[Database, DemoSummary]]:
    """A database with the demo, which nobody changes."""
    url = await copy_database()  # type: ignore[operator]
    async with open_database(url, connections=2) as opened:
        assert await is_empty(opened)
        yield opened, await load_demo(opened, TODAY)


async def test_it_is_a_catalogue(loaded: tuple[Database, DemoSummary]) -> None:
    database, summary = loaded
    assert not await is_empty(database)
    assert summary.titles >= 400
    assert summary.users >= 120
    row = await database.fetchrow(
        "SELECT count(*) FILTER (WHERE kind = 'SEASON') AS seasons,"
        " count(*) FILTER (WHERE kind = 'EPISODE') AS episodes,"
        " count(DISTINCT release_year / 10) FILTER (WHERE parent_id IS NULL) AS decades,"
        " (SELECT count(DISTINCT country) FROM titles, unnest(countries) AS country) AS countries,"
        " (SELECT count(DISTINCT platform_id) FROM offers) AS platforms,"
        " (SELECT count(DISTINCT region) FROM offers) AS regions FROM titles"
    )
    assert row is not None
    assert row["seasons"] >= 50
    assert row["episodes"] >= 500
    assert row["decades"] == 11
    assert row["countries"] >= 12
    assert row["platforms"] >= 8
    assert row["regions"] >= 6


async def test_seasons_and_episodes_hang_together(loaded: tuple[Database, DemoSummary]) -> None:
    database, _ = loaded
    episode = await database.fetchrow(
        "SELECT e.kind, s.kind AS season, r.kind AS series FROM titles e JOIN titles s ON s.id = e.parent_id "
        "JOIN titles r ON r.id = s.parent_id WHERE e.id = $1",
        demo_id("title", "star-trek-1966/s1/e2"),
    )
    assert episode is not None
    assert tuple(episode) == ("EPISODE", "SEASON", "SERIES")
    assert (
        await database.fetchval("SELECT count(*) FROM titles WHERE kind IN ('SEASON', 'EPISODE') AND parent_id IS NULL")
        == 0
    )


async def test_a_title_has_its_parts(loaded: tuple[Database, DemoSummary]) -> None:
    database, _ = loaded
    matrix = await database.fetchrow("SELECT * FROM titles WHERE id = $1", demo_id("title", "the-matrix-1999"))
    assert matrix is not None
    assert (matrix["name"], matrix["sort_name"], matrix["tmdb_type"]) == ("The Matrix", "matrix", "movie")
    assert matrix["minimum_age"] == max(rating["minimumAge"] for rating in matrix["content_ratings"])
    assert 1 <= matrix["rating_average"] <= 10
    ratings = await database.fetchrow(
        "SELECT count(*) AS votes, avg(value) AS average FROM ratings WHERE title_id = $1", matrix["id"]
    )
    assert ratings is not None
    assert (matrix["rating_votes"], matrix["rating_average"]) == (ratings["votes"], round(ratings["average"], 2))
    roles = [
        row["role"]
        for row in await database.fetch("SELECT role FROM credits WHERE title_id = $1 ORDER BY position", matrix["id"])
    ]
    assert roles[0] == "DIRECTOR"
    assert roles.index("ACTOR") < roles.index("WRITER")


async def test_people_are_one_row_each_with_what_is_known(loaded: tuple[Database, DemoSummary]) -> None:
    database, _ = loaded
    rows = await database.fetch("SELECT imdb, birth_date, known_for FROM people WHERE name = 'Keanu Reeves'")
    assert [tuple(row) for row in rows] == [("nm0000206", date(1964, 9, 2), "ACTOR")]
    assert await database.fetchval("SELECT count(*) - count(DISTINCT lower(name)) FROM people") == 0


async def test_the_named_users_can_sign_in_and_have_a_life(loaded: tuple[Database, DemoSummary]) -> None:
    database, _ = loaded
    for user in DEMO_USERS:
        row = await database.fetchrow(
            "SELECT u.id, u.password_hash, p.id AS profile FROM users u JOIN profiles p ON p.user_id = u.id "
            "WHERE u.email = $1",
            user["email"],
        )
        assert row is not None
        assert PasswordHasher().verify(row["password_hash"], user["password"])
        counts = await database.fetchrow(
            "SELECT (SELECT count(*) FROM watchlist_tags WHERE profile_id = $1) AS listed,"
            " (SELECT count(*) FROM ratings WHERE profile_id = $1) AS rated,"
            " (SELECT count(*) FROM views WHERE profile_id = $1) AS viewed,"
            " (SELECT count(*) FROM playbacks WHERE profile_id = $1 AND NOT completed) AS unfinished,"
            " (SELECT jsonb_array_length(value) FROM preferences WHERE profile_id = $1 AND key = 'platforms')"
            " AS platforms",
            row["profile"],
        )
        assert counts is not None
        assert counts["listed"] >= 20
        assert counts["rated"] >= 60
        assert counts["viewed"] >= 60
        assert counts["unfinished"] >= 3
        assert counts["platforms"] >= 1
    assert await database.fetchval("SELECT count(*) FROM users WHERE password_hash <> '!'") == len(DEMO_USERS)


async def test_streams_tell_what_the_tables_hold(loaded: tuple[Database, DemoSummary]) -> None:
    database, _ = loaded
    assert (
        await database.fetchval(
            "SELECT count(*) FROM streams s WHERE revision <> (SELECT max(revision) FROM changes c "
            "WHERE c.profile_id = s.profile_id AND c.stream = s.name)"
        )
        == 0
    )
    rows = await database.fetch("SELECT tag FROM watchlist_tags UNION ALL SELECT stamp FROM playbacks LIMIT 5000")
    assert all(str(parse_stamp(row["tag"])) == row["tag"] for row in rows)
    assert await database.fetchval("SELECT max(day) FROM attention") == TODAY


async def test_loading_again_writes_nothing(
    loaded: tuple[Database, DemoSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _ = loaded
    assert await load_demo(database, TODAY) == DemoSummary()
    # Even row by row: the same day and seed make the same rows.
    written: list[Written] = []
    original = BulkWriter.write

    async def write(self: BulkWriter, rows: object) -> Written:
        written.append(await original(self, rows))  # type: ignore[arg-type]
        return written[-1]

    monkeypatch.setattr(BulkWriter, "write", write)
    rows, activity = demo._catalogue_and_activity(TODAY, demo.DEMO_SEED, True)
    async with database.transaction() as connection:
        writer = BulkWriter(connection)
        await demo._write_catalogue(writer, rows)
        await demo._write_activity(writer, activity)
    assert len(written) >= 10
    assert {(each.created, each.updated) for each in written} == {(0, 0)}
