"""The operations of the contract, as front ends and partners send them, against the running application.

Those that ask for what a later issue brings are listed with the fields they wait for; each is executed without them
where something is left. The list is exact: it fails when a field has arrived, so that it shrinks.
"""

import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from graphql import (
    REMOVE,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    validate,
    visit,
)

from graph.compose.schemas import api_sdl
from tests.journeys.client import Client

SHARED = Path(__file__).parents[2] / os.environ.get("MEDIA_GATEWAY_SHARED", "../shared")
FILE = SHARED / "contract" / "operations.graphql"
WAITING: dict[str, set[str]] = {
    "BrowseTitles": {"Query.facets"},
    "Discover": {"Query.discover"},
    "LeavingSoon": {"Query.leavingSoon"},
    "CostOfMyList": {"Query.costOfTitles"},
    "Refresh": {"Mutation.refresh"},
    "SelectProfile": {"Mutation.selectProfile"},
    "GiveFeedback": {"Mutation.submitFeedback"},
    "SetConsent": {"Mutation.setConsent"},
    "ExportMyData": {"Mutation.exportMyData"},
    "MyExport": {"Query.dataExport"},
    "EraseMe": {"Mutation.eraseMe"},
    "SyncWatchlist": {"Mutation.syncWatchlist"},
    "SyncPlayback": {"Mutation.syncPlayback"},
    "RegisterDevice": {"Mutation.registerDevice"},
    "PauseTv": {"Mutation.controlPlayback"},
    "HandOff": {"Mutation.handOff"},
    "StartParty": {"Mutation.startWatchParty"},
    "PreferencesChanged": {"Subscription.preferencesChanged"},
    "DeviceCommands": {"Subscription.deviceCommand"},
    "PresenceChanged": {"Subscription.presenceChanged"},
    "PartyChanged": {"Subscription.watchPartyChanged"},
    "FriendActivity": {"Subscription.friendActivity"},
    "MyOffersChanged": {"Subscription.availabilityChanged"},
    "RecommendationsUpdated": {"Subscription.recommendationsUpdated"},
    "PartnerChanges": {"Query.availabilityChanges"},
    "PartnerVerify": {"Mutation.verifyAvailability"},
    "PartnerKey": {"Mutation.createApiKey"},
    "ReviewQueue": {"Query.reviewQueue"},
    "ResolveReview": {"Mutation.resolveReview"},
    "UndoReview": {"Mutation.undoReview"},
    "AuditLog": {"Query.auditLog"},
}


def operations() -> dict[str, DocumentNode]:
    """Return each operation of the contract with the fragments it uses."""
    if not FILE.is_file():
        return {}
    document = parse(FILE.read_text("utf-8"))
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    found = {}
    for part in document.definitions:
        if isinstance(part, OperationDefinitionNode) and part.name:
            found[part.name.value] = DocumentNode(definitions=(part, *_used(part, fragments).values()))
    return found


def _used(node: Any, fragments: Mapping[str, FragmentDefinitionNode]) -> dict[str, FragmentDefinitionNode]:
    used: dict[str, FragmentDefinitionNode] = {}

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
            name = spread.name.value
            if name not in used:
                used[name] = fragments[name]
                visit(fragments[name], self)

    visit(node, Spreads())
    return used


OPERATIONS = operations()
each = pytest.mark.parametrize(
    "name",
    OPERATIONS
    or [pytest.param("none", marks=pytest.mark.skip(reason=f"{FILE} is not here: set MEDIA_GATEWAY_SHARED"))],
)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """What clients may ask today."""
    return build_schema(api_sdl())


def missing(schema: GraphQLSchema, document: DocumentNode) -> set[str]:
    """Return the fields a document asks for that are not there, as Type.field; everything else must be valid."""
    fields = set()
    for error in validate(schema, document):
        field = re.match(r"Cannot query field '(\w+)' on type '(\w+)'", error.message)
        assert field or error.message.startswith("Unknown type"), error
        if field:
            fields.add(f"{field[2]}.{field[1]}")
    return fields


def without_missing(schema: GraphQLSchema, document: DocumentNode) -> DocumentNode:
    """Return a document without the fields that are not there, and without the variables only they use."""
    info = TypeInfo(schema)

    class Fields(Visitor):
        def enter_field(self, *_: Any) -> Any:
            return REMOVE if info.get_field_def() is None else None

    kept: DocumentNode = visit(document, TypeInfoVisitor(info, Fields()))
    used: set[str] = set()

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, _key: Any, parent: Any, *_: Any) -> None:
            if not isinstance(parent, VariableDefinitionNode):
                used.add(node.name.value)

    class Definitions(Visitor):
        def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
            return None if node.variable.name.value in used else REMOVE

    visit(kept, Variables())
    return visit(kept, Definitions())


@dataclass
class Viewer:
    """A fresh account that has done a little of everything, and ids to ask for."""

    client: Client
    email: str
    movies: list[str]
    series: str
    person: str
    platform: str
    since: dict[str, str]
    """Revisions from before it did anything that is followed."""


PASSWORD = "correct horse battery"


