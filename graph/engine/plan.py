"""A compiled operation: what is the same in each of its executions. A selection is compiled when it is first met."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from graphql import (
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from strawberry.schema.schema import Schema

from graph.engine.access import access_of
from graph.engine.arguments import Arguments
from graph.engine.collect import Grouped, Selected, root_fields, sub_fields
from graph.engine.compile import compile_selection
from graph.engine.dispatch import Dispatch, Selector
from graph.engine.fields import Field
from graph.engine.leaves import Leaf


class NoRootTypeError(LookupError):
    """The schema has no type for this kind of operation."""


class Plan:
    """One operation for one set of values of the variables that @skip and @include depend on."""

    def __init__(
        self,
        schema: GraphQLSchema,
        selected: Selected,
        variables: VariableValues,
        *,
        strawberry: Schema | None,
        leaf_of: Callable[[GraphQLLeafType], Leaf],
        hide_suggestions: bool,
    ) -> None:
        """Raises GraphQLError or RecursionError where graphql-core would refuse while collecting fields."""
        root = schema.get_root_type(selected.operation.operation)
        if root is None:
            raise NoRootTypeError(selected.operation.operation.value)
        self.selected = selected
        self.serial = selected.operation.operation is OperationType.MUTATION
        self.sources: list[str] = []
        """The generated source, for those who want to read it."""
        self._schema = schema
        self._strawberry = strawberry
        self._variables = selected.deciding(variables)
        self._leaf_of = leaf_of
        self._hide = hide_suggestions
        self._fields: dict[tuple[str, int], list[Field]] = {}
        self._type = root
        name = selected.operation.name
        self._label = f"<graphql {name.value if name is not None else 'operation'}>"
        grouped = root_fields(schema, selected, self._variables, root, hide=hide_suggestions)
        self._roots = self._select(root, grouped)
        self._selectors: dict[tuple[bool, bool], list[Selector]] = {}

    def roots(self, source: object, *, serial: bool) -> list[Selector]:
        """Return what selects the root fields: one by one when serial, else all together."""
        key = serial, isinstance(source, Mapping)
        found = self._selectors.get(key)
        if found is None:
            parts = [[field] for field in self._roots] if serial else [self._roots]
            found = self._selectors[key] = [self._compile(self._type, part, is_mapping=key[1]) for part in parts]
        return found

    def _select(self, type_: GraphQLObjectType, grouped: Grouped) -> list[Field]:
        fields = []
        for key, details in grouped.items():
            name = details[0].node.name.value
            definition = self._schema.get_field(type_, name)
            if definition is None:
                continue
            access = access_of(definition, name, self._strawberry)
            node = details[0].node
            arguments = None
            if definition.args or node.arguments:
                arguments = Arguments(definition, node, access.convert, hide_suggestions=self._hide)
            field = Field(type_, key, details, definition, access, arguments, self._leaf_of)
            if not is_leaf_type(field.named):
                field.dispatch = self._dispatch(field.named, details)
                field.keeps_paths = any(self._keeps_paths(one, details) for one in self._possible(field.named))
            fields.append(field)
        return fields

    def _keeps_paths(self, type_: GraphQLObjectType, details: Sequence[FieldDetails]) -> bool:
        """Return whether paths to or in objects of a type outlive the moment."""
        fields = self._fields_of(type_, details)
        return any(one.keeps_paths or one.access.waits or one.access.keeps_path for one in fields)

    def _possible(self, type_: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(type_):
            return self._schema.get_possible_types(type_)
        return [cast("GraphQLObjectType", type_)]

    def _fields_of(self, type_: GraphQLObjectType, details: Sequence[FieldDetails]) -> list[Field]:
        key = type_.name, id(details)  # the fields keep the details, and this keeps the fields
        found = self._fields.get(key)
        if found is None:
            grouped = sub_fields(self._schema, self.selected, self._variables, type_, details, hide=self._hide)
            found = self._fields[key] = self._select(type_, grouped)
        return found

    def _dispatch(self, type_: GraphQLNamedType, details: Sequence[FieldDetails]) -> Dispatch:
        def compile_for(runtime: GraphQLObjectType, is_mapping: bool) -> Selector:
            return self._compile(runtime, self._fields_of(runtime, details), is_mapping=is_mapping)

        return Dispatch(type_, compile_for)

    def _compile(self, type_: GraphQLObjectType, fields: Sequence[Field], *, is_mapping: bool) -> Selector:
        selector, source = compile_selection(type_, fields, is_mapping=is_mapping, label=self._label)
        self.sources.append(source)
        return selector
