"""The variables of one operation, read again and again: what graphql-core works out per request is worked out once.

Only what is plainly right is read here. A value that may be wrong goes to graphql-core, whose errors clients know.
"""

from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    coerce_input_value,
    get_named_type,
    get_nullable_type,
    get_variable_values,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

_MOST_ERRORS: Final = 50
_UNSURE: Final = object()
"""Instead of a value: let graphql-core look at it."""
_NONE: Final = object()
"""Instead of a default: there is none, and none is needed."""
_IMMUTABLE: Final = (str, int, float, bool, type(None))

Accept = Callable[[Any], Any]
"""Value as given → coerced, or _UNSURE."""


class Variables:
    """Coerces the variables of one operation."""

    __slots__ = ("_definitions", "_known", "_schema")

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._known: list[tuple[str, GraphQLVariableSignature, Accept, Any]] | None = []
        for definition in definitions:
            signature = get_variable_signature(schema, definition)
            if isinstance(signature, GraphQLError):
                self._known = None  # it has to be told for every request
                return
            default = self._default(definition, signature)
            self._known.append((signature.name, signature, _acceptor(signature.type), default))

    def read(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the coerced values, or what is wrong with those given."""
        if self._known is None:
            return self._by_graphql_core(given)
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, accept, default in self._known:
            value = given.get(name, Undefined)
            if value is not Undefined:
                found = accept(value)
                if found is _UNSURE:
                    return self._by_graphql_core(given)
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = found
            elif default is _UNSURE:
                return self._by_graphql_core(given)
            else:
                sources[name] = VariableValueSource(signature)
                if default is not _NONE:
                    coerced[name] = default
        return VariableValues(sources, coerced)

    def _by_graphql_core(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._definitions, dict(given), max_errors=_MOST_ERRORS)

    def _default(self, definition: VariableDefinitionNode, signature: GraphQLVariableSignature) -> Any:
        """Return the value of a variable that is not given; one that could be changed is made anew each time."""
        if definition.default_value is None:
            return _UNSURE if is_non_null_type(signature.type) else _NONE
        values = get_variable_values(self._schema, [definition], {})
        if isinstance(values, list) or signature.name not in values.coerced:
            return _UNSURE
        default = values.coerced[signature.name]
        return default if isinstance(default, _IMMUTABLE) else _UNSURE


def _acceptor(type_: GraphQLInputType) -> Accept:
    """Return what reads values of a type."""
    inner = get_nullable_type(type_)
    plain = _PLAIN.get(id(inner))
    if plain is None and is_list_type(inner) and is_leaf_type(get_named_type(inner)):
        plain = _list_of(_acceptor(inner.of_type))
    elif plain is None and is_leaf_type(inner):
        plain = _by_leaf(inner)
    if plain is None:
        return _unsure if is_input_object_type(get_named_type(inner)) else _by_type(type_)
    return plain if is_non_null_type(type_) else _or_null(plain)


def _unsure(_: Any) -> Any:
    """Leave input objects to graphql-core: how deep they may be nested is checked there."""
    return _UNSURE


def _or_null(accept: Accept) -> Accept:
    return lambda value: None if value is None else accept(value)


def _list_of(accept: Accept) -> Accept:
    def read(value: Any) -> Any:
        if type(value) is not list:  # one value is a list of one, says the specification
            return _UNSURE
        items = [accept(item) for item in value]
        return _UNSURE if any(item is _UNSURE for item in items) else items

    return read


def _by_type(type_: Any) -> Accept:
    def read(value: Any) -> Any:
        found = coerce_input_value(value, type_)
        return _UNSURE if found is Undefined else found

    return read


def _by_leaf(type_: GraphQLLeafType) -> Accept:
    coerce = type_.coerce_input_value

    def read(value: Any) -> Any:
        if value is None:
            return _UNSURE
        try:
            found = coerce(value)
        except Exception:  # whatever it is, graphql-core tells it
            return _UNSURE
        return _UNSURE if found is Undefined else found

    return read


def _string(value: Any) -> Any:
    return value if type(value) is str else _UNSURE


def _integer(value: Any) -> Any:
    return value if type(value) is int and -(2**31) <= value < 2**31 else _UNSURE


def _float(value: Any) -> Any:
    return value if type(value) is float and isfinite(value) else _UNSURE


def _boolean(value: Any) -> Any:
    return value if type(value) is bool else _UNSURE


_PLAIN: Final[dict[int, Accept]] = {
    id(GraphQLString): _string,
    id(GraphQLID): _string,
    id(GraphQLInt): _integer,
    id(GraphQLFloat): _float,
    id(GraphQLBoolean): _boolean,
}
"""By identity: a schema may have scalars of its own with these names."""
