"""Arguments, coerced as rarely as can be: once per plan when constant, once per run when nobody can change them."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    Node,
    VariableNode,
    get_nullable_type,
    is_scalar_type,
    specified_scalar_types,
)
from graphql.execution.values import VariableValues, get_argument_values

if TYPE_CHECKING:
    from graph.engine.run import Run

Values = dict[str, Any]
Convert = Callable[[Values], Values]
"""Turns coerced arguments by their names in the schema into the resolver's keyword arguments."""

_IMMUTABLE: Final = (str, int, float, bool, bytes, type(None), Enum, date, time, timedelta, Decimal, UUID)

_NOTHING: Final = VariableValues({}, {})


class Arguments:
    """The arguments of one field node."""

    __slots__ = ("_convert", "_definition", "_node", "_passed", "constant")

    def __init__(
        self, definition: GraphQLField, node: FieldNode, convert: Convert | None, *, hide_suggestions: bool
    ) -> None:
        self._definition = definition
        self._node = node
        self._convert = convert
        self.constant: Values | None = None
        """The keyword arguments of every call, where they depend on no variable and cannot be changed by anyone."""
        self._passed = self._passed_on(hide_suggestions) if definition.args else None
        if not any(_mentions_variable(one.value) for one in node.arguments or ()):
            try:
                values = self._coerce(_NOTHING, hide_suggestions)
            except (GraphQLError, TypeError, ValueError):
                return  # reported at the field, each time it is executed
            if _unchangeable(values):
                self.constant = values

    def for_run(self, run: "Run") -> Values:
        """Return the keyword arguments of the next call; raises GraphQLError for what cannot be coerced."""
        if self.constant is not None:
            return self.constant
        known = run.arguments.get(self)
        if known is None:
            passed = self._as_passed(run.variables.coerced)
            if passed is not None:
                run.arguments[self] = passed, ()
                return passed
            values = self._coerce(run.variables, run.hide_suggestions)
            if _unchangeable(values):
                run.arguments[self] = values, ()
            else:
                lists = tuple(name for name, value in values.items() if type(value) is list)
                if _unchangeable({name: value for name, value in values.items() if name not in lists}) and all(
                    isinstance(item, _IMMUTABLE) for name in lists for item in values[name]
                ):
                    run.arguments[self] = values, lists
                    return _copied(values, lists)
            return values
        values, lists = known
        return _copied(values, lists) if lists else values

    def _passed_on(self, hide_suggestions: bool) -> tuple[Values, list[tuple[str, str]]] | None:
        """Return the keyword arguments that stay the same, and the keyword of each other with its variable.

        None unless each of those is a variable as it stands, of a scalar of GraphQL's own: coerced as a variable, it
        needs no more.
        """
        known = self._definition.args
        given = {one.name.value: one.value for one in self._node.arguments or ()}
        variables = {name: value.name.value for name, value in given.items() if isinstance(value, VariableNode)}
        if any(name not in known or not _is_own_scalar(known[name].type) for name in variables) or any(
            _mentions_variable(value) for name, value in given.items() if name not in variables
        ):
            return None
        others = {name: one for name, one in known.items() if name not in variables}
        literals = FieldNode(
            name=self._node.name,
            arguments=tuple(one for one in self._node.arguments or () if one.name.value not in variables),
        )
        try:
            fixed = get_argument_values(
                GraphQLField(self._definition.type, others), literals, _NOTHING, None, hide_suggestions
            )
            keywords = [(self._keyword(name), variable) for name, variable in variables.items()]
        except (GraphQLError, TypeError, ValueError):
            return None
        return (self._converted(fixed), keywords) if _unchangeable(fixed) else None

    def _keyword(self, name: str) -> str:
        """Return the name under which the resolver takes an argument."""
        (keyword,) = self._converted({name: ""})
        return keyword

    def _converted(self, values: Values) -> Values:
        return values if self._convert is None else self._convert(values)

    def _as_passed(self, coerced: Mapping[str, Any]) -> Values | None:
        """Return the keyword arguments where they are variables as they stand; None where one is null or missing."""
        if self._passed is None:
            return None
        fixed, keywords = self._passed
        values = fixed.copy()
        for keyword, variable in keywords:
            value = coerced.get(variable)
            if value is None:  # what that means depends on types and defaults
                return None
            values[keyword] = value
        return values

    def _coerce(self, variables: VariableValues, hide_suggestions: bool) -> Values:
        values = get_argument_values(self._definition, self._node, variables, None, hide_suggestions)
        return self._converted(values)


def _copied(values: Values, lists: tuple[str, ...]) -> Values:
    """Return the values with lists of their own, which the resolver may change."""
    return {**values, **{name: list(values[name]) for name in lists}}


def _unchangeable(values: Mapping[str, Any]) -> bool:
    return all(isinstance(value, _IMMUTABLE) for value in values.values())


def _is_own_scalar(type_: GraphQLInputType) -> bool:
    inner = get_nullable_type(type_)
    return is_scalar_type(inner) and specified_scalar_types.get(inner.name) is inner


def _mentions_variable(node: Node) -> bool:
    if isinstance(node, VariableNode):
        return True
    parts = [getattr(node, name) for name in ("values", "fields", "value") if hasattr(node, name)]
    flat = [one for part in parts for one in (part if isinstance(part, list | tuple) else (part,))]
    return any(isinstance(one, Node) and _mentions_variable(one) for one in flat)
