"""The model: what it counts, and when it is made anew."""

import asyncio

import numpy as np

from datasources.sources import Sources
from resolvers.recommendations.likeness import likeness, likeness_matrix
from resolvers.recommendations.model import GENRES, TasteModel
from tests.subgraphs.recommendations.world import make_world, profile_id, title_id


async def flushed(sources: Sources) -> None:
    """Wait until PostgreSQL's statistics of what was written are there."""
    async with sources.database.acquire() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")


async def test_numbers_of_the_model_are_those_of_the_database(sources: Sources) -> None:
    world = await make_world(sources)
    snapshot = await world.model.snapshot()
    features, near = snapshot.features, snapshot.near
    assert features.ids == [title_id(number) for number in range(30)]
    assert [GENRES[number] for number in np.flatnonzero(features.genres[0])] == ["CRIME", "THRILLER"]
    assert near.likes.tolist() == [await world.likes(number) for number in range(30)]
    for number in range(0, 30, 5):
        for neighbour, together in zip(
            near.nearest.items[near.nearest.of(number)], near.together[near.nearest.of(number)], strict=True
        ):
            assert together == await world.likes(number, int(neighbour))


async def test_likeness_is_symmetric_and_the_same_one_by_one(sources: Sources) -> None:
    features = (await (await make_world(sources)).model.snapshot()).features
    every = np.arange(30, dtype=np.int32)
    table = likeness_matrix(features, every)
    assert np.allclose(table, table.T)
    assert ((table >= 0) & (table <= 1)).all()
    for number in (0, 7, 29):
        others = every[every != number]
        assert np.allclose(likeness(features, number, others).total, table[number, others], atol=1e-5)


async def test_first_callers_share_one_snapshot(sources: Sources) -> None:
    world = await make_world(sources)
    one, other = await asyncio.gather(world.model.snapshot(), world.model.snapshot())
    assert one is other


async def test_only_what_changed_is_made_anew(sources: Sources) -> None:
    await make_world(sources)
    await flushed(sources)
    model = TasteModel(sources)
    first = await model.refresh()
    assert await model.refresh() is first
    async with sources.database.acquire() as connection:
        await connection.execute("DELETE FROM ratings WHERE profile_id = $1", profile_id(0))
        await connection.execute("SELECT pg_stat_force_next_flush()")
    second = await model.refresh()
    assert second.features is first.features
    assert second.near.likes.sum() < first.near.likes.sum()
    async with sources.database.acquire() as connection:
        await connection.execute("DELETE FROM titles WHERE id = $1", title_id(0))
        await connection.execute("SELECT pg_stat_force_next_flush()")
    third = await model.refresh()
    assert third.features.size == first.features.size - 1
    assert third.features.number[title_id(1)] == 0


async def test_every_new_snapshot_is_told_of_once(sources: Sources) -> None:
    await make_world(sources)
    await flushed(sources)
    told: list[str] = []
    model = TasteModel(sources, refreshed=lambda: told.append("new"))
    await model.snapshot()
    await model.refresh()
    assert told == ["new"], "nothing was written in between"
    await sources.database.execute("DELETE FROM ratings WHERE profile_id = $1", profile_id(0))
    await flushed(sources)
    await model.refresh()
    assert told == ["new", "new"]


async def test_an_empty_catalogue_is_no_trouble(sources: Sources) -> None:
    snapshot = await TasteModel(sources).snapshot()
    assert snapshot.features.size == 0
