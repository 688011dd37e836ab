"""Imports as a person at a terminal sees them: a progress bar, then a report."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from datasources.postgres.engine import open_database as open_pool
from graph.lifespan import open_database, open_settings_sources
from graph.settings import Settings
from resolvers.catalog.indexing import catch_up
from resolvers.ingest.report import Report
from resolvers.ingest.run import run

_MOST_SHOWN = 20


class Bar:
    """A progress bar on standard error; implements the importer's Progress."""

    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def total(self, rows: int) -> None:
        """Say how many rows there are in all."""
        self._bar.update(self._task, total=rows)

    def advance(self, rows: int) -> None:
        """Say that some more rows are done."""
        self._bar.advance(self._task, rows)


async def ingest_files(settings: Settings, source: str, path: Path, *, again: bool, console: Console) -> int:
    """Import a folder of a source and print what came of it; return 0, broken rows or not: the rest is imported.

    Raises DataSourceError for a folder of another format, an import already running, or a database that is not there.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    async with open_database(settings) as url, open_pool(url, connections=4) as database:
        with RichProgress(*columns, console=console) as bar:
            report = await run(database, source, path, Bar(bar, bar.add_task(source, total=None)), again=again)
    show(report, console)
    return 0


def show(report: Report, console: Console) -> None:
    """Print the figures of an import, and the first broken rows with file and line."""
    console.print(
        f"{report.seen} rows in {report.seconds:.1f} s: {report.created} created, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.skipped} done before, {report.rejected} rejected",
        highlight=False,
    )
    for row in report.rejections[:_MOST_SHOWN]:
        console.print(f"  {row.file}:{row.line}: {row.reason}", markup=False, highlight=False)
    if len(report.rejections) > _MOST_SHOWN:
        console.print(f"  … and {report.rejected - _MOST_SHOWN} more", highlight=False)
    for remark, times in report.remarks[:_MOST_SHOWN]:
        console.print(f"  {times} × {remark}", markup=False, highlight=False)


async def rebuild_index(settings: Settings, console: Console) -> int:
    """Bring the search index up with the catalogue; return 0.

    Raises SearchUnavailable while a server does it: it needs no help.
    """
    async with open_settings_sources(settings) as sources:
        written = await catch_up(sources)
        console.print(f"{written} documents written, {await sources.index.count()} in the index", highlight=False)
    return 0
