"""Plans: kept by document, bounded, and what is left to graphql-core is counted with its reason."""

from typing import Any

import pytest
from graphql import (
    ExecutionHooks,
    GraphQLSchema,
    build_schema,
    execute,
    experimental_execute_incrementally,
    parse,
)
from graphql.pyutils import AbortController

from graph.engine import CompiledExecutor, Engine, plans_of
from graph.engine.cache import Plans
from graph.engine.collect import select
from tests.graph.engine.comparing import same

SDL = "type Query { a: Int b: It } type It { n: Int m: Int } type Mutation { a: Int }"


def schema() -> GraphQLSchema:
    return build_schema(SDL)


async def test_the_number_of_plans_is_bounded() -> None:
    engine = Engine(schema(), plans=10)
    documents = [parse(f"{{ x{number}: a }}") for number in range(50)]
    for number, document in enumerate(documents):
        assert (await engine.execute(document, root={"a": number})).data == {f"x{number}": number}
        assert (await engine.execute(documents[0], root={"a": 0})).data == {"x0": 0}
    assert len(engine) == 10
    assert engine.counts.compiled == 50, "the one that is used all the time stays"


async def test_plans_of_one_document_are_bounded_too() -> None:
    engine = Engine(schema(), plans=4)
    names = [f"v{number}" for number in range(5)]
    definitions = ", ".join(f"${name}: Boolean!" for name in names)
    document = parse(f"query ({definitions}) {{ {' '.join(f'{name}: a @include(if: ${name})' for name in names)} }}")
    for bits in range(32):
        variables = {name: bool(bits >> place & 1) for place, name in enumerate(names)}
        got = await engine.execute(document, variables=variables, root={"a": 1})
        assert got.data == {name: 1 for name, wanted in variables.items() if wanted}
    assert len(engine) == 4


async def test_nothing_of_a_request_outlives_it_in_a_plan() -> None:
    class Secret:
        """Something to look for."""

    import gc  # noqa: PLC0415 – only here
    import weakref  # noqa: PLC0415 – only here

    engine = Engine(schema())
    root, context = Secret(), Secret()
    gone = [weakref.ref(root), weakref.ref(context)]
    document = parse("query ($s: Int, $yes: Boolean!) { a @include(if: $yes) b { n } }")
    await engine.execute(document, None, {"s": 1, "yes": True}, context, root)
    del root, context
    gc.collect()
    assert [one() for one in gone] == [None, None]
    (plan,) = engine._plans._plans._items.values()
    assert plan._variables.coerced == {"yes": True}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("query @experimental_disableErrorPropagation { a }", "directive on the operation"),
        ("subscription { a }", "cannot be compiled: NoRootTypeError"),
        ("query A { a } query B { a }", "no such operation"),
        ("query ($x: Boolean) { a @skip(if: $x) }", "cannot be compiled: GraphQLError"),
    ],
)
async def test_what_is_not_compiled_is_counted(text: str, reason: str) -> None:
    engine = Engine(schema())
    document = parse(text)
    got = await engine.execute(document, root={"a": 1, "b": {"n": 1}})
    theirs = execute(schema(), document, {"a": 1, "b": {"n": 1}}, executor_class=CompiledExecutor)
    assert got.data == theirs.data  # type: ignore[union-attr]
    assert [error.message for error in got.errors] == [error.message for error in theirs.errors or ()]  # type: ignore[union-attr]
    assert dict(engine.counts.left_to_graphql_core) == {reason: 1}
    assert engine.counts.executed == 0


@pytest.mark.parametrize(
    ("text", "reason"), [("{ ... @defer { a } }", "@defer"), ("{ b @stream(initialCount: 0) { n } }", "@stream")]
)
def test_incremental_delivery_is_left_to_graphql_core(text: str, reason: str) -> None:
    asked = schema()
    result = experimental_execute_incrementally(
        asked, parse(text), {"a": 1, "b": {"n": 1}}, executor_class=CompiledExecutor
    )
    assert getattr(result, "initial_result", result) is not None
    assert dict(plans_of(asked).counts.left_to_graphql_core) == {reason: 1}


async def test_an_operation_as_deep_as_can_be_parsed() -> None:
    deep = build_schema("type Query { it: It } type It { it: It n: Int }")
    text = "{ it " * 120 + "{ n }" + " }" * 120
    endless: dict[str, Any] = {"n": 1}
    endless["it"] = endless
    data, errors = await same(deep, text, root=endless)
    assert data
    assert not errors


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"abort_signal": AbortController().signal}, "abort signal"),
        ({"hooks": ExecutionHooks()}, "execution hooks"),
        ({"middleware": [lambda next_, *args, **given: next_(*args, **given)]}, "middleware"),
        ({"field_resolver": lambda source, info, **_: source[info.field_name]}, "default resolvers of its own"),
        ({}, "not seen often enough"),
    ],
)
def test_ways_to_execute_that_plans_do_not_know(options: dict[str, Any], reason: str) -> None:
    asked = schema()
    result = execute(asked, parse("{ a }"), {"a": 1}, executor_class=CompiledExecutor, **options)
    assert result.data == {"a": 1}  # type: ignore[union-attr]
    assert dict(plans_of(asked).counts.left_to_graphql_core) == {reason: 1}


def test_the_number_of_remembered_documents_is_bounded() -> None:
    plans = Plans(schema(), 8)
    for number in range(40):
        document = parse(f"{{ x{number}: a }}")
        selected = plans.selected(document, None)
        assert selected is not None
    assert len(plans._selected) == 8


def test_which_variables_decide_what_is_selected() -> None:
    selected = select(
        schema(),
        parse("""
          query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $n: Int) { a @skip(if: $b) ...x f(n: $n) @other(if: $c) }
          fragment x on Query { a @include(if: $a) ...x ...gone }
        """),
        None,
    )
    assert selected is not None
    assert selected.conditions == ("a", "b")
