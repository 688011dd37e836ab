"""A small real catalogue for tests: `Catalogue(database)` writes rows, `films(catalogue)` a shelf of known ones."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from datasources.postgres.engine import Connection, Database
from datasources.sources import Sources, open_sources
from resolvers.catalog.indexing import catch_up
from resolvers.domain.pagination import encode_cursor

UNKNOWN = "01900000-0000-7000-8000-000000000000"
"""An id that names nothing."""


def some_id(number: int) -> str:
    """Return the id of row `number`; later rows have larger ids."""
    return f"019b76da-a800-7000-8000-{number:012x}"


def forge(cursor: str, *position: object) -> str:
    """Return a cursor of the same list as `cursor` that stands for another position."""
    key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
    return encode_cursor(key, position)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Writes rows; every method returns the id of the new row. Columns may be given by name."""

    database: Database | Connection
    numbers: Any = field(default_factory=lambda: count(1))

    async def _insert(self, table: str, **columns: Any) -> None:
        names = ", ".join(columns)
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        await self.database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *columns.values())

    async def title(self, name: str = "A film", kind: str = "MOVIE", **columns: Any) -> str:
        """Add a title."""
        id_ = some_id(next(self.numbers))
        keys = {"sort_name": name.lower(), "match_name": name.lower().replace(" ", "")}
        await self._insert("titles", **{"id": id_, "kind": kind, "name": name, "source": "demo"} | keys | columns)
        return id_

    async def text(self, title: str, text: str, language: str, field: str = "name", **columns: Any) -> None:
        """Add a name or description of a title."""
        row = {"title_id": title, "field": field, "language": language, "text": text, "source": "demo"}
        await self._insert("title_texts", **row | columns)

    async def person(self, name: str = "Somebody", **columns: Any) -> str:
        """Add a person."""
        id_ = some_id(next(self.numbers))
        await self._insert("people", **{"id": id_, "name": name, "source": "demo"} | columns)
        return id_

    async def credit(self, title: str, person: str, role: str, position: int, **columns: Any) -> str:
        """Add a credit."""
        id_ = some_id(next(self.numbers))
        row = {"id": id_, "title_id": title, "person_id": person, "role": role, "position": position}
        await self._insert("credits", **row | columns)
        return id_

    async def attention(self, title: str, day: date, weight: float, region: str = "US") -> None:
        """Count attention."""
        await self._insert("attention", title_id=title, day=day, region=region, weight=weight)

    async def platform(self, slug: str) -> str:
        """Add a platform."""
        id_ = some_id(next(self.numbers))
        await self._insert("platforms", id=id_, slug=slug, name=slug.title(), regions=["US", "DE"])
        return id_

    async def offer(
        self, title: str, platform: str, region: str = "US", kind: str = "SUBSCRIPTION", **columns: Any
    ) -> str:
        """Add an offer."""
        id_ = some_id(next(self.numbers))
        row = {"id": id_, "title_id": title, "platform_id": platform, "region": region, "kind": kind, "source": "demo"}
        await self._insert("offers", **row | columns)
        return id_


@dataclass(frozen=True, slots=True)
class Films:
    """Ids of the shelf, by a short word."""

    titles: dict[str, str]
    people: dict[str, str]


_FILMS: Sequence[tuple[str, str, dict[str, Any]]] = (
    (
        "matrix",
        "The Matrix",
        {
            "sort_name": "matrix",
            "release_year": 1999,
            "release_date": date(1999, 3, 31),
            "runtime_minutes": 136,
            "genres": ["ACTION", "SCIENCE_FICTION"],
            "themes": ["simulated reality"],
            "moods": ["mind-bending", "tense"],
            "countries": ["US", "AU"],
            "original_language": "en",
            "spoken_languages": ["en"],
            "minimum_age": 16,
            "content_ratings": [
                {"region": "US", "scheme": "MPA", "code": "R", "minimumAge": 17},
                {"region": "DE", "scheme": "FSK", "code": "16", "minimumAge": 16},
            ],
            "rating_average": 8.7,
            "rating_weighted": 8.6,
            "rating_votes": 1200,
            "popularity": 93.0,
            "imdb": "tt0133093",
            "tmdb": "603",
            "tmdb_type": "movie",
            "wikidata": "Q83495",
            "status": "RELEASED",
        },
    ),
    (
        "amelie",
        "Amélie",
        {
            "sort_name": "amelie",
            "original_name": "Le Fabuleux Destin d'Amélie Poulain",
            "release_year": 2001,
            "runtime_minutes": 122,
            "genres": ["ROMANCE", "COMEDY"],
            "moods": ["quirky", "heartwarming"],
            "countries": ["FR", "DE"],
            "original_language": "fr",
            "minimum_age": 6,
            "rating_average": 8.3,
            "rating_weighted": 8.2,
            "rating_votes": 800,
            "popularity": 60.0,
            "imdb": "tt0211915",
        },
    ),
    (
        "running",
        "Speed of Light",
        {"release_year": None, "genres": ["ACTION"], "popularity": 1.0, "original_language": None},
    ),
)


