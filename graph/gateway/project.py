"""Shapes merged data into the client's response: its keys and order, nulls where the schema wants them, meta fields."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from graph.gateway.drafts import Position
from graph.gateway.selection import Collector, Selections
from graph.gateway.supergraph import Supergraph

Path = tuple[Any, ...]
"""A linked response path: (the path above, key or index); the root is the empty tuple."""


class Violation(NamedTuple):
    """A place where the schema promises a value and there is none."""

    path: Path
    field: str


Violations = list[Violation]
Complete = Callable[[Any, Path, Violations], Any]


class _NullBubble(Exception):
    pass


class _Entry(NamedTuple):
    """One field of the response: the key to write, the key to read, how to complete a value, whether it must be."""

    response: str
    key: str | None
    complete: Complete | None
    required: bool
    label: str


class Shape:
    """The response below one place: knows for each concrete type which merged value goes under which response key.

    Types are worked out when they are first met, so that a plan costs nothing for types that never turn up.
    """

    __slots__ = ("_entries", "_position", "_projection", "_selections", "declared", "is_abstract", "names")

    def __init__(
        self, projection: "Projection", position: Position | None, declared: str, selections: tuple[Selections, ...]
    ) -> None:
        self._projection = projection
        self._position = position
        self._selections = selections
        self._entries: dict[str, tuple[tuple[_Entry, ...], tuple[str, ...] | None]] = {}
        self.declared = declared
        self.is_abstract = projection.supergraph.types[declared].is_abstract

    def project(self, found: dict[str, Any], path: Path, violations: Violations) -> dict[str, Any] | None:
        """Return the response object; None for an object of a type that clients must not see."""
        type_name = found.get("__typename", self.declared) if self.is_abstract else self.declared
        known = self._entries.get(type_name)
        if known is None:
            known = self._work_out(type_name)
            if known is None:
                return None
        entries, verbatim = known
        if verbatim is not None and tuple(found) == verbatim:
            return found
        response: dict[str, Any] = {}
        for name, key, complete, required, label in entries:
            value = type_name if key is None else found.get(key)
            if complete is not None and value is not None:
                value = complete(value, (path, name), violations)
            if value is None and required:
                violations.append(Violation((path, name), label))
                raise _NullBubble
            response[name] = value
        return response

    def response_key(self, found: dict[str, Any], key: str) -> "tuple[str, Shape | None] | None":
        """Return under which response key a merged value of an object shows, and the shape below it."""
        type_name = found.get("__typename", self.declared) if self.is_abstract else self.declared
        known = self._entries.get(type_name) or self._work_out(type_name)
        for entry in known[0] if known else ():
            if entry.key == key:
                return entry.response, self._projection.shape_of(self, type_name, entry.response)
        return None

    def fields(self, type_name: str | None = None) -> tuple[_Entry, ...]:
        """Return the entries for one type."""
        known = self._work_out(type_name or self.declared)
        return known[0] if known else ()

    def _work_out(self, type_name: str) -> tuple[tuple[_Entry, ...], tuple[str, ...] | None] | None:
        known = self._projection.work_out(self._position, self, type_name, self._selections)
        if known is not None:
            self._entries[type_name] = known
        return known


class Projection:
    """The shapes of one plan."""

    def __init__(self, supergraph: Supergraph, collector: Collector) -> None:
        self.supergraph = supergraph
        self._api: GraphQLSchema = supergraph.api
        self._collector = collector
        self._shapes: dict[tuple[int, str, str], Shape] = {}

    def shape_of(self, shape: Shape, type_name: str, response: str) -> Shape | None:
        """Return the shape below one field of a shape, None for a leaf."""
        return self._shapes.get((id(shape), type_name, response))

    def work_out(
        self, position: Position | None, shape: Shape, type_name: str, selections: tuple[Selections, ...]
    ) -> tuple[tuple[_Entry, ...], tuple[str, ...] | None] | None:
        """Return a concrete type's entries, and the keys of an object that may be passed on as it is, if any may."""
        api_type = self._api.type_map.get(type_name)
        api_fields: Mapping[str, Any] | None = getattr(api_type, "fields", None)
        if api_fields is None:
            return None
        declared = self._api.type_map[shape.declared]
        if (
            is_abstract_type(declared) and type_name != shape.declared and not self._api.is_sub_type(declared, api_type)  # type: ignore[arg-type]  # has fields: object or interface
        ):
            return None
        entries: list[_Entry] = []
        for response, wanted in self._collector.collect(type_name, selections).items():
            if wanted.name == "__typename":
                entries.append(_Entry(response, None, None, True, ""))
                continue
            if wanted.name in ("__schema", "__type"):
                entries.append(_Entry(response, response, None, False, ""))
                continue
            key = position.find_key(type_name, response) if position is not None else None
            below: Shape | None = None
            output: GraphQLOutputType = api_fields[wanted.name].type
            if wanted.selections:
                child = position.find_child(key) if position is not None and key is not None else None
                named = get_named_type(output).name
                below = self._shapes[(id(shape), type_name, response)] = Shape(self, child, named, wanted.selections)
            required = isinstance(output, GraphQLNonNull)
            nullable = output.of_type if isinstance(output, GraphQLNonNull) else output
            complete = _completion(nullable, below, f"{type_name}.{wanted.name}")
            if complete is not None and not required:
                complete = _stop_bubbles(complete)
            entries.append(_Entry(response, key or f" {response}", complete, required, f"{type_name}.{wanted.name}"))
        verbatim = (
            tuple([entry.response for entry in entries])
            if all(entry.key == entry.response and entry.complete is None for entry in entries)
            else None
        )
        return tuple(entries), verbatim


