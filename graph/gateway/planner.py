"""Plans one operation: decides which subgraph answers which field, and which fetches that takes.

The walk goes down the operation once. At every place of the response (`Position`) and for every concrete type that can
stand there, fields are taken, in this order, from where the object comes from already, from a subgraph that is asked
at this place anyway, or from a new entity fetch by a key. What cannot be had below a place (a value type without a key)
is handed back to its parent (`Remainder`), which asks another subgraph for the same field. A selection that one
subgraph answers as it stands is taken `Whole`, without going down it.
"""

from dataclasses import dataclass, field
from functools import partial

from graphql import OperationType, SelectionSetNode

from graph.gateway.costs import Costs
from graph.gateway.drafts import FetchDraft, Position, Source
from graph.gateway.routes import Router
from graph.gateway.selection import (
    MOST_FIELDS,
    Collector,
    OperationTooLargeError,
    Remainder,
    Selections,
    Wanted,
    WantedFields,
)
from graph.gateway.supergraph import Field, Ownership, Supergraph, Type, TypeKind
from graph.gateway.writing import SelectionDraft, WholeSelections

_META = frozenset({"__typename", "__schema", "__type"})


class UnplannableError(LookupError):
    """A wanted field cannot be reached from where its object comes from: the supergraph is not satisfiable there."""


@dataclass(slots=True)
class _Place:
    """The work at one position for one concrete type: where its objects come from so far."""

    position: Position
    type_name: str
    sources: list[Source]
    used: set[FetchDraft]
    """Gathers the fetches that give what is wanted here."""
    internal: bool = False
    """Whether the gateway itself wants it, for a key or for @requires."""
    tried: dict[str, set[str]] = field(default_factory=dict)
    """Response key → subgraphs that gave what they have of it, or cannot be entered."""


