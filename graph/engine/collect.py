"""Reads an operation: what it selects, which variables decide that, and whether it can be compiled at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from graph.engine.variables import Variables

_CONDITIONS: Final = frozenset({"skip", "include"})
_INCREMENTAL: Final = frozenset({"defer", "stream"})

Grouped = Mapping[str, Sequence[FieldDetails]]
"""Response name → the nodes that select it, in the order of the response."""


@dataclass(frozen=True, slots=True)
class Selected:
    """One operation of a document."""

    document: DocumentNode
    """Kept, so that its identity stays its own."""
    operation: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    conditions: tuple[str, ...]
    """Variables that @skip and @include depend on, in order of name."""
    variables: Variables
    """What reads its variables."""
    refusal: str | None
    """Why it is left to graphql-core; None when it can be compiled."""

    def values(self, variables: VariableValues) -> tuple[Any, ...]:
        """Return the values of the variables that decide what is selected."""
        coerced = variables.coerced
        return tuple([coerced.get(name) for name in self.conditions])

    def deciding(self, variables: VariableValues) -> VariableValues:
        """Return only the variables that decide what is selected: nothing else of a request may outlive it."""
        return VariableValues(
            {name: one for name, one in variables.sources.items() if name in self.conditions},
            {name: one for name, one in variables.coerced.items() if name in self.conditions},
        )


def select(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Selected | None:
    """Return the operation that a name stands for; None where graphql-core would refuse."""
    operation: OperationDefinitionNode | None = None
    definitions: dict[str, FragmentDefinitionNode] = {}
    for one in document.definitions:
        if isinstance(one, FragmentDefinitionNode):
            definitions[one.name.value] = one
        elif isinstance(one, OperationDefinitionNode):
            if name is None:
                if operation is not None:
                    return None
                operation = one
            elif one.name is not None and one.name.value == name:
                operation = one
    if operation is None:
        return None
    conditions, refusal = _read(operation, definitions)
    fragments = {key: FragmentDetails(one, None) for key, one in definitions.items()}
    variables = Variables(schema, operation.variable_definitions or ())
    return Selected(document, operation, definitions, fragments, tuple(sorted(conditions)), variables, refusal)


def _read(
    operation: OperationDefinitionNode, definitions: Mapping[str, FragmentDefinitionNode]
) -> tuple[set[str], str | None]:
    """Return the variables of @skip and @include, and why the operation cannot be compiled; visits a fragment once."""
    conditions: set[str] = set()
    if operation.directives:
        return conditions, "directive on the operation"
    seen: set[str] = set()
    open_sets: list[SelectionSetNode] = [operation.selection_set]
    while open_sets:
        for node in open_sets.pop().selections:
            for directive in node.directives or ():
                if directive.name.value in _INCREMENTAL:
                    return conditions, f"@{directive.name.value}"
                conditions.update(_conditions(directive))
            if isinstance(node, FragmentSpreadNode):
                fragment = definitions.get(node.name.value)
                if fragment is None or node.name.value in seen:
                    continue
                if fragment.variable_definitions or node.arguments:
                    return conditions, "fragment variables"
                seen.add(node.name.value)
                open_sets.append(fragment.selection_set)
            else:
                below: SelectionSetNode | None = getattr(node, "selection_set", None)
                open_sets += [below] if below is not None else []
    return conditions, None


def _conditions(directive: DirectiveNode) -> list[str]:
    if directive.name.value not in _CONDITIONS:
        return []
    return [one.value.name.value for one in directive.arguments or () if isinstance(one.value, VariableNode)]


def root_fields(
    schema: GraphQLSchema, selected: Selected, variables: VariableValues, type_: GraphQLObjectType, *, hide: bool
) -> Grouped:
    """Return what the operation selects on its root type; graphql-core's own algorithm."""
    collected = collect_fields(schema, selected.fragments, variables, type_, selected.operation, hide)
    return collected.grouped_field_set


def sub_fields(
    schema: GraphQLSchema,
    selected: Selected,
    variables: VariableValues,
    type_: GraphQLObjectType,
    details: Sequence[FieldDetails],
    *,
    hide: bool,
) -> Grouped:
    """Return what a field's nodes select together on an object type."""
    collected = collect_subfields(schema, selected.fragments, variables, selected.operation, type_, list(details), hide)
    return collected.grouped_field_set
