"""What a plan is made from while it grows: positions in the response, sources of objects, fetches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import OperationType, SelectionSetNode

from graph.gateway.selection import Selections, Wanted, WantedFields
from graph.gateway.supergraph import Type
from graph.gateway.writing import SelectionDraft

if TYPE_CHECKING:
    from graph.gateway.routes import Router


Claim = tuple[str, Wanted, str]
"""Who has a key: the type, what it wants, the signature of that field."""


class Position:
    """One place in the response at which objects stand, and the keys their fields have in the merged data.

    A field keeps the client's response key where it can; where two types that may stand here want different things
    under one key, or an internal field meets a client's alias, one of them gets a key of its own.
    """

    __slots__ = ("_children", "_first", "_internal", "_keys", "_taken", "_whole", "abstract", "path")

    def __init__(self, path: tuple[str, ...], abstract: bool) -> None:
        self.path = path
        self.abstract = abstract
        self._children: dict[str, Position] = {}
        self._whole: dict[str, list[Callable[[], object]]] = {}
        """Key → the whole selections below it."""
        self._first: tuple[Type, WantedFields] | None = None
        """The type whose fields came first, and all of them: each has the client's key."""
        self._keys: dict[str, dict[str, str]] = {}
        """Type → response key → key."""
        self._internal: dict[tuple[str, str, str], str] = {}
        self._taken: dict[str, Claim] = {"__typename": _TYPENAME}
        """Key → whose it is, but for those of `_first`."""

    def child(self, key: str, abstract: bool) -> "Position":
        """Return the position below a field."""
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = Position((*self.path, key), abstract)
        return found

    def has_child(self, key: str) -> bool:
        """Return whether something was planned field by field below a field."""
        return key in self._children

    def keep_whole(self, key: str, by_field: Callable[[], object]) -> None:
        """Leave what stands below a field as the client writes it; `by_field` is how it would be planned otherwise."""
        self._whole.setdefault(key, []).append(by_field)

    def open_whole(self, key: str) -> list[Callable[[], object]]:
        """Return what was left as the client writes it and is to be planned by field now: more turned up below it."""
        return self._whole.pop(key, [])

    def find_child(self, key: str) -> "Position | None":
        """Return the position below a field when anything was planned there."""
        return _AS_WRITTEN if key in self._whole else self._children.get(key)

    def find_key(self, type_name: str, response: str) -> str | None:
        """Return the key of a client's field in the merged data, None when it was not planned."""
        if self._first is not None and self._first[0].name == type_name and response in self._first[1]:
            return response
        return self._keys.get(type_name, {}).get(response)

    def keep_keys(self, own: Type, wanted: WantedFields) -> bool:
        """Return whether a client's fields are the first ones here; each is then under its response key, at no cost."""
        if self._first is not None or len(self._taken) > 1:
            return False
        if "__typename" in wanted and wanted["__typename"].name != "__typename":
            return False
        self._first = (own, wanted)
        return True

    def key_for(self, own: Type, wanted: Wanted, *, internal: bool) -> str:
        """Return the key of a field of a type in the merged data, giving it one at first sight.

        An internal field shares the key of a client's field that is the same, whatever its alias.
        """
        if internal:
            return self._internal_key(own, wanted)
        key = self.find_key(own.name, wanted.response)
        if key is None:
            key = self._claim(own, wanted, wanted.response)
            self._keys.setdefault(own.name, {})[wanted.response] = key
        return key

    def _internal_key(self, own: Type, wanted: Wanted) -> str:
        signature = (own.name, wanted.name, wanted.arguments)
        key = self._internal.get(signature)
        if key is None:
            key = self._shared_key(own, wanted) or self._claim(own, wanted, wanted.name)
            self._internal[signature] = key
        return key

    def _shared_key(self, own: Type, wanted: Wanted) -> str | None:
        if self._first is not None and self._first[0] is own:
            for key, theirs in self._first[1].items():
                if theirs.name == wanted.name and theirs.arguments == wanted.arguments:
                    return key
        for key in self._keys.get(own.name, {}).values():
            holder = self._holder(key)
            if holder is not None and holder[1].name == wanted.name and holder[1].arguments == wanted.arguments:
                return key
        return None

    def _claim(self, own: Type, wanted: Wanted, preferred: str) -> str:
        claim = (own.name, wanted, own.fields[wanted.name].signature)
        if self._is_same(self._take(preferred, claim), claim):
            return preferred
        number = 1
        key = f"{preferred}_{own.name}"
        while not self._is_same(self._take(key, claim), claim):
            number += 1
            key = f"{preferred}_{own.name}_{number}"
        return key

    def _holder(self, key: str) -> Claim | None:
        """Return who has a key, None while it is free."""
        if self._first is not None:
            own, fields = self._first
            first = fields.get(key)
            known = own.fields.get(first.name) if first is not None else None
            if first is not None and known is not None:  # meta fields have no key
                return own.name, first, known.signature
        return self._taken.get(key)

    def _take(self, key: str, claim: Claim) -> Claim:
        """Return who has a key: the one who claims it now, if it was free."""
        return self._holder(key) or self._taken.setdefault(key, claim)

    def _is_same(self, one: Claim, other: Claim) -> bool:
        """Return whether two claims to a key want the same; where several types can stand, also of the same value."""
        if one is other:
            return True
        mine, theirs = one[1], other[1]
        if mine.name != theirs.name or mine.arguments != theirs.arguments:
            return False
        return not self.abstract or (
            one[2] == other[2]
            and [_written(part) for part in mine.selections] == [_written(part) for part in theirs.selections]
        )


