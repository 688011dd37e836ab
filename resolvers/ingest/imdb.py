"""IMDb: titles, then their ratings, then their names around the world."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasources.files.imdb import Aka, Basics, TitleRating, find_imdb, read_akas, read_basics, read_title_ratings
from datasources.records.bulk import TextRow
from resolvers.domain.titles import TitleKind
from resolvers.ingest.candidates import Candidate, film_kind, genres_told, named, rated
from resolvers.ingest.countries import UNDETERMINED, country_code, language_code, language_of_region
from resolvers.ingest.matching import Shelf
from resolvers.ingest.passes import Pass
from resolvers.ingest.report import Tally
from resolvers.ingest.titles import Desk, write_titles

SOURCE = "imdb"
_PRIOR_VOTES = 1000.0
_KINDS: Mapping[str, str | None] = {
    "movie": None,  # film or documentary: the genres tell
    "tvMovie": None,
    "video": None,
    "short": TitleKind.SHORT,
    "tvShort": TitleKind.SHORT,
    "tvSpecial": TitleKind.SPECIAL,
    "tvSeries": TitleKind.SERIES,
    "tvMiniSeries": TitleKind.SERIES,
}
# The name shown before others of its region: none of these types.
_ASIDE = frozenset({"alternative", "dvd", "festival", "tv", "video", "working"})


def imdb_passes(folder: Path) -> list[Pass]:
    """Return the passes over an IMDb folder; raise UnknownFormat when it is none."""
    files = find_imdb(folder)
    passes: list[Pass] = []
    if (basics := files.basics) is not None:
        passes.append(Pass(basics.name, [basics], lambda: read_basics(basics), _write_basics))
    if (ratings := files.ratings) is not None:
        passes.append(Pass(ratings.name, [ratings], lambda: read_title_ratings(ratings), _write_ratings))
    if (akas := files.akas) is not None:
        passes.append(Pass(akas.name, [akas], lambda: read_akas(akas), _write_akas, group=lambda aka: aka.tconst))
    return passes


async def _write_basics(desk: Desk, rows: Sequence[Basics]) -> None:
    candidates = [candidate for row in rows if (candidate := _candidate(row, desk.tally)) is not None]
    desk.tally.unchanged += len(rows) - len(candidates)
    await write_titles(desk, candidates)


def _candidate(row: Basics, tally: Tally) -> Candidate | None:
    if row.is_adult or "Adult" in row.genres:
        tally.remark("adult title left out")
        return None
    if row.title_type not in _KINDS:
        tally.remark(f"title of type {row.title_type} left out")
        return None
    genres = genres_told(row.genres, tally)
    kind = _KINDS[row.title_type] or film_kind(genres)
    runtime = row.runtime_minutes if row.runtime_minutes and 0 < row.runtime_minutes < 10_000 else None
    return Candidate(
        row.file,
        row.line,
        row.tconst,
        {
            **named(row.primary_title),
            "original_name": row.original_title if row.original_title != row.primary_title else None,
            "kind": kind,
            "release_year": row.start_year,
            "runtime_minutes": runtime,
            "genres": genres,
            "imdb": row.tconst,
            "status": "ENDED" if kind == TitleKind.SERIES and row.end_year else None,
        },
    )


async def _write_ratings(desk: Desk, rows: Sequence[TitleRating]) -> None:
    candidates = [
        Candidate(
            row.file,
            row.line,
            row.tconst,
            {"imdb": row.tconst, **rated(row.average, row.votes, prior_votes=_PRIOR_VOTES)},
            creates=False,
        )
        for row in rows
    ]
    await write_titles(desk, candidates)


async def _write_akas(desk: Desk, rows: Sequence[Aka]) -> None:
    told = {row.tconst: Candidate(row.file, row.line, row.tconst, {"imdb": row.tconst}, creates=False) for row in rows}
    shelf = await Shelf.of(desk.reader, desk.source, list(told.values()))
    texts: list[TextRow] = []
    for row in sorted(rows, key=lambda aka: (aka.tconst, not _ASIDE.isdisjoint(aka.types), aka.ordering)):
        title = shelf.find(told[row.tconst])
        text = None if title is None else _text(row, title.id, title.original_language)
        if text is None:
            desk.tally.remark("name left out: no title, or no country or language of today")
        else:
            texts.append(text)
    written = await desk.writer.write(texts)
    desk.tally.created += written.created
    desk.tally.updated += written.updated
    desk.tally.unchanged += len(rows) - written.created - written.updated


def _text(row: Aka, title_id: str, original_language: str | None) -> TextRow | None:
    region = country_code(row.region) if row.region else None
    language = language_code(row.language) if row.language else None
    if row.is_original:
        spoken = original_language or language or UNDETERMINED
        return TextRow(title_id, "name", spoken, row.title, SOURCE, is_original=True)
    if region is None and language is None:
        return None
    return TextRow(title_id, "name", language or language_of_region(region), row.title, SOURCE, region)
