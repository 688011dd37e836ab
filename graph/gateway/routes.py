"""What can be had from where: which fields a subgraph gives of an object, and by which keys another one is entered."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from graphql import FragmentDefinitionNode, SelectionSetNode

from graph.gateway.drafts import Position, Represented, RepresentedField
from graph.gateway.selection import BareFields, Collector, Selections, WantedFields
from graph.gateway.supergraph import Entrance, Field, Ownership, Supergraph

_LONGEST_ROUTE = 5
_DEEPEST_KEY = 4


class Origin(Protocol):
    """A place objects come from, as far as reachability is concerned (a Source is one)."""

    graph: str
    provided: tuple[SelectionSetNode, ...]
    interface: str | None
    satisfied: frozenset[str]


class Imagined:
    """An origin that is only thought of: what if the object came from there?"""

    __slots__ = ("graph", "interface", "provided", "satisfied")

    def __init__(self, graph: str, provided: tuple[SelectionSetNode, ...] = (), interface: str | None = None) -> None:
        self.graph = graph
        self.provided = provided
        self.interface = interface
        self.satisfied: frozenset[str] = frozenset()


Question = tuple[object, ...]
"""A type and a subgraph, then of each origin: the subgraph, what it knows the object as, what it provides."""


class Router:
    """Answers questions of reachability on one supergraph; remembers the answers, they depend on nothing else.

    Origins with satisfied @requires are asked about anew; all other questions are about what the supergraph declares,
    so that there are only so many of them.
    """

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._bare = BareFields()
        self._collector = self.collector({}, {})
        self._routes: dict[Question, tuple[str, ...] | None] = {}
        self._entrances: dict[Question, tuple[Entrance, ...]] = {}
        self._peers: dict[tuple[str, frozenset[str], str, str], frozenset[str]] = {}
        self._alone = {graph: frozenset((graph,)) for graph in supergraph.subgraphs}

    def collector(self, fragments: Mapping[str, FragmentDefinitionNode], conditions: Mapping[str, object]) -> Collector:
        """Return what collects the fields of one operation."""
        return Collector(self._supergraph, fragments, conditions, self._bare)

    def collect(self, type_name: str, selections: tuple[Selections, ...]) -> WantedFields:
        """Return the fields of a key, @requires or @provides for a concrete type."""
        return self._collector.collect(type_name, selections)

    # – what an origin gives –

    def is_local(self, origin: Origin, type_name: str, name: str) -> bool:
        """Return whether an origin gives this field without going elsewhere."""
        graph = origin.graph
        if origin.interface is not None and origin.interface != type_name:
            known = self._supergraph.types[origin.interface].fields.get(name)
            owner = known.owners.get(graph) if known is not None else None
            return owner is not None and (owner.requires is None or name in origin.satisfied)
        own = self._supergraph.types[type_name]
        if name in own.local_fields.get(graph, ()) or name in origin.satisfied:
            return True
        return bool(origin.provided) and name in self.collect(type_name, origin.provided)

    def owner(self, origin: Origin, type_name: str, known: Field) -> Ownership | None:
        """Return how the origin's subgraph resolves a field; None for one that it only provides."""
        if origin.interface is not None and origin.interface != type_name:
            its = self._supergraph.types[origin.interface].fields.get(known.name)
            return its.owners.get(origin.graph) if its is not None else None
        return known.owners.get(origin.graph)

    def provided_below(
        self, origin: Origin, type_name: str, name: str, owner: Ownership | None
    ) -> tuple[SelectionSetNode, ...]:
        """Return what @provides adds to the value of a field."""
        provided: tuple[SelectionSetNode, ...] = ()
        if owner is not None and owner.provides is not None:
            provided = (owner.provides,)
        if origin.provided:
            nested = self.collect(type_name, origin.provided).get(name)
            if nested is not None:
                provided += tuple(part for part in nested.selections if isinstance(part, SelectionSetNode))
        return provided

    def peers_below(self, graph: str, peers: frozenset[str], type_name: str, known: Field) -> frozenset[str]:
        """Return the subgraphs that could give the value of a field where one of them is asked for it."""
        if len(known.owners) < 2:
            return self._alone[graph]
        key = (graph, peers, type_name, known.name)
        found = self._peers.get(key)
        if found is None:
            root = self._supergraph.is_root(type_name)
            found = self._peers[key] = frozenset(
                other
                for other in (graph, *known.owners)
                if root or other == graph or other in peers or self._supergraph.entrances(type_name, other)
            )
        return found

    # – ways into other subgraphs –

    def route(self, type_name: str, graph: str, origins: Sequence[Origin]) -> tuple[str, ...] | None:
        """Return the subgraphs to enter one after the other, `graph` being the last; None when no key leads there."""
        key = _question(type_name, graph, origins)
        if key is None:
            return self._find_route(type_name, graph, origins)
        if key not in self._routes:
            self._routes[key] = self._find_route(type_name, graph, origins)
        return self._routes[key]

    def entrances(self, type_name: str, graph: str, origins: Sequence[Origin]) -> tuple[Entrance, ...]:
        """Return the ways into a subgraph whose keys these origins can give."""
        key = _question(type_name, graph, origins)
        found = self._entrances.get(key) if key is not None else None
        if found is None:
            found = tuple(
                [
                    entrance
                    for entrance in self._supergraph.entrances(type_name, graph)
                    if self.is_feasible(type_name, entrance.key.fields, origins)
                ]
            )
            if key is not None:
                self._entrances[key] = found
        return found

    def _find_route(self, type_name: str, graph: str, origins: Sequence[Origin]) -> tuple[str, ...] | None:
        """Search breadth first, so that the shortest route is found."""
        seen = {origin.graph for origin in origins}
        frontier: list[tuple[tuple[Origin, ...], tuple[str, ...]]] = [(tuple(origins), ())]
        for _ in range(_LONGEST_ROUTE):
            following: list[tuple[tuple[Origin, ...], tuple[str, ...]]] = []
            for known, path in frontier:
                if self._enters(type_name, graph, known):
                    return (*path, graph)
                for step in self._supergraph.entity_graphs(type_name):
                    if step in seen or step in path:
                        continue
                    entered = self._enters(type_name, step, known)
                    if entered is not None:
                        following.append(((*known, entered), (*path, step)))
            frontier = following
        return None

    def _enters(self, type_name: str, graph: str, origins: Sequence[Origin]) -> Imagined | None:
        for entrance in self.entrances(type_name, graph, origins):
            return Imagined(graph, interface=entrance.type_name if entrance.type_name != type_name else None)
        return None

    def is_feasible(self, type_name: str, fields: SelectionSetNode, origins: Sequence[Origin], depth: int = 0) -> bool:
        """Return whether these origins together give all fields of a key, parts of nested objects from elsewhere."""
        return self._are_feasible(type_name, (fields,), tuple(origins), depth)

    def _are_feasible(
        self, type_name: str, selections: tuple[Selections, ...], origins: tuple[Origin, ...], depth: int
    ) -> bool:
        for one in self.collect(type_name, selections).values():
            if one.name == "__typename":
                continue
            known = self._supergraph.types[type_name].fields.get(one.name)
            if known is None:
                return False
            if not any(
                self.is_local(origin, type_name, one.name)
                and self._is_nested_feasible(type_name, known, one.selections, origin, depth)
                for origin in origins
            ):
                return False
        return True

    def _is_nested_feasible(
        self, type_name: str, known: Field, selections: tuple[Selections, ...], origin: Origin, depth: int
    ) -> bool:
        if not selections:
            return True
        if depth >= _DEEPEST_KEY:
            return False
        owner = self.owner(origin, type_name, known)
        value_type = owner.type_name if owner is not None else known.type_name
        below = Imagined(origin.graph, self.provided_below(origin, type_name, known.name, owner))
        return all(
            self._are_feasible(concrete, selections, (below,), depth + 1)
            or self._is_reachable_below(concrete, selections, below, depth + 1)
            for concrete in self._supergraph.possible(value_type, origin.graph)
        )

    def _is_reachable_below(
        self, type_name: str, selections: tuple[Selections, ...], origin: Origin, depth: int
    ) -> bool:
        """Return whether the fields of a nested object can be had by entering other subgraphs with its own keys."""
        if depth >= _DEEPEST_KEY:
            return False
        fields = self._supergraph.types[type_name].fields
        for one in self.collect(type_name, selections).values():
            if self.is_local(origin, type_name, one.name):
                continue
            if not any(
                owner.requires is None and self.route(type_name, graph, (origin,)) is not None
                for graph, owner in fields[one.name].owners.items()
            ):
                return False
        return True

    # – representations –

    def represented(self, position: Position, type_name: str, selections: tuple[Selections, ...]) -> Represented:
        """Return where the fields of a key or of @requires stand in the merged data below a position."""
        represented: Represented = {}
        own = self._supergraph.types[type_name]
        for one in self.collect(type_name, selections).values():
            if one.name == "__typename":
                continue
            key = position.key_for(own, one, internal=True)
            if not one.selections:
                represented[one.name] = RepresentedField(key)
                continue
            declared = self._supergraph.types[own.fields[one.name].type_name]
            child = position.child(key, declared.is_abstract)
            concretes = dict.fromkeys(name for graph in declared.graphs for name in declared.possible.get(graph, ()))
            nested = {name: self.represented(child, name, one.selections) for name in concretes}
            represented[one.name] = RepresentedField(key, nested)
        return represented


def _question(type_name: str, graph: str, origins: Sequence[Origin]) -> Question | None:
    """Return what tells a question from others; None where an operation's own @requires count."""
    key: Question = (type_name, graph)
    for origin in origins:
        if origin.satisfied:
            return None
        key += (origin.graph, origin.interface, *map(id, origin.provided))
    return key
