"""The bundled catalogue: titles and people as their files tell them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_FOLDER = Path(__file__).parent
TITLE_FILES = ("films_classic.jsonl", "films_modern.jsonl", "films_world.jsonl", "series.jsonl")
PEOPLE_FILES = ("people_classic.jsonl", "people_modern.jsonl", "people_world.jsonl", "people_series.jsonl")


@dataclass(frozen=True, slots=True)
class DemoEpisode:
    """An episode; minutes and day where known, `Episode 3` where it has no name."""

    number: int
    name: str
    minutes: int | None
    released: date | None


@dataclass(frozen=True, slots=True)
class DemoSeason:
    """A season with all its episodes, in order."""

    number: int
    year: int | None
    episodes: Sequence[DemoEpisode]


@dataclass(frozen=True, slots=True)
class DemoTitle:
    """A film or series. `cast` and `voices` are (person, character) in billing order, `crew` people by role."""

    key: str
    kind: str
    name: str
    year: int
    synopsis: str
    popularity: float
    genres: Sequence[str]
    countries: Sequence[str]
    language: str
    original_name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    released: date | None = None
    ended: date | None = None
    status: str = "RELEASED"
    runtime: int | None = None
    season_count: int | None = None
    episode_count: int | None = None
    themes: Sequence[str] = ()
    moods: Sequence[str] = ()
    spoken: Sequence[str] = ()
    ratings: Mapping[str, tuple[str, str, int]] = field(default_factory=dict)
    companies: Sequence[tuple[str, str, str | None]] = ()
    crew: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cast: Sequence[tuple[str, str | None]] = ()
    voices: Sequence[tuple[str, str | None]] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    tagline: str | None = None
    seasons: Sequence[DemoSeason] = ()


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Facts about somebody in the credits."""

    name: str
    known_for: str | None = None
    born: date | None = None
    died: date | None = None
    birth_place: str | None = None
    bio: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (_FOLDER / name).read_bytes().splitlines():
        if line.strip():
            yield orjson.loads(line)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _season(stored: dict[str, Any]) -> DemoSeason:
    episodes = [
        DemoEpisode(number, name or f"Episode {number}", minutes, _day(day))
        for number, (name, minutes, day) in enumerate(stored["episodes"], 1)
    ]
    return DemoSeason(stored["number"], stored.get("year"), episodes)


def _pairs(stored: list[list[str | None]]) -> list[tuple[str, str | None]]:
    return [(str(entry[0]), entry[1] if len(entry) > 1 else None) for entry in stored]


def _title(stored: dict[str, Any]) -> DemoTitle:
    return DemoTitle(
        key=stored["key"],
        kind=stored["kind"],
        name=stored["name"],
        year=stored["year"],
        synopsis=stored["synopsis"],
        popularity=float(stored["popularity"]),
        genres=stored["genres"],
        countries=stored["countries"],
        language=stored["language"],
        original_name=stored.get("originalName"),
        names=stored.get("names", {}),
        released=_day(stored.get("released")),
        ended=_day(stored.get("ended")),
        status=stored.get("status", "RELEASED"),
        runtime=stored.get("runtime"),
        season_count=stored.get("seasonCount"),
        episode_count=stored.get("episodeCount"),
        themes=stored.get("themes", []),
        moods=stored.get("moods", []),
        spoken=stored.get("spoken", []),
        ratings={region: (mark[0], mark[1], mark[2]) for region, mark in stored.get("ratings", {}).items()},
        companies=[(entry[0], entry[1], entry[2] if len(entry) > 2 else None) for entry in stored.get("companies", [])],
        crew=stored.get("crew", {}),
        cast=_pairs(stored.get("cast", [])),
        voices=_pairs(stored.get("voices", [])),
        ids=stored.get("ids", {}),
        tagline=stored.get("tagline"),
        seasons=[_season(season) for season in stored.get("seasons", [])],
    )


@cache
def demo_titles() -> tuple[DemoTitle, ...]:
    """Return all films and series, read once."""
    return tuple(_title(stored) for name in TITLE_FILES for stored in _lines(name))


def demo_people() -> Iterator[DemoPerson]:
    """Yield what the files know of people; somebody may be in several files."""
    for name in PEOPLE_FILES:
        for stored in _lines(name):
            yield DemoPerson(
                name=stored["name"],
                known_for=stored.get("knownFor"),
                born=_day(stored.get("born")),
                died=_day(stored.get("died")),
                birth_place=stored.get("birthPlace"),
                bio=stored.get("bio"),
                ids=stored.get("ids", {}),
            )
