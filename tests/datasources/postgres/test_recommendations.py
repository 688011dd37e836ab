"""What recommendations read: signals, settings, features of titles, and likes."""

from datasources.postgres.engine import Database
from datasources.postgres.recommendations import RecommendationStore
from datasources.records.recommendations import RATING_TABLES

PROFILE = "019b76da-a800-7000-8000-000000000001"
SERIES, SEASON, EPISODE, MOVIE = (f"019b76da-a800-7000-8000-00000000001{number}" for number in range(4))
PEOPLE = [f"019b76da-a800-7000-8000-00000000002{number}" for number in range(3)]


async def fill(database: Database) -> RecommendationStore:
    await database.execute(
        "INSERT INTO users (id, email, display_name, password_hash, role, source) "
        "VALUES ($1, 'a@example.org', 'A', '', 'USER', 'register')",
        PROFILE,
    )
    await database.execute("INSERT INTO profiles (id, user_id, name, max_age) VALUES ($1, $1, 'A', 12)", PROFILE)
    for id_, kind, parent in (
        (SERIES, "SERIES", None),
        (SEASON, "SEASON", SERIES),
        (EPISODE, "EPISODE", SEASON),
        (MOVIE, "MOVIE", None),
    ):
        await database.execute(
            "INSERT INTO titles (id, kind, name, sort_name, match_name, parent_id, genres, countries, source) "
            "VALUES ($1, $2, $2, '', '', $3, '{CRIME}', '{US,GB}', 'demo')",
            id_,
            kind,
            parent,
        )
    for place, person in enumerate(PEOPLE):
        await database.execute("INSERT INTO people (id, name, source) VALUES ($1, $2, 'demo')", person, f"P{place}")
        await database.execute(
            "INSERT INTO credits (id, title_id, person_id, role, position) VALUES ($1, $2, $1, $3, $4)",
            person,
            MOVIE,
            ["DIRECTOR", "OTHER", "ACTOR"][place],
            place,
        )
    await database.execute(
        "INSERT INTO ratings (profile_id, title_id, value, rated_at) VALUES "
        "($1, $2, 8.5, '2026-01-03Z'), ($1, $3, 4, '2026-01-02Z')",
        PROFILE,
        MOVIE,
        EPISODE,
    )
    return RecommendationStore(database)


async def test_signals_are_newest_first_and_count_for_the_series(database: Database) -> None:
    store = await fill(database)
    await database.execute(
        "INSERT INTO views (id, profile_id, title_id, watched_at, completion, source) VALUES "
        "($2, $1, $2, '2026-01-01Z', 0.5, 'a'), ($3, $1, $2, '2026-01-04Z', 1, 'a')",
        PROFILE,
        MOVIE,
        SERIES,
    )
    await database.execute(
        "INSERT INTO playbacks (profile_id, title_id, position_ms, duration_ms, state, stamp, updated_at) "
        "VALUES ($1, $2, 25, 100, 'PAUSED', '1', '2026-01-05Z')",
        PROFILE,
        SEASON,
    )
    found = [(one.title_id, one.source, one.value, one.repeats) for one in await store.signals(PROFILE)]
    assert found == [
        (SERIES, "PLAYBACK", 0.25, 0),
        (MOVIE, "VIEW", 1.0, 1),
        (MOVIE, "RATING", 8.5, 0),
        (SERIES, "RATING", 4.0, 0),
    ]
    assert len(await store.signals(PROFILE, limit=2)) == 2


async def test_settings(database: Database) -> None:
    store = await fill(database)
    await database.execute(
        "INSERT INTO preferences (profile_id, key, value, stamp) "
        "VALUES ($1, 'moods', $2, '1'), ($1, 'language', $3, '1')",
        PROFILE,
        ["cozy"],
        "de",
    )
    found = await store.settings([PROFILE, MOVIE])
    assert list(found) == [PROFILE]
    assert found[PROFILE].max_age == 12
    assert found[PROFILE].preferences == {"moods": ["cozy"]}


async def test_features_in_pages(database: Database) -> None:
    store = await fill(database)
    (first,) = await store.title_features(None, 1)
    assert (first.id, first.genres, first.country) == (SERIES, ["CRIME"], "US")
    assert [title.id for title in await store.title_features(first.id, 5)] == [MOVIE]
    assert await store.title_people(None, 5, 10) == [
        (SERIES, [], []),
        (MOVIE, [PEOPLE[0], PEOPLE[2]], ["DIRECTOR", "ACTOR"]),
    ]
    assert (await store.title_people(SERIES, 5, 1))[0][1] == PEOPLE[:1]


async def test_likes_in_pages(database: Database) -> None:
    store = await fill(database)
    assert await store.likes(7, None, 10) == [(PROFILE, MOVIE)]
    assert await store.likes(1, (PROFILE, EPISODE), 10) == [(PROFILE, MOVIE)]
    assert await store.likes(7, (PROFILE, MOVIE), 10) == []


async def test_names_and_roots(database: Database) -> None:
    store = await fill(database)
    assert await store.title_names([MOVIE, PEOPLE[0]]) == {MOVIE: "MOVIE"}
    assert await store.person_names([MOVIE, PEOPLE[0]]) == {PEOPLE[0]: "P0"}
    assert await store.roots([SERIES, SEASON, EPISODE, PROFILE]) == dict.fromkeys([SERIES, SEASON, EPISODE], SERIES)


async def test_has_offers_knows_the_region_and_the_end(database: Database) -> None:
    store = await fill(database)
    await database.execute("INSERT INTO platforms (id, slug, name) VALUES ($1, 'a', 'A')", MOVIE)
    await database.execute(
        "INSERT INTO offers (id, title_id, platform_id, region, kind, expires_at, source) VALUES "
        "($1, $1, $1, 'DE', 'RENT', NULL, 'demo'), ($2, $1, $1, 'FR', 'RENT', now() - interval '1 day', 'demo')",
        MOVIE,
        SERIES,
    )
    assert [await store.has_offers(region) for region in ("DE", "FR", "US")] == [True, False, False]


async def test_written_rows_grow(database: Database) -> None:
    store = await fill(database)
    async with database.acquire() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        before = await store.written_rows(RATING_TABLES)
        await connection.execute("DELETE FROM ratings WHERE profile_id = $1", PROFILE)
        await connection.execute("SELECT pg_stat_force_next_flush()")
        assert await store.written_rows(RATING_TABLES) > before
