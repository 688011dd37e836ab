"""Renames a federated graph: other names everywhere, another order of everything, the same meaning.

A gateway that answers the renamed graph as it answers the original one fits nothing by name or by place. The names of
the specifications stay: built-in scalars, introspection, `_entities`, `_Any`, directives, what begins with `join__`.
Not understood, and refused: `@join__directive` and the arguments of `@fromContext`.
"""

import random
import re
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    NamedTypeNode,
    NameNode,
    Node,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    OperationDefinitionNode,
    OperationType,
    OperationTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    VariableNode,
    parse,
    parse_type,
    print_ast,
    strip_ignored_characters,
)

NodeT = TypeVar("NodeT", bound=Node)


class Names(StrEnum):
    """What names name; the names of one kind are renamed alike wherever they stand. Aliases go with the fields."""

    TYPES = "types"
    FIELDS = "fields"
    ARGUMENTS = "arguments"
    INPUTS = "input fields"
    VALUES = "enum values"
    VARIABLES = "variables"
    FRAGMENTS = "fragments and operations"
    GRAPHS = "values of join__Graph"
    SUBGRAPHS = "subgraphs"


Lookup = Callable[[Names, str], str]
_DEFAULT_ROOTS = {
    "Query": OperationType.QUERY,
    "Mutation": OperationType.MUTATION,
    "Subscription": OperationType.SUBSCRIPTION,
}
_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID", "FieldSet", "representations"})
"""Names of the specifications that do not show it; the last is the argument of `_entities`."""
_SPARED = frozenset({"Query", "true", "false", "null", "on"})
"""Never drawn: `Query` is the root that a subgraph without one is given, the others are no free names everywhere."""
_KINDS = {
    "named_type": Names.TYPES,
    **{
        f"{kind}_type_{what}": Names.TYPES
        for kind in ("object", "interface", "union", "enum", "input_object", "scalar")
        for what in ("definition", "extension")
    },
    "field": Names.FIELDS,
    "field_definition": Names.FIELDS,
    "argument": Names.ARGUMENTS,
    "input_value_definition": Names.ARGUMENTS,
    "object_field": Names.INPUTS,
    "enum_value_definition": Names.VALUES,
    "variable": Names.VARIABLES,
    "fragment_definition": Names.FRAGMENTS,
    "fragment_spread": Names.FRAGMENTS,
    "operation_definition": Names.FRAGMENTS,
}
_FIELD_SETS = frozenset(
    {
        ("join__type", "key"),
        ("join__field", "requires"),
        ("join__field", "provides"),
        ("key", "fields"),
        ("requires", "fields"),
        ("provides", "fields"),
    }
)
_TYPES = frozenset({("join__field", "type"), ("join__implements", "interface"), ("join__unionMember", "member")})
_SUBGRAPHS = frozenset({("join__graph", "name"), ("join__field", "override"), ("override", "from")})
_REFUSED = frozenset({"join__directive", "join__field.contextArguments", "fromContext"})


@dataclass(frozen=True, slots=True)
class SubgraphSdl:
    """One subgraph: its name and its own SDL, of Federation 1 or 2."""

    name: str
    sdl: str


@dataclass(frozen=True, slots=True)
class Question:
    """One operation and the answer it must get: `data`, and `errors` (true, false, or absent for either)."""

    query: str
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A composed supergraph, the subgraphs it is made of, and questions to it."""

    supergraph: str
    subgraphs: tuple[SubgraphSdl, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Old name → new name, by what is named; one to one."""

    words: Mapping[Names, Mapping[str, str]]

    def of(self, names: Names, name: str) -> str:
        """Return the new name. Raises KeyError for a name that is none of the graph's."""
        return self.words[names][name]

    def inverse(self) -> "Lexicon":
        """Return new name → old name."""
        return Lexicon(
            {names: {new: old for old, new in words.items()} for names, words in self.words.items()},
        )