class _AsWritten(Position):
    """Where a whole selection stands: every key is the client's."""

    __slots__ = ()

    def find_child(self, key: str) -> Position:  # noqa: ARG002 – the same below every key
        return self

    def find_key(self, type_name: str, response: str) -> str:  # noqa: ARG002 – the same for every type
        return response


def _written(selections: Selections) -> object:
    """Return what is equal only for selections that say the same."""
    place = selections.loc if isinstance(selections, SelectionSetNode) else None
    return id(selections) if place is None else place.source.body[place.start : place.end]


_TYPENAME = ("", Wanted("__typename", "__typename", "", frozenset(), (), "__typename"), "")
_AS_WRITTEN = _AsWritten((), abstract=False)


@dataclass(slots=True)
class RepresentedField:
    """A field of a representation: the key its value has in the merged data, and what is sent of an object value."""

    key: str
    nested: "dict[str, dict[str, RepresentedField]] | None" = None
    """Concrete type → fields; None for a leaf."""


Represented = dict[str, RepresentedField]
"""Field name → where its value comes from."""


@dataclass(slots=True, eq=False)
class FetchDraft:
    """One request to a subgraph: root fields, or fields of the entities that stand at `path`."""

    graph: str
    kind: OperationType
    path: tuple[str, ...]
    selection: SelectionDraft
    after: "set[FetchDraft]" = field(default_factory=set)
    position: Position | None = None
    type_name: str | None = None
    """The type of the objects that are looked up, None for a fetch of root fields."""
    represented_as: str | None = None
    """The type name that representations carry."""
    represented: Represented = field(default_factory=dict)

    def enter(self, position: Position, type_name: str, represented_as: str) -> None:
        """Make this a lookup of the entities of a type that stand at a position."""
        self.position, self.type_name, self.represented_as = position, type_name, represented_as

    def comes_after(self, other: "FetchDraft") -> bool:
        """Return whether this fetch waits, directly or not, for another."""
        seen: set[FetchDraft] = set()
        open_ = [self]
        while open_:
            for dep in open_.pop().after:
                if dep is other:
                    return True
                if dep not in seen:
                    seen.add(dep)
                    open_.append(dep)
        return False

    def represent(self, router: "Router", type_name: str, fields: SelectionSetNode) -> None:
        """Send these fields in the representations of this fetch."""
        if self.position is None:
            raise ValueError("Root fields have no representations.")
        _merge(self.represented, router.represented(self.position, type_name, (fields,)))

    def agrees(self, router: "Router", type_name: str, fields: SelectionSetNode) -> bool:
        """Return whether these fields can be sent along: none of them under a name that stands for other arguments."""
        if self.position is None:
            return False
        return _is_compatible(self.represented, router.represented(self.position, type_name, (fields,)))


def _merge(ours: Represented, theirs: Represented) -> None:
    for name, their in theirs.items():
        our = ours.get(name)
        if our is None:
            ours[name] = their
        elif our.nested is not None and their.nested is not None:
            for type_name, fields in their.nested.items():
                _merge(our.nested.setdefault(type_name, {}), fields)


def _is_compatible(ours: Represented, theirs: Represented) -> bool:
    for name, their in theirs.items():
        our = ours.get(name)
        if our is None:
            continue
        if our.key != their.key:
            return False
        for type_name, fields in (their.nested or {}).items():
            if not _is_compatible((our.nested or {}).get(type_name, {}), fields):
                return False
    return True


class Source:
    """Where the objects at a position come from: a fetch, and the selection that is made of them there.

    `provided` are fields that @provides adds here; `interface` is set where the subgraph knows only an interface
    object; `entered` where it was entered by a key; `peers` are the subgraphs that could have given the same objects;
    `after` is a fetch that finds out their concrete type; `satisfied` are fields whose @requires are sent along.
    """

    __slots__ = ("after", "entered", "fetch", "graph", "interface", "peers", "provided", "satisfied", "selection")

    def __init__(
        self,
        graph: str,
        fetch: FetchDraft,
        selection: SelectionDraft,
        *,
        provided: tuple[SelectionSetNode, ...] = (),
        interface: str | None = None,
        entered: bool = False,
        peers: frozenset[str] = frozenset(),
        after: FetchDraft | None = None,
        satisfied: frozenset[str] = frozenset(),
    ) -> None:
        self.graph = graph
        self.fetch = fetch
        self.selection = selection
        self.provided = provided
        self.interface = interface
        self.entered = entered
        self.peers = peers
        self.after = after
        self.satisfied = satisfied

    def narrowed(self, selection: SelectionDraft) -> "Source":
        """Return the same source for objects of a more concrete type."""
        found = self._copy()
        found.selection = selection
        return found

    def as_interface_object(self, interface: str) -> "Source":
        """Return the same source where it knows its objects only by an interface."""
        found = self._copy()
        found.interface = interface
        return found

    def after_fetch(self, fetch: FetchDraft) -> "Source":
        """Return the same source for objects whose concrete type a fetch has to find out first."""
        found = self._copy()
        found.after = fetch
        return found

    def _copy(self) -> "Source":
        return Source(
            self.graph,
            self.fetch,
            self.selection,
            provided=self.provided,
            interface=self.interface,
            entered=self.entered,
            peers=self.peers,
            after=self.after,
            satisfied=self.satisfied,
        )
