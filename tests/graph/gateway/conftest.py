"""A small federated graph of our own, an observatory: three real subgraphs in this process that resolve `_entities`."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_ast_schema,
    extend_schema,
    parse,
)
from graphql.language import (
    DefinitionNode,
    DocumentNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
)

from graph.gateway.gateway import Gateway
from graph.gateway.join_spec import read_supergraph
from graph.gateway.supergraph import Supergraph
from graph.gateway.transport import InProcess, SubgraphOperation
from graph.operation import Operation, Result

HERE = Path(__file__).parent / "observatory"
Resolvers = Mapping[str, Mapping[str, Callable[..., Any]]]
_LIBRARY = """
scalar _Any
type _Service { sdl: String }
extend type Query { _service: _Service! }
"""
_EXTENSIONS: dict[type[DefinitionNode], type[DefinitionNode]] = {
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
}


def build_subgraph(sdl: str) -> GraphQLSchema:
    """Return the schema that a subgraph serves: its own types and the fields every subgraph adds."""
    definitions = [_defined(node) for node in parse(sdl).definitions if not node.kind.startswith("schema")]
    objects = [node for node in definitions if isinstance(node, ObjectTypeDefinitionNode)]
    entities = [
        node.name.value
        for node in objects
        if any(one.name.value in ("key", "federation__key") for one in node.directives or ())
    ]
    library = _LIBRARY
    if not any(node.name.value == "Query" for node in objects):
        library = library.replace("extend type", "type")
    if entities:
        names = " | ".join(dict.fromkeys(entities))
        library += f"union _Entity = {names}\nextend type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}"
    added = parse(library).definitions
    base = [part for part in added if not part.kind.endswith("extension")]
    later = tuple(part for part in added if part.kind.endswith("extension"))
    schema = build_ast_schema(DocumentNode(definitions=(*definitions, *base)), assume_valid_sdl=True)
    return extend_schema(schema, DocumentNode(definitions=later), assume_valid_sdl=True) if later else schema


def _defined(node: DefinitionNode) -> DefinitionNode:
    """Turn an extension into a definition: in Federation `extend type` may be the only mention of a type."""
    for extension, definition in _EXTENSIONS.items():
        if isinstance(node, extension):
            return definition(**{key: getattr(node, key) for key in node.keys})
    return node


def attach(schema: GraphQLSchema, resolvers: Resolvers) -> GraphQLSchema:
    """Give fields their resolvers; `__reference` of a type looks up one entity from its representation."""
    for type_name, fields in resolvers.items():
        target = schema.type_map[type_name]
        assert isinstance(target, GraphQLObjectType)
        for name, resolve in fields.items():
            if name == "__reference":
                continue
            described: GraphQLField = target.fields[name]
            if type_name == "Subscription":
                described.subscribe = resolve
                described.resolve = lambda event, _info, **_arguments: event
            else:
                described.resolve = resolve
    query = schema.query_type
    if query is not None and "_entities" in query.fields:

        async def entities(_root: Any, info: Any, representations: list[dict[str, Any]]) -> list[Any]:
            async def one(representation: dict[str, Any]) -> Any:
                found = resolvers.get(representation["__typename"], {}).get("__reference", _itself)(
                    info.context, representation
                )
                if inspect.isawaitable(found):
                    found = await found
                return found if found is None else {"__typename": representation["__typename"], **found}

            answers = await asyncio.gather(*[one(part) for part in representations], return_exceptions=True)
            return list(answers)

        query.fields["_entities"].resolve = entities
    return schema


def _itself(_context: Any, representation: dict[str, Any]) -> dict[str, Any]:
    return representation


@dataclass
class Request:
    """The context of a request, as far as these subgraphs need one."""

    number: int = 0
    renewed: list["Request"] = field(default_factory=list)

    def fresh(self) -> "Request":
        """Return the context of the next event."""
        self.renewed.append(Request(len(self.renewed) + 1))
        return self.renewed[-1]


@dataclass
class Recorder:
    """The in-process transport, keeping what was asked and failing or waiting where a test says so."""

    inner: InProcess
    asked: list[tuple[str, SubgraphOperation]] = field(default_factory=list)
    failures: dict[str, Exception | Result] = field(default_factory=dict)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    answers: list[Result] = field(default_factory=list)
    waiting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released once for every fetch that has come to a gate."""

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Any) -> Result:
        """Ask the subgraph, or do what the test wants instead."""
        self.asked.append((subgraph, fetch))
        gate = self.gates.get(subgraph)
        if gate is not None:
            self.waiting.release()
            try:
                await gate.wait()
            except asyncio.CancelledError:
                self.cancelled.append(subgraph)
                raise
        failure = self.failures.get(subgraph)
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return failure
        answer = await self.inner.execute(subgraph, fetch, context)
        self.answers.append(answer)
        return answer

    async def subscribe(self, subgraph: str, fetch: SubgraphOperation, context: Any) -> Result | AsyncGenerator[Result]:
        """Open the subscription of the subgraph."""
        self.asked.append((subgraph, fetch))
        return await self.inner.subscribe(subgraph, fetch, context)

    @property
    def order(self) -> list[str]:
        """The subgraphs in the order in which they were asked."""
        return [subgraph for subgraph, _ in self.asked]


