"""How loaders are asked: a level of objects at a time, and with arguments, which the keys carry.

A use case of a level takes many ids or records and answers for each of them, in their order. What is wrong with one is
an exception in its place; what is wrong with the whole question is raised.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader, LoaderTask, get_current_batch

ArgumentsT = TypeVar("ArgumentsT", bound=Hashable)
FoundT = TypeVar("FoundT")
KeyT = TypeVar("KeyT")
ObjectT = TypeVar("ObjectT")
ValueT = TypeVar("ValueT")

Each = Sequence[ValueT | Exception]
"""A value, or what its making has raised, for each object of a level."""


async def load_each(loader: DataLoader[KeyT, ValueT], keys: Iterable[KeyT | Exception]) -> Each[ValueT]:
    """Return a value per key, or what its loading has raised; an exception among the keys stays in its place.

    The keys are of one batch, with whatever else is asked for in the same step, and are remembered as those of
    `loader.load` are. For loaders that remember and have no largest batch, as all of ours.
    """
    values, begun = _begin(loader, keys)
    found: list[ValueT | Exception] = []
    try:
        for value in values:
            try:
                found.append(value if isinstance(value, Exception) else value.result() if value.done() else await value)
            except Exception as error:
                found.append(error)
    except asyncio.CancelledError:
        for future in begun:
            future.cancel()
        raise
    return found


def _begin(
    loader: DataLoader[KeyT, ValueT], keys: Iterable[KeyT | Exception]
) -> tuple[list[asyncio.Future[ValueT] | Exception], list[asyncio.Future[ValueT]]]:
    """Return what is under way for each key, and which of it is under way because of this.

    `loader.load` sets a callback for each key, which is most of what loading a level costs. It is there to give a batch
    up once nobody waits for any of it, and the last key's is enough for that when all are cancelled in their order.
    """
    values: list[asyncio.Future[ValueT] | Exception] = []
    tasks: list[LoaderTask[KeyT, ValueT]] = []
    loop = loader.loop
    for key in keys:
        if isinstance(key, Exception):
            values.append(key)
            continue
        future = loader.cache_map.get(key)
        if future is None or future.cancelled():
            future = loop.create_future()
            loader.cache_map.set(key, future)
            tasks.append(LoaderTask(key, future))
        values.append(future)
    if tasks:
        batch = get_current_batch(loader)
        last = tasks[-1]
        batch.tasks += tasks[:-1]
        batch.add_task(last.key, last.future)
    return values, [task.future for task in tasks]


def each(values: Iterable[ValueT | Exception], then: Callable[[ValueT], FoundT]) -> Each[FoundT]:
    """Return what `then` makes of each value, or the exception it raises; exceptions stay as they are."""
    found: list[FoundT | Exception] = []
    for value in values:
        if isinstance(value, Exception):
            found.append(value)
            continue
        try:
            found.append(then(value))
        except Exception as error:
            found.append(error)
    return found


def each_with(
    objects: Iterable[ObjectT | Exception],
    values: Iterable[ValueT | Exception],
    then: Callable[[ObjectT, ValueT], FoundT],
) -> Each[FoundT]:
    """Return what `then` makes of each object with its value, as `each` does; an exception on either side stays."""
    pairs = zip(objects, values, strict=True)
    return each(
        [
            one if isinstance(one, Exception) else value if isinstance(value, Exception) else (one, value)
            for one, value in pairs
        ],
        lambda pair: then(*pair),
    )


def each_once(values: Sequence[ValueT | Exception], then: Callable[[ValueT], FoundT]) -> Each[FoundT]:
    """Return the same as `each`, made once of what is the same object: for what many objects of a level refer to."""
    different = {id(value): value for value in values}
    made = dict(zip(different, each(different.values(), then), strict=True))
    return [made[id(value)] for value in values]


async def alone(level: Awaitable[Each[ValueT]]) -> ValueT:
    """Return the value of a level's only object; raise the exception in its place."""
    (value,) = await level
    if isinstance(value, Exception):
        raise value
    return value


async def load_grouped(
    keys: Sequence[tuple[str, ArgumentsT]],
    load: Callable[[list[str], ArgumentsT], Awaitable[Mapping[str, ValueT]]],
    missing: Callable[[], ValueT],
) -> list[ValueT]:
    """Return a value for each (id, arguments), calling `load` once per distinct arguments.

    Ids that `load` leaves out get `missing()`.
    """
    groups: defaultdict[ArgumentsT, list[str]] = defaultdict(list)
    for id_, arguments in keys:
        groups[arguments].append(id_)
    found = {arguments: await load(ids, arguments) for arguments, ids in groups.items()}
    return [value if (value := found[arguments].get(id_)) is not None else missing() for id_, arguments in keys]