async def new_viewer(client: Client) -> Viewer:
    """Register somebody, who then does a little of everything; the client is signed in."""
    email = f"{uuid4().hex}@example.org"
    register = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
    new = await client.data(register, input={"email": email, "password": PASSWORD, "displayName": "Viewer"})
    client.token = new["register"]["accessToken"]
    found = await client.data("""{
      movies: titles(first: 4, filter: {kinds: [MOVIE]}) { edges { node { id } } }
      series: titles(first: 1, filter: {kinds: [SERIES]}) { edges { node { id } } }
      matrix: titleByExternalId(source: IMDB, id: "tt0133093") { directors { id } }
      platforms(first: 1, region: "US") { edges { node { id } } }
    }""")
    (series,) = [edge["node"]["id"] for edge in found["series"]["edges"]]
    (platform,) = [edge["node"]["id"] for edge in found["platforms"]["edges"]]
    movies = [edge["node"]["id"] for edge in found["movies"]["edges"]]
    since = "{ me { watchlist { revision } continueWatching { revision } } }"
    me = (await client.data(since))["me"]
    await client.data(
        """mutation ($a: ID!, $b: ID!) {
          addToWatchlist(input: {titleId: $a}) { revision }
          rateTitle(input: {titleId: $a, value: 6}) { rating { value } }
          going: reportPlayback(input: {titleId: $a, positionMs: 600000, state: PAUSED}) { stamp }
          done: reportPlayback(input: {titleId: $b, positionMs: 6000000, state: COMPLETED}) { stamp }
        }""",
        a=movies[0],
        b=movies[1],
    )
    revisions = {"watchlist": me["watchlist"]["revision"], "playback": me["continueWatching"]["revision"]}
    director = found["matrix"]["directors"][0]["id"]
    return Viewer(client, email, movies, series, director, platform, revisions)


@pytest.fixture(scope="module")
async def viewer(server: str) -> AsyncIterator[Viewer]:
    async with httpx.AsyncClient(timeout=30) as http:
        yield await new_viewer(Client(server, http))


def variables_of(name: str, viewer: Viewer) -> dict[str, Any]:
    """Return what a client would send with an operation."""
    movie = viewer.movies[2]
    new = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD, "displayName": "Another"}
    given: dict[str, dict[str, Any]] = {
        "HomePage": {"region": "US"},
        "TitlePage": {"id": viewer.movies[0], "region": "US", "language": "en"},
        "SeriesPage": {"id": viewer.series},
        "PersonPage": {"id": viewer.person},
        "BrowseTitles": {"filter": {"genres": ["DRAMA"]}, "sort": "NAME", "first": 5},
        "SearchPage": {"input": {"query": "space adventure", "first": 5}},
        "SuggestWhileTyping": {"prefix": "the"},
        "PlatformList": {"region": "US"},
        "PlatformPage": {"platformId": viewer.platform, "region": "US"},
        "Register": {"input": new},
        "Login": {"input": {"email": viewer.email, "password": PASSWORD}},
        "RateTitle": {"id": movie, "value": 6.5},
        "SavePreferences": {"input": {"language": "de", "region": "DE", "favoriteGenres": ["DRAMA"]}},
        "AddToWatchlist": {"titleId": movie},
        "RemoveFromWatchlist": {"titleId": viewer.movies[3]},
        "ReportPlayback": {"input": {"titleId": movie, "positionMs": 600_000, "state": "PLAYING"}},
        "WatchlistChanged": {"since": viewer.since["watchlist"]},
        "PlaybackChanged": {"since": viewer.since["playback"]},
        "PartnerTitle": {"imdb": "tt0133093"},
        "PartnerTitles": {"ids": viewer.movies},
    }
    return given.get(name, {})


@each
async def test_an_operation_of_the_contract_is_answered(name: str, schema: GraphQLSchema, viewer: Viewer) -> None:
    document = OPERATIONS[name]
    lacking = missing(schema, document)
    assert lacking == WAITING.get(name, set()), f"WAITING[{name!r}] is out of date"
    roots = {"Query", "Mutation", "Subscription"}
    asked = without_missing(schema, document) if lacking else document
    operation = asked.definitions[0] if asked.definitions else None
    if not isinstance(operation, OperationDefinitionNode) or not operation.selection_set.selections:
        assert {field.partition(".")[0] for field in lacking} <= roots
        return  # nothing of it is there yet
    assert validate(schema, asked) == []
    variables = variables_of(name, viewer)
    declared = {one.variable.name.value for one in operation.variable_definitions or ()}
    assert set(variables) <= declared
    query = print_ast(asked)
    if operation.operation is OperationType.SUBSCRIPTION:
        async with viewer.client.subscribed(query, **variables) as following:
            answer = await following()
    else:
        answer = await viewer.client.ask(query, **variables)
    assert "errors" not in answer, answer["errors"]
    assert all(value is not None for value in answer["data"].values()), answer


def test_the_list_names_operations_of_the_contract() -> None:
    if not OPERATIONS:
        pytest.skip(f"{FILE} is not here: set MEDIA_GATEWAY_SHARED")
    assert set(WAITING) <= set(OPERATIONS)