@dataclass
class Observatory:
    """The gateway over three subgraphs, and what goes on between them."""

    gateway: Gateway
    transport: Recorder
    request: Request
    log: list[str]
    listening: asyncio.Event
    images: asyncio.Queue[dict[str, Any] | None]

    async def ask(self, query: str, **variables: Any) -> Result:
        """Run one operation."""
        return await self.gateway.execute(Operation(query, variables), self.request)  # type: ignore[arg-type]

    async def data(self, query: str, **variables: Any) -> Any:
        """Run one operation that must succeed, and return its data."""
        result = await self.ask(query, **variables)
        assert "errors" not in result, result["errors"]
        return result["data"]

    def plan(self, query: str, **variables: Any) -> str:
        """Return the printed plan of an operation."""
        return str(self.gateway.plan(Operation(query, variables)))


STARS: dict[str, dict[str, Any]] = {
    "s1": {"label": "Vega", "magnitude": 0.03, "spectrum": "A0V", "parsec": 7.68, "baseline": 10, "discoverer": "a1"},
    "s2": {"label": "Deneb", "magnitude": 1.25, "spectrum": "A2I", "parsec": 802.0, "baseline": 20, "discoverer": None},
    "s3": {"label": "Altair", "magnitude": None, "spectrum": "A7V", "parsec": 5.13, "baseline": 30, "discoverer": "a2"},
}
PLANETS = {"p1": {"label": "Thestias", "radius": 1.1, "host": "s1"}}
ASTRONOMERS = {
    "a1": {"name": "Cecilia", "email": "cecilia@example.org", "favourites": ["s1", "s3"], "mentor": "a2"},
    "a2": {"name": "Tycho", "email": None, "favourites": [], "mentor": None},
}


def star(key: str) -> dict[str, Any]:
    return {"__typename": "Star", "id": key, **STARS[key]}


def planet(key: str) -> dict[str, Any]:
    return {"__typename": "Planet", "id": key, **PLANETS[key]}


def stars_subgraph() -> GraphQLSchema:
    """Own stars and planets: names, distances, charts."""

    def distance(found: Any, _info: Any, unit: str | None = "PARSEC") -> float:
        return float(found["parsec"]) * (3.26 if unit == "LIGHTYEAR" else 1)

    def chart(found: Any, _info: Any) -> Any:
        body = planet("p1") if found["id"] == "s1" else None
        return [[{"x": 0, "y": 0, "body": star(found["id"])}, {"x": 1, "y": 0, "body": body}], []]

    resolvers: Resolvers = {
        "Query": {
            "star": lambda _root, _info, id: star(id) if id in STARS else None,  # noqa: A006 – the argument's name
            "stars": lambda _root, _info, first=3, **_filter: [star(key) for key in list(STARS)[:first]],
            "sky": lambda _root, _info: [star("s1"), planet("p1"), star("s2")],
            "findings": lambda _root, _info: [planet("p1"), star("s3")],
            "epoch": lambda _root, _info: "J2000",
        },
        "Star": {
            "__reference": lambda _context, part: star(part["id"]) if part["id"] in STARS else None,
            "distance": distance,
            "measuredIn": lambda found, _info: "FURLONG" if found["id"] == "s2" else "PARSEC",
            "companions": lambda found, _info: [star(key) for key in STARS if key != found["id"]],
            "chart": chart,
            "seeing": lambda _found, _info: {"arcseconds": 0.8},
            "discoverer": lambda found, _info: {"id": found["discoverer"]} if found["discoverer"] else None,
        },
        "Planet": {
            "__reference": lambda _context, part: planet(part["id"]),
            "host": lambda found, _info: star(found["host"]),
        },
    }
    return attach(build_subgraph((HERE / "stars.graphql").read_text()), resolvers)


