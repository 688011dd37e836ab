"""Strawberry's own: permissions, extensions, info, enums, inputs, subscriptions; and what of it is private."""

import enum
import inspect
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
from graphql import GraphQLResolveInfo, parse
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission
from strawberry.types.info import Info as StrawberryInfo

from graph.engine import CompiledExecutor, Engine, plans_of
from graph.engine.strawberry_fields import direct_access
from subgraphs.batch import batched
from subgraphs.build import build_schema, graphql_schema
from tests.graph.engine.comparing import by_graphql_core, same, told

Info = strawberry.Info[dict[str, Any], None]
CALLS: list[int] = []


class Signed(BasePermission):
    message = "Sign in."

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 – Strawberry's signature
        return bool(info.context.get("user"))


class Allowed(BasePermission):
    message = "Not allowed."

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:  # noqa: ARG002 – Strawberry's signature
        return bool(info.context.get("allowed"))


class Louder(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs).upper() + "!"


@strawberry.enum
class Genre(enum.Enum):
    DRAMA = "drama"
    COMEDY = strawberry.enum_value("comedy", name="FUNNY")


@strawberry.enum
class Plain(enum.Enum):
    A = 1
    B = 2


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.input
class Point:
    x: int = 1
    tags: list[str] | None = None


async def _scores(titles: Sequence["Title"], info: Info, times: int = 1) -> Sequence[Any]:
    CALLS.append(len(titles))
    return [ValueError("thirteen") if title.id == "13" else int(title.id) * times for title in titles]


def _short(titles: Sequence["Title"]) -> Sequence[Any]:
    return [1]


def _refused(titles: Sequence["Title"]) -> Sequence[Any]:
    raise ValueError("all of them")


@strawberry.type
class Title(Node):
    id: strawberry.ID
    name: str
    genres: list[Genre]
    plain: Plain | None
    at: datetime
    hidden: strawberry.Private[int] = 7

    @strawberry.field
    def loud(self, info: Info, tags: list[str] | None = None, genre: Genre = Genre.DRAMA) -> str:
        (tags if tags is not None else []).append("mine")  # a resolver may change what it was given
        return f"{self.name} {info.field_name} {info.path.as_list()} {tags} {genre} {info.context.get('user')}"

    @strawberry.field
    async def about(self, info: Info) -> str:
        raw = info._raw_info
        assert isinstance(raw, tuple)
        return f"{info.python_name} {info.return_type} {info.variable_values} {[f.name for f in info.selected_fields]}"

    @strawberry.field(permission_classes=[Signed])
    def secret(self) -> str | None:
        return "sync"

    @strawberry.field(permission_classes=[Signed, Allowed])
    async def deep_secret(self) -> str | None:
        return "async"

    @strawberry.field(extensions=[Louder()])
    def extended(self, word: str = "word") -> str:
        return word

    @strawberry.field
    @batched(_scores)
    async def score(self, info: Info, times: int = 1) -> int | None:
        (found,) = await _scores([self], info, times)
        if isinstance(found, Exception):
            raise found
        return found

    @strawberry.field
    @batched(_short)
    def short(self) -> int | None:
        return 1

    @strawberry.field
    @batched(_refused)
    def refused(self) -> int | None:
        raise ValueError("all of them")

    @strawberry.field
    def parent(root: "Title") -> strawberry.ID:  # noqa: N805 – Strawberry's way to ask for the source
        return root.id

    @strawberry.field
    async def follows(self) -> "Title | None":
        return title(int(self.id) + 1) if int(self.id) < 14 else None


@strawberry.type
class Person(Node):
    id: strawberry.ID
    name: str


def title(number: int) -> Title:
    return Title(
        id=strawberry.ID(str(number)),
        name=f"Title {number}",
        genres=[Genre.DRAMA, Genre.COMEDY],
        plain=Plain.B if number % 2 else None,
        at=datetime(2026, 1, number, tzinfo=UTC),
    )


