"""Loading for a level of objects at a time."""

import asyncio

import pytest
from strawberry.dataloader import DataLoader

from resolvers.loading import Each, alone, each, each_once, each_with, load_each


class Halves:
    """Halves even numbers, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.loader: DataLoader[int, int] = DataLoader(self._load)

    async def _load(self, keys: list[int]) -> list[int | BaseException]:
        self.batches.append(keys)
        await asyncio.sleep(0)
        return [ValueError(f"{key} is odd") if key % 2 else key // 2 for key in keys]


def plain(values: Each[int]) -> list[int | str]:
    return [str(value) if isinstance(value, Exception) else value for value in values]


async def test_a_key_that_cannot_be_loaded_fails_alone() -> None:
    halves = Halves()
    broken = KeyError("no key")
    assert plain(await load_each(halves.loader, [2, 3, broken, 4, 2])) == [1, "3 is odd", str(broken), 2, 1]
    assert halves.batches == [[2, 3, 4]]


async def test_levels_and_single_loads_of_one_step_are_one_batch() -> None:
    halves = Halves()
    one, two, three = await asyncio.gather(
        load_each(halves.loader, [2, 4]), halves.loader.load(6), load_each(halves.loader, [4, 8])
    )
    assert (plain(one), two, plain(three)) == ([1, 2], 3, [2, 4])
    assert [sorted(batch) for batch in halves.batches] == [[2, 4, 6, 8]]


async def test_what_was_loaded_before_is_not_loaded_again() -> None:
    halves = Halves()
    assert await halves.loader.load(2) == 1
    halves.loader.prime(4, 22)
    assert plain(await load_each(halves.loader, [2, 4, 6])) == [1, 22, 3]
    assert await halves.loader.load(6) == 3
    assert halves.batches == [[2], [6]]
    halves.loader.clear(6)
    assert plain(await load_each(halves.loader, [2, 6])) == [1, 3]
    assert halves.batches == [[2], [6], [6]]


async def test_what_is_under_way_is_waited_for() -> None:
    halves = Halves()
    first = asyncio.ensure_future(load_each(halves.loader, [2, 4]))
    while not halves.batches:
        await asyncio.sleep(0)
    assert plain(await load_each(halves.loader, [4, 6])) == [2, 3]
    assert plain(await first) == [1, 2]
    assert halves.batches == [[2, 4], [6]]


async def test_a_level_that_is_cancelled_is_not_loaded_and_can_be_asked_for_again() -> None:
    halves = Halves()
    asked = asyncio.ensure_future(load_each(halves.loader, [2, 4]))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert plain(await load_each(halves.loader, [2, 4])) == [1, 2]
    assert halves.batches == [[2, 4]]


async def test_cancelling_a_level_stops_its_statement() -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def load(keys: list[int]) -> list[int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return keys

    asked = asyncio.ensure_future(load_each(DataLoader(load), [1, 2, 3]))
    await begun.wait()
    asked.cancel()
    await asyncio.wait_for(stopped.wait(), 10)


async def test_a_batch_that_fails_is_the_error_of_each() -> None:
    async def load(keys: list[int]) -> list[int]:
        raise OSError("gone")

    found = await load_each(DataLoader(load), [1, 2])
    assert [str(error) for error in found] == ["gone", "gone"]


def test_each_keeps_exceptions_and_adds_its_own() -> None:
    missing = KeyError("missing")
    found = each([4, missing, 0], lambda value: 8 // value)
    assert found[:2] == [2, missing]
    assert isinstance(found[2], ZeroDivisionError)


def test_each_with_pairs_objects_with_their_values() -> None:
    wrong, missing = ValueError("wrong"), KeyError("missing")
    assert each_with(["a", wrong, "c"], [2, 1, missing], lambda word, times: word * times) == ["aa", wrong, missing]
    with pytest.raises(ValueError, match="shorter"):
        each_with(["a", "b"], [1], lambda word, times: word * times)


def test_each_once_makes_one_of_the_same() -> None:
    record, other = ["a"], ["a"]
    found = each_once([record, other, record], list)
    assert found == [["a"]] * 3
    assert found[0] is found[2]
    assert found[0] is not found[1]


async def test_alone_is_the_only_value_or_its_error() -> None:
    async def level(*values: int | Exception) -> Each[int]:
        return values

    assert await alone(level(7)) == 7
    with pytest.raises(OSError, match="gone"):
        await alone(level(OSError("gone")))
