"""What can be had from where: which fields a subgraph gives of an object, and by which keys another one is entered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from graphql import SelectionSetNode

from graph.gateway.drafts import Position, Represented, RepresentedField
from graph.gateway.selection import Collector, Selections, WantedFields
from graph.gateway.supergraph import Field, Ownership, Supergraph

_LONGEST_ROUTE = 5
_DEEPEST_KEY = 4
_UNREACHABLE = 100


class Origin(Protocol):
    """A place objects come from, as far as reachability is concerned (a Source is one)."""

    graph: str
    provided: tuple[SelectionSetNode, ...]
    interface: str | None
    satisfied: set[str]


@dataclass(slots=True)
class Imagined:
    """An origin that is only thought of: what if the object came from there?"""

    graph: str
    provided: tuple[SelectionSetNode, ...] = ()
    interface: str | None = None
    satisfied: set[str] = field(default_factory=set)


class Router:
    """Answers questions of reachability on one supergraph; remembers the answers, they depend on nothing else."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._collector = Collector(supergraph, {}, {})
        self._collected: dict[tuple[str, tuple[int, ...]], WantedFields] = {}
        self._routes: dict[tuple[str, str, tuple[tuple[str, str | None], ...]], tuple[str, ...] | None] = {}

    def collect(self, type_name: str, selections: tuple[Selections, ...]) -> WantedFields:
        """Return the fields of a key, @requires or @provides for a concrete type."""
        if not all(isinstance(part, SelectionSetNode) for part in selections):
            return self._collector.collect(type_name, selections)
        key = (type_name, tuple([id(part) for part in selections]))
        found = self._collected.get(key)
        if found is None:
            found = self._collected[key] = self._collector.collect(type_name, selections)
        return found

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
            return frozenset((graph,))
        root = self._supergraph.is_root(type_name)
        return frozenset(
            other
            for other in (graph, *known.owners)
            if root or other == graph or other in peers or self._supergraph.entrances(type_name, other)
        )

    # – ways into other subgraphs –

    def route(self, type_name: str, graph: str, origins: Sequence[Origin]) -> tuple[str, ...] | None:
        """Return the subgraphs to enter one after the other, `graph` being the last; None when no key leads there."""
        if any(origin.provided or origin.satisfied for origin in origins):
            return self._find_route(type_name, graph, origins)
        key = (type_name, graph, tuple([(origin.graph, origin.interface) for origin in origins]))
        if key not in self._routes:
            self._routes[key] = self._find_route(type_name, graph, origins)
        return self._routes[key]

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
        for entrance in self._supergraph.entrances(type_name, graph):
            if self.is_feasible(type_name, entrance.key.fields, origins):
                return Imagined(graph, interface=entrance.type_name if entrance.type_name != type_name else None)
        return None

    def is_feasible(self, type_name: str, fields: SelectionSetNode, origins: Iterable[Origin], depth: int = 0) -> bool:
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

    # – choosing –

    def cost(self, type_name: str, selections: tuple[Selections, ...], origin: Origin, collector: Collector) -> int:
        """Estimate how many more fetches a selection takes when its objects come from this origin."""
        declared = self._supergraph.types[type_name]
        graph = origin.graph
        if graph not in declared.graphs:
            return _UNREACHABLE
        if graph in declared.interface_object_in:
            return int(collector.needs_concrete_type(declared, declared.local_fields[graph], selections))
        total = 0
        for concrete in declared.possible.get(graph, ()):
            fields = self._supergraph.types[concrete].fields
            elsewhere: set[str] = set()
            for one in collector.collect(concrete, selections).values():
                if one.name.startswith("__"):
                    continue
                known = fields[one.name]
                if self.is_local(origin, concrete, one.name):
                    if one.selections:
                        owner = self.owner(origin, concrete, known)
                        below = Imagined(graph, self.provided_below(origin, concrete, one.name, owner))
                        value_type = owner.type_name if owner is not None else known.type_name
                        total += self.cost(value_type, one.selections, below, collector)
                    continue
                if elsewhere.intersection(known.owners):
                    continue
                way = next((to for to in known.owners if self.route(concrete, to, (origin,)) is not None), None)
                if way is None:
                    total += _UNREACHABLE
                else:
                    elsewhere.add(way)
            total += len(elsewhere)
        return total

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