@strawberry.type
class Query:
    @strawberry.field
    def titles(self, first: int = 3) -> list[Title]:
        return [title(number) for number in range(11, 11 + first)]

    @strawberry.field
    def nodes(self) -> list[Node]:
        return [title(11), Person(id=strawberry.ID("p"), name="P"), title(12)]

    @strawberry.field
    def either(self) -> list[Title | Person]:
        return [title(11), Person(id=strawberry.ID("p"), name="P")]

    @strawberry.field
    def point(self, point: Point, more: list[Point] | None = None) -> str:
        return f"{point} {more}"

    @strawberry.field
    async def wrong(self) -> list[Title]:
        return [Person(id=strawberry.ID("p"), name="P")]  # type: ignore[list-item]

    @strawberry.field
    async def each(self) -> AsyncGenerator[int, None]:
        yield 1


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: Info, name: str) -> str:
        info.context.setdefault("names", []).append(name)
        return ", ".join(info.context["names"])


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changed(self, info: Info, count: int = 2) -> AsyncGenerator[Title, None]:  # noqa: ARG002 – given where asked for
        for number in range(11, 11 + count):
            yield title(number)


del Query.__annotations__  # nothing but fields with resolvers
SCHEMA = strawberry.Schema(Query, Mutation, Subscription, types=[Person], execution_context_class=CompiledExecutor)
GRAPHQL = graphql_schema(SCHEMA)


