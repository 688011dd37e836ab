"""Choosing among subgraphs: how many more fetches a selection takes when its objects come from one of them."""

from graph.gateway.routes import Imagined, Router
from graph.gateway.selection import Collector, Selections, identity
from graph.gateway.supergraph import Ownership, Supergraph
from graph.gateway.writing import WholeSelections

_UNREACHABLE = 100


class Costs:
    """Estimates for one operation; a selection that stands in several places is estimated once."""

    def __init__(self, supergraph: Supergraph, router: Router, collector: Collector, whole: WholeSelections) -> None:
        self._supergraph = supergraph
        self._router = router
        self._collector = collector
        self._whole = whole
        self._known: dict[tuple[object, ...], int] = {}

    def below(self, selections: tuple[Selections, ...], graph: str, owner: Ownership) -> int:
        """Return how many more fetches the value of a field takes when this subgraph resolves it."""
        if not selections:
            return 0
        value = Imagined(graph, (owner.provides,) if owner.provides is not None else ())
        return self._cost(owner.type_name, selections, value)

    def _cost(self, type_name: str, selections: tuple[Selections, ...], origin: Imagined) -> int:
        if self._whole.find(type_name, selections, origin.graph) is not None:
            return 0
        if isinstance(selections[0], dict):  # a remainder may soon be gone, and its id taken anew
            return self._estimate(type_name, selections, origin)
        key = identity((type_name, origin.graph, *map(id, origin.provided)), selections)
        if key not in self._known:
            self._known[key] = self._estimate(type_name, selections, origin)
        return self._known[key]

    def _estimate(self, type_name: str, selections: tuple[Selections, ...], origin: Imagined) -> int:
        declared = self._supergraph.types[type_name]
        graph = origin.graph
        if graph not in declared.graphs:
            return _UNREACHABLE
        if graph in declared.interface_object_in:
            return int(self._collector.needs_concrete_type(declared, declared.local_fields[graph], selections))
        return sum(self._of_object(concrete, selections, origin) for concrete in declared.possible.get(graph, ()))

    def _of_object(self, type_name: str, selections: tuple[Selections, ...], origin: Imagined) -> int:
        """Return the fetches for objects of one type: those below its own fields, and one for each other subgraph."""
        router = self._router
        fields = self._supergraph.types[type_name].fields
        total = 0
        elsewhere: set[str] = set()
        for one in self._collector.collect(type_name, selections).values():
            if one.name.startswith("__"):
                continue
            known = fields[one.name]
            if router.is_local(origin, type_name, one.name):
                if one.selections:
                    owner = router.owner(origin, type_name, known)
                    below = Imagined(origin.graph, router.provided_below(origin, type_name, one.name, owner))
                    value_type = owner.type_name if owner is not None else known.type_name
                    total += self._cost(value_type, one.selections, below)
                continue
            if elsewhere.intersection(known.owners):
                continue
            way = next((to for to in known.owners if router.route(type_name, to, (origin,)) is not None), None)
            if way is None:
                total += _UNREACHABLE
            else:
                elsewhere.add(way)
        return total + len(elsewhere)
