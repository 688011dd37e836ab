"""Keeping the search index up with the catalogue."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from datasources.errors import DataSourceError, SearchUnavailable
from datasources.search import Document, DocumentType, Watermark
from datasources.sources import Sources

logger = logging.getLogger(__name__)

_BATCH = 2000
_NEVER = 2**63 - 1  # a transaction that does not come

ReadPage = Callable[[int, int, int, tuple[int, str] | None], Awaitable[list[dict[str, Any]]]]


def title_document(row: dict[str, Any]) -> Document:
    """Return what the index knows of a changed title."""
    names = [name for name in [row["original_name"], *(row["names"] or [])] if name and name != row["name"]]
    labels = [label.replace("_", " ").lower() for label in [*row["genres"], *row["themes"], *row["moods"]]]
    return Document(
        id=row["id"],
        type=DocumentType.TITLE,
        kind=row["kind"],
        name=row["name"],
        other_names=names,
        people=list(dict.fromkeys(row["people"] or []))[:30],
        labels=labels,
        description=row["description"] or "",
        popularity=row["popularity"],
    )


def person_document(row: dict[str, Any]) -> Document:
    """Return what the index knows of a changed person."""
    return Document(id=row["id"], type=DocumentType.PERSON, kind="", name=row["name"], popularity=row["popularity"])


async def _pages(read: ReadPage, since: int, before: int) -> AsyncIterator[list[dict[str, Any]]]:
    after: tuple[int, str] | None = None
    while rows := await read(since, before, _BATCH, after):
        yield rows
        after = (rows[-1]["changed_xact"], rows[-1]["id"])


async def catch_up(sources: Sources) -> int:
    """Write to the index what changed since it last looked; return how many documents were written.

    Everything a transaction wrote is seen once the transaction is decided, however long it took. An index of
    another database, or one that was left half built, is emptied first. Raises SearchUnavailable while another
    process writes the same index.
    """
    database, horizon = await sources.changes.horizon()
    mark = await sources.index.watermark()
    if mark is not None and mark.database == database:
        since, before = mark.transaction, horizon
    else:  # rows of a restored backup bear the transactions of another server, which may be ahead of ours: take all
        await sources.index.clear()
        mark, since, before = None, 0, _NEVER
    written = 0
    async for rows in _pages(sources.changes.changed_titles, since, before):
        await sources.index.write([title_document(row) for row in rows])
        written += len(rows)
    async for rows in _pages(sources.changes.changed_people, since, before):
        await sources.index.write([person_document(row) for row in rows])
        written += len(rows)
    if written or mark is None:
        await sources.index.commit(Watermark(database, horizon))
    return written


async def follow(sources: Sources, every: float = 2.0) -> None:
    """Catch up for ever, every so many seconds; trouble is logged once and tried again."""
    trouble: str | None = None
    while True:
        try:
            if written := await catch_up(sources):
                logger.info("search index: %d documents written", written)
            trouble = None
        except SearchUnavailable as error:
            if str(error) != trouble:  # another process of this folder writes: we read what it commits
                logger.info("search index is written elsewhere: %s", error)
            trouble = str(error)
        except DataSourceError as error:
            if str(error) != trouble:
                logger.warning("search index cannot catch up: %s", error)
            trouble = str(error)
        await asyncio.sleep(every)