TEXTS = [
    "{ titles { __typename id name genres plain at parent } }",
    '{ titles { loud a: loud(tags: ["x"]) b: loud(tags: null, genre: FUNNY) } }',
    "{ titles { about follows { about follows { id } } } }",
    "{ titles { secret deepSecret } }",
    '{ titles { extended b: extended(word: "x") } }',
    "{ titles { score twice: score(times: 2) follows { score } } }",
    "{ titles { refused } }",
    "{ nodes { __typename id ... on Title { name score } ... on Person { name } } either { ... on Node { id } } }",
    '{ point(point: { x: 2, tags: ["a"] }, more: [{}]) }',
    "{ wrong { id } }",
    'mutation { a: rename(name: "a") b: rename(name: "b") }',
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("context", [{}, {"user": "ada"}, {"user": "ada", "allowed": True}])
async def test_the_answer_is_strawberrys(text: str, context: dict[str, Any]) -> None:
    engine, document = Engine(GRAPHQL), parse(text)
    stock = strawberry.Schema(Query, Mutation, Subscription, types=[Person])
    expected = await stock.execute(text, context_value=dict(context))
    for _ in range(2):
        got = await engine.execute(document, context=dict(context))
        assert got.data == expected.data
        assert sorted(told(error) for error in got.errors) == sorted(told(error) for error in expected.errors or ())
    assert not engine.counts.left_to_graphql_core


async def test_arguments_from_variables() -> None:
    text = """
      query ($tags: [String!], $genre: Genre!, $point: Point!, $n: Int!) {
        titles(first: $n) { loud(tags: $tags, genre: $genre) }
        point(point: $point, more: [$point])
      }
    """
    for tags in (["x", "y"], None, []):
        await same(
            GRAPHQL,
            text,
            variables={"tags": tags, "genre": "FUNNY", "point": {"x": 5}, "n": 2},
            context={"user": "ada"},
        )


async def test_a_batch_resolver_is_called_once_a_level() -> None:
    CALLS.clear()
    document = parse("{ titles(first: 4) { score follows { score } nodes: follows { again: score(times: 3) } } }")
    got = await Engine(GRAPHQL).execute(document, context={})
    assert sorted(CALLS) == [3, 3, 4]
    assert [one["score"] for one in (got.data or {})["titles"]] == [11, 12, None, 14]
    assert ("titles", 2, "score") in {tuple(error.path or ()) for error in got.errors}


async def test_a_batch_resolver_must_return_a_value_per_object() -> None:
    got = await Engine(GRAPHQL).execute(parse("{ titles { short } }"), context={})
    assert [error.message for error in got.errors] == [
        "Title.short: the batch resolver returned 1 values for 3 objects."
    ] * 3


async def test_as_the_execution_context_of_a_schema() -> None:
    query = "query ($n: Int!) { titles(first: $n) { id score follows { name } } }"
    plain = strawberry.Schema(Query, types=[Person])
    counts = plans_of(GRAPHQL).counts
    executed = counts.executed
    for number in (1, 2, 3):
        mine = await SCHEMA.execute(query, {"n": number}, context_value={})
        theirs = await plain.execute(query, {"n": number}, context_value={})
        assert mine.data == theirs.data
        assert [told(error) for error in mine.errors or ()] == [told(error) for error in theirs.errors or ()]
    # Strawberry parses each request anew, and nobody compiles what is seen once.
    assert counts.executed == executed
    assert counts.left_to_graphql_core["not seen often enough"] >= 3


async def test_a_document_that_comes_again_is_compiled() -> None:
    from graphql import execute  # noqa: PLC0415 – only here

    schema = graphql_schema(strawberry.Schema(Query, types=[Person]))
    document = parse("{ titles { id score } nodes { id } }")
    results = []
    for _ in range(3):
        outcome = execute(schema, document, context_value={}, executor_class=CompiledExecutor)
        results.append(await outcome)  # type: ignore[misc]
    assert results[0].data == results[1].data == results[2].data
    counts = plans_of(schema).counts
    assert (counts.compiled, counts.executed, counts.left_to_graphql_core.total()) == (1, 2, 1)
    sync = parse("{ nodes { id } }")
    assert [execute(schema, sync, executor_class=CompiledExecutor).data for _ in range(2)] == [  # type: ignore[union-attr]
        {"nodes": [{"id": "11"}, {"id": "p"}, {"id": "12"}]}
    ] * 2


async def test_schema_extensions_keep_working() -> None:
    seen: list[str] = []

    class Watching(SchemaExtension):
        def on_execute(self) -> Any:
            seen.append("before")
            yield
            seen.append("after")

        def resolve(self, next_: Any, root: Any, info: GraphQLResolveInfo, *args: Any, **kwargs: Any) -> Any:
            seen.append(info.field_name)
            return next_(root, info, *args, **kwargs)

    schema = strawberry.Schema(Query, types=[Person], extensions=[Watching], execution_context_class=CompiledExecutor)
    result = await schema.execute("{ either { ... on Node { id } } }", context_value={})
    assert result.errors is None
    assert seen == ["before", "either", "id", "id", "after"]
    assert plans_of(graphql_schema(schema)).counts.left_to_graphql_core == {"middleware": 1}


async def test_subscriptions() -> None:
    stream = await SCHEMA.subscribe("subscription { changed(count: 3) { id score follows { id } } }", context_value={})
    assert inspect.isasyncgen(stream)
    events = [event async for event in stream]
    assert [event.data["changed"]["id"] for event in events] == ["11", "12", "13"]
    assert [bool(event.errors) for event in events] == [False, False, True]
    assert plans_of(GRAPHQL).counts.executed >= 2
    one = await Engine(GRAPHQL).execute(parse("subscription { changed { id name } }"), root=title(12))
    assert one.data == {"changed": {"id": "12", "name": "Title 12"}}


async def test_entities_of_a_federated_schema() -> None:
    @strawberry.federation.type(keys=["id"])
    class Film:
        id: strawberry.ID
        name: str = "a film"

        @classmethod
        async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Film | None":  # noqa: A002, ARG003 – Strawberry's signature
            if id == "boom":
                raise ValueError("boom")
            return None if id == "none" else cls(id=id)

    @strawberry.type
    class Root:
        film: Film

    schema = graphql_schema(build_schema(Root))
    text = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Film { id name } } }"
    engine, document = Engine(schema), parse(text)
    for _ in range(2):
        given = [{"__typename": "Film", "id": one} for one in ("1", "none", "boom", "2")]
        got = await engine.execute(document, None, {"r": given}, {})
        assert [one and one["id"] for one in (got.data or {})["_entities"]] == ["1", None, None, "2"]
        assert [tuple(error.path or ()) for error in got.errors] == [("_entities", 2)]