def _completion(output: Any, shape: Shape | None, label: str) -> Complete | None:
    """Return how a non-null value of a nullable type is completed; None when it goes through as it is."""
    if isinstance(output, GraphQLList):
        return _list_completion(output, shape, label)
    if shape is not None:
        return _object_completion(shape)
    if isinstance(output, GraphQLEnumType):
        return _enum_completion(output)
    if not is_leaf_type(output):
        raise TypeError(f"{label} is neither a leaf nor an object.")
    return None


def _object_completion(shape: Shape) -> Complete:
    project = shape.project

    def complete(value: Any, path: Path, violations: Violations) -> Any:
        return project(value, path, violations) if isinstance(value, dict) else None

    return complete


def _enum_completion(output: GraphQLEnumType) -> Complete:
    values = frozenset(output.values)

    def complete(value: Any, _path: Path, _violations: Violations) -> Any:
        return value if value in values else None

    return complete


def _list_completion(output: GraphQLList[Any], shape: Shape | None, label: str) -> Complete | None:
    inner = output.of_type
    required = isinstance(inner, GraphQLNonNull)
    item = _completion(inner.of_type if isinstance(inner, GraphQLNonNull) else inner, shape, label)
    if item is None:
        if not required:
            return _only_list

        def check(value: Any, path: Path, violations: Violations) -> Any:
            if not isinstance(value, list):
                return None
            if None in value:
                violations.append(Violation((path, value.index(None)), label))
                raise _NullBubble
            return value

        return check
    if not required:
        item = _stop_bubbles(item)

    def complete(value: Any, path: Path, violations: Violations) -> Any:
        if not isinstance(value, list):
            return None
        response = []
        for index, one in enumerate(value):
            done = None if one is None else item(one, (path, index), violations)
            if done is None and required:
                violations.append(Violation((path, index), label))
                raise _NullBubble
            response.append(done)
        return response

    return complete


def _only_list(value: Any, _path: Path, _violations: Violations) -> Any:
    return value if isinstance(value, list) else None


def _stop_bubbles(complete: Complete) -> Complete:
    def stop(value: Any, path: Path, violations: Violations) -> Any:
        try:
            return complete(value, path, violations)
        except _NullBubble:
            return None

    return stop


def project_root(shape: Shape, data: dict[str, Any], violations: Violations) -> dict[str, Any] | None:
    """Return the response's `data`: None when a null went up to the root."""
    try:
        return shape.project(data, (), violations)
    except _NullBubble:
        return None


def unlink(path: Path) -> list[str | int]:
    """Return a linked path as the list that a response shows."""
    keys: list[str | int] = []
    while path:
        path, key = path
        keys.append(key)
    keys.reverse()
    return keys