@dataclass(frozen=True, slots=True)
class Shapes:
    """Which type a field has, by the names of an SDL alone: type → field → the name of its type."""

    fields: Mapping[str, Mapping[str, str]]
    inputs: Mapping[str, Mapping[str, str]]
    enums: frozenset[str]
    members: Mapping[str, frozenset[str]]
    """Interface or union → the types that implement it or belong to it."""
    roots: Mapping[OperationType, str]

    def is_composite(self, type_name: str) -> bool:
        """Return whether fields can be selected on a type."""
        return type_name in self.fields or type_name in self.members

    def type_of(self, type_name: str, field: str) -> str:
        """Return the name of a field's type; of an abstract type, also a field of one of its members.

        Raises KeyError for an unknown field.
        """
        if field == "_entities":
            return "_Entity"
        found = self.fields.get(type_name, {}).get(field)
        if found is not None:
            return found
        for member in sorted(self.members.get(type_name, ())):
            if field in self.fields.get(member, {}):
                return self.fields[member][field]
        raise KeyError(f"{type_name}.{field}")


@dataclass(frozen=True, slots=True)
class Renaming:
    """A case, the same case renamed, and the way back."""

    original: Case
    renamed: Case
    forward: Lexicon
    backward: Lexicon

    def restore_operation(self, text: str) -> str:
        """Return an operation on a renamed subgraph with the original names; its response keys stay as they are.

        Variables and fragments keep the names that the gateway gave them. Raises KeyError for an unknown name.
        """

        def original(names: Names, name: str) -> str:
            return name if names in (Names.VARIABLES, Names.FRAGMENTS) else self.backward.of(names, name)

        return rewrite(text, original, keep_keys=True)

    def restore_variables(self, restored: str, variables: Mapping[str, Any], shapes: Shapes) -> dict[str, Any]:
        """Return variables with original names in input objects, enums and representations.

        `restored` is the operation as restore_operation returned it, `shapes` are those of the original subgraph.
        """
        types = {
            one.variable.name.value: _named(one.type)
            for node in parse(restored).definitions
            if isinstance(node, OperationDefinitionNode)
            for one in node.variable_definitions or ()
        }
        return {name: self._restored(value, types[name], shapes) for name, value in variables.items()}

    def _restored(self, value: Any, type_name: str, shapes: Shapes) -> Any:
        if isinstance(value, list):
            return [self._restored(item, type_name, shapes) for item in value]
        if isinstance(value, str) and type_name in shapes.enums:
            return self.backward.of(Names.VALUES, value)
        if not isinstance(value, dict):
            return value
        if type_name in shapes.inputs:
            fields = {self.backward.of(Names.INPUTS, name): part for name, part in value.items()}
            known = shapes.inputs[type_name]
            # The original subgraph refuses a field it does not know; that is the outcome to be had.
            return {name: self._restored(part, known.get(name, ""), shapes) for name, part in fields.items()}
        if type_name == "_Any" or shapes.is_composite(type_name):
            return self._representation(value, type_name, shapes)
        return value  # a custom scalar

    def _representation(self, value: Mapping[str, Any], type_name: str, shapes: Shapes) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if "__typename" in value:
            type_name = result["__typename"] = self.backward.of(Names.TYPES, value["__typename"])
        for renamed, part in value.items():
            if renamed != "__typename":
                name = self.backward.of(Names.FIELDS, renamed)
                result[name] = self._restored(part, shapes.type_of(type_name, name), shapes)
        return result

    def rename_data(self, restored: str, data: Any, shapes: Shapes) -> Any:
        """Return the original subgraph's answer with the renamed values of enums and `__typename`.

        Its keys are those the restored operation asked for, and stay.
        """
        return rename_data(restored, data, shapes, self.forward.of)