async def films(catalogue: Catalogue) -> Films:
    """Write three films (of one little is known), a series of two seasons with two episodes each, and their people."""
    people = {
        "keanu": await catalogue.person("Keanu Reeves", popularity=80.0, imdb="nm0000206", known_for="ACTOR"),
        "lana": await catalogue.person("Lana Wachowski", popularity=40.0),
        "lilly": await catalogue.person("Lilly Wachowski", popularity=40.0),
        "jeunet": await catalogue.person(
            "Jean-Pierre Jeunet",
            biography=[
                {"language": "en", "text": "Makes dreams out of brass.", "source": "demo"},
                {"language": "fr", "text": "Il filme des rêves.", "source": "demo"},
            ],
        ),
        "vince": await catalogue.person("Vince Gilligan"),
    }
    titles = {word: await catalogue.title(name, **columns) for word, name, columns in _FILMS}
    titles["series"] = series = await catalogue.title(
        "Desert Chemistry",
        "SERIES",
        release_year=2008,
        season_count=2,
        episode_count=4,
        genres=["DRAMA"],
        popularity=70.0,
        tmdb="603",
        tmdb_type="tv",
        original_language="en",
    )
    for season in (1, 2):
        titles[f"season{season}"] = parent = await catalogue.title(
            f"Season {season}", "SEASON", parent_id=series, season_number=season, genres=["DRAMA"], popularity=5.0
        )
        for episode in (1, 2):
            titles[f"episode{season}{episode}"] = await catalogue.title(
                f"Matrix of {season}{episode}",
                "EPISODE",
                parent_id=parent,
                season_number=season,
                episode_number=episode,
                genres=["DRAMA"],
            )
    for position, word in enumerate(("lana", "lilly")):
        await catalogue.credit(titles["matrix"], people[word], "DIRECTOR", position)
    await catalogue.credit(titles["matrix"], people["keanu"], "ACTOR", 2, character="Neo", billing=1)
    await catalogue.credit(titles["amelie"], people["jeunet"], "DIRECTOR", 0)
    await catalogue.credit(titles["amelie"], people["jeunet"], "WRITER", 1)
    await catalogue.credit(titles["series"], people["vince"], "CREATOR", 0)
    await catalogue.credit(titles["series"], people["lana"], "DIRECTOR", 1)
    await catalogue.credit(titles["running"], people["keanu"], "ACTOR", 0)
    await catalogue.text(titles["matrix"], "Matrix", "de")
    await catalogue.text(titles["matrix"], "A hacker learns that his city is a simulation.", "en", "description")
    await catalogue.text(titles["matrix"], "Ein Hacker erfährt, dass seine Stadt nicht echt ist.", "de", "description")
    await catalogue.text(titles["amelie"], "Le Fabuleux Destin d'Amélie Poulain", "fr", is_original=True)
    await catalogue.text(titles["amelie"], "Die fabelhafte Welt der Amélie", "de")
    await catalogue.text(titles["amelie"], "O Fabuloso Destino de Amélie", "pt", region="BR")
    await catalogue.text(titles["amelie"], "Une serveuse de Montmartre.", "fr", "description")
    return Films(titles, people)


@asynccontextmanager
async def open_shelf(database_url: str, folder: Path) -> AsyncIterator[tuple[Sources, Films]]:
    """Open sources on an empty database, with the films written and indexed: for tests that only read."""
    async with open_sources(database_url, index_folder=folder, connections=4) as sources:
        written = await films(Catalogue(sources.database))
        await catch_up(sources)
        yield sources, written