async def test_references_of_a_type_can_be_resolved_at_once() -> None:
    asked: list[Any] = []

    async def films(keys: Sequence[dict[str, Any]], info: Info) -> list[Any]:
        asked.append([dict(one) for one in keys])
        known = [None if one["id"] == "none" else Film(id=one["id"], region=info.context["region"]) for one in keys]
        return [ValueError("boom") if one["id"] == "boom" else film for one, film in zip(keys, known, strict=True)]

    @strawberry.federation.type(keys=["id"])
    class Film:
        id: strawberry.ID
        region: str

        @classmethod
        @batched(films)
        async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 – Strawberry's signature
            (found,) = await films([{"id": id}], info)
            if isinstance(found, Exception):
                raise found
            return found

    @strawberry.federation.type(keys=["id"])
    class Other:
        id: strawberry.ID

        @classmethod
        async def resolve_reference(cls, id: strawberry.ID) -> Any:  # noqa: A002 – Strawberry's signature
            return cls(id=id)

    @strawberry.type
    class Root:
        film: Film
        other: Other

    schema = graphql_schema(build_schema(Root))
    text = "query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Film { id region } } }"

    def given() -> list[dict[str, str]]:
        return [{"__typename": "Film", "id": one} for one in ("1", "none", "boom", "2")] + [
            {"__typename": "Other", "id": "3"}
        ]

    engine, document = Engine(schema), parse(text)
    expected = await by_graphql_core(schema, text, variable_values={"r": given()}, context_value={"region": "DE"})
    asked.clear()
    sent = given()
    got = await engine.execute(document, None, {"r": sent}, {"region": "DE"})
    assert got.data == expected.data
    assert [told(error) for error in got.errors] == [told(error) for error in expected.errors or ()]
    assert asked == [[{"id": one} for one in ("1", "none", "boom", "2")]]
    assert sent == given(), "what was sent stays as it was"


async def test_what_is_marked_to_pass_for_another_type() -> None:
    class Row:
        id = "r"
        name = "row"

    @strawberry.type
    class Rows:
        @strawberry.field
        def rows(self) -> list[Node]:
            return [strawberry.cast(Person, Row()), strawberry.cast(Title, Row()), strawberry.cast(Person, Row())]  # type: ignore[list-item]

    schema = graphql_schema(strawberry.Schema(Rows, types=[Person, Title]))
    data, _ = await same(schema, "{ rows { __typename id ... on Person { name } } }")
    assert [row["__typename"] for row in data["rows"]] == ["Person", "Title", "Person"]


# – what is private –


def access(type_: str, name: str) -> Any:
    return direct_access(GRAPHQL.type_map[type_].fields[name], SCHEMA)


def test_wrappers_are_passed_by_where_they_do_nothing_and_only_there() -> None:
    """Fails when Strawberry's inside moves: everything would still work, through the wrappers, but slowly."""
    assert access("Title", "name").attribute == "name"
    assert access("Title", "loud").call.info == "info"
    assert access("Title", "loud").call.wants_self
    assert access("Title", "about").call.is_async
    assert access("Title", "parent").call.source_keywords == ("root",)
    assert access("Title", "score").call.level is _scores
    assert access("Subscription", "changed").event
    for wrapped in ("secret", "deepSecret", "extended"):
        assert access("Title", wrapped) is None
    assert access("Query", "point") is None  # input objects are left to Strawberry


def test_info_is_an_info_of_the_configured_class() -> None:
    make = access("Title", "loud").call.make_info
    assert issubclass(make, StrawberryInfo)
