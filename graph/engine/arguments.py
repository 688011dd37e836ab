"""Arguments, coerced as rarely as can be: once per plan when constant, once per run when nobody can change them."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from graphql import FieldNode, GraphQLError, GraphQLField, Node, VariableNode
from graphql.execution.values import VariableValues, get_argument_values

if TYPE_CHECKING:
    from graph.engine.run import Run

Values = dict[str, Any]
Convert = Callable[[Values], Values]
"""Turns coerced arguments by their names in the schema into the resolver's keyword arguments."""

_IMMUTABLE: Final = (str, int, float, bool, bytes, type(None), Enum, date, time, timedelta, Decimal, UUID)


class Arguments:
    """The arguments of one field node."""

    __slots__ = ("_convert", "_definition", "_node", "constant")

    def __init__(
        self, definition: GraphQLField, node: FieldNode, convert: Convert | None, *, hide_suggestions: bool
    ) -> None:
        self._definition = definition
        self._node = node
        self._convert = convert
        self.constant: Values | None = None
        """The keyword arguments of every call, where they depend on no variable and cannot be changed by anyone."""
        if not any(_mentions_variable(one.value) for one in node.arguments or ()):
            try:
                values = self._coerce(VariableValues({}, {}), hide_suggestions)
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

    def _coerce(self, variables: VariableValues, hide_suggestions: bool) -> Values:
        values = get_argument_values(self._definition, self._node, variables, None, hide_suggestions)
        return values if self._convert is None else self._convert(values)


def _copied(values: Values, lists: tuple[str, ...]) -> Values:
    """Return the values with lists of their own, which the resolver may change."""
    return {**values, **{name: list(values[name]) for name in lists}}


def _unchangeable(values: Mapping[str, Any]) -> bool:
    return all(isinstance(value, _IMMUTABLE) for value in values.values())


def _mentions_variable(node: Node) -> bool:
    if isinstance(node, VariableNode):
        return True
    parts = [getattr(node, name) for name in ("values", "fields", "value") if hasattr(node, name)]
    flat = [one for part in parts for one in (part if isinstance(part, list | tuple) else (part,))]
    return any(isinstance(one, Node) and _mentions_variable(one) for one in flat)