def read_shapes(sdl: str) -> Shapes:
    """Return the shapes of a subgraph or a supergraph; extensions count as definitions."""
    fields: dict[str, dict[str, str]] = {}
    inputs: dict[str, dict[str, str]] = {}
    members: dict[str, set[str]] = {}
    enums: set[str] = set()
    roots: dict[OperationType, str] = {}
    for node in parse(sdl, no_location=True).definitions:
        one: Any = node
        if one.kind.startswith("schema"):
            roots.update({part.operation: part.type.name.value for part in one.operation_types or ()})
        elif one.kind.startswith(("object_type", "interface_type")):
            fields.setdefault(one.name.value, {}).update(_types(one.fields))
            for interface in one.interfaces or ():
                members.setdefault(interface.name.value, set()).add(one.name.value)
        elif one.kind.startswith("union_type"):
            members.setdefault(one.name.value, set()).update(part.name.value for part in one.types or ())
        elif one.kind.startswith("input_object_type"):
            inputs.setdefault(one.name.value, {}).update(_types(one.fields))
        elif one.kind.startswith("enum_type"):
            enums.add(one.name.value)
    roots = roots or {kind: name for name, kind in _DEFAULT_ROOTS.items() if name in fields}
    return Shapes(fields, inputs, frozenset(enums), {name: frozenset(found) for name, found in members.items()}, roots)


def rename(case: Case, seed: int | str, address: str) -> Renaming:
    """Return the case with drawn names in a drawn order, equal for equal seeds.

    `address` is the URL under which the subgraphs are served: `address/{renamed subgraph}`. Mutations keep the order
    of their fields, since they run in it.
    """
    chance = random.Random(seed)  # noqa: S311 – a reproducible choice, no secret
    texts = [case.supergraph, *(one.sdl for one in case.subgraphs), *(one.query for one in case.questions)]
    draw = _Draw(chance, {word for text in texts for word in re.findall(r"\w+", text)})
    shapes = read_shapes(case.supergraph)
    subgraphs = [
        SubgraphSdl(draw(Names.SUBGRAPHS, one.name), rewrite(one.sdl, draw, chance=chance)) for one in case.subgraphs
    ]
    chance.shuffle(subgraphs)
    renamed = Case(
        supergraph=rewrite(case.supergraph, draw, address=address, chance=chance),
        subgraphs=tuple(subgraphs),
        questions=tuple(_question(one, draw, chance, shapes) for one in case.questions),
    )
    forward = Lexicon(draw.words)
    return Renaming(case, renamed, forward, forward.inverse())


def rewrite(
    text: str, lookup: Lookup, *, address: str = "", chance: random.Random | None = None, keep_keys: bool = False
) -> str:
    """Return SDL or an operation with the names that `lookup` gives, in another order where there is a `chance`.

    An SDL without a schema definition gets one, since its root types have no default names any longer. With
    `keep_keys`, aliases keep the response keys of an operation.
    """
    document = parse(text, no_location=True)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        document = DocumentNode(definitions=tuple(_with_roots(document.definitions)))
    if any(node.operation is OperationType.MUTATION for node in operations):
        chance = None
    return print_ast(_Rewriter(lookup, address, chance, keep_keys).node(document))


def rename_data(query: str, data: Any, shapes: Shapes, lookup: Lookup, *, keys: bool = False) -> Any:
    """Return an answer to an operation with the names that `lookup` gives to enum values and `__typename`.

    The operation has the names that `shapes` has. `keys`: the response keys are renamed too, as fields are.
    """

    def at(value: Any, type_name: str, parents: list[tuple[str, Any]]) -> Any:
        if isinstance(value, list):
            return [at(item, type_name, parents) for item in value]
        if isinstance(value, str) and type_name in shapes.enums:
            return lookup(Names.VALUES, value)
        return below(value, parents) if isinstance(value, dict) and parents else value

    def below(value: Mapping[str, Any], parents: list[tuple[str, Any]]) -> dict[str, Any]:
        asked = selected.fields(parents)
        result = {}
        for key, part in value.items():
            new = lookup(Names.FIELDS, key) if keys and not is_internal(key) else key
            name = asked[key][0][1].name.value  # what shares a key shares its shape (GraphQL, 5.3.2)
            if name == "__typename":
                result[new] = lookup(Names.TYPES, part)
                continue
            types = [shapes.type_of(parent, name) for parent, _ in asked[key]]
            inner = [
                (one, node.selection_set)
                for one, (_, node) in zip(types, asked[key], strict=True)
                if node.selection_set is not None
            ]
            result[new] = at(part, types[0], inner)
        return result

    selected = _Selected(parse(query))
    root = shapes.roots.get(selected.operation.operation, "Query")
    return below(data, [(root, selected.operation.selection_set)]) if isinstance(data, dict) else data