class Planner:
    """Plans one operation; `fetches` then holds the drafts in the order in which they were found necessary."""

    def __init__(self, supergraph: Supergraph, router: Router, collector: Collector) -> None:
        self._supergraph = supergraph
        self._router = router
        self._collector = collector
        self._whole = WholeSelections(supergraph, collector)
        self._costs = Costs(supergraph, router, collector, self._whole)
        self._fields_left = MOST_FIELDS
        self.fetches: list[FetchDraft] = []
        self.root = Position((), abstract=False)

    def plan(self, kind: OperationType, selection_set: SelectionSetNode) -> None:
        """Plan an operation; raises UnplannableError and OperationTooLargeError."""
        root = self._supergraph.roots[kind]
        wanted = self._collector.collect(root, (selection_set,))
        if kind is OperationType.QUERY:
            left = self._fields(_Place(self.root, root, [], set()), wanted)
        else:
            left = self._in_order(root, kind, wanted)
        if left:
            raise UnplannableError(_describe(root, left))

    def _in_order(self, root: str, kind: OperationType, wanted: WantedFields) -> WantedFields:
        """Plan root fields that must run one after the other; neighbours in one subgraph share a fetch."""
        left: WantedFields = {}
        source: Source | None = None
        for name, one in wanted.items():
            if one.name in _META:
                continue
            owners = self._supergraph.types[root].fields[one.name].owners
            if source is None or source.graph not in owners:
                graph = self._choose_root(root, one, tuple(owners))
                fetch = FetchDraft(graph, kind, (), SelectionDraft(root))
                fetch.after.update(self.fetches)
                self.fetches.append(fetch)
                source = Source(graph, fetch, fetch.selection)
            left.update(self._fields(_Place(self.root, root, [source], set()), {name: one}))
        return left

    # – selections –

    def _select(
        self,
        position: Position,
        source: Source,
        type_name: str,
        selections: tuple[Selections, ...],
        above: _Place,
    ) -> Remainder:
        """Plan a selection on the value that a source gives; return what could not be had from here."""
        declared = self._supergraph.types[type_name]
        if source.graph in declared.interface_object_in:
            return self._select_interface_object(position, source, declared, selections, above)
        if not declared.is_abstract:
            if position.abstract:
                source.selection.typename = True
            wanted = self._collect(type_name, selections, above.internal)
            missing = self._fields(_Place(position, type_name, [source], above.used, above.internal), wanted)
            return {type_name: missing} if missing else {}
        source.selection.typename = True
        left: Remainder = {}
        concretes = self._expanded(declared, source)
        for concrete in concretes:
            wanted = self._collect(concrete, selections, above.internal)
            if not wanted:
                continue
            narrowed = source if concrete == type_name else source.narrowed(source.selection.case(concrete))
            missing = self._fields(_Place(position, concrete, [narrowed], above.used, above.internal), wanted)
            if missing:
                left[concrete] = missing
        if left and declared.kind is TypeKind.INTERFACE:
            for name in self._collect(type_name, selections, above.internal):
                if 0 < sum(1 for missing in left.values() if name in missing) < len(concretes):
                    # Another subgraph may be asked for the same object, but not for the types of it that suit it.
                    raise UnplannableError(
                        f"No subgraph answers {type_name}.{name} for every type that can stand there."
                    )
        return left

    def _expanded(self, declared: Type, source: Source) -> tuple[str, ...]:
        """Return the types whose fields are asked for.

        Where several subgraphs could give this value, a union member that one of them does not know has no fields:
        which of them answers must not show in the response.
        """
        possible = declared.possible.get(source.graph, ())
        if declared.kind is not TypeKind.UNION:
            return possible or (declared.name,)
        if len(source.peers) < 2:
            return possible
        peers = [declared.possible[graph] for graph in source.peers if graph in declared.possible]
        return tuple(name for name in possible if all(name in members for members in peers))

    def _select_interface_object(
        self,
        position: Position,
        source: Source,
        interface: Type,
        selections: tuple[Selections, ...],
        above: _Place,
    ) -> Remainder:
        """Plan on an object of which its subgraph knows only the interface; elsewhere it has a concrete type."""
        name = interface.name
        source = source.as_interface_object(name)
        by_interface = _Place(position, name, [source], above.used, above.internal)
        if above.internal or not self._collector.needs_concrete_type(
            interface, self._known_by_interface(interface, source), selections
        ):
            missing = self._fields(by_interface, self._collect(name, selections, above.internal))
            return {name: missing} if missing else {}
        for graph in interface.graphs:
            if graph in interface.interface_object_in:
                continue
            real = self._source_in(by_interface, graph)
            if real is None:
                continue
            real.selection.typename = True
            above.used.update((source.fetch, real.fetch))
            known = source.after_fetch(real.fetch)
            left: Remainder = {}
            for concrete in self._supergraph.possible(name, graph):
                wanted = self._collect(concrete, selections, above.internal)
                case = real.narrowed(real.selection.case(concrete))
                missing = self._fields(_Place(position, concrete, [known, case], above.used), wanted)
                if missing:
                    left[concrete] = missing
            return left
        return {name: self._collect(name, selections, above.internal)}

    def _known_by_interface(self, interface: Type, source: Source) -> frozenset[str]:
        """Return the fields that can be had of an object without learning its concrete type."""
        known = interface.local_fields.get(source.graph, frozenset())
        for graph in interface.interface_object_in:
            if graph != source.graph and self._router.route(interface.name, graph, (source,)) is not None:
                known |= interface.local_fields[graph]
        return known

    def _collect(self, type_name: str, selections: tuple[Selections, ...], internal: bool) -> WantedFields:
        if internal:
            return self._router.collect(type_name, selections)
        return self._collector.collect(type_name, selections)

    # – fields –

    def _fields(self, place: _Place, wanted: WantedFields) -> WantedFields:
        """Plan fields of one concrete type; return those that no source and no key leads to.

        What the first source has is taken at once; only then are other subgraphs looked at, when all of the client's
        response keys are known.
        """
        self._count(len(wanted))
        position, internal = place.position, place.internal
        own = self._supergraph.types[place.type_name]
        first = place.sources[0] if place.sources else None
        local: frozenset[str] = frozenset()
        if first is not None and (first.interface is None or first.interface == place.type_name):
            local = own.local_fields.get(first.graph, local)
        kept = not internal and position.keep_keys(own, wanted)
        work: list[Wanted] = []
        for one in wanted.values():
            if one.name in _META:
                continue
            key = one.response if kept else position.key_for(own, one, internal=internal)
            if first is None or one.name not in local:
                work.append(one)
                continue
            place.used.add(first.fetch)
            if not one.selections:
                first.selection.leaf(key, one)
                continue
            left = self._nest(place, first, own.fields[one.name], one, key)
            if left:
                place.tried[one.response] = {first.graph}
                work.append(one.of(left))
        return self._elsewhere(place, own, work) if work else {}

    def _count(self, fields: int) -> None:
        self._fields_left -= fields
        if self._fields_left < 0:
            raise OperationTooLargeError

    def _elsewhere(self, place: _Place, own: Type, work: list[Wanted]) -> WantedFields:
        """Plan fields that the first source does not have, one after the other; return what nothing leads to."""
        missing: WantedFields = {}
        work.reverse()
        while work:
            one = work.pop()
            rest = self._from_known(place, own, one)
            if rest is None:
                continue
            if self._open_source(place, own.fields[one.name], rest, work):
                work.append(rest)
            else:
                missing[rest.response] = rest
        return missing

    def _from_known(self, place: _Place, own: Type, one: Wanted) -> Wanted | None:
        """Take a field from the sources there are; return what is still missing of it, None when nothing is."""
        tried = place.tried.setdefault(one.response, set())
        owners = own.fields[one.name].owners
        for source in place.sources:
            if source.graph not in owners and not source.provided and source.interface is None:
                continue  # most sources: spares the closer look
            if source.graph in tried or not self._router.is_local(source, place.type_name, one.name):
                continue
            tried.add(source.graph)
            place.used.add(source.fetch)
            key = place.position.key_for(own, one, internal=place.internal)
            if not one.selections:
                source.selection.leaf(key, one)
                return None
            left = self._nest(place, source, own.fields[one.name], one, key)
            if not left:
                return None
            one = one.of(left)
        return one

    def _nest(self, place: _Place, source: Source, known: Field, one: Wanted, key: str) -> Remainder:
        """Select an object field in a source that has it; return what could not be had below it."""
        position = place.position
        owner = self._router.owner(source, place.type_name, known)
        type_name = owner.type_name if owner is not None else known.type_name
        if not place.internal and type_name == known.type_name and not position.has_child(key):
            whole = self._whole.find(type_name, one.selections, source.graph)
            if whole is not None:
                self._count(whole.size)
                source.selection.fields[key] = (one, whole)
                position.keep_whole(key, partial(self._nest_by_field, place, source, known, one, key, owner))
                return {}
        return self._nest_by_field(place, source, known, one, key, owner)

    def _nest_by_field(
        self, place: _Place, source: Source, known: Field, one: Wanted, key: str, owner: Ownership | None
    ) -> Remainder:
        position = place.position.child(key, self._supergraph.types[known.type_name].is_abstract)
        for plan_by_field in place.position.open_whole(key):
            plan_by_field()
        type_name = owner.type_name if owner is not None else known.type_name
        child = Source(
            source.graph,
            source.fetch,
            source.selection.nest(key, one, type_name),
            provided=self._router.provided_below(source, place.type_name, one.name, owner),
            peers=self._router.peers_below(source.graph, source.peers, place.type_name, known),
        )
        return self._select(position, child, type_name, one.selections, place)

    # – new sources –

    def _open_source(self, place: _Place, known: Field, one: Wanted, work: list[Wanted]) -> bool:
        """Find a subgraph for a field and a way into it; return whether `place.sources` now offers the field."""
        tried = place.tried[one.response]
        candidates = [
            (graph, owner)
            for graph, owner in known.owners.items()
            if graph not in tried and self._is_reachable(place, graph)
        ]
        while candidates:
            graph, owner = candidates[0] if len(candidates) == 1 else self._cheapest(place, one, work, candidates)
            candidates.remove((graph, owner))
            if owner.requires is None:
                if self._source_in(place, graph) is not None:
                    return True
            elif self._satisfy(place, one.name, graph, owner.requires):
                return True
            tried.add(graph)
        return False

    def _is_reachable(self, place: _Place, graph: str) -> bool:
        if self._supergraph.is_root(place.type_name):
            return True
        return self._router.route(place.type_name, graph, place.sources) is not None

    def _cheapest(
        self, place: _Place, one: Wanted, work: list[Wanted], candidates: list[tuple[str, Ownership]]
    ) -> tuple[str, Ownership]:
        """Choose among subgraphs: no @requires, few hops, little left to fetch below, then many other fields."""
        fields = self._supergraph.types[place.type_name].fields
        others = [fields[other.name].owners for other in work]

        def cost(candidate: tuple[str, Ownership]) -> tuple[int, bool, int, int]:
            graph, owner = candidate
            route = (
                ()
                if self._supergraph.is_root(place.type_name)
                else self._router.route(place.type_name, graph, place.sources)
            )
            below = self._costs.below(one.selections, graph, owner)
            cover = sum(1 for owners in others if graph in owners and owners[graph].requires is None)
            return len(route or ()) + below, owner.requires is not None, below, -cover

        return min(candidates, key=cost)

    def _choose_root(self, root: str, one: Wanted, graphs: tuple[str, ...]) -> str:
        if len(graphs) == 1 or not one.selections:
            return graphs[0]
        owners = self._supergraph.types[root].fields[one.name].owners
        return min(graphs, key=lambda graph: self._costs.below(one.selections, graph, owners[graph]))

    def _source_in(self, place: _Place, graph: str) -> Source | None:
        """Return a source in a subgraph at this place, entering it by keys (through others, if need be)."""
        for source in place.sources:
            if source.graph == graph and source.interface in (None, place.type_name):
                return source
        if self._supergraph.is_root(place.type_name):
            return self._open_root(place, graph)
        return self._follow(place, self._router.route(place.type_name, graph, place.sources) or ())

    def _open_root(self, place: _Place, graph: str) -> Source:
        fetch = FetchDraft(graph, OperationType.QUERY, place.position.path, SelectionDraft(place.type_name))
        fetch.after.update(source.fetch for source in place.sources if place.position.path)
        self.fetches.append(fetch)
        source = Source(graph, fetch, fetch.selection, peers=frozenset((graph,)))
        place.sources.append(source)
        return source

    def _enter(self, place: _Place, graph: str) -> Source | None:
        """Enter a subgraph by the first key that the sources can give."""
        for entrance in self._router.entrances(place.type_name, graph, place.sources):
            deps: set[FetchDraft] = set()
            if not self._gather(place, entrance.key.fields, deps):
                continue
            fetch = FetchDraft(graph, OperationType.QUERY, place.position.path, SelectionDraft(None))
            fetch.enter(place.position, place.type_name, entrance.type_name)
            fetch.after.update(deps)
            for source in place.sources[:1]:
                fetch.after.add(source.fetch)
                if source.after is not None:
                    fetch.after.add(source.after)
            fetch.represent(self._router, place.type_name, entrance.key.fields)
            self.fetches.append(fetch)
            source = Source(
                graph,
                fetch,
                fetch.selection.case(entrance.type_name),
                interface=entrance.type_name if entrance.type_name != place.type_name else None,
                entered=True,
                peers=frozenset((graph,)),
            )
            place.sources.append(source)
            return source
        return None

    def _gather(self, place: _Place, fields: SelectionSetNode, used: set[FetchDraft]) -> bool:
        """Select the fields of a key or of @requires from whatever has them; return whether all could be had."""
        inner = _Place(place.position, place.type_name, place.sources, used, internal=True)
        return not self._fields(inner, self._router.collect(place.type_name, (fields,)))

    def _satisfy(self, place: _Place, name: str, graph: str, requires: SelectionSetNode) -> bool:
        """Make a field with @requires available: fetch what it requires, and hand that over in a representation."""
        deps: set[FetchDraft] = set()
        if not self._gather(place, requires, deps):
            return False
        source = next(
            (known for known in place.sources if known.graph == graph and self._can_take(known, place, deps, requires)),
            None,
        )
        if source is None:
            source = self._reenter(place, graph)
        if source is None:
            return False
        source.fetch.after.update(deps)
        source.fetch.represent(self._router, place.type_name, requires)
        source.satisfied |= {name}
        place.used.update(deps)
        return True

    def _can_take(self, source: Source, place: _Place, deps: set[FetchDraft], requires: SelectionSetNode) -> bool:
        """Return whether an entity fetch that is planned already can carry these required fields too."""
        fetch = source.fetch
        return (
            source.entered
            and fetch.path == place.position.path
            and not any(fetch is dep or dep.comes_after(fetch) for dep in deps)
            and fetch.agrees(self._router, place.type_name, requires)
        )

    def _reenter(self, place: _Place, graph: str) -> Source | None:
        """Enter a subgraph anew for a field that waits for others, even where an earlier fetch was there."""
        direct = self._enter(place, graph)
        if direct is not None:
            return direct
        return self._follow(place, self._router.route(place.type_name, graph, place.sources) or ())

    def _follow(self, place: _Place, route: tuple[str, ...]) -> Source | None:
        """Enter the subgraphs of a route one after the other; return the source in the last one."""
        source: Source | None = None
        for graph in route:
            source = self._enter(place, graph)
            if source is None:
                return None
        return source


def _describe(root: str, left: WantedFields) -> str:
    """Name the first leaf that could not be planned by its path."""
    names = [root]
    while left:
        one = next(iter(left.values()))
        names.append(one.name)
        inner = one.selections[0] if one.selections else None
        left = next(iter(inner.values()), {}) if isinstance(inner, dict) else {}
    return f"No subgraph can answer {'.'.join(names)} where it is asked for."