def telescopes_subgraph(
    log: list[str], listening: asyncio.Event, images: asyncio.Queue[dict[str, Any] | None]
) -> GraphQLSchema:
    """Own images and bookings."""

    def taken(found: Any, _info: Any, limit: int = 2) -> list[Any]:
        return [image(f"{found['id']}-{number}") for number in range(limit)]

    def image(key: str) -> dict[str, Any]:
        return {"id": key, "url": f"/{key}.png", "by": {"id": "a1", "name": "Cecilia"}}

    def exposure(found: Any, _info: Any, seconds: int = 60) -> float:
        return round(seconds * float(found["distance"]) * int(found["baseline"]), 2)

    def book(_root: Any, _info: Any, star: str) -> dict[str, Any]:
        log.append(f"book {star}")
        return {"id": f"b-{star}", "star": {"id": star}}

    def cancel(_root: Any, _info: Any, booking: str) -> bool:
        log.append(f"cancel {booking}")
        return True

    async def imaged(_root: Any, _info: Any, star: str | None = None) -> AsyncGenerator[dict[str, Any]]:
        if star == "s0":
            raise GraphQLError("There is no such star.", extensions={"code": "NOT_FOUND"})
        log.append("listening")
        listening.set()
        try:
            while (event := await images.get()) is not None:
                yield {"image": image(event["image"]), "star": {"id": event["star"]}}
        finally:
            log.append("closed")

    resolvers: Resolvers = {
        "Query": {
            "image": lambda _root, _info, id: image(id),  # noqa: A006 – the argument's name
            "epoch": lambda _root, _info: "J2000",
        },
        "Star": {
            "exposure": exposure,
            "parallax": lambda found, _info: round(1 / float(found["distance"]), 4),
            "filterName": lambda found, _info: f"filter for {found['spectrum']}",
            "images": taken,
            "isVisible": lambda _found, _info, **arguments: arguments["from"] != "AQ",
            "seeing": lambda _found, _info: {"arcseconds": 0.8, "jitter": 0.1},
        },
        "Planet": {"images": taken},
        "Image": {"__reference": lambda _context, part: image(part["id"])},
        "Mutation": {"book": book, "cancel": cancel},
        "Subscription": {"imaged": imaged},
    }
    return attach(build_subgraph((HERE / "telescopes.graphql").read_text()), resolvers)


def people_subgraph(log: list[str]) -> GraphQLSchema:
    """Own people: who they are and what they like."""

    def astronomer(key: str) -> dict[str, Any]:
        return {"id": key, **ASTRONOMERS[key]}

    def followers(found: Any, _info: Any) -> int:
        if found["id"] == "s2":
            raise GraphQLError("Followers are being counted.", extensions={"code": "CONFLICT"})
        return 41 if found["id"] == "s1" else 7

    def follow(_root: Any, _info: Any, star: str) -> dict[str, Any]:
        log.append(f"follow {star}")
        return {"id": star}

    resolvers: Resolvers = {
        "Query": {"me": lambda _root, _info: astronomer("a1"), "epoch": lambda _root, _info: "J2000"},
        "Mutation": {"follow": follow},
        "Astronomer": {
            "__reference": lambda _context, part: astronomer(part["id"]),
            "favourites": lambda found, _info: [{"id": key} for key in found["favourites"]],
            "mentor": lambda found, _info: astronomer(found["mentor"]) if found["mentor"] else None,
        },
        "Star": {"followers": followers, "myNote": lambda _found, info: f"note {info.context.number}"},
    }
    return attach(build_subgraph((HERE / "people.graphql").read_text()), resolvers)


def parse_region(value: Any) -> str:
    if not isinstance(value, str) or value not in ("DE", "CL", "AQ"):
        raise GraphQLError(f"{value!r} is no region of ISO 3166-1.")
    return value


@pytest.fixture(scope="session")
def observatory_supergraph() -> Supergraph:
    region = GraphQLScalarType("Region", parse_value=parse_region)
    return read_supergraph((HERE / "supergraph.graphql").read_text(), {"Region": region})


@dataclass
class Parts:
    """What the observatory is made of, for a test that puts it together otherwise."""

    schemas: dict[str, GraphQLSchema]
    log: list[str] = field(default_factory=list)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    images: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)
    stars: dict[str, dict[str, Any]] = field(default_factory=lambda: STARS)
    astronomers: dict[str, dict[str, Any]] = field(default_factory=lambda: ASTRONOMERS)


def build_parts() -> Parts:
    parts = Parts({})
    parts.schemas["stars"] = stars_subgraph()
    parts.schemas["telescopes"] = telescopes_subgraph(parts.log, parts.listening, parts.images)
    parts.schemas["people"] = people_subgraph(parts.log)
    return parts


@pytest.fixture(scope="session")
def observatory_parts() -> Parts:
    return build_parts()


@pytest.fixture
def observatory(observatory_supergraph: Supergraph) -> Observatory:
    parts = build_parts()
    transport = Recorder(InProcess(parts.schemas, lambda error: dict(error.formatted)))
    gateway = Gateway(observatory_supergraph, transport, fetch_timeout=5)
    return Observatory(gateway, transport, Request(), parts.log, parts.listening, parts.images)


@pytest.fixture(scope="session")
def subgraph_schema() -> Callable[[str], GraphQLSchema]:
    return build_subgraph
