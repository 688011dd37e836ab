"""Writing a batch of title records: each is matched, fused with what is there, written with texts, offers, credits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from typing import Any

from uuid_utils import uuid7

from datasources.postgres.bulk import BulkWriter
from datasources.postgres.ingest import IngestReader
from datasources.records.availability import OfferRecord
from datasources.records.bulk import SourceRecordRow, TextRow, TitleRow
from resolvers.domain.fusion import fuse, is_stronger
from resolvers.ingest.candidates import Candidate, ToldCredit
from resolvers.ingest.matching import Shelf
from resolvers.ingest.people import PeopleDirectory
from resolvers.ingest.platforms import platform_slug
from resolvers.ingest.report import Tally

_COLUMNS = tuple(field.name for field in fields(TitleRow))


@dataclass(slots=True)
class Desk:
    """What writing a batch needs: the source, the transaction's reader and writer, and the tally of the batch."""

    source: str
    reader: IngestReader
    writer: BulkWriter
    tally: Tally


async def write_titles(desk: Desk, candidates: Sequence[Candidate], people: PeopleDirectory | None = None) -> None:
    """Write the candidates, and count them as created, updated or unchanged.

    A title that stays the same but gets a text, an offer or a credit counts as updated. Credits need `people`.
    """
    shelf = await Shelf.of(desk.reader, desk.source, candidates)
    before = dict(shelf.rows)
    records: list[SourceRecordRow] = []
    title_of: dict[int, str] = {}
    for place, candidate in enumerate(candidates):
        row = _settle(desk, shelf, candidate)
        if row is None:
            desk.tally.remark("row about a title we do not have, left out")
            continue
        title_of[place] = row.id
        if candidate.creates and not shelf.is_known(candidate.key):
            shelf.assign(candidate.key, row.id)
            records.append(SourceRecordRow(desk.source, candidate.key, title_id=row.id))
    changed = {id_ for id_, row in shelf.rows.items() if before.get(id_) != row}
    await desk.writer.write([shelf.rows[id_] for id_ in changed])
    await desk.writer.write(records)
    touched = changed | await _write_texts(desk, shelf, candidates, title_of)
    touched |= await _write_offers(desk, candidates, title_of)
    if people is not None:
        told: defaultdict[str, list[ToldCredit]] = defaultdict(list)
        for place, id_ in title_of.items():
            told[id_] += candidates[place].credits
        touched |= (await people.write(desk.reader, desk.writer, told)).titles
    _count(desk.tally, title_of.values(), before, touched)
    desk.tally.unchanged += len(candidates) - len(title_of)


def _count(tally: Tally, ids: Iterable[str], before: Mapping[str, TitleRow], touched: set[str]) -> None:
    counted: set[str] = set()
    for id_ in ids:
        if id_ in counted or id_ not in touched:
            tally.unchanged += 1
        elif id_ in before:
            tally.updated += 1
        else:
            tally.created += 1
        counted.add(id_)


def _settle(desk: Desk, shelf: Shelf, candidate: Candidate) -> TitleRow | None:
    """Return the title a candidate is, as it is after it; None for one we do not have that may not be created."""
    row = shelf.find(candidate)
    if row is None and not candidate.creates:
        return None
    told = _free_ids(desk, shelf, candidate, row)
    if row is None:
        row = TitleRow(id=str(uuid7()), source=desk.source, **told)
    else:
        row = _fused(desk.source, shelf, candidate, row, told)
    shelf.put(row)
    return row


def _fused(source: str, shelf: Shelf, candidate: Candidate, row: TitleRow, told: dict[str, Any]) -> TitleRow:
    stronger = candidate.creates and is_stronger(source, row.source)
    again = candidate.creates and row.source == source and shelf.is_first_record(candidate.key, row.id)
    if _changes_sort(row.kind, told.get("kind")):
        told = {field: value for field, value in told.items() if field not in {"kind", "tmdb", "tmdb_type"}}
    changes = fuse(_facts(row), told, replace=stronger or again)
    if stronger:
        changes["source"] = source
    return replace(row, **changes) if changes else row


