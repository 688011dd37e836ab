"""The supergraph as the planner sees it: which subgraph can answer which field of which type, and how it is entered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from graphql import GraphQLSchema, OperationType, SelectionSetNode


class SupergraphError(ValueError):
    """The supergraph SDL cannot be used; the message names the line and the reason."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(f"Supergraph, line {line}: {reason}" if line else f"Supergraph: {reason}")


class TypeKind(StrEnum):
    """The kinds of types that fields can be selected on."""

    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph: its id in the SDL (the value of join__Graph), its name and where it is served."""

    graph: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Key:
    """Fields that identify an entity in one subgraph; unless `resolvable`, the subgraph cannot be entered by it."""

    fields: SelectionSetNode
    text: str
    resolvable: bool


@dataclass(frozen=True, slots=True)
class Ownership:
    """How one subgraph resolves one field.

    `interface` names the interface object through which the subgraph knows the field, None where it knows the type.
    """

    type_name: str
    requires: SelectionSetNode | None = None
    provides: SelectionSetNode | None = None
    interface: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a type: who resolves it (`owners`) and who only mentions it (`external`).

    `signature` is the field's type in every subgraph in one text: fields of equal signature may share a response key.
    """

    name: str
    type_name: str
    signature: str
    is_leaf: bool
    owners: Mapping[str, Ownership]
    external: frozenset[str]


@dataclass(frozen=True, slots=True)
class Type:
    """An object, interface or union type, merged over all subgraphs."""

    name: str
    kind: TypeKind
    graphs: tuple[str, ...]
    fields: Mapping[str, Field]
    keys: Mapping[str, tuple[Key, ...]]
    """Subgraph → the keys it declares, resolvable or not."""
    supertypes: frozenset[str]
    """Every interface it implements and every union it is a member of, in any subgraph."""
    possible: Mapping[str, tuple[str, ...]]
    """Subgraph → the object types a value of this type can have there (the type itself for an object type)."""
    interface_object_in: frozenset[str]
    """Subgraphs that know this interface as an object type (@interfaceObject)."""
    local_fields: Mapping[str, frozenset[str]]
    """Subgraph → fields it resolves by itself, without @requires."""
    is_abstract: bool
    """Whether values have a more concrete type at run time."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way into a subgraph: a key and the type name that representations carry."""

    key: Key
    type_name: str


@dataclass(frozen=True, slots=True)
class Supergraph:
    """All types and subgraphs, and the schema that clients see (nothing inaccessible, no join or link parts)."""

    subgraphs: Mapping[str, Subgraph]
    types: Mapping[str, Type]
    roots: Mapping[OperationType, str]
    api: GraphQLSchema
    _root_names: frozenset[str] = field(default=frozenset())
    _entrances: dict[tuple[str, str], tuple[Entrance, ...]] = field(default_factory=dict, compare=False)
    _own_fields: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict, compare=False)

    def is_root(self, type_name: str) -> bool:
        """Return whether this is a root type: every subgraph that knows it can be asked without a key."""
        return type_name in self._root_names

    def possible(self, type_name: str, graph: str) -> tuple[str, ...]:
        """Return the object types that a value of this type can have when the subgraph returns it."""
        return self.types[type_name].possible.get(graph, ())

    def entrances(self, type_name: str, graph: str) -> tuple[Entrance, ...]:
        """Return the ways an object of this type can be looked up in a subgraph, directly or as an interface object."""
        found = self._entrances.get((type_name, graph))
        if found is None:
            found = self._entrances[(type_name, graph)] = self._find_entrances(type_name, graph)
        return found

    def _find_entrances(self, type_name: str, graph: str) -> tuple[Entrance, ...]:
        own = self.types[type_name]
        if graph in own.graphs:
            return tuple(Entrance(key, type_name) for key in own.keys.get(graph, ()) if key.resolvable)
        return tuple(
            Entrance(key, name)
            for name in sorted(own.supertypes)
            if graph in self.types[name].interface_object_in
            for key in self.types[name].keys.get(graph, ())
            if key.resolvable
        )

    def own_fields(self, type_name: str, graph: str) -> Mapping[str, str]:
        """Return the fields of a type that a subgraph resolves by itself: name → its object type, nothing for a leaf.

        Fields whose values have a more concrete type at run time are left out.
        """
        found = self._own_fields.get((type_name, graph))
        if found is None:
            found = self._own_fields[(type_name, graph)] = self._find_own_fields(self.types[type_name], graph)
        return found

    def _find_own_fields(self, own: Type, graph: str) -> dict[str, str]:
        if own.is_abstract:
            return {}
        found: dict[str, str] = {}
        for name in own.local_fields.get(graph, ()):
            known = own.fields[name]
            if known.is_leaf:
                found[name] = ""
            elif not self.types[known.type_name].is_abstract and known.owners[graph].type_name == known.type_name:
                found[name] = known.type_name
        return found

    def entity_graphs(self, type_name: str) -> tuple[str, ...]:
        """Return the subgraphs in which an object of this type can be looked up by some key."""
        return tuple(graph for graph in self.subgraphs if self.entrances(type_name, graph))
