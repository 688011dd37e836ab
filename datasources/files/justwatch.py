"""JustWatch catalogues in the layout REGION/DATE/PLATFORM/titles.csv and credits.csv, such as us/2023-04-06/netflix.

The newest snapshot of each platform counts; earlier ones tell since when a title has been there.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from datasources.files.tables import BrokenRow, Row, UnknownFormat, decimal, number, read_csv

_COLUMNS = (
    *("id", "title", "type", "description", "release_year", "age_certification", "runtime", "genres"),
    *("production_countries", "seasons", "imdb_id", "imdb_score", "imdb_votes", "tmdb_popularity", "tmdb_score"),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one platform had in one region on a day; `titles` and `credits` are its files."""

    region: str
    day: date
    platform: str
    titles: Path
    credits: Path | None
    name: str

    @property
    def title_file(self) -> str:
        """Return the titles file as reports show it."""
        return f"{self.name}/titles.csv"

    @property
    def credit_file(self) -> str:
        """Return the credits file as reports show it."""
        return f"{self.name}/credits.csv"


@dataclass(frozen=True, slots=True)
class Listing:
    """A title on a platform; `since` is the first snapshot that has it, None when all we know have it."""

    snapshot: Snapshot
    since: date | None


@dataclass(frozen=True, slots=True)
class ListedTitle:
    """A title of one or more platforms, as the newest snapshot tells it; ids such as `tm61729`, `ts20945`."""

    file: str
    line: int
    id: str
    title: str
    is_show: bool
    description: str
    release_year: int | None
    age_certification: str
    runtime: int | None
    genres: tuple[str, ...]
    countries: tuple[str, ...]
    seasons: int | None
    imdb_id: str
    imdb_score: float | None
    imdb_votes: int
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class ListedCredit:
    """Somebody's part in a title; `role` is `ACTOR` or `DIRECTOR`."""

    file: str
    line: int
    person_id: str
    title_id: str
    name: str
    character: str
    role: str


def find_snapshots(folder: Path) -> tuple[Snapshot, ...]:
    """Return all snapshots below a folder, the newest first; raise UnknownFormat when there is none.

    The folder may hold regions, or be a region (`us`), a day of one or a platform of that.
    """
    found: list[Snapshot] = []
    for titles in sorted(folder.rglob("titles.csv")):
        region, day, platform = titles.absolute().parts[-4:-1]
        if not re.fullmatch(r"[A-Za-z]{2}", region) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            continue
        credit_file = titles.with_name("credits.csv")
        found.append(
            Snapshot(
                region.upper(),
                date.fromisoformat(day),
                platform,
                titles,
                credit_file if credit_file.is_file() else None,
                f"{region}/{day}/{platform}",
            )
        )
    if not found:
        raise UnknownFormat(f"{folder}: no REGION/DATE/PLATFORM/titles.csv below it, such as us/2023-04-06/netflix")
    return tuple(sorted(found, key=lambda snapshot: (-snapshot.day.toordinal(), snapshot.name)))


def newest(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """Return the newest snapshot of each platform and region."""
    first: dict[tuple[str, str], Snapshot] = {}
    for snapshot in snapshots:
        first.setdefault((snapshot.region, snapshot.platform), snapshot)
    return tuple(first.values())


def _listed_ids(snapshot: Snapshot) -> set[str]:
    rows = read_csv(snapshot.titles, snapshot.title_file, ("id",))
    return {row.values["id"] for row in rows if isinstance(row, Row)}


def _since(snapshots: Sequence[Snapshot], current: Snapshot) -> Mapping[str, date]:
    """Return since when titles are on a platform, for those that the earliest snapshot lacks."""
    series = [s for s in snapshots if (s.region, s.platform) == (current.region, current.platform)]
    first_seen: dict[str, date] = {}
    there = [(snapshot.day, _listed_ids(snapshot)) for snapshot in series]  # newest first
    for id_ in there[0][1]:
        day: date | None = None
        for seen, ids in there:
            if id_ not in ids:
                break
            day = seen
        if day is not None and day != there[-1][0]:
            first_seen[id_] = day
    return first_seen


def _words(row: Row, column: str) -> tuple[str, ...]:
    text = row.values[column].strip()
    if not text:
        return ()
    try:
        words = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        words = None
    if not isinstance(words, list):
        raise ValueError(f"{column} {text[:40]!r} is not a list such as ['drama', 'crime']")
    return tuple(str(word) for word in words)


def _listed_title(row: Row, listings: tuple[Listing, ...]) -> ListedTitle:
    values = row.values
    if not values["id"].strip() or not values["title"].strip():
        raise ValueError("no id or no title")
    if values["type"] not in {"MOVIE", "SHOW"}:
        raise ValueError(f"type {values['type'][:40]!r} is neither MOVIE nor SHOW")
    year = number(row, "release_year")
    if year is not None and not 1870 <= year <= 2100:
        raise ValueError(f"release_year {year} is not a year of film or television")
    return ListedTitle(
        row.file,
        row.line,
        values["id"].strip(),
        values["title"].strip(),
        values["type"] == "SHOW",
        values["description"].strip(),
        year,
        values["age_certification"],
        number(row, "runtime"),
        _words(row, "genres"),
        _words(row, "production_countries"),
        number(row, "seasons"),
        values["imdb_id"].strip(),
        decimal(row, "imdb_score", 0, 10),
        number(row, "imdb_votes") or 0,
        listings,
    )


def read_titles(snapshots: Sequence[Snapshot]) -> Iterator[ListedTitle | BrokenRow]:
    """Yield the titles of the newest snapshots, each once with all its listings; broken rows come first.

    Holds one region's catalogue in memory: some 100,000 titles at most.
    """
    rows: dict[str, Row] = {}
    listings: dict[str, list[Listing]] = {}
    for snapshot in newest(snapshots):
        since = _since(snapshots, snapshot)
        for row in read_csv(snapshot.titles, snapshot.title_file, _COLUMNS):
            if isinstance(row, BrokenRow):
                yield row
                continue
            id_ = row.values["id"].strip()
            rows.setdefault(id_, row)
            listings.setdefault(id_, []).append(Listing(snapshot, since.get(id_)))
    for id_, row in rows.items():
        try:
            yield _listed_title(row, tuple(listings[id_]))
        except ValueError as error:
            yield row.broken(str(error))


def read_credits(snapshot: Snapshot) -> Iterator[ListedCredit | BrokenRow]:
    """Yield the credits of a snapshot; those of one title are next to each other."""
    if snapshot.credits is None:
        return
    for row in read_csv(snapshot.credits, snapshot.credit_file, ("person_id", "id", "name", "character", "role")):
        if isinstance(row, BrokenRow):
            yield row
            continue
        values = {column: value.strip() for column, value in row.values.items()}
        if not values["person_id"] or not values["id"] or not values["name"]:
            yield row.broken("no person_id, id or name")
        elif values["role"] not in {"ACTOR", "DIRECTOR"}:
            yield row.broken(f"role {values['role'][:40]!r} is neither ACTOR nor DIRECTOR")
        else:
            yield ListedCredit(
                row.file,
                row.line,
                values["person_id"],
                values["id"],
                values["name"],
                values["character"],
                values["role"],
            )
