"""The index follows the catalogue."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasources.errors import SearchUnavailable
from datasources.search import TitleIndex
from datasources.search.embedded import EmbeddedIndex
from datasources.sources import Sources, open_sources
from resolvers.catalog import indexing
from resolvers.catalog.indexing import catch_up, follow
from tests.catalogue import Catalogue, films

_CHANGED = "changed_xact = (pg_current_xact_id()::text)::bigint"


async def found(index: TitleIndex, text: str) -> list[str]:
    return [hit.id for hit in await index.search(text, None, 100)]


async def test_everything_is_indexed_once(sources: Sources) -> None:
    written = await films(Catalogue(sources.database))
    expected = len(written.titles) + len(written.people)
    assert await catch_up(sources) == expected
    assert await sources.index.count() == expected
    assert await catch_up(sources) == 0
    assert await found(sources.index, "matrix") == [written.titles["matrix"]]
    assert await found(sources.index, "montmartre jeunet") == [written.titles["amelie"]]


async def test_an_empty_catalogue_is_followed_too(sources: Sources) -> None:
    assert await catch_up(sources) == 0
    assert await sources.index.watermark() is not None
    title = await Catalogue(sources.database).title("Arrival")
    assert await catch_up(sources) == 1
    assert await found(sources.index, "arrival") == [title]


async def test_more_titles_than_a_batch(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_BATCH", 2)
    catalogue = Catalogue(sources.database)
    async with sources.database.transaction() as connection:  # one transaction: they differ by id only
        within = replace(catalogue, database=connection)
        ids = [await within.title(f"Film {number}") for number in range(5)]
    people = [await catalogue.person(f"Person {number}") for number in range(3)]
    assert await catch_up(sources) == len(ids) + len(people)
    assert sorted(await found(sources.index, "film")) == ids


async def test_changes_are_followed(sources: Sources) -> None:
    catalogue = Catalogue(sources.database)
    title, other = await catalogue.title("Before"), await catalogue.title("Other")
    await catch_up(sources)
    await sources.database.execute(f"UPDATE titles SET name = 'After', {_CHANGED} WHERE id = $1", title)
    assert await catch_up(sources) == 1
    assert await found(sources.index, "before") == []
    assert await found(sources.index, "after") == [title]
    assert await found(sources.index, "other") == [other]


async def test_a_long_transaction_that_commits_after_a_later_one_is_not_missed(sources: Sources) -> None:
    catalogue = Catalogue(sources.database)
    async with sources.database.transaction() as connection:
        slow = await replace(catalogue, database=connection).title("Slow")
        quick = await catalogue.title("Quick")
        await catch_up(sources)
        assert await found(sources.index, "slow") == []
    await catch_up(sources)
    assert await found(sources.index, "slow") == [slow]
    assert await found(sources.index, "quick") == [quick]


async def test_the_same_holds_for_an_index_that_follows_already(sources: Sources) -> None:
    catalogue = Catalogue(sources.database)
    await catalogue.title("First")
    await catch_up(sources)
    async with sources.database.transaction() as connection:
        slow = await replace(catalogue, database=connection).title("Slow")
        quick = await catalogue.title("Quick")
        await catch_up(sources)
    await catch_up(sources)
    assert await found(sources.index, "slow") == [slow]
    assert await found(sources.index, "quick") == [quick]
    assert await sources.index.count() == 3


async def test_a_rolled_back_transaction_leaves_nothing(sources: Sources) -> None:
    with suppress(LookupError):
        async with sources.database.transaction() as connection:
            await Catalogue(connection).title("Never")
            raise LookupError
    assert await catch_up(sources) == 0
    assert await found(sources.index, "never") == []


async def test_an_index_of_another_database_is_emptied(
    sources: Sources, copy_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    catalogue = Catalogue(sources.database)
    await catalogue.title("Here")
    here = replace(sources, index=EmbeddedIndex(folder))
    await catch_up(here)
    await here.index.close()
    async with open_sources(await copy_database(), index_folder=folder, connections=2) as elsewhere:
        title = await Catalogue(elsewhere.database).title("Elsewhere")
        assert await catch_up(elsewhere) == 1
        assert await elsewhere.index.count() == 1
        assert await found(elsewhere.index, "elsewhere here") == [title]


async def test_rows_of_a_restored_backup_are_indexed(sources: Sources) -> None:
    """They bear transactions of the server they come from, which may be far ahead of ours."""
    catalogue = Catalogue(sources.database)
    title = await catalogue.title("Restored", changed_xact=2**60)
    assert await catch_up(sources) == 1
    assert await catch_up(sources) == 0
    await sources.database.execute(f"UPDATE titles SET name = 'Edited', {_CHANGED} WHERE id = $1", title)
    assert await catch_up(sources) == 1
    assert await found(sources.index, "edited") == [title]


async def test_a_half_built_index_is_built_anew(sources: Sources, tmp_path: Path) -> None:
    catalogue = Catalogue(sources.database)
    gone, kept = await catalogue.title("Gone"), await catalogue.title("Kept")
    await catch_up(sources)
    next(tmp_path.rglob("watermark.json")).unlink()
    await sources.database.execute("DELETE FROM titles WHERE id = $1", gone)
    assert await catch_up(sources) == 1
    assert await sources.index.count() == 1
    assert await found(sources.index, "gone kept") == [kept]


async def test_what_a_failed_round_wrote_is_written_again(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    title = await Catalogue(sources.database).title("Twice")

    async def fail(*_: object) -> list[Any]:
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr(type(sources.changes), "changed_people", fail)
        with pytest.raises(LookupError):
            await catch_up(sources)
    assert await catch_up(sources) == 1
    assert await found(sources.index, "twice") == [title]
    assert await sources.index.count() == 1


async def test_following_goes_on_until_cancelled_and_over_trouble(sources: Sources, tmp_path: Path) -> None:
    other = EmbeddedIndex(tmp_path / "index")
    await other.write([])  # holds the index: nobody else can write
    catalogue = Catalogue(sources.database)
    await catalogue.title("One")
    task = asyncio.create_task(follow(sources, every=0.01))
    with pytest.raises(SearchUnavailable):
        await catch_up(sources)
    await other.close()
    async with asyncio.timeout(20):
        while await sources.index.count() != 1:
            await asyncio.sleep(0.01)
        await catalogue.title("Two")
        while await sources.index.count() != 2:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
