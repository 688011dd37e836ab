"""How the values of scalars and enums are serialised, worked out once per type."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import inspect

from graph.engine.strawberry_fields import enum_class

_TESTS: Final[Mapping[int, str]] = {
    id(GraphQLString): "type({v}) is str",
    id(GraphQLID): "type({v}) is str",
    id(GraphQLBoolean): "({v} is True or {v} is False)",
    id(GraphQLInt): "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    id(GraphQLFloat): "type({v}) is float and {v} - {v} == 0.0",  # neither infinite nor NaN
}
"""Python source that is true when the value `{v}` is its own serialisation; keyed by the identity of the type."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a leaf type's values are serialised."""

    scalar: GraphQLLeafType
    serialize: Callable[[Any], Any]
    test: str | None
    """Source of a test that a value needs nothing done, with `{v}` for the value; None where there is no such test."""
    members: type[enum.Enum] | None = None
    """The enum class whose members are the values."""
    names: Mapping[int, str] | None = None
    """Name by identity of the member; None when every member's Python name is its name in the schema."""
    trusted: set[type] = field(default_factory=set)
    """Classes seen to be values: neither exceptions nor awaitable. Others are looked at first."""

    def complete(self, value: object) -> object:
        """Return the serialised value; raises what the serialiser raises, and TypeError when it returns nothing."""
        serialized = self.serialize(value)
        if serialized is None or serialized is Undefined:
            raise self.nothing(value, serialized)
        if len(self.trusted) < 64:
            self.trusted.add(type(value))
        return serialized

    def nothing(self, value: object, serialized: object) -> TypeError:
        """Return the error for a serialiser that returned nothing, in graphql-core's words."""
        return TypeError(
            f"Expected `{inspect(self.scalar)}.coerce_output_value({inspect(value)})`"
            f" to return non-nullable value, returned: {inspect(serialized)}"
        )


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """Return how values of a scalar or enum are serialised."""
    serialize = type_.coerce_output_value
    test = _TESTS.get(id(type_))
    if test is None and serialize is str:  # `str` returns a plain text itself
        test = "type({v}) is str"
    if not isinstance(type_, GraphQLEnumType):
        return Leaf(type_, serialize, test)
    members = enum_class(type_)
    if members is None or issubclass(members, enum.Flag):
        return Leaf(type_, serialize, None)
    try:
        names = {id(member): serialize(member) for member in members}
    except Exception:
        return Leaf(type_, serialize, None)
    plain = all(names[id(member)] == member.name for member in members)
    return Leaf(type_, serialize, None, members, None if plain else names)
