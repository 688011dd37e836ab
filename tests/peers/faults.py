"""Subgraphs that fail on demand: which fault an operation meets is said by the trace it belongs to."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from inspect import isawaitable
from typing import Any
from zlib import crc32

import orjson
from graphql import GraphQLObjectType, GraphQLSchema, default_field_resolver
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolvers.domain.errors import NotFound

_ENTITIES = "Query._entities"
_KEPT_ANSWERS = 500


class FaultKind(StrEnum):
    """What may happen to a subgraph."""

    STATUS_500 = "HTTP 500"
    STATUS_503 = "HTTP 503"
    NOT_JSON = "a page instead of JSON"
    NOTHING = "neither data nor errors"
    CUT = "cut off in the middle"
    ERRORS_ONLY = "errors without data"
    FIELD = "a field fails"
    ENTITIES_NULL = "half of the entities are null"
    ENTITIES_FAIL = "half of the entities fail"


OF_SUBGRAPH = frozenset(
    {
        FaultKind.STATUS_500,
        FaultKind.STATUS_503,
        FaultKind.NOT_JSON,
        FaultKind.NOTHING,
        FaultKind.CUT,
        FaultKind.ERRORS_ONLY,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and where it strikes: a property of subgraph, type and field, never of the n-th request."""

    kind: FaultKind
    subgraph: str
    coordinate: str = ""
    """`Type.field` for FIELD, the type for entities."""

    def __str__(self) -> str:
        return f"{self.subgraph}: {self.kind} {self.coordinate}".rstrip()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request a gateway sent to a subgraph."""

    subgraph: str
    body: bytes

    def types(self) -> set[str]:
        """Return the types of the entities that were looked up."""
        variables = orjson.loads(self.body).get("variables") or {}
        lists = [value for value in variables.values() if isinstance(value, list)]
        return {one["__typename"] for value in lists for one in value if isinstance(one, dict) and "__typename" in one}


@dataclass(slots=True)
class Ledger:
    """What is to happen to the operations of a trace, and what subgraphs were asked for them."""

    faults: dict[str, Fault] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)


def failing(schema: GraphQLSchema, subgraph: str, ledger: Ledger) -> GraphQLSchema:
    """Let the resolvers of a schema fail as the ledger says for the trace of a request; returns the schema."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, described in type_.fields.items():
                coordinate = f"{type_.name}.{name}"
                resolve = described.resolve or default_field_resolver
                wrap = _entities if coordinate == _ENTITIES else _field
                described.resolve = wrap(resolve, coordinate, subgraph, ledger)
    return schema


def _fault(info: Any, subgraph: str, ledger: Ledger) -> Fault | None:
    fault = ledger.faults.get(info.context.headers.get("traceparent", ""))
    return fault if fault is not None and fault.subgraph == subgraph else None


def _field(resolve: Callable[..., Any], coordinate: str, subgraph: str, ledger: Ledger) -> Callable[..., Any]:
    def resolved(source: Any, info: Any, /, **arguments: Any) -> Any:
        fault = _fault(info, subgraph, ledger)
        if fault is not None and fault.kind is FaultKind.FIELD and fault.coordinate == coordinate:
            raise NotFound(f"{coordinate} fails.")
        return resolve(source, info, **arguments)

    return resolved


def _entities(resolve: Callable[..., Any], _coordinate: str, subgraph: str, ledger: Ledger) -> Callable[..., Any]:
    async def resolved(source: Any, info: Any, /, representations: list[dict[str, Any]]) -> list[Any]:
        fault = _fault(info, subgraph, ledger)
        struck = [fault is not None and _strikes(fault, one) for one in representations]
        found = resolve(source, info, representations=representations)
        entities = list(await found if isawaitable(found) else found)
        if fault is None or fault.kind not in (FaultKind.ENTITIES_NULL, FaultKind.ENTITIES_FAIL):
            return entities
        for index, hit in enumerate(struck):
            if hit:
                if asyncio.iscoroutine(entities[index]):
                    entities[index].close()
                fails = fault.kind is FaultKind.ENTITIES_FAIL
                entities[index] = NotFound("This entity fails.") if fails else None
        return entities

    return resolved


def _strikes(fault: Fault, representation: Mapping[str, Any]) -> bool:
    return (
        representation.get("__typename") == fault.coordinate and crc32(str(representation.get("id")).encode()) % 2 == 0
    )


class FaultySubgraph:
    """An ASGI application before a subgraph: counts, fails, and remembers what a sound subgraph answered.

    `sound` is asked unless the fault is within the schema; `broken` is the same subgraph with failing resolvers.
    """

    def __init__(self, name: str, sound: ASGIApp, broken: ASGIApp, ledger: Ledger) -> None:
        self._name, self._sound, self._broken, self._ledger = name, sound, broken, ledger
        self._answers: OrderedDict[tuple[bytes, bytes], list[Message]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = await _body(receive)
        trace = headers.get(b"traceparent", b"").decode()
        self._ledger.asked.setdefault(trace, []).append(Asked(self._name, body))
        fault = self._ledger.faults.get(trace)
        if fault is None or fault.subgraph != self._name or not _within(fault, body):
            await self._answer(scope, headers, body, send)
        elif fault.kind in OF_SUBGRAPH:
            await _fail(fault.kind, send)
        else:
            await self._broken(scope, _once(body), send)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes, send: Send) -> None:
        key = (headers.get(b"authorization", b""), body)
        messages = None if b"mutation" in body else self._answers.get(key)
        if messages is None:
            messages = []

            async def keep(message: Message) -> None:
                messages.append(message)

            await self._sound(scope, _once(body), keep)
            self._answers[key] = messages
            if len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
        for message in messages:
            await send(message)


def _within(fault: Fault, body: bytes) -> bool:
    """Return whether a request can meet a fault: most of them ask for other fields."""
    if fault.kind is FaultKind.FIELD:
        return fault.coordinate.partition(".")[2].encode() in body
    return fault.kind in OF_SUBGRAPH or b"_entities" in body


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes) -> Receive:
    """Return a `receive` that gives a body, and then waits as a client does that stays."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        raise AssertionError

    return receive


async def _fail(kind: FaultKind, send: Send) -> None:
    status, type_, body = {
        FaultKind.STATUS_500: (500, b"text/plain", b"Internal Server Error"),
        FaultKind.STATUS_503: (503, b"text/plain", b"Service Unavailable"),
        FaultKind.NOT_JSON: (200, b"text/html", b"<html><body>Please sign in to this network</body></html>"),
        FaultKind.NOTHING: (200, b"application/json", b"{}"),
        FaultKind.CUT: (200, b"application/json", b'{"data": {"'),
        FaultKind.ERRORS_ONLY: (
            200,
            b"application/json",
            orjson.dumps({"data": None, "errors": [{"message": "No.", "extensions": {"code": "INTERNAL"}}]}),
        ),
    }[kind]
    length = len(body) + (1_000 if kind is FaultKind.CUT else 0)  # the server closes what was not sent in full
    headers = [(b"content-type", type_), (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": kind is FaultKind.CUT})