def is_internal(name: str) -> bool:
    """Return whether a name belongs to a specification, not to the graph."""
    return name.startswith("_") or "__" in name or name in _BUILT_IN


def _question(one: Question, draw: Lookup, chance: random.Random, shapes: Shapes) -> Question:
    query = rewrite(one.query, draw, chance=chance)
    expected = dict(one.expected)
    if expected.get("data") is not None:
        expected["data"] = rename_data(one.query, expected["data"], shapes, draw, keys=True)
    return Question(query, expected)


class _Draw:
    """Draws a name at first sight and remembers it."""

    def __init__(self, chance: random.Random, taken: Iterable[str]) -> None:
        self.words: dict[Names, dict[str, str]] = {names: {} for names in Names}
        self._chance = chance
        self._taken = {*taken, *_SPARED, *_BUILT_IN}

    def __call__(self, names: Names, name: str) -> str:
        found = self.words[names].get(name)
        if found is None:
            found = self.words[names][name] = self._fresh()
        return found

    def _fresh(self) -> str:
        while True:
            name = "".join(self._chance.choices(string.ascii_letters, k=self._chance.randint(4, 9)))
            if name not in self._taken:
                self._taken.add(name)
                return name


class _Rewriter:
    def __init__(self, lookup: Lookup, address: str, chance: random.Random | None, keep_keys: bool) -> None:
        self._lookup = lookup
        self._address = address
        self._chance = chance
        self._keep_keys = keep_keys

    def node(self, node: NodeT, names: Names | None = None) -> NodeT:
        """Return the node and all below it renamed; `names` says what its name names where its kind does not."""
        if isinstance(node, DirectiveNode):
            return self._directive(node)  # type: ignore[return-value]
        if isinstance(node, EnumValueNode):
            return replace(node, value=self._lookup(Names.VALUES, node.value))
        own = node.name.value if isinstance(getattr(node, "name", None), NameNode) else ""  # type: ignore[attr-defined]
        inner = None
        if node.kind.startswith("input_object_type"):
            inner = Names.INPUTS
        elif own == "join__Graph" and node.kind == "enum_type_definition":
            inner = Names.GRAPHS
        elif node.kind == "directive_definition" or (isinstance(node, DefinitionNode) and is_internal(own)):
            return node
        category = names or _KINDS.get(node.kind)
        changes: dict[str, Any] = {}
        for key in node.keys:
            value = getattr(node, key)
            if key == "alias" and self._keep_keys:
                changes[key] = value or node.name  # type: ignore[attr-defined]
            elif isinstance(value, tuple):
                changes[key] = self._all(value, inner, ordered=node.kind == "list_value")
            elif isinstance(value, NameNode) and category is not None and not is_internal(value.value):
                changes[key] = NameNode(value=self._lookup(category, value.value))
            elif isinstance(value, Node) and not isinstance(value, NameNode):
                changes[key] = self.node(value)
        return replace(node, **changes)

    def _all(self, nodes: tuple[Any, ...], names: Names | None, *, ordered: bool) -> tuple[Any, ...]:
        # `names` is for input fields and enum values; what else a definition has is named by its own kind.
        own = ("input_value_definition", "enum_value_definition")
        known = [self.node(node, names if node.kind in own else None) for node in nodes]
        return tuple(known) if ordered else self._shuffled(known)

    def _shuffled(self, nodes: list[Any]) -> tuple[Any, ...]:
        if self._chance is not None:
            self._chance.shuffle(nodes)
        return tuple(nodes)

    # – what directives say in strings –

    def _directive(self, node: DirectiveNode) -> DirectiveNode:
        name = node.name.value.removeprefix("federation__")
        given = node.arguments or ()
        strings = {one.name.value: one.value.value for one in given if isinstance(one.value, StringValueNode)}
        if refused := _REFUSED.intersection({name, *(f"{name}.{one.name.value}" for one in given)}):
            raise ValueError(f"Names in {', '.join(refused)} are not understood.")
        arguments = []
        for one in given:
            place = (name, one.name.value)
            value: Any = one.value
            if place == ("join__graph", "url"):
                value = StringValueNode(value=f"{self._address}/{self._lookup(Names.SUBGRAPHS, strings['name'])}")
            elif isinstance(value, StringValueNode):
                value = StringValueNode(value=self._string(place, value.value))
            elif isinstance(value, EnumValueNode) and place[1] == "graph":
                value = EnumValueNode(value=self._lookup(Names.GRAPHS, value.value))
            elif isinstance(value, VariableNode):
                value = self.node(value)
            arguments.append(replace(one, value=value))
        return replace(node, arguments=self._shuffled(arguments))

    def _string(self, place: tuple[str, str], text: str) -> str:
        if place in _FIELD_SETS:
            selection = self.node(parse("{" + text + "}", no_location=True))
            return strip_ignored_characters(print_ast(selection))[1:-1]
        if place in _TYPES:
            return print_ast(self.node(parse_type(text, no_location=True)))
        return self._lookup(Names.SUBGRAPHS, text) if place in _SUBGRAPHS else text


