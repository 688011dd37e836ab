"""The mark of resolvers that resolve a whole level."""

from collections.abc import Sequence

import strawberry
from strawberry.dataloader import DataLoader

from subgraphs.batch import batched, level_of, load_each
from subgraphs.build import build_schema


async def _doubles(numbers: Sequence["Number"]) -> Sequence[int]:
    return [number.value * 2 for number in numbers]


@strawberry.type
class Number:
    value: int

    @strawberry.field
    @batched(_doubles)
    async def double(self) -> int:
        """Twice the number."""
        return self.value * 2


@strawberry.type
class Query:
    @strawberry.field
    def numbers(self) -> list[Number]:
        return [Number(value=1), Number(value=2)]


async def test_an_executor_that_does_not_know_the_mark_resolves_one_by_one() -> None:
    result = await build_schema(Query).execute("{ numbers { double } }")
    assert result.errors is None
    assert result.data == {"numbers": [{"double": 2}, {"double": 4}]}


def test_the_mark_can_be_read() -> None:
    (field,) = [one for one in Number.__strawberry_definition__.fields if one.name == "double"]  # type: ignore[attr-defined]
    assert level_of(field.base_resolver.wrapped_func) is _doubles
    assert level_of(_doubles) is None


def test_the_resolver_stays_itself() -> None:
    async def resolver(self: Number) -> int:
        """What it does."""
        return self.value

    assert batched(_doubles)(resolver) is resolver


async def test_a_key_that_cannot_be_loaded_fails_alone_and_all_are_of_one_batch() -> None:
    batches: list[list[int]] = []

    async def halves(keys: list[int]) -> list[int | BaseException]:
        batches.append(keys)
        return [ValueError(f"{key} is odd") if key % 2 else key // 2 for key in keys]

    values = await load_each(DataLoader(halves), [2, 3, 4, 2])
    assert [value if isinstance(value, int) else str(value) for value in values] == [1, "3 is odd", 2, 1]
    assert batches == [[2, 3, 4]]
