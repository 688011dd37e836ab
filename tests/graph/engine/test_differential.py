"""The engine against graphql-core, on random schemas, operations and failures."""

import asyncio
import os
import random
import warnings
from inspect import iscoroutinefunction
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NoUnusedVariablesRule,
    execute,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.engine import Engine, complete, levels
from graph.engine.executor import Executed
from tests.graph.engine.worlds import World, some_behaviour, some_fields, some_operation

RULES = [
    rule for rule in specified_rules if rule is not NoUnusedVariablesRule
]  # not every operation uses every variable
CASES = int(os.environ.get("MEDIA_GATEWAY_ENGINE_CASES", "250"))
OWN = {name for module in (levels, complete) for name, one in vars(module).items() if iscoroutinefunction(one)}
"""The engine's own coroutines; what else is forgotten may be graphql-core's."""

searched = settings(max_examples=CASES)


def told(error: GraphQLError) -> tuple[Any, ...]:
    """Return what a client sees of an error."""
    return error.message, tuple(error.path or ()), tuple(error.locations or ())


async def by_graphql_core(schema: GraphQLSchema, document: DocumentNode, root: Any, variables: Any) -> ExecutionResult:
    outcome = execute(schema, document, root, None, variables)
    return await outcome if asyncio.iscoroutine(outcome) else outcome  # type: ignore[return-value]


async def by_engine(engine: Engine, document: DocumentNode, root: Any, variables: Any) -> Executed:
    async with asyncio.timeout(20):
        return await engine.execute(document, None, variables, None, root)


class Case:
    """A world, a valid operation on it, and variables; all from one seed."""

    def __init__(self, seed: int, *, late: bool) -> None:
        dice = random.Random(seed)  # noqa: S311 – a reproducible choice, no secret
        fields = some_fields(dice)
        self.world = World(fields, some_behaviour(dice, late=late))
        self.text = some_operation(dice, fields)
        self.document = parse(self.text)
        assert validate(self.world.schema, self.document, RULES) == []
        self.variables: dict[str, Any] = {"yes": dice.random() < 0.5}
        if dice.random() < 0.4:
            self.variables["n"] = dice.choice([2, None])
        self.engine = Engine(self.world.schema)

    async def expected(self) -> ExecutionResult:
        return await by_graphql_core(self.world.schema, self.document, self.world.root(), self.variables)

    async def got(self) -> Executed:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            got = await by_engine(self.engine, self.document, self.world.root(), self.variables)
        forgotten = [str(one.message) for one in seen if "never awaited" in str(one.message)]
        assert [one for one in forgotten if any(name in one for name in OWN)] == []
        return got

    async def happened(self) -> set[tuple[Any, ...]]:
        """Return message and path of everything that goes wrong when no null hides anything."""
        text = self.text.replace(") {", ") @experimental_disableErrorPropagation {", 1)
        everything = await by_graphql_core(self.world.schema, parse(text), self.world.root(), self.variables)
        return {told(error)[:2] for error in everything.errors or ()}


@searched
@given(seed=st.integers(0, 2**64))
async def test_without_waiting_everything_is_the_same(seed: int) -> None:
    case = Case(seed, late=False)
    expected = await case.expected()
    for _ in range(2):  # compiled, and used again
        got = await case.got()
        assert got.data == expected.data
        assert [told(error) for error in got.errors] == [told(error) for error in expected.errors or ()]
    assert (case.engine.counts.compiled, case.engine.counts.executed) == (1, 2)


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@searched
@given(seed=st.integers(0, 2**64))
async def test_with_waiting_the_data_is_the_same_and_so_are_the_errors(seed: int) -> None:
    case = Case(seed, late=True)
    expected, got = await case.expected(), await case.got()
    assert got.data == expected.data
    ours, theirs = {told(error) for error in got.errors}, {told(error) for error in expected.errors or ()}
    if ours != theirs:
        # Where several errors would make the same position null, the first to happen is told, and which one that is
        # depends on the order in which things are awaited: each told one must have happened, and explain its null.
        assert {one[:2] for one in ours} <= await case.happened()
        assert nulls(got.data, got.errors) == nulls(expected.data, expected.errors or [])


def nulls(data: Any, errors: list[GraphQLError]) -> set[tuple[Any, ...]]:
    """Return the positions in the response that errors explain the null of."""
    found = set()
    for error in errors:
        place, path = data, error.path or []
        for depth, key in enumerate(path):
            if place is None:
                found.add(tuple(path[:depth]))
                break
            place = place[key]
        else:
            found.add(tuple(path))
    return found
