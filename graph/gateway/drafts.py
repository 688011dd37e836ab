"""What a plan is made from while it grows: positions in the response, sources of objects, fetches."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphql import OperationType, SelectionSetNode

from graph.gateway.selection import SelectionDraft, Selections, Wanted
from graph.gateway.supergraph import Type

if TYPE_CHECKING:
    from graph.gateway.routes import Router


class Position:
    """One place in the response at which objects stand, and the keys their fields have in the merged data.

    A field keeps the client's response key where it can; where two types that may stand here want different things
    under one key, or an internal field meets a client's alias, one of them gets a key of its own.
    """

    __slots__ = ("_children", "_internal", "_keys", "_taken", "abstract", "path")

    def __init__(self, path: tuple[str, ...], abstract: bool) -> None:
        self.path = path
        self.abstract = abstract
        self._children: dict[str, Position] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._internal: dict[tuple[str, str, str], str] = {}
        self._taken: dict[str, tuple[object, ...]] = {"__typename": ("__typename", "")}

    def child(self, key: str, abstract: bool) -> "Position":
        """Return the position below a field."""
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = Position((*self.path, key), abstract)
        return found

    def find_child(self, key: str) -> "Position | None":
        """Return the position below a field when anything was planned there."""
        return self._children.get(key)

    def find_key(self, type_name: str, response: str) -> str | None:
        """Return the key of a client's field in the merged data, None when it was not planned."""
        return self._keys.get((type_name, response))

    def key_for(self, own: Type, wanted: Wanted, *, internal: bool) -> str:
        """Return the key of a field of a type in the merged data, giving it one at first sight.

        An internal field shares the key of a client's field that is the same, whatever its alias.
        """
        if internal:
            return self._internal_key(own, wanted)
        place = (own.name, wanted.response)
        key = self._keys.get(place)
        if key is None:
            key = self._keys[place] = self._claim(own, wanted, wanted.response)
        return key

    def _internal_key(self, own: Type, wanted: Wanted) -> str:
        signature = (own.name, wanted.name, wanted.arguments)
        key = self._internal.get(signature)
        if key is None:
            same = (wanted.name, wanted.arguments)
            shared = (
                known
                for (type_name, _), known in self._keys.items()
                if type_name == own.name and self._taken[known][:2] == same
            )
            key = next(shared, None) or self._claim(own, wanted, wanted.name)
            self._internal[signature] = key
        return key

    def _claim(self, own: Type, wanted: Wanted, preferred: str) -> str:
        content: tuple[object, ...] = (wanted.name, wanted.arguments)
        if self.abstract:
            signature = own.fields[wanted.name].signature
            content = (*content, signature, *[_written(part) for part in wanted.selections])
        if self._taken.setdefault(preferred, content) == content:
            return preferred
        number = 1
        key = f"{preferred}_{own.name}"
        while self._taken.setdefault(key, content) != content:
            number += 1
            key = f"{preferred}_{own.name}_{number}"
        return key


def _written(selections: Selections) -> object:
    """Return what is equal only for selections that say the same."""
    place = selections.loc if isinstance(selections, SelectionSetNode) else None
    return id(selections) if place is None else place.source.body[place.start : place.end]


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


@dataclass(slots=True, eq=False)
class Source:
    """Where the objects at a position come from: a fetch, and the selection that is made of them there.

    `provided` are fields that @provides adds here; `interface` is set where the subgraph knows only an interface
    object; `peers` are the subgraphs that could have given the same objects.
    """

    graph: str
    fetch: FetchDraft
    selection: SelectionDraft
    provided: tuple[SelectionSetNode, ...] = ()
    interface: str | None = None
    entered: bool = False
    peers: frozenset[str] = frozenset()
    after: FetchDraft | None = None
    satisfied: set[str] = field(default_factory=set)

    def narrowed(self, selection: SelectionDraft) -> "Source":
        """Return the same source for objects of a more concrete type."""
        return replace(self, selection=selection, satisfied=set(self.satisfied))

    def as_interface_object(self, interface: str) -> "Source":
        """Return the same source where it knows its objects only by an interface."""
        return replace(self, interface=interface)

    def after_fetch(self, fetch: FetchDraft) -> "Source":
        """Return the same source for objects whose concrete type a fetch has to find out first."""
        return replace(self, after=fetch)
