"""Builds the representations of entities out of merged data (Apollo Federation subgraph specification, `_Any`)."""

from collections.abc import Callable, Hashable
from typing import Any

import orjson

from graph.gateway.plan import Represent, Target

Representation = dict[str, Any]
Build = Callable[[dict[str, Any]], tuple[Hashable, Representation] | None]
"""Object → what tells it from other entities and its representation; None when a part of it is not there."""

_MISSING = object()


class _IncompleteError(Exception):
    """A field of a representation was not answered."""


def representation_builder(target: Target) -> Build:
    """Return the function that represents one object; keys of plain values are told apart without serializing them."""
    type_name = target.represented_as
    fields = target.fields
    if any(one.nested is not None for one in fields):
        return _nested_builder(type_name, fields)
    if len(fields) == 1:
        return _single_builder(type_name, fields[0])
    names = tuple((one.name, one.key) for one in fields)

    def build(found: dict[str, Any]) -> tuple[Hashable, Representation] | None:
        representation: Representation = {"__typename": type_name}
        for name, key in names:
            value = found.get(key, _MISSING)
            if value is _MISSING:
                return None
            representation[name] = value
        return _identity(representation), representation

    return build


def _single_builder(type_name: str, field: Represent) -> Build:
    name, key = field.name, field.key

    def build(found: dict[str, Any]) -> tuple[Hashable, Representation] | None:
        value = found.get(key)
        if value is None:  # an entity without its only key cannot be looked up
            return None
        representation = {"__typename": type_name, name: value}
        if type(value) is str:
            return (type_name, value), representation
        return _identity(representation), representation

    return build


def _nested_builder(type_name: str, fields: tuple[Represent, ...]) -> Build:
    def build(found: dict[str, Any]) -> tuple[Hashable, Representation] | None:
        try:
            representation = {"__typename": type_name, **_object(fields, found)}
        except _IncompleteError:
            return None
        return _identity(representation), representation

    return build


def _object(fields: tuple[Represent, ...], found: dict[str, Any]) -> Representation:
    result: Representation = {}
    for one in fields:
        value = found.get(one.key, _MISSING)
        if value is _MISSING:
            raise _IncompleteError
        result[one.name] = value if one.nested is None else _value(one, value)
    return result


def _value(one: Represent, value: Any) -> Any:
    if isinstance(value, list):
        return [_value(one, item) for item in value]
    if not isinstance(value, dict) or one.nested is None:
        return value
    type_name = value.get("__typename")
    if type_name is None and len(one.nested) == 1:
        type_name = next(iter(one.nested))
    fields = one.nested.get(type_name) if type_name is not None else None
    if fields is None:
        return {"__typename": type_name} if type_name is not None else {}
    return {"__typename": type_name, **_object(fields, value)}


def _identity(representation: Representation) -> Hashable:
    """Return what is equal for equal representations; their fields always stand in the same order."""
    return orjson.dumps(representation, default=str)
