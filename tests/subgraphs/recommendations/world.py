"""A small world: 30 titles, 40 people in two taste camps."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from datasources.postgres.engine import Database
from datasources.sources import Sources
from resolvers.domain.viewer import Role, Viewer
from resolvers.recommendations.model import TasteModel

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def some_id(kind: int, number: int) -> str:
    """Return the id of row `number` of a kind of rows."""
    return f"019b76da-a800-7000-8{kind:03x}-{number:012x}"


def title_id(number: int) -> str:
    """Return a title: 0–11 crime (0–3 directed by person 0), 12–23 romance, 24–29 documentaries nobody rated."""
    return some_id(1, number)


def person_id(number: int) -> str:
    """Return a person; 0–5 direct four titles each."""
    return some_id(2, number)


def profile_id(number: int) -> str:
    """Return a profile: 0–19 like crime, 20–39 like romance; 40 is somebody new."""
    return some_id(3, number)


def viewer(number: int) -> Viewer:
    """Return somebody signed in as profile `number`."""
    return Viewer(some_id(4, number), profile_id(number), some_id(5, number), Role.USER)


def rated(person: int) -> dict[int, float]:
    """Return what a person rated: six of twelve titles of their camp 8–9.5, two of the other camp 3."""
    own, other = (0, 12) if person < 20 else (12, 0)
    liked = {own + (person * 5 + step) % 12: 8.0 + (person + step) % 4 / 2 for step in (0, 1, 3, 4, 7, 9)}
    return liked | {other + (person + step) % 12: 3.0 for step in range(2)}


@dataclass(frozen=True, slots=True)
class World:
    """The rows, and the model of them."""

    database: Database
    model: TasteModel

    async def rate(self, person: int, title: int, value: float) -> None:
        """Let somebody rate a title."""
        await self.database.execute(
            "INSERT INTO ratings (profile_id, title_id, value, rated_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (profile_id, title_id) DO UPDATE SET value = excluded.value",
            profile_id(person),
            title_id(title),
            value,
            NOW,
        )

    async def prefer(self, person: int, key: str, value: Any) -> None:
        """Let somebody write a preference."""
        await self.database.execute(
            "INSERT INTO preferences (profile_id, key, value, stamp) VALUES ($1, $2, $3, '1')",
            profile_id(person),
            key,
            value,
        )

    async def likes(self, title: int, *others: int) -> int:
        """Count who rated a title, and all the others, 7 or more."""
        wanted = [title_id(number) for number in (title, *others)]
        return int(
            await self.database.fetchval(
                "SELECT count(*) FROM (SELECT profile_id FROM ratings WHERE value >= 7 AND title_id = ANY($1::uuid[]) "
                "GROUP BY profile_id HAVING count(*) = $2) found",
                wanted,
                len(wanted),
            )
        )


async def make_world(sources: Sources) -> World:
    """Write the rows into an empty database."""
    titles, parts = [], []
    for number in range(30):
        camp = number // 12
        genres = (["CRIME", "THRILLER"], ["ROMANCE", "COMEDY"], ["DOCUMENTARY"])[camp]
        titles.append(
            (
                title_id(number),
                "DOCUMENTARY" if camp == 2 else "MOVIE",
                f"{('Heist', 'Kiss', 'Fact')[camp]} {number}",
                genres,
                [("bank", "wedding", "nature")[camp]] if number % 2 else [],
                [("dark", "cozy", "calm")[camp]] if number % 3 == 0 else [],
                1990 + number,
                80 + 5 * number,
                12 if number % 2 else 16,
                90.0 - 3 * number if camp < 2 else 10.0,
                7.0,
            )
        )
        parts.append((some_id(6, number), title_id(number), person_id(number // 4), "DIRECTOR", 0))
        parts.append((some_id(7, number), title_id(number), person_id(20 + number), "ACTOR", 1))
    people = [(person_id(number), f"Person {number}", "demo") for number in range(60)]
    ratings = [
        (profile_id(person), title_id(title), value, NOW - timedelta(days=person))
        for person in range(40)
        for title, value in rated(person).items()
    ]
    async with sources.database.transaction() as connection:
        for row in titles:
            await connection.execute(
                "INSERT INTO titles (id, kind, name, sort_name, match_name, genres, themes, moods, release_year, "
                "runtime_minutes, minimum_age, popularity, rating_weighted, source) "
                "VALUES ($1, $2, $3, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'demo')",
                *row,
            )
        for row in people:
            await connection.execute("INSERT INTO people (id, name, source) VALUES ($1, $2, $3)", *row)
        for row in parts:
            await connection.execute(
                "INSERT INTO credits (id, title_id, person_id, role, position) VALUES ($1, $2, $3, $4, $5)", *row
            )
        for number in range(41):
            await connection.execute(
                "INSERT INTO users (id, email, display_name, password_hash, role, source) "
                "VALUES ($1, $2, 'A', '', 'USER', 'register')",
                some_id(4, number),
                f"{number}@example.org",
            )
            await connection.execute(
                "INSERT INTO profiles (id, user_id, name, is_default) VALUES ($1, $2, 'A', true)",
                profile_id(number),
                some_id(4, number),
            )
        for row in ratings:
            await connection.execute(
                "INSERT INTO ratings (profile_id, title_id, value, rated_at) VALUES ($1, $2, $3, $4)", *row
            )
    return World(sources.database, TasteModel(sources))
