"""IMDb's datasets: title.basics, title.ratings and title.akas in TSV, plain or gzipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datasources.files.tables import BrokenRow, Row, UnknownFormat, decimal, find, number, read_tsv


@dataclass(frozen=True, slots=True)
class ImdbFiles:
    """The files of a folder."""

    basics: Path | None
    ratings: Path | None
    akas: Path | None


@dataclass(frozen=True, slots=True)
class Basics:
    """A title; `title_type` is IMDb's (`movie`, `tvSeries` …)."""

    file: str
    line: int
    tconst: str
    title_type: str
    primary_title: str
    original_title: str
    is_adult: bool
    start_year: int | None
    end_year: int | None
    runtime_minutes: int | None
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TitleRating:
    """The mean (1–10) and number of votes of a title."""

    file: str
    line: int
    tconst: str
    average: float
    votes: int


@dataclass(frozen=True, slots=True)
class Aka:
    """A name of a title in a region or language; both may be empty."""

    file: str
    line: int
    tconst: str
    ordering: int
    title: str
    region: str
    language: str
    types: tuple[str, ...]
    is_original: bool


def find_imdb(folder: Path) -> ImdbFiles:
    """Return the files of an IMDb folder; raise UnknownFormat when there is none of them."""
    files = ImdbFiles(
        find(folder, "title.basics.tsv"), find(folder, "title.ratings.tsv"), find(folder, "title.akas.tsv")
    )
    if files.basics is None and files.ratings is None and files.akas is None:
        raise UnknownFormat(f"{folder}: no title.basics.tsv, title.ratings.tsv or title.akas.tsv (plain or .gz)")
    return files


def _tconst(row: Row, column: str) -> str:
    text = row.values[column].strip()
    if not (text.startswith("tt") and text[2:].isdigit()):
        raise ValueError(f"{column} {text[:40]!r} is not an id such as tt0133093")
    return text


def _year(row: Row, column: str) -> int | None:
    year = number(row, column)
    if year is not None and not 1870 <= year <= 2100:
        raise ValueError(f"{column} {year} is not a year of film or television")
    return year


def read_basics(path: Path) -> Iterator[Basics | BrokenRow]:
    """Yield the titles."""
    columns = ("tconst", "titleType", "primaryTitle", "originalTitle", "isAdult", "startYear", "endYear")
    for row in read_tsv(path, path.name, (*columns, "runtimeMinutes", "genres")):
        if isinstance(row, BrokenRow):
            yield row
            continue
        values = row.values
        try:
            if not values["primaryTitle"].strip():
                raise ValueError("no primaryTitle")
            yield Basics(
                row.file,
                row.line,
                _tconst(row, "tconst"),
                values["titleType"],
                values["primaryTitle"].strip(),
                values["originalTitle"].strip(),
                values["isAdult"] == "1",
                _year(row, "startYear"),
                _year(row, "endYear"),
                number(row, "runtimeMinutes"),
                tuple(word for word in values["genres"].split(",") if word),
            )
        except ValueError as error:
            yield row.broken(str(error))


def read_title_ratings(path: Path) -> Iterator[TitleRating | BrokenRow]:
    """Yield the ratings."""
    for row in read_tsv(path, path.name, ("tconst", "averageRating", "numVotes")):
        if isinstance(row, BrokenRow):
            yield row
            continue
        try:
            average, votes = decimal(row, "averageRating", 0, 10), number(row, "numVotes")
            if average is None or votes is None or votes < 0:
                raise ValueError("averageRating or numVotes is missing")
            yield TitleRating(row.file, row.line, _tconst(row, "tconst"), average, votes)
        except ValueError as error:
            yield row.broken(str(error))


def read_akas(path: Path) -> Iterator[Aka | BrokenRow]:
    """Yield the names; those of one title are next to each other in IMDb's files."""
    columns = ("titleId", "ordering", "title", "region", "language", "types", "isOriginalTitle")
    for row in read_tsv(path, path.name, columns):
        if isinstance(row, BrokenRow):
            yield row
            continue
        values = row.values
        try:
            if not values["title"].strip():
                raise ValueError("no title")
            yield Aka(
                row.file,
                row.line,
                _tconst(row, "titleId"),
                number(row, "ordering") or 0,
                values["title"].strip(),
                values["region"],
                values["language"],
                tuple(word for word in values["types"].replace("\x02", ",").split(",") if word),
                values["isOriginalTitle"] == "1",
            )
        except ValueError as error:
            yield row.broken(str(error))
