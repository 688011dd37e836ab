"""Turns the drafts of the planner into a plan: orders and merges fetches, writes their texts."""

from collections.abc import Iterable, Mapping

from graphql import OperationType

from graph.gateway.drafts import FetchDraft, Represented
from graph.gateway.plan import EntityCall, Fetch, Owned, Plan, Represent, Target
from graph.gateway.supergraph import Supergraph
from graph.gateway.writing import SelectionDraft, SelectionWriter
from graph.operation import OperationKind

_KINDS = {kind: OperationKind(kind.value) for kind in OperationType}
_Shared = tuple[SelectionDraft, list[FetchDraft]]
"""A selection, and the drafts whose entities it is made of."""


class _Group:
    """Drafts that go into one request."""

    __slots__ = ("after", "drafts", "graph", "index")

    def __init__(self, index: int, graph: str, after: frozenset[int]) -> None:
        self.index = index
        self.graph = graph
        self.after = after
        self.drafts: list[FetchDraft] = []


def assemble(
    supergraph: Supergraph, kind: OperationKind, drafts: list[FetchDraft], declarations: Mapping[str, str]
) -> Plan:
    """Return the plan of these drafts; `declarations` are the operation's variable definitions, printed, by name."""
    groups = _group(_ordered(_needed(drafts)))
    owned = _containers(groups) if len(groups) > 1 else {}
    dependents: dict[int, list[int]] = {}
    for group in groups:
        for index in group.after:
            dependents.setdefault(index, []).append(group.index)
    fetches = [
        _fetch(supergraph, group, declarations, owned, tuple(dependents.get(group.index, ()))) for group in groups
    ]
    return Plan(kind, tuple(fetches))


def _needed(drafts: list[FetchDraft]) -> list[FetchDraft]:
    """Leave out fetches that turned out to select nothing and that nothing waits for."""
    kept = drafts
    while True:
        awaited = {dep for draft in kept for dep in draft.after}
        fewer = [draft for draft in kept if draft in awaited or not draft.selection.is_empty() or _asks_type(draft)]
        if len(fewer) == len(kept):
            return kept
        kept = fewer


def _asks_type(draft: FetchDraft) -> bool:
    return any(case.typename for case in draft.selection.cases.values())


def _ordered(drafts: list[FetchDraft]) -> list[FetchDraft]:
    """Sort drafts so that each stands behind what it waits for."""
    done: dict[FetchDraft, None] = {}

    def visit(draft: FetchDraft) -> None:
        if draft in done:
            return
        for dep in sorted([dep for dep in draft.after if dep not in done], key=places.__getitem__):
            visit(dep)
        done[draft] = None

    places = {draft: place for place, draft in enumerate(drafts)}
    for draft in drafts:
        visit(draft)
    return list(done)


def _group(drafts: list[FetchDraft]) -> list[_Group]:
    """Put entity lookups in one subgraph that wait for the same fetches into one request."""
    groups: list[_Group] = []
    group_of: dict[FetchDraft, _Group] = {}
    ancestors: dict[int, frozenset[int]] = {}
    shared: dict[tuple[str, frozenset[int]], _Group] = {}
    for draft in drafts:
        direct = frozenset([group_of[dep].index for dep in draft.after])
        after = direct
        if len(direct) > 1:
            after = direct.difference(*[ancestors[one] for one in direct])
        group = shared.get((draft.graph, after)) if draft.position is not None else None
        if group is None:
            group = _Group(len(groups), draft.graph, after)
            groups.append(group)
            ancestors[group.index] = after.union(*(ancestors[one] for one in after))
            if draft.position is not None:
                shared[(draft.graph, after)] = group
        group.drafts.append(draft)
        group_of[draft] = group
    return groups


# – one request –


