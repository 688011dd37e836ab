"""What is awaited: levels, batches, order of mutations, cancellation, and nothing left behind."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    build_schema,
    parse,
)
from strawberry.dataloader import DataLoader

from graph.engine import Engine
from tests.graph.engine.comparing import same, told


@pytest.fixture(autouse=True)
async def nothing_is_left_behind() -> AsyncIterator[None]:
    """Fail on coroutines that nobody awaits and exceptions that nobody takes."""
    complaints: list[Any] = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop = asyncio.get_running_loop()
        before = loop.get_exception_handler()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        yield
        gc.collect()
        loop.set_exception_handler(before)
    assert not complaints
    assert [str(one.message) for one in seen if "never" in str(one.message)] == []


def tree(levels: int, resolve: Any) -> GraphQLSchema:
    """Return a schema of nodes with `children` and `value`, both by `resolve(source, name)`."""
    node: GraphQLObjectType = GraphQLObjectType(
        "Node",
        lambda: {
            "value": GraphQLField(GraphQLInt, resolve=lambda source, _: resolve(source, "value")),
            "children": GraphQLField(
                GraphQLList(GraphQLNonNull(node)), resolve=lambda source, _: resolve(source, "children")
            ),
        },
    )
    root = GraphQLField(node, resolve=lambda *_: levels)
    return GraphQLSchema(GraphQLObjectType("Query", {"root": root}))


@pytest.mark.parametrize("by", ["coroutine", "future"])
async def test_every_level_is_one_batch(by: str) -> None:
    batches: list[list[int]] = []

    async def load(keys: list[int]) -> list[list[int]]:
        batches.append(list(keys))
        await asyncio.sleep(0)
        return [[key * 10 + number for number in range(1, 4)] for key in keys]

    loader = DataLoader(load)

    async def loaded(source: int) -> list[int]:
        return await loader.load(source)

    def resolve(source: int, name: str) -> Any:
        if name == "value":
            return source
        return loaded(source) if by == "coroutine" else loader.load(source)

    document = parse("{ root { children { value children { value children { value } } } } }")
    got = await Engine(tree(0, resolve)).execute(document)
    assert not got.errors
    assert [len(batch) for batch in batches] == [1, 3, 9]
    assert got.data["root"]["children"][2]["children"][0]["children"][1]["value"] == 312


async def test_a_slow_field_does_not_hold_up_what_is_below_its_sibling() -> None:
    done = asyncio.Event()

    async def slow(*_: Any) -> int:
        await done.wait()
        return 1

    async def fast(*_: Any) -> dict[str, Any]:
        return {}

    async def below(*_: Any) -> int:
        done.set()
        return 2

    child = GraphQLObjectType("Child", {"below": GraphQLField(GraphQLInt, resolve=below)})
    query = {"slow": GraphQLField(GraphQLInt, resolve=slow), "fast": GraphQLField(child, resolve=fast)}
    async with asyncio.timeout(5):
        got = await Engine(GraphQLSchema(GraphQLObjectType("Query", query))).execute(parse("{ slow fast { below } }"))
    assert got.data == {"slow": 1, "fast": {"below": 2}}


async def test_errors_of_what_was_awaited_go_up_as_well() -> None:
    schema = build_schema("""
      type Query { list: [It!] it: It must: It! }
      type It { ok: Int fails: Int must: Int! }
    """)

    class It:
        async def ok(self, _: Any) -> int:
            return 1

        async def fails(self, _: Any) -> int:
            raise ValueError("no")

        async def must(self, _: Any) -> int | None:
            return None

    root = {"list": [It(), It()], "it": It(), "must": It()}
    data, errors = await same(schema, "{ list { ok fails } it { ok must } }", root=root, ordered=False)
    assert data == {"list": [{"ok": 1, "fails": None}] * 2, "it": None}
    assert {error[1] for error in errors} == {("list", 0, "fails"), ("list", 1, "fails"), ("it", "must")}
    assert (await same(schema, "{ it { ok } must { must } }", root=root))[0] is None


async def test_items_that_are_awaitable_and_asynchronous_iterators() -> None:
    schema = build_schema("type Query { a: [Int] b: [It!] c: [It] d: [Int!] } type It { n: Int! }")

    async def item(value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    async def each(*values: Any) -> Any:
        for value in values:
            yield value
            await asyncio.sleep(0)

    async def broken() -> Any:
        yield 1
        raise ValueError("broken off")

    root = {
        "a": lambda _: [item(1), 2, item(ValueError("x")), item(None)],
        "b": lambda _: [item({"n": 1}), {"n": 2}],
        "c": lambda _: each({"n": 1}, {"n": None}, None, {"n": 3}),
        "d": lambda _: broken(),
    }
    data, errors = await same(schema, "{ a b { n } c { n } d }", root=root, ordered=False)
    assert data == {
        "a": [1, 2, None, None],
        "b": [{"n": 1}, {"n": 2}],
        "c": [{"n": 1}, None, None, {"n": 3}],
        "d": None,
    }
    assert len(errors) == 3


async def test_mutations_run_one_after_the_other_to_the_end() -> None:
    log: list[str] = []

    def step(name: str) -> GraphQLField:
        async def resolve(*_: Any) -> dict[str, Any]:
            log.append(f"{name} begins")
            await asyncio.sleep(0)
            log.append(f"{name} ends")
            return {}

        async def after(*_: Any) -> str:
            await asyncio.sleep(0)
            log.append(f"{name} is read")
            return name

        return GraphQLField(
            GraphQLObjectType(name.title(), {"name": GraphQLField(GraphQLString, resolve=after)}), resolve=resolve
        )

    nothing = GraphQLObjectType("Query", {"nothing": GraphQLField(GraphQLInt)})
    schema = GraphQLSchema(nothing, GraphQLObjectType("Mutation", {"one": step("one"), "two": step("two")}))
    got = await Engine(schema).execute(parse("mutation { two { name } one { name } again: two { name } }"))
    assert list(got.data or ()) == ["two", "one", "again"]
    order = [f"{name} {what}" for name in ("two", "one", "two") for what in ("begins", "ends", "is read")]
    assert log == order


async def test_no_mutation_follows_one_that_leaves_nothing() -> None:
    schema = build_schema("type Query { a: Int } type Mutation { a: Int! b: Int! }")
    asked: list[str] = []

    async def fails(_: Any) -> None:
        asked.append("a")

    root = {"a": fails, "b": lambda _: asked.append("b")}
    data, errors = await same(schema, "mutation { a b }", root=root)
    assert (data, len(errors)) == (None, 1)
    assert set(asked) == {"a"}


async def test_executions_at_the_same_time_share_nothing() -> None:
    gate = asyncio.Event()

    async def who(_: Any, info: Any, **given: Any) -> str:
        await gate.wait()
        return f"{info.context} {given} {info.variable_values}"

    child = GraphQLObjectType("Child", {"who": GraphQLField(GraphQLString, resolve=who)})

    async def child_of(*_: Any) -> dict[str, Any]:
        return {}

    from graphql import GraphQLArgument  # noqa: PLC0415 – only here

    query = {
        "who": GraphQLField(GraphQLString, args={"n": GraphQLArgument(GraphQLInt)}, resolve=who),
        "child": GraphQLField(child, resolve=child_of),
    }
    engine = Engine(GraphQLSchema(GraphQLObjectType("Query", query)))
    document = parse("query ($n: Int) { who(n: $n) child { who } }")
    running = [asyncio.ensure_future(engine.execute(document, None, {"n": n}, f"request {n}")) for n in range(20)]
    await asyncio.sleep(0)
    gate.set()
    for n, got in enumerate(await asyncio.gather(*running)):
        asked = {"n": n}
        assert got.data == {"who": f"request {n} {asked} {asked}", "child": {"who": f"request {n} {{}} {asked}"}}
    assert engine.counts.compiled == 1


async def test_a_client_that_leaves_takes_everything_along() -> None:
    started, ended = 0, 0
    all_started = asyncio.Event()

    async def forever(*_: Any) -> int:
        nonlocal started, ended
        started += 1
        if started == 21:
            all_started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # cleaning up may take a while
            ended += 1
        return 1

    async def fails(*_: Any) -> int:
        raise ValueError("while the others wait")

    async def unawaited() -> int:
        return 1

    it = GraphQLObjectType(
        "It", {"a": GraphQLField(GraphQLInt, resolve=forever), "b": GraphQLField(GraphQLInt, resolve=forever)}
    )
    query = {
        "its": GraphQLField(GraphQLList(it), resolve=lambda *_: [{}] * 10),
        "alone": GraphQLField(GraphQLInt, resolve=forever),
        "fails": GraphQLField(GraphQLInt, resolve=fails),
        "plain": GraphQLField(GraphQLInt, resolve=lambda *_: unawaited()),
    }
    engine = Engine(GraphQLSchema(GraphQLObjectType("Query", query)))
    before = asyncio.all_tasks()
    running = asyncio.ensure_future(engine.execute(parse("{ its { a b } alone fails plain }")))
    async with asyncio.timeout(5):
        await all_started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == started == 21
    assert asyncio.all_tasks() == before


async def test_a_client_that_leaves_at_once() -> None:
    async def resolve(*_: Any) -> int:
        return 1

    query = {name: GraphQLField(GraphQLInt, resolve=lambda *_: resolve()) for name in ("a", "b", "c")}
    engine = Engine(GraphQLSchema(GraphQLObjectType("Query", query)))
    for turns in range(6):
        running = asyncio.ensure_future(engine.execute(parse("{ a b c }")))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])


async def test_a_resolver_that_is_cancelled_from_elsewhere_cancels_the_execution() -> None:
    """As in graphql-core: only exceptions are errors of a field."""
    cancelled = asyncio.get_running_loop().create_future()
    cancelled.cancel()

    async def slow(*_: Any) -> None:
        await asyncio.Event().wait()

    query = {
        "a": GraphQLField(GraphQLInt, resolve=lambda *_: cancelled),
        "b": GraphQLField(GraphQLInt, resolve=slow),
    }
    before = asyncio.all_tasks()
    with pytest.raises(asyncio.CancelledError):
        await Engine(GraphQLSchema(GraphQLObjectType("Query", query))).execute(parse("{ b a }"))
    assert asyncio.all_tasks() == before


async def test_what_a_null_hides_is_not_started() -> None:
    started: list[str] = []

    async def waits(*_: Any) -> int:
        started.append("waits")
        return 1

    def boom(*_: Any) -> None:
        raise ValueError("boom")

    must = GraphQLField(GraphQLNonNull(GraphQLInt), resolve=boom)
    plain = GraphQLField(GraphQLInt, resolve=lambda *_: waits())
    it = GraphQLObjectType("It", {"waits": GraphQLField(GraphQLInt, resolve=waits), "plain": plain, "must": must})
    schema = GraphQLSchema(GraphQLObjectType("Query", {"it": GraphQLField(it, resolve=lambda *_: {})}))
    got = await Engine(schema).execute(parse("{ it { waits plain must } }"))
    assert got.data == {"it": None}
    assert [told(error)[:2] for error in got.errors] == [("boom", ("it", "must"))]
    assert started == []


async def test_a_loaders_future_that_others_share_survives_a_null() -> None:
    """Work below a null is not cancelled: that would cancel the future which another position waits for."""

    async def load(keys: list[int]) -> list[int]:
        for _ in range(5):
            await asyncio.sleep(0)
        return [key * 2 for key in keys]

    loader = DataLoader(load)

    async def loaded(*_: Any) -> int:
        return await loader.load(21)

    async def fails(*_: Any) -> int:
        raise ValueError("early")

    it = GraphQLObjectType(
        "It",
        {
            "loaded": GraphQLField(GraphQLInt, resolve=loaded),
            "fails": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=fails),
        },
    )
    query = {
        "it": GraphQLField(it, resolve=lambda *_: {}),
        "loaded": GraphQLField(GraphQLInt, resolve=loaded),
    }
    got = await Engine(GraphQLSchema(GraphQLObjectType("Query", query))).execute(
        parse("{ it { loaded fails } loaded }")
    )
    assert got.data == {"it": None, "loaded": 42}


async def _one(value: Any = 1) -> Any:
    return value


def _boom(*_: Any) -> None:
    raise ValueError("boom")


async def test_items_that_a_failing_list_still_held_do_not_complain() -> None:
    it = GraphQLObjectType("It", {"must": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=_boom)})
    its = GraphQLField(GraphQLList(GraphQLNonNull(it)), resolve=lambda *_: [_one({}), {}, _one({})])
    must = GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(it))), resolve=lambda *_: [{}, _one({})])
    schema = GraphQLSchema(GraphQLObjectType("Query", {"its": its, "must": must}))
    assert (await Engine(schema).execute(parse("{ its { must } }"))).data == {"its": None}
    assert (await Engine(schema).execute(parse("{ must { must } }"))).data is None


async def test_types_that_were_still_being_found_out_do_not_complain() -> None:
    from graphql import GraphQLUnionType  # noqa: PLC0415 – only here

    dog = GraphQLObjectType("Dog", {"n": GraphQLField(GraphQLInt)}, is_type_of=lambda *_: _one(True))
    either = GraphQLUnionType("Either", [dog], resolve_type=lambda *_: _one("Dog"))
    it = GraphQLObjectType(
        "It",
        {
            "dog": GraphQLField(dog, resolve=lambda *_: {}),
            "either": GraphQLField(either, resolve=lambda *_: {}),
            "must": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=_boom),
        },
    )
    schema = GraphQLSchema(GraphQLObjectType("Query", {"it": GraphQLField(it, resolve=lambda *_: {})}))
    got = await Engine(schema).execute(parse("{ it { dog { n } either { __typename } must } }"))
    assert (got.data, len(got.errors)) == ({"it": None}, 1)


async def test_a_list_that_is_read_while_a_null_hides_it() -> None:
    hidden = asyncio.Event()

    async def each(*_: Any) -> Any:
        await hidden.wait()
        yield ValueError("an item, too late to be told")
        yield _one()

    async def fails(*_: Any) -> None:
        hidden.set()
        raise ValueError("early")

    it = GraphQLObjectType(
        "It",
        {
            "numbers": GraphQLField(GraphQLList(GraphQLInt), resolve=lambda *_: each()),
            "fails": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=fails),
        },
    )
    schema = GraphQLSchema(GraphQLObjectType("Query", {"it": GraphQLField(it, resolve=lambda *_: {})}))
    async with asyncio.timeout(5):
        got = await Engine(schema).execute(parse("{ it { numbers fails } }"))
    assert got.data == {"it": None}
    assert [told(error)[:2] for error in got.errors] == [("early", ("it", "fails"))]
