"""Platform catalogues in the layout of the Kaggle files netflix_titles.csv, amazon_prime_titles.csv and the like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from datasources.files.tables import BrokenRow, Row, UnknownFormat, number, read_csv

_COLUMNS = (
    "show_id",
    "type",
    "title",
    "director",
    "cast",
    "country",
    "date_added",
    "release_year",
    "rating",
    "duration",
    "listed_in",
    "description",
)


@dataclass(frozen=True, slots=True)
class PlatformFile:
    """One platform's file; `platform` is its name in the file name, `day` the latest date in it."""

    platform: str
    path: Path
    day: date


@dataclass(frozen=True, slots=True)
class PlatformTitle:
    """A title of a platform; `show_id` is unique in its file only. Texts are as printed."""

    file: str
    line: int
    show_id: str
    is_show: bool
    title: str
    directors: tuple[str, ...]
    cast: tuple[str, ...]
    countries: tuple[str, ...]
    date_added: date | None
    release_year: int | None
    rating: str
    duration: str
    genres: tuple[str, ...]
    description: str


def _day(text: str) -> date | None:
    """Return `September 25, 2021` as a date, None where empty; raise ValueError for anything else."""
    return datetime.strptime(text, "%B %d, %Y").date() if text else None  # noqa: DTZ007 – a date has no zone


def find_platform_files(path: Path) -> tuple[PlatformFile, ...]:
    """Return the platform files of a folder, or the one file; raise UnknownFormat when there is none."""
    files = [path] if path.is_file() else sorted(path.glob("*_titles.csv"))
    if not files:
        raise UnknownFormat(f"{path}: no file such as netflix_titles.csv")
    return tuple(
        PlatformFile(file.name.removesuffix(".csv").removesuffix("_titles"), file, _latest(file)) for file in files
    )


def _latest(path: Path) -> date:
    days = []
    for row in read_csv(path, path.name, _COLUMNS):
        if isinstance(row, Row):
            try:
                if (day := _day(row.values["date_added"].strip())) is not None:
                    days.append(day)
            except ValueError:  # reported when the row is read for good
                continue
    return max(days, default=date(2021, 1, 1))


def _list(text: str) -> tuple[str, ...]:
    # ", and" within a genre (`Arts, Entertainment, and Culture`) leaves a word that is known and names no genre.
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _platform_title(row: Row) -> PlatformTitle:
    values = row.values
    if not re.fullmatch(r"s\d+", values["show_id"].strip()):
        raise ValueError(f"show_id {values['show_id'][:40]!r} is not an id such as s81")
    if not values["title"].strip():
        raise ValueError("no title")
    if values["type"] not in {"Movie", "TV Show"}:
        raise ValueError(f"type {values['type'][:40]!r} is neither Movie nor TV Show")
    year = number(row, "release_year")
    if year is not None and not 1870 <= year <= 2100:
        raise ValueError(f"release_year {year} is not a year of film or television")
    try:
        added = _day(values["date_added"].strip())
    except ValueError:
        raise ValueError(f"date_added {values['date_added'][:40]!r} is not a date such as September 25, 2021") from None
    return PlatformTitle(
        row.file,
        row.line,
        values["show_id"].strip(),
        values["type"] == "TV Show",
        values["title"].strip(),
        _list(values["director"]),
        _list(values["cast"]),
        _list(values["country"]),
        added,
        year,
        values["rating"].strip(),
        values["duration"].strip(),
        _list(values["listed_in"]),
        values["description"].strip(),
    )


def read_platform_titles(file: PlatformFile) -> Iterator[PlatformTitle | BrokenRow]:
    """Yield the titles of a platform."""
    for row in read_csv(file.path, file.path.name, _COLUMNS):
        if isinstance(row, BrokenRow):
            yield row
            continue
        try:
            yield _platform_title(row)
        except ValueError as error:
            yield row.broken(str(error))