def _fetch(
    supergraph: Supergraph,
    group: _Group,
    declarations: Mapping[str, str],
    owned: Owned,
    dependents: tuple[int, ...],
) -> Fetch:
    first = group.drafts[0]
    writer = SelectionWriter(supergraph, group.graph)
    calls: tuple[EntityCall, ...] = ()
    declared: list[str] = []
    if first.position is None:
        body = writer.write(first.selection)
    else:
        calls = _calls(group, writer, owned)
        declared = [f"${call.variable}: [_Any!]!" for call in calls]
        body = "{" + " ".join([_call_text(call) for call in calls]) + "}"
    declared += [f"${name}: {declarations[name]}" for name in writer.variables]
    keyword = first.kind.value
    if declared:
        text = f"{keyword}({', '.join(declared)}) {body}"
    else:
        text = body if first.kind is OperationType.QUERY else f"{keyword} {body}"
    return Fetch(
        group.index,
        supergraph.subgraphs[group.graph].name,
        _KINDS[first.kind],
        text,
        tuple(writer.variables),
        calls,
        first.path,
        tuple(first.selection.fields) if first.position is None else (),
        tuple(sorted(group.after)),
        dependents,
        _below(owned, first.path) if first.position is None else {},
    )


def _call_text(call: EntityCall) -> str:
    field = "_entities" if call.key == "_entities" else f"{call.key}: _entities"
    return f"{field}(representations: ${call.variable}) {call.selection}"


def _calls(group: _Group, writer: SelectionWriter, owned: Owned) -> tuple[EntityCall, ...]:
    """Return the lookups of a request: drafts at one place share a selection, equal selections share a lookup."""
    places: dict[tuple[str, ...], list[_Shared]] = {}
    selections: list[_Shared] = []
    for draft in group.drafts:
        here = places.setdefault(draft.path, [])
        for selection, members in here:
            if all(_may_share(member, draft) for member in members):
                selection.absorb(draft.selection)
                members.append(draft)
                break
        else:
            here.append((draft.selection, [draft]))
            selections.append(here[-1])
    by_text: dict[str, list[FetchDraft]] = {}
    fields: dict[str, tuple[str, ...]] = {}
    for selection, members in selections:
        text = writer.write(selection)
        by_text.setdefault(text, []).extend(members)
        fields[text] = tuple(_keys(selection))
    single = len(by_text) == 1
    return tuple(
        [
            EntityCall(
                "_entities" if single else f"_entities{number}",
                "_representations" if single else f"_representations{number}",
                text,
                fields[text],
                tuple([_target(draft, owned) for draft in members]),
            )
            for number, (text, members) in enumerate(by_text.items())
        ]
    )


def _keys(selection: SelectionDraft) -> dict[str, None]:
    """Return the merged-data keys of a selection over all its cases, in order and without repetition."""
    keys = dict.fromkeys(selection.fields)
    for case in selection.cases.values():
        keys.update(_keys(case))
    return keys


def _may_share(one: FetchDraft, other: FetchDraft) -> bool:
    return one.type_name != other.type_name or one.represented == other.represented


def _target(draft: FetchDraft, owned: Owned) -> Target:
    if draft.position is None or draft.type_name is None or draft.represented_as is None:
        raise ValueError("Only an entity fetch has targets.")
    return Target(
        draft.path,
        frozenset((draft.type_name,)) if draft.position.abstract else None,
        draft.represented_as,
        _represent(draft.represented),
        _below(owned, draft.path),
    )


def _represent(represented: Represented) -> tuple[Represent, ...]:
    return tuple(
        [
            Represent(
                name,
                one.key,
                None if one.nested is None else {key: _represent(fields) for key, fields in one.nested.items()},
            )
            for name, one in represented.items()
        ]
    )


# – containers that several fetches write to –


def _containers(groups: list[_Group]) -> Owned:
    """Return all places that more than one fetch adds to, and the way to each."""
    owned: Owned = {}
    seen: set[tuple[str, ...]] = set()
    for group in groups:
        mine: set[tuple[str, ...]] = set()
        for draft in group.drafts:
            if draft.path:
                _own(owned, draft.path)
            _objects(draft.selection, draft.path, mine)
        for path in mine & seen:
            _own(owned, path)
        seen |= mine
    return owned


def _objects(selection: SelectionDraft, path: tuple[str, ...], found: set[tuple[str, ...]]) -> None:
    """Gather the paths of everything that has a sub-selection."""
    for key, (_, nested) in selection.fields.items():
        if nested is not None:
            below = (*path, key)
            found.add(below)
            if isinstance(nested, SelectionDraft):
                _objects(nested, below, found)
    for case in selection.cases.values():
        _objects(case, path, found)


def _own(owned: Owned, path: Iterable[str]) -> None:
    for key in path:
        owned = owned.setdefault(key, {})


def _below(owned: Owned, path: Iterable[str]) -> Owned:
    for key in path:
        owned = owned.get(key, {})
    return owned