def _facts(row: TitleRow) -> dict[str, Any]:
    return {field: getattr(row, field) for field in _COLUMNS}


async def add_facts(desk: Desk, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Let titles (by id) know facts that fill gaps, such as ratings; titles are not counted."""
    rows = await desk.reader.titles_by_ids(list(facts))
    changed = [(row, fuse(_facts(row), facts[row.id], replace=False)) for row in rows]
    await desk.writer.write([replace(row, **changes) for row, changes in changed if changes])


def _changes_sort(held: str, told: str | None) -> bool:
    """Return whether a film would become a series or a part of one, or the other way round."""
    serial = {"SERIES", "SEASON", "EPISODE"}
    return told is not None and (held in serial or told in serial) and held != told


def _free_ids(desk: Desk, shelf: Shelf, candidate: Candidate, row: TitleRow | None) -> dict[str, Any]:
    """Return the facts without ids that other titles have: two titles never share one."""
    told = dict(candidate.facts)
    own = None if row is None else row.id
    if told.get("imdb") and shelf.holder(imdb=told["imdb"]) not in {None, own}:
        desk.tally.remark("IMDb id of another title, left out")
        told["imdb"] = None
    if told.get("tmdb") and shelf.holder(tmdb=(told["tmdb_type"], told["tmdb"])) not in {None, own}:
        desk.tally.remark("TMDB id of another title, left out")
        told["tmdb"] = told["tmdb_type"] = None
    return told


async def _write_texts(
    desk: Desk, shelf: Shelf, candidates: Sequence[Candidate], title_of: Mapping[int, str]
) -> set[str]:
    """Write names and descriptions, a description only where no other source has one in its language.

    Where several records of the source are one title, the first one's texts hold.
    """
    with_texts = [place for place in title_of if candidates[place].texts]
    if not with_texts:
        return set()
    described: set[tuple[str, str]] = set()
    own: set[tuple[str, str, str, str | None]] = set()
    for text in await desk.reader.texts([title_of[place] for place in with_texts]):
        if text.source == desk.source:
            own.add((text.title_id, text.field, text.language, text.region))
        elif text.field == "description":
            described.add((text.title_id, text.language))
    rows: list[TextRow] = []
    for place in with_texts:
        id_ = title_of[place]
        first = shelf.is_first_record(candidates[place].key, id_)
        for told in candidates[place].texts:
            key = (id_, told.field, told.language, told.region)
            if (told.field == "name" or (id_, told.language) not in described) and (first or key not in own):
                own.add(key)
                rows.append(
                    TextRow(id_, told.field, told.language, told.text, desk.source, told.region, told.is_original)
                )
    # The writer takes the first of several with one key: what the first record says comes last here, so turn round.
    return set((await desk.writer.write(rows[::-1])).titles)


def midnight(day: date) -> datetime:
    """Return the beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)


async def _write_offers(desk: Desk, candidates: Sequence[Candidate], title_of: Mapping[int, str]) -> set[str]:
    """Write the offers; made-up ones in their place go."""
    if not any(candidates[place].offers for place in title_of):
        return set()
    platforms = await desk.reader.platforms()
    rows = [
        OfferRecord(
            id=str(uuid7()),
            title_id=id_,
            platform_id=platforms[platform_slug(told.platform)],
            region=told.region,
            kind="SUBSCRIPTION",
            price_amount=None,
            price_currency=None,
            quality=None,
            audio=[],
            subtitles=[],
            web_url=None,
            ios_url=None,
            android_url=None,
            tv_url=None,
            available_from=None if told.since is None else midnight(told.since),
            expires_at=None,
            last_verified_at=midnight(told.verified),
            source=desk.source,
        )
        for place, id_ in title_of.items()
        for told in candidates[place].offers
    ]
    await desk.writer.withdraw_demo_offers(rows)
    return set((await desk.writer.write(rows)).titles)
