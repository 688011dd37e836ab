"""JustWatch: titles with offers by subscription, then who plays and directs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from datasources.files.justwatch import (
    ListedCredit,
    ListedTitle,
    Snapshot,
    find_snapshots,
    newest,
    read_credits,
    read_titles,
)
from resolvers.domain.normalization import certificate, imdb_title_id
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
    rated,
)
from resolvers.ingest.countries import country_code
from resolvers.ingest.passes import Pass
from resolvers.ingest.people import LazyDirectory, PeopleDirectory
from resolvers.ingest.platforms import platform_record, platform_slug
from resolvers.ingest.report import Tally
from resolvers.ingest.titles import Desk, midnight, write_titles

SOURCE = "justwatch"
_PRIOR_VOTES = 1000.0
_VOICE = re.compile(r"\s*\(voice\)\s*$", re.IGNORECASE)


def justwatch_passes(folder: Path) -> list[Pass]:
    """Return the passes over a tree of JustWatch snapshots; raise UnknownFormat when it is none."""
    snapshots = find_snapshots(folder)
    current = newest(snapshots)
    people = LazyDirectory(SOURCE)
    credit_passes = [_credits(snapshot, people) for snapshot in current if snapshot.credits is not None]
    return [_titles(snapshots, current), *credit_passes]


def _titles(snapshots: Sequence[Snapshot], current: Sequence[Snapshot]) -> Pass:
    async def write(desk: Desk, titles: Sequence[ListedTitle]) -> None:
        await desk.writer.write([platform_record(snapshot.platform, snapshot.region) for snapshot in current])
        await write_titles(desk, [_candidate(title, desk.tally) for title in titles])

    async def finish(desk: Desk) -> None:
        platforms = await desk.reader.platforms()
        for snapshot in current:
            platform_id = platforms.get(platform_slug(snapshot.platform))
            if platform_id is not None:
                await desk.writer.withdraw_stale_offers(SOURCE, platform_id, snapshot.region, midnight(snapshot.day))

    files = [snapshot.titles for snapshot in snapshots]
    return Pass("titles.csv", files, lambda: read_titles(snapshots), write, finish=finish)


def _candidate(title: ListedTitle, tally: Tally) -> Candidate:
    genres = genres_told(title.genres, tally)
    countries = [code for country in title.countries if (code := country_code(country)) is not None]
    region = title.listings[0].snapshot.region
    return Candidate(
        title.file,
        title.line,
        title.id,
        {
            **named(title.title),
            "kind": TitleKind.SERIES if title.is_show else film_kind(genres),
            "release_year": title.release_year,
            "runtime_minutes": title.runtime if title.runtime and title.runtime > 0 else None,
            "season_count": title.seasons if title.is_show else None,
            "genres": genres,
            "countries": list(dict.fromkeys(countries)),
            "imdb": imdb_title_id(title.imdb_id),
            **certified(certificate(title.age_certification), region),
            **rated(title.imdb_score, title.imdb_votes, prior_votes=_PRIOR_VOTES),
        },
        texts=[ToldText("description", "en", title.description)] if title.description else [],
        offers=[
            ToldOffer(listing.snapshot.platform, listing.snapshot.region, listing.since, listing.snapshot.day)
            for listing in title.listings
        ],
    )


def _credits(snapshot: Snapshot, people: LazyDirectory) -> Pass:
    async def write(desk: Desk, rows: Sequence[ListedCredit]) -> None:
        await _write_credits(desk, await people.get(desk.reader), rows)

    files = [snapshot.credits] if snapshot.credits is not None else []
    return Pass(
        snapshot.credit_file,
        files,
        lambda: read_credits(snapshot),
        write,
        group=lambda credit: credit.title_id,
        batch_rows=5000,
    )


async def _write_credits(desk: Desk, people: PeopleDirectory, rows: Sequence[ListedCredit]) -> None:
    titles = await desk.reader.titles_of_records(SOURCE, list({row.title_id for row in rows}))
    told: defaultdict[str, list[ToldCredit]] = defaultdict(list)
    for row in rows:
        if row.title_id in titles:
            told[titles[row.title_id]].append(_credit(row))
        else:
            desk.tally.remark("credit of a title that is not in titles.csv, left out")
    written = await people.write(desk.reader, desk.writer, told)
    desk.tally.created += written.created
    desk.tally.unchanged += len(rows) - written.created


def _credit(row: ListedCredit) -> ToldCredit:
    if row.role == "DIRECTOR":
        return ToldCredit(row.person_id, row.name, CreditRole.DIRECTOR)
    role = CreditRole.VOICE if _VOICE.search(row.character) else CreditRole.ACTOR
    return ToldCredit(row.person_id, row.name, role, _VOICE.sub("", row.character) or None)
