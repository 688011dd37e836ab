"""Platform catalogues (Kaggle): titles with cast and directors, and that the platform shows them in the US."""

from collections.abc import Sequence
from pathlib import Path

from datasources.files.platform_csv import PlatformFile, PlatformTitle, find_platform_files, read_platform_titles
from resolvers.domain.normalization import certificate, parse_length, person_key
from resolvers.domain.titles import CreditRole, TitleKind
from resolvers.ingest.candidates import (
    Candidate,
    ToldCredit,
    ToldOffer,
    ToldText,
    certified,
    film_kind,
    genres_told,
    named,
)
from resolvers.ingest.countries import country_code
from resolvers.ingest.passes import Pass
from resolvers.ingest.people import LazyDirectory
from resolvers.ingest.platforms import platform_record
from resolvers.ingest.report import Tally
from resolvers.ingest.titles import Desk, write_titles

SOURCE = "platform_csv"
REGION = "US"
"""The files do not say where; they were made from the catalogues of the United States."""


def platform_csv_passes(path: Path) -> list[Pass]:
    """Return a pass for each platform's file; raise UnknownFormat when there is none."""
    people = LazyDirectory(SOURCE)
    return [_titles(file, people) for file in find_platform_files(path)]


def _titles(file: PlatformFile, people: LazyDirectory) -> Pass:
    async def write(desk: Desk, titles: Sequence[PlatformTitle]) -> None:
        await desk.writer.write([platform_record(file.platform, REGION)])
        directory = await people.get(desk.reader)
        await write_titles(desk, [_candidate(title, file, desk.tally) for title in titles], directory)

    return Pass(file.path.name, [file.path], lambda: read_platform_titles(file), write)


def _credits(title: PlatformTitle) -> list[ToldCredit]:
    """Return directors and cast. People have no ids here: within this source a name is a person."""
    directors = [ToldCredit(person_key(name), name, CreditRole.DIRECTOR) for name in title.directors]
    return directors + [ToldCredit(person_key(name), name, CreditRole.ACTOR) for name in title.cast]


def _candidate(title: PlatformTitle, file: PlatformFile, tally: Tally) -> Candidate:
    genres = genres_told(title.genres, tally)
    # Some rows have the length in the column of the age mark.
    length = parse_length(title.duration or title.rating)
    countries: list[str] = []
    for country in title.countries:
        code = country_code(country)
        if code is None:
            tally.remark(f"country {country!r} is none of today, left out")
        else:
            countries.append(code)
    return Candidate(
        title.file,
        title.line,
        f"{file.platform}/{title.show_id}",
        {
            **named(title.title),
            "kind": TitleKind.SERIES if title.is_show else film_kind(genres),
            "release_year": title.release_year,
            "runtime_minutes": length.minutes,
            "season_count": length.seasons if title.is_show else None,
            "genres": genres,
            "countries": list(dict.fromkeys(countries)),
            **certified(certificate(title.rating), REGION),
        },
        texts=[ToldText("description", "en", title.description)] if title.description else [],
        offers=[ToldOffer(file.platform, REGION, title.date_added, file.day)],
        credits=_credits(title),
    )