class _Selected:
    """What an operation selects, with its fragments spread."""

    def __init__(self, document: DocumentNode) -> None:
        self.operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        self._fragments: dict[str, Any] = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def fields(self, parents: Iterable[tuple[str, Any]]) -> dict[str, list[tuple[str, FieldNode]]]:
        """Return response key → the fields that answer it, each with the type it is selected on."""
        found: dict[str, list[tuple[str, FieldNode]]] = {}
        for parent, selection_set in parents:
            for node in selection_set.selections:
                if isinstance(node, FieldNode):
                    found.setdefault((node.alias or node.name).value, []).append((parent, node))
                    continue
                fragment = self._fragments[node.name.value] if node.kind == "fragment_spread" else node
                condition = fragment.type_condition
                narrowed = condition.name.value if condition is not None else parent
                for key, nodes in self.fields([(narrowed, fragment.selection_set)]).items():
                    found.setdefault(key, []).extend(nodes)
        return found


def _with_roots(definitions: tuple[DefinitionNode, ...]) -> list[DefinitionNode]:
    """Return the definitions with a schema definition that names the root types."""
    if any(isinstance(node, SchemaDefinitionNode) for node in definitions):
        return list(definitions)
    roots = dict.fromkeys(
        node.name.value
        for node in definitions
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode) and node.name.value in _DEFAULT_ROOTS
    )
    if not roots:
        return list(definitions)
    directives: list[ConstDirectiveNode] = []
    for node in definitions:
        if isinstance(node, SchemaExtensionNode):
            directives.extend(node.directives or ())
    operations = tuple(
        OperationTypeDefinitionNode(operation=_DEFAULT_ROOTS[name], type=NamedTypeNode(name=NameNode(value=name)))
        for name in roots
    )
    schema = SchemaDefinitionNode(directives=tuple(directives), operation_types=operations)
    return [schema, *(node for node in definitions if not isinstance(node, SchemaExtensionNode))]


def _types(fields: Any) -> dict[str, str]:
    return {one.name.value: _named(one.type) for one in fields or ()}


def _named(node: Any) -> str:
    while not isinstance(node, NamedTypeNode):
        node = node.type
    name: str = node.name.value
    return name
