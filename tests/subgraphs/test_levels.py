"""Our fields a level at a time: every marked resolver answers the same for one object, in as many statements."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from graphql import parse
from strawberry.types.field import StrawberryField

from graph.engine import Engine
from graph.errors import format_error
from resolvers.context import Context
from resolvers.domain.viewer import Role, Viewer
from resolvers.recommendations.model import TasteModel
from subgraphs.batch import level_of
from subgraphs.build import graphql_schema
from subgraphs.registry import SUBGRAPHS
from tests.catalogue import UNKNOWN, Catalogue

SCHEMAS = {one.name: one.build(None) for one in SUBGRAPHS}

HOT = {
    "catalog": {
        "Credit": {"title", "person"},
        "Person": {"credits", "resolve_reference"},
        "Title": {
            "localizedName",
            "names",
            "description",
            "descriptions",
            "parent",
            "children",
            "credits",
            "directors",
            "resolve_reference",
        },
    },
    "availability": {
        "Offer": {"platform", "mine"},
        "Platform": {"monthlyPrice", "resolve_reference"},
        "PlatformCatalogEdge": {"offers"},
        "Title": {"offers", "bestOffer", "leavingSoon", "availableRegions", "resolve_reference"},
    },
    "users": {"Title": {"name", "inWatchlist", "playback", "myRating", "allowedForMe", "resolve_reference"}},
    "recommendations": {
        "Recommendation": {"explanation"},
        "SimilarEdge": {"explanation"},
        "Title": {"matchScore", "similar", "whyForMe", "resolve_reference"},
    },
}


def marked(subgraph: str) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return (resolver of one, resolver of a level) by type and field."""
    schema = SCHEMAS[subgraph]
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for name, type_ in schema.schema_converter.type_map.items():
        definition = type_.definition
        fields: list[StrawberryField] = getattr(definition, "fields", [])
        resolvers = {
            schema.config.name_converter.from_field(field): field.base_resolver.wrapped_func
            for field in fields
            if field.base_resolver is not None
        }
        resolvers["resolve_reference"] = getattr(getattr(definition, "origin", None), "resolve_reference", None)
        levels = {field: (one, level_of(one)) for field, one in resolvers.items() if level_of(one) is not None}
        if levels:
            found[name] = levels
    return found


@pytest.mark.parametrize("subgraph", list(HOT))
def test_the_hot_fields_are_marked(subgraph: str) -> None:
    assert {name: set(fields) for name, fields in marked(subgraph).items()} == HOT[subgraph]


@pytest.mark.parametrize("subgraph", list(HOT))
def test_a_level_takes_the_arguments_of_one_with_their_defaults(subgraph: str) -> None:
    for type_, fields in marked(subgraph).items():
        for field, (one, level) in fields.items():
            if field == "resolve_reference":
                assert list(inspect.signature(level).parameters)[1:] == ["info"]
                continue
            of_one = list(inspect.signature(one).parameters.values())[1:]
            of_level = list(inspect.signature(level).parameters.values())[1:]
            assert [(argument.name, argument.default) for argument in of_one] == [
                (argument.name, argument.default) for argument in of_level
            ], f"{type_}.{field}"


@pytest.fixture
def ask(context: Callable[..., Context], sources: Any) -> Callable[..., Any]:
    """Asks a subgraph for entities, by the engine or graphql-core: data, and errors as (path, code), in order."""

    model = TasteModel(sources)

    async def asked(
        subgraph: str, by: str, selection: str, representations: list[dict[str, Any]], viewer: Viewer | None = None
    ) -> tuple[Any, list[Any]]:
        schema = SCHEMAS[subgraph]
        query = f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ {selection} }} }}"
        request = context(viewer=viewer)
        request.shared = {TasteModel: model}
        given = {"of": [dict(one) for one in representations]}
        if by == "engine":
            result: Any = await Engine(graphql_schema(schema)).execute(parse(query), None, given, request)
        else:
            result = await schema.execute(query, given, request)
        errors = [format_error(error) for error in result.errors or ()]
        return result.data, sorted((error["path"], error["extensions"]["code"]) for error in errors)

    return asked


def titles(*ids: str) -> list[dict[str, Any]]:
    return [{"__typename": "Title", "id": id_} for id_ in ids]


