"""Importing a folder: pass by pass, batch by batch, each batch and how far it got in one transaction."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from datasources.errors import DataSourceError
from datasources.files.tables import BrokenRow, count_lines, digest
from datasources.postgres.bulk import BulkWriter, hold_ingest_lock
from datasources.postgres.engine import Database
from datasources.postgres.ingest import FileProgress, IngestReader, ProgressLedger
from resolvers.ingest.imdb import imdb_passes
from resolvers.ingest.justwatch import justwatch_passes
from resolvers.ingest.movielens import movielens_passes
from resolvers.ingest.passes import Pass, batches
from resolvers.ingest.platform_csv import platform_csv_passes
from resolvers.ingest.report import Progress, Report, Tally
from resolvers.ingest.titles import Desk

SOURCES: Mapping[str, Callable[[Path], list[Pass]]] = {
    "movielens": movielens_passes,
    "imdb": imdb_passes,
    "justwatch": justwatch_passes,
    "platform_csv": platform_csv_passes,
}


class ImportRunning(DataSourceError):
    """Another import writes to the same database."""

    code: ClassVar[str] = "IMPORT_RUNNING"


async def run(database: Database, source: str, path: Path, progress: Progress, *, again: bool = False) -> Report:
    """Import a folder (or file) of a source, and return what came of it.

    Goes on behind the last batch of an earlier run on the same files; `again` reads everything anew, which changes
    nothing where nothing is new. A broken row is reported with file and line, and the rest is imported. Raises
    UnknownFormat for a folder that is none of the source, ImportRunning while another import runs, DatabaseUnavailable.
    """
    started = time.perf_counter()
    passes = await asyncio.to_thread(SOURCES[source.replace("-", "_")], path)
    progress.total(await asyncio.to_thread(_count_rows, passes))
    tally = Tally()
    async with _alone(database):
        for step in passes:
            await _Run(database, source.replace("-", "_"), step, progress, tally).work(again=again)
        if tally.created or tally.updated:
            async with database.transaction() as connection:
                writer = BulkWriter(connection)
                await writer.rank_people()
                await writer.refresh_statistics()
    return tally.report(time.perf_counter() - started)


def _count_rows(passes: Sequence[Pass]) -> int:
    return sum(count_lines(path) for step in passes for path in step.files)


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    async with hold_ingest_lock(database) as held:
        if not held:
            raise ImportRunning("Another import (or the demo's loading) writes to this database: wait for it to end.")
        yield


class _Run:
    """One pass at work."""

    def __init__(self, database: Database, source: str, step: Pass, progress: Progress, tally: Tally) -> None:
        self._database = database
        self._source = source
        self._step = step
        self._progress = progress
        self._tally = tally
        self._ledger = ProgressLedger(database)
        self._shown = 0

    async def work(self, *, again: bool) -> None:
        """Write all batches that are not written yet."""
        step = self._step
        content = await asyncio.to_thread(digest, step.files)
        done = await self._ledger.read(self._source, step.name, content)
        expected = await asyncio.to_thread(_count_rows, [step])
        if again:
            done = replace(done, rows_done=0, rows_rejected=0, finished=False)
        if not done.finished:
            done = await self._batches(done)
            await self._write(replace(done, finished=True), [])
        else:
            self._tally.seen += done.rows_done
            self._tally.skipped += done.rows_done
        self._progress.advance(expected - self._shown)  # rows are fewer than lines

    async def _batches(self, done: FileProgress) -> FileProgress:
        behind = done.rows_done
        for batch in batches(self._step.read(), self._step.batch_rows, self._step.group):
            if behind >= len(batch):  # batches are cut the same way each time
                behind -= len(batch)
                self._tally.seen += len(batch)
                self._tally.skipped += len(batch)
            else:
                done = await self._write(replace(done, rows_done=done.rows_done + len(batch)), batch)
                self._tally.seen += len(batch)
            self._shown += len(batch)
            self._progress.advance(len(batch))
        return done

    async def _write(self, done: FileProgress, batch: Sequence[Any]) -> FileProgress:
        """Write a batch (or finish the pass) and how far it got in one transaction; return how far that is."""
        tally = Tally()
        usable = []
        for item in batch:
            if isinstance(item, BrokenRow):
                tally.reject(item)
            else:
                usable.append(item)
        async with self._database.transaction() as connection:
            desk = Desk(self._source, IngestReader(connection), BulkWriter(connection), tally)
            if usable:
                await self._step.write(desk, usable)
            if done.finished and self._step.finish is not None:
                await self._step.finish(desk)
            done = replace(done, rows_rejected=done.rows_rejected + tally.rejected)
            await self._ledger.write(connection, done)
        self._tally.add(tally)  # only what is committed counts
        return done
