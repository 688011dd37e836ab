"""What is selected: the fields a client wants of a concrete type, and the selections that are sent to subgraphs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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

from graph.gateway.supergraph import Supergraph, Type, TypeKind


@dataclass(slots=True)
class Wanted:
    """One field wanted of an object of one concrete type.

    `response` is the response key (for internal fields a key no client can choose), `arguments` the printed arguments
    with their parentheses or nothing, `selections` what is wanted of the value.
    """

    response: str
    name: str
    arguments: str
    variables: frozenset[str]
    selections: "tuple[Selections, ...]"

    def of(self, rest: "Remainder") -> "Wanted":
        """Return the same field with less wanted of its value."""
        return Wanted(self.response, self.name, self.arguments, self.variables, (rest,))


WantedFields = dict[str, Wanted]
"""Response key → what is wanted under it, in the order of the operation."""

Remainder = dict[str, WantedFields]
"""Type → fields of it that could not be had from one place and are wanted from another."""

Selections = SelectionSetNode | Remainder
_NONE: frozenset[str] = frozenset()


class Collector:
    """Collects the fields of one operation for concrete types: fragments are spread, @skip and @include decided."""

    def __init__(
        self,
        supergraph: Supergraph,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Mapping[str, object],
    ) -> None:
        self._supergraph = supergraph
        self._fragments = fragments
        self._conditions = conditions
        self._arguments: dict[int, tuple[str, frozenset[str]]] = {}

    def collect(self, type_name: str, selections: tuple[Selections, ...]) -> WantedFields:
        """Return the fields that these selections want of an object of this type."""
        found: WantedFields = {}
        for part in selections:
            if isinstance(part, SelectionSetNode):
                self._collect(type_name, part, found)
            else:
                found.update(part.get(type_name, {}))
        return found

    def _collect(self, type_name: str, selection_set: SelectionSetNode, found: WantedFields) -> None:
        for node in selection_set.selections:
            if node.directives and not self.is_included(node.directives):
                continue
            if isinstance(node, FieldNode):
                response = node.alias.value if node.alias else node.name.value
                known = found.get(response)
                if known is None:
                    arguments, variables = self._printed(node) if node.arguments else ("", _NONE)
                    nested = (node.selection_set,) if node.selection_set else ()
                    found[response] = Wanted(response, node.name.value, arguments, variables, nested)
                elif node.selection_set:
                    known.selections = (*known.selections, node.selection_set)
                continue
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else type_name
                inner = node.selection_set
            else:
                fragment = self._fragments[node.name.value]  # type: ignore[attr-defined]  # the third kind of selection
                condition, inner = fragment.type_condition.name.value, fragment.selection_set
            if condition == type_name or condition in self._supergraph.types[type_name].supertypes:
                self._collect(type_name, inner, found)

    def needs_concrete_type(self, interface: Type, known: frozenset[str], selections: tuple[Selections, ...]) -> bool:
        """Return whether fields are wanted of an interface object that depend on its concrete type.

        `known` are the fields of the interface that do not.
        """
        return any(
            not isinstance(part, SelectionSetNode) or self._leaves(interface, known, part) for part in selections
        )

    def _leaves(self, interface: Type, known: frozenset[str], selection_set: SelectionSetNode) -> bool:
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
                fragment = self._fragments[node.name.value]  # type: ignore[attr-defined]
                condition, inner = fragment.type_condition.name.value, fragment.selection_set
            if condition != interface.name or self._leaves(interface, known, inner):
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


@dataclass(slots=True)
class FieldDraft:
    """One field of a subgraph selection."""

    name: str
    arguments: str
    variables: frozenset[str]
    nested: "SelectionDraft | None"


@dataclass(slots=True)
class SelectionDraft:
    """A selection that grows while an operation is planned: plain fields, and cases for more concrete types.

    `type_name` is the type as this subgraph declares it, None where any entity may stand.
    """

    type_name: str | None
    typename: bool = False
    fields: dict[str, FieldDraft] = field(default_factory=dict)
    cases: "dict[str, SelectionDraft]" = field(default_factory=dict)

    def case(self, type_name: str) -> "SelectionDraft":
        """Return the selection for objects of a more concrete type."""
        found = self.cases.get(type_name)
        if found is None:
            found = self.cases[type_name] = SelectionDraft(type_name)
        return found

    def leaf(self, key: str, wanted: Wanted) -> None:
        """Select a field without sub-selection."""
        if key not in self.fields:
            self.fields[key] = FieldDraft(wanted.name, wanted.arguments, wanted.variables, None)

    def nest(self, key: str, wanted: Wanted, type_name: str) -> "SelectionDraft":
        """Select a field with a sub-selection, and return that."""
        found = self.fields.get(key)
        if found is None:
            found = self.fields[key] = FieldDraft(
                wanted.name, wanted.arguments, wanted.variables, SelectionDraft(type_name)
            )
        if found.nested is None:
            found.nested = SelectionDraft(type_name)
        return found.nested

    def is_empty(self) -> bool:
        """Return whether nothing is selected."""
        return not self.fields and all(case.is_empty() for case in self.cases.values())

    def absorb(self, other: "SelectionDraft") -> None:
        """Select also what another draft of the same place selects."""
        self.typename = self.typename or other.typename
        for key, theirs in other.fields.items():
            ours = self.fields.get(key)
            if ours is None:
                self.fields[key] = theirs
            elif ours.nested is not None and theirs.nested is not None:
                ours.nested.absorb(theirs.nested)
        for name, case in other.cases.items():
            self.case(name).absorb(case)


class SelectionWriter:
    """Writes drafts of one subgraph operation as GraphQL text and gathers the variables that they use."""

    def __init__(self, supergraph: Supergraph, graph: str) -> None:
        self._supergraph = supergraph
        self._graph = graph
        self.variables: dict[str, None] = {}

    def write(self, draft: SelectionDraft) -> str:
        """Return the selection with its braces."""
        parts = self._parts(draft)
        return "{" + " ".join([part.text for part in parts.values()]) + "}" if parts else "{__typename}"

    def _parts(self, draft: SelectionDraft) -> "dict[str, _Part]":
        parts: dict[str, _Part] = {}
        if draft.typename:
            parts["__typename"] = _TYPENAME
        for key, selected in draft.fields.items():
            value_type = selected.nested.type_name if selected.nested is not None else None
            parts[key] = _Part(selected.name, value_type, self._field(key, selected))
        if draft.cases:
            cases = {name: self._parts(case) for name, case in draft.cases.items()}
            if draft.type_name is not None:
                self._hoist(draft.type_name, cases, parts)
            for name, inner in cases.items():
                if inner:
                    text = " ".join([part.text for part in inner.values()])
                    parts[f"... {name}"] = _Part("", None, f"... on {name} {{{text}}}")
        return parts

    def _field(self, key: str, selected: FieldDraft) -> str:
        if selected.variables:
            self.variables.update(dict.fromkeys(sorted(selected.variables)))
        text = selected.name if key == selected.name else f"{key}: {selected.name}"
        if selected.nested is None:
            return text + selected.arguments
        return f"{text}{selected.arguments} {self.write(selected.nested)}"

    def _hoist(self, type_name: str, cases: "dict[str, dict[str, _Part]]", parts: "dict[str, _Part]") -> None:
        """Select on an interface itself what every type it can have here selects alike."""
        declared = self._supergraph.types[type_name]
        possible = declared.possible.get(self._graph, ())
        if declared.kind is not TypeKind.INTERFACE or not possible or any(name not in cases for name in possible):
            return
        first, *others = [cases[name] for name in possible]
        for key, part in list(first.items()):
            known = declared.fields.get(part.name)
            owner = known.owners.get(self._graph) if known is not None else None
            if owner is None or key in parts or part.value_type not in (None, owner.type_name):
                continue
            if all(other.get(key) == part for other in others):
                parts[key] = part
                for inner in cases.values():
                    inner.pop(key, None)


@dataclass(frozen=True, slots=True)
class _Part:
    """One piece of a written selection: the field's name (none for a type condition), its object type, the text."""

    name: str
    value_type: str | None
    text: str


_TYPENAME = _Part("__typename", None, "__typename")