WHOLE = {
    "catalog": """... on Title {
      id name localizedName(language: "de") { text } names { text } description { text } descriptions { text }
      parent { id } children(first: 3) { totalCount edges { cursor node { id parent { id } } } }
      directors { name } credits(first: 2, roles: [ACTOR, DIRECTOR]) {
        totalCount edges { node { person { name credits { edges { node { title { id } } } } } } }
      }
    }""",
    "availability": """... on Title {
      id offers { id mine platform { name monthlyPrice { amount } } } us: offers(region: "US", kinds: [RENT]) { id }
      bestOffer(region: "US") { id platform { id } } leavingSoon(region: "US") { id } availableRegions
    }""",
    "users": "... on Title { id inWatchlist playback { state } myRating allowedForMe }",
    "recommendations": """... on Title {
      id matchScore whyForMe { text } similar(first: 3) { totalCount edges { score node { id } explanation { text } } }
    }""",
}


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("subgraph", list(WHOLE))
async def test_both_executors_answer_alike_in_the_same_statements(
    ask: Any, sources: Any, statements: Callable[[], AbstractContextManager[list[str]]], subgraph: str, signed_in: bool
) -> None:
    """Titles with and without anything, one twice, one that is not there and two that cannot be."""
    shelf = Catalogue(sources.database)
    viewer = await a_viewer(sources) if signed_in else None
    series = await shelf.title("Series", "SERIES")
    film = await shelf.title("Film", genres=["DRAMA"], release_year=1999)
    season = await shelf.title("Season 1", "SEASON", parent_id=series, season_number=1)
    person = await shelf.person()
    await shelf.credit(film, person, "DIRECTOR", 0)
    await shelf.credit(film, person, "ACTOR", 1)
    await shelf.text(film, "Der Film", "de")
    await shelf.text(film, "Ein Film.", "de", "description")
    platform = await shelf.platform("mine")
    await shelf.offer(film, platform)
    await shelf.offer(series, platform)
    of = titles(series, film, season, film.upper(), UNKNOWN, "nonsense", film)
    of.append({"__typename": "Title", "id": 5})
    await ask(subgraph, "engine", WHOLE[subgraph], titles(film))  # the model is read once a process
    answers, counts = [], []
    for by in ("engine", "graphql-core"):
        with statements() as seen:
            answers.append(await ask(subgraph, by, WHOLE[subgraph], of, viewer))
        counts.append(sorted(seen))
    assert answers[0] == answers[1]
    assert counts[0] == counts[1]
    data, errors = answers[0]
    assert data["_entities"][1]["id"] == film
    assert (["_entities", 5], "BAD_USER_INPUT") in errors
    if subgraph == "users" and not signed_in:
        assert not counts[0], "nothing is loaded for anonymous"


async def a_viewer(sources: Any) -> Viewer:
    user, profile = UNKNOWN[:-1] + "a", UNKNOWN[:-1] + "b"
    await sources.database.execute(
        "INSERT INTO users (id, email, display_name, password_hash, role, source) "
        "VALUES ($1, 'a@example.org', 'A', '', 'USER', 'register')",
        user,
    )
    await sources.database.execute("INSERT INTO profiles (id, user_id, name) VALUES ($1, $2, 'A')", profile, user)
    return Viewer(user_id=user, profile_id=profile, session_id=UNKNOWN[:-1] + "c", role=Role.USER)


@pytest.mark.parametrize("by", ["engine", "graphql-core"])
async def test_a_cursor_is_good_for_one_of_a_level(ask: Any, sources: Any, by: str) -> None:
    shelf = Catalogue(sources.database)
    one, other, person = await shelf.title("One"), await shelf.title("Other"), await shelf.person()
    for title in (one, other):
        await shelf.credit(title, person, "ACTOR", 0)
        await shelf.credit(title, person, "ACTOR", 1, character="Twin")
    selection = "... on Title {{ credits(first: 1{}) {{ pageInfo {{ endCursor }} edges {{ node {{ character }} }} }} }}"
    data, _ = await ask("catalog", by, selection.format(""), titles(one))
    cursor = data["_entities"][0]["credits"]["pageInfo"]["endCursor"]
    data, errors = await ask("catalog", by, selection.format(f', after: "{cursor}"'), titles(other, one))
    assert data["_entities"][0] is None
    assert data["_entities"][1]["credits"]["edges"] == [{"node": {"character": "Twin"}}]
    assert errors == [(["_entities", 0, "credits"], "BAD_USER_INPUT")]


@pytest.mark.parametrize("by", ["engine", "graphql-core"])
async def test_what_is_wrong_with_the_question_is_told_of_every_object(ask: Any, sources: Any, by: str) -> None:
    shelf = Catalogue(sources.database)
    of = titles(await shelf.title("One"), await shelf.title("Other"))
    _, errors = await ask("availability", by, "... on Title { offers(onlyMine: true) { id } }", of)
    assert {code for _, code in errors} == {"UNAUTHENTICATED"}
    assert [path[1] for path, _ in errors] == [0, 1]
