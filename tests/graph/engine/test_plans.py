"""Plans: kept by document, bounded, and what is left to graphql-core is counted with its reason."""

import copy
import gc
import pickle
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionHooks,
    GraphQLSchema,
    build_schema,
    execute,
    experimental_execute_incrementally,
    extend_schema,
    parse,
)
from graphql.pyutils import AbortController

from graph.engine import CompiledExecutor, Engine, plans_of
from graph.engine.cache import Plans
from graph.engine.collect import select
from graph.engine.dispatch import Dispatch
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

    import weakref  # noqa: PLC0415 – only here

    engine = Engine(schema())
    root, context = Secret(), Secret()
    gone = [weakref.ref(root), weakref.ref(context)]
    document = parse("query ($s: Int, $yes: Boolean!) { a @include(if: $yes) b { n } }")
    await engine.execute(document, None, {"s": 1, "yes": True}, context, root)
    del root, context
    gc.collect()
    assert [one() for one in gone] == [None, None]
    ((plan, _),) = engine._plans._plans._items.values()
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


def test_a_schema_can_be_pickled_copied_and_extended_after_it_was_executed() -> None:
    asked, document = schema(), parse("{ a b { n } }")

    def ask(one: GraphQLSchema, text: DocumentNode = document) -> object:
        return execute(one, text, {"a": 1, "b": {"n": 2}, "c": 3}, executor_class=CompiledExecutor).data  # type: ignore[union-attr]

    for _ in range(2):
        assert ask(asked) == {"a": 1, "b": {"n": 2}}
    extended = extend_schema(asked, parse("extend type Query { c: Int }"))
    for other in (copy.copy(asked), copy.deepcopy(asked), extended):
        for _ in range(2):
            assert ask(other) == {"a": 1, "b": {"n": 2}}
        assert plans_of(other) is not plans_of(asked), "types of another schema are other objects"
    assert pickle.loads(pickle.dumps(vars(asked)["_graph_engine_plans"])) is None  # noqa: S301 – just pickled
    more = parse("{ c }")
    for _ in range(2):
        assert ask(extended, more) == {"c": 3}


def test_a_subclass_says_how_soon_a_document_is_compiled() -> None:
    class Patient(CompiledExecutor):
        patience = 2

    class Impatient(CompiledExecutor):
        patience = 0

    for executor, compiled in ((Patient, 1), (CompiledExecutor, 2), (Impatient, 3)):
        asked, document = schema(), parse("{ a }")
        for _ in range(3):
            assert execute(asked, document, {"a": 1}, executor_class=executor).data == {"a": 1}  # type: ignore[union-attr]
        assert plans_of(asked).counts.executed == compiled


async def test_ever_new_operations_leave_nothing_behind() -> None:
    def dispatches() -> int:
        gc.collect()
        return sum(type(one) is Dispatch for one in gc.get_objects())

    asked = schema()
    engine = Engine(asked, plans=16)
    plans_of(asked)._plans = Plans(asked, 16)._plans
    full = 0
    for number in range(200):
        root = {"a": 1, "b": {"n": number}}
        document = parse(f"query ($n: Boolean! = true) {{ x{number}: a b {{ y{number}: n @include(if: $n) }} }}")
        assert (await engine.execute(document, root=root)).data == {f"x{number}": 1, "b": {f"y{number}": number}}
        for _ in range(2):
            execute(asked, document, root, executor_class=CompiledExecutor)
        if number == 40:
            full = dispatches()
    assert len(engine) == len(plans_of(asked)) == 16
    assert engine.counts.compiled == plans_of(asked).counts.compiled == 200
    assert dispatches() <= full, "with a plan goes all that was compiled for it"
