"""What a client wants: the fields of an operation, collected for concrete types."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    SelectionSetNode,
    ValueNode,
    print_ast,
)
from graphql.language import (
    ArgumentNode,
    DirectiveNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
)

from graph.gateway.supergraph import Supergraph, Type

MOST_FIELDS = 10_000
"""Fields of one operation after its fragments are spread; as many as a document may have tokens."""


class OperationTooLargeError(ValueError):
    """An operation grows too large when its fragments are spread: each level of a few may double what is selected."""

    def __init__(self) -> None:
        super().__init__(f"The operation selects more than {MOST_FIELDS:,} fields: ask for less at once.")


@dataclass(slots=True, eq=False)
class Wanted:
    """One field wanted of an object of one concrete type.

    `response` is the response key (for internal fields a key no client can choose), `arguments` the printed arguments
    with their parentheses or nothing, `selections` what is wanted of the value, `text` the field as it is written in an
    operation, without its selections. Shared between the places of an operation: never changed once it is collected.
    """

    response: str
    name: str
    arguments: str
    variables: frozenset[str]
    selections: "tuple[Selections, ...]"
    text: str

    def of(self, rest: "Remainder") -> "Wanted":
        """Return the same field with less wanted of its value."""
        return Wanted(self.response, self.name, self.arguments, self.variables, (rest,), self.text)

    def written_as(self, key: str) -> str:
        """Return the field under another response key, without its selections."""
        if key == self.response:
            return self.text
        return self.name + self.arguments if key == self.name else f"{key}: {self.name}{self.arguments}"


WantedFields = dict[str, Wanted]
"""Response key → what is wanted under it, in the order of the operation."""

Remainder = dict[str, WantedFields]
"""Type → fields of it that could not be had from one place and are wanted from another."""

Selections = SelectionSetNode | Remainder
_NONE: frozenset[str] = frozenset()


def identity(of: object, selections: tuple[Selections, ...]) -> tuple[object, ...]:
    """Return what tells selections on a type (and in a subgraph, say) from others, as long as their document lives."""
    return (of, id(selections[0])) if len(selections) == 1 else (of, *map(id, selections))


class BareFields(dict[str, Wanted]):
    """Field name → the field without alias, arguments and selections: most fields are, so each is made only once."""

    def __missing__(self, name: str) -> Wanted:
        found = self[name] = Wanted(name, name, "", _NONE, (), name)
        return found


class Collector:
    """Collects the fields of one operation for concrete types: fragments are spread, @skip and @include decided.

    What is collected is remembered: places that share a fragment share the work, and nodes live as long as their
    document, so that their ids tell them apart.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, object],
        bare: BareFields,
    ) -> None:
        self._supergraph = supergraph
        self._fragments = fragments
        self._conditions = conditions
        self._bare = bare
        self._arguments: dict[int, tuple[str, frozenset[str]]] = {}
        self._collected: dict[tuple[object, ...], WantedFields] = {}

    def collect(self, type_name: str, selections: tuple[Selections, ...]) -> WantedFields:
        """Return the fields that these selections want of an object of this type; not to be changed."""
        if isinstance(selections[0], dict):
            return selections[0].get(type_name, {})  # a remainder is collected already, and stands alone
        key = (type_name, id(selections[0])) if len(selections) == 1 else identity(type_name, selections)
        found = self._collected.get(key)
        if found is None:
            found = self._collected[key] = {}
            spread: set[str] = set()
            for part in selections:
                self._collect(type_name, part, found, spread)  # type: ignore[arg-type]  # no remainder, see above
        return found

    def _collect(self, type_name: str, selection_set: SelectionSetNode, found: WantedFields, spread: set[str]) -> None:
        """Add the fields of one selection set; `spread` are the fragments that have been, they add nothing more."""
        for node in selection_set.selections:
            if node.directives and not self.is_included(node.directives):
                continue
            if type(node) is FieldNode:  # twice as fast as isinstance, and nodes have no subclasses
                name = node.name.value
                response = node.alias.value if node.alias else name
                known = found.get(response)
                if known is None:
                    if node.selection_set or node.arguments or response is not name:
                        found[response] = self._field(response, name, node)
                    else:
                        found[name] = self._bare[name]
                elif node.selection_set:
                    known.selections = (*known.selections, node.selection_set)
                continue
            if type(node) is InlineFragmentNode:
                condition = node.type_condition.name.value if node.type_condition else type_name
                inner = node.selection_set
            else:
                spread_name = node.name.value  # type: ignore[attr-defined]  # the third kind of selection
                if spread_name in spread:
                    continue
                spread.add(spread_name)
                fragment = self._fragments[spread_name]
                condition, inner = fragment.type_condition.name.value, fragment.selection_set
            if condition == type_name or condition in self._supergraph.types[type_name].supertypes:
                self._collect(type_name, inner, found, spread)

    def _field(self, response: str, name: str, node: FieldNode) -> Wanted:
        arguments, variables = self._printed(node) if node.arguments else ("", _NONE)
        nested = (node.selection_set,) if node.selection_set else ()
        text = name + arguments if response == name else f"{response}: {name}{arguments}"
        return Wanted(response, name, arguments, variables, nested, text)

    def needs_concrete_type(self, interface: Type, known: frozenset[str], selections: tuple[Selections, ...]) -> bool:
        """Return whether fields are wanted of an interface object that depend on its concrete type.

        `known` are the fields of the interface that do not.
        """
        spread: set[str] = set()
        return any(
            not isinstance(part, SelectionSetNode) or self._leaves(interface, known, part, spread)
            for part in selections
        )

    def _leaves(
        self, interface: Type, known: frozenset[str], selection_set: SelectionSetNode, spread: set[str]
    ) -> bool:
        for node in selection_set.selections:
            if node.directives and not self.is_included(node.directives):
                continue
            if isinstance(node, FieldNode):
                if node.name.value not in known:
                    return True
                continue
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else interface.name
                inner = node.selection_set
            else:
                spread_name = node.name.value  # type: ignore[attr-defined]
                if spread_name in spread:
                    continue
                spread.add(spread_name)
                fragment = self._fragments[spread_name]
                condition, inner = fragment.type_condition.name.value, fragment.selection_set
            if condition != interface.name or self._leaves(interface, known, inner, spread):
                return True
        return False

    def is_included(self, directives: tuple[DirectiveNode, ...]) -> bool:
        """Decide @skip and @include; their variables' values are part of what the plan is cached by."""
        for directive in directives:
            name = directive.name.value
            if name in ("skip", "include") and directive.arguments:
                value = directive.arguments[0].value
                decided = (
                    self._conditions.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else getattr(value, "value", None)
                )
                if bool(decided) == (name == "skip"):
                    return False
        return True

    def _printed(self, node: FieldNode) -> tuple[str, frozenset[str]]:
        printed = self._arguments.get(id(node))
        if printed is None:
            printed = self._arguments[id(node)] = print_arguments(node.arguments or ())
        return printed


def print_arguments(arguments: tuple[ArgumentNode, ...]) -> tuple[str, frozenset[str]]:
    """Return arguments as one line of GraphQL with their parentheses, and the variables they use."""
    if not arguments:
        return "", _NONE
    variables: set[str] = set()
    inner = ", ".join([f"{argument.name.value}: {_print_value(argument.value, variables)}" for argument in arguments])
    return f"({inner})", frozenset(variables)


def _print_value(node: ValueNode, variables: set[str]) -> str:
    """Print a value; graphql-core's printer is a visitor and takes some thirty times as long."""
    if isinstance(node, VariableNode):
        variables.add(node.name.value)
        return "$" + node.name.value
    if isinstance(node, ListValueNode):
        return "[" + ", ".join([_print_value(value, variables) for value in node.values or ()]) + "]"
    if isinstance(node, ObjectValueNode):
        return (
            "{"
            + ", ".join([f"{part.name.value}: {_print_value(part.value, variables)}" for part in node.fields or ()])
            + "}"
        )
    if isinstance(node, StringValueNode):
        return print_ast(node) if not node.block else print_ast(StringValueNode(value=node.value, block=False))
    value = getattr(node, "value", None)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
