"""MovieLens (GroupLens), as `ml-latest-small` and `ml-32m` come: movies, links, ratings and tags in CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datasources.files.tables import BrokenRow, Row, UnknownFormat, decimal, find, number, read_csv

LATEST_INSTANT = 4_102_444_800  # 2100-01-01: later is a mistake


@dataclass(frozen=True, slots=True)
class MovieLensFiles:
    """The files of a folder."""

    movies: Path
    links: Path | None
    ratings: Path | None
    tags: Path | None


@dataclass(frozen=True, slots=True)
class Movie:
    """A movie; `title` holds the year, ids are as written (`0114709`, `862`), empty when unknown."""

    file: str
    line: int
    movie_id: str
    title: str
    genres: tuple[str, ...]
    imdb_id: str
    tmdb_id: str


@dataclass(frozen=True, slots=True)
class UserRating:
    """What a user gave a movie, 0.5–5 stars."""

    file: str
    line: int
    user_id: str
    movie_id: str
    stars: float
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class UserTag:
    """A word a user put on a movie."""

    file: str
    line: int
    user_id: str
    movie_id: str
    tag: str


def find_movielens(folder: Path) -> MovieLensFiles:
    """Return the files of a MovieLens folder; raise UnknownFormat when there is no movies.csv."""
    movies = find(folder, "movies.csv")
    if movies is None:
        raise UnknownFormat(f"{folder}: no movies.csv; give the folder that holds it, such as ml-latest-small")
    return MovieLensFiles(movies, find(folder, "links.csv"), find(folder, "ratings.csv"), find(folder, "tags.csv"))


def _ids(row: Row) -> str | None:
    """Return what is wrong with the ids of a row."""
    for column in ("userId", "movieId"):
        if not row.values.get(column, "1").strip().isdigit():
            return f"{column} {row.values[column][:40]!r} is not a number"
    return None


def read_movies(files: MovieLensFiles) -> Iterator[Movie | BrokenRow]:
    """Yield the movies with their links; broken links come first, and cost the movie its ids only."""
    links: dict[str, tuple[str, str]] = {}
    if files.links is not None:
        for row in read_csv(files.links, files.links.name, ("movieId", "imdbId", "tmdbId")):
            if isinstance(row, BrokenRow):
                yield row
            elif (wrong := _ids(row)) is not None:
                yield row.broken(wrong)
            else:
                links[row.values["movieId"]] = row.values["imdbId"].strip(), row.values["tmdbId"].strip()
    for row in read_csv(files.movies, files.movies.name, ("movieId", "title", "genres")):
        if isinstance(row, BrokenRow):
            yield row
        elif (wrong := _ids(row)) is not None:
            yield row.broken(wrong)
        elif not (title := row.values["title"].strip()):
            yield row.broken("no title")
        else:
            movie_id = row.values["movieId"]
            genres = tuple(word for word in row.values["genres"].split("|") if word)
            yield Movie(row.file, row.line, movie_id, title, genres, *links.get(movie_id, ("", "")))


def _instant(row: Row) -> datetime:
    seconds = number(row, "timestamp")
    if seconds is None or not 0 <= seconds < LATEST_INSTANT:
        raise ValueError(f"timestamp {row.values['timestamp'][:40]!r} is not in seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)


def read_ratings(path: Path) -> Iterator[UserRating | BrokenRow]:
    """Yield the ratings."""
    for row in read_csv(path, path.name, ("userId", "movieId", "rating", "timestamp")):
        if isinstance(row, BrokenRow):
            yield row
            continue
        try:
            stars = decimal(row, "rating", 0.5, 5.0)
            if stars is None or not (stars * 2).is_integer():
                raise ValueError(f"rating {row.values['rating'][:40]!r} is not in half steps")
            if (wrong := _ids(row)) is not None:
                raise ValueError(wrong)
            yield UserRating(row.file, row.line, row.values["userId"], row.values["movieId"], stars, _instant(row))
        except ValueError as error:
            yield row.broken(str(error))


def read_tags(path: Path) -> Iterator[UserTag | BrokenRow]:
    """Yield the tags."""
    for row in read_csv(path, path.name, ("userId", "movieId", "tag", "timestamp")):
        if isinstance(row, BrokenRow):
            yield row
        elif (wrong := _ids(row)) is not None:
            yield row.broken(wrong)
        elif not (tag := row.values["tag"].strip()):
            yield row.broken("no tag")
        else:
            yield UserTag(row.file, row.line, row.values["userId"], row.values["movieId"], tag)
