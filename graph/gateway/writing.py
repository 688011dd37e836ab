"""The selections that are sent to subgraphs: while they grow, and how they are written."""

from graph.gateway.selection import MOST_FIELDS, Collector, OperationTooLargeError, Selections, Wanted, identity
from graph.gateway.supergraph import Supergraph, TypeKind


class Whole:
    """A selection that one subgraph answers as it stands: its text with the braces; `size` counts its fields."""

    __slots__ = ("size", "text", "type_name", "variables")

    def __init__(self, type_name: str, text: str, variables: dict[str, None], size: int) -> None:
        self.type_name = type_name
        self.text = text
        self.variables = variables
        self.size = size


class WholeSelections:
    """Finds the selections of an operation that one subgraph answers as they stand, and writes each once.

    They are most of what is selected, and need no planning: everything in them stands under the client's response keys.
    """

    def __init__(self, supergraph: Supergraph, collector: Collector) -> None:
        self._supergraph = supergraph
        self._collector = collector
        self._known: dict[str, dict[tuple[object, ...], Whole | None]] = {}
        """Subgraph → what was found, or that nothing was."""

    def find(self, type_name: str, selections: tuple[Selections, ...], graph: str) -> Whole | None:
        """Return a selection on an object type, written for a subgraph; None where another one is needed for it, too.

        Raises OperationTooLargeError.
        """
        if isinstance(selections[0], dict):
            return None  # a remainder is not to be had from one subgraph
        known = self._known.setdefault(graph, {})
        key = (type_name, id(selections[0])) if len(selections) == 1 else identity(type_name, selections)
        if key not in known:
            known[key] = self._write(type_name, selections, graph)
        return known[key]

    def _write(self, type_name: str, selections: tuple[Selections, ...], graph: str) -> Whole | None:
        own_fields = self._supergraph.own_fields(type_name, graph)
        if not own_fields:
            return None
        wanted = self._collector.collect(type_name, selections)
        parts: list[str] = []
        variables: dict[str, None] = {}
        size = len(wanted)
        for one in wanted.values():
            value_type = own_fields.get(one.name)
            if value_type is None:
                if one.name == "__typename":
                    continue  # known without asking
                return None
            if one.variables:
                variables.update(dict.fromkeys(sorted(one.variables)))
            if not value_type:
                parts.append(one.text)
                continue
            below = self.find(value_type, one.selections, graph)
            if below is None:
                return None
            size += below.size
            if size > MOST_FIELDS:
                raise OperationTooLargeError
            if below.variables:
                variables.update(below.variables)
            parts.append(f"{one.text} {below.text}")
        if "__typename" in wanted and wanted["__typename"].name != "__typename":
            return None  # an alias that the gateway needs for itself
        return Whole(type_name, "{" + (" ".join(parts) or "__typename") + "}", variables, size)


Selected = tuple[Wanted, "SelectionDraft | Whole | None"]
"""A field and what is selected of its value, None for a leaf."""


class SelectionDraft:
    """A selection that grows while an operation is planned: plain fields, and cases for more concrete types.

    `type_name` is the type as this subgraph declares it, None where any entity may stand; `typename` says whether the
    concrete type is asked for; `fields` are by their key in the merged data.
    """

    __slots__ = ("cases", "fields", "type_name", "typename")

    def __init__(self, type_name: str | None) -> None:
        self.type_name = type_name
        self.typename = False
        self.fields: dict[str, Selected] = {}
        self.cases: dict[str, SelectionDraft] = {}

    def case(self, type_name: str) -> "SelectionDraft":
        """Return the selection for objects of a more concrete type."""
        found = self.cases.get(type_name)
        if found is None:
            found = self.cases[type_name] = SelectionDraft(type_name)
        return found

    def leaf(self, key: str, wanted: Wanted) -> None:
        """Select a field without sub-selection."""
        if key not in self.fields:
            self.fields[key] = (wanted, None)

    def nest(self, key: str, wanted: Wanted, type_name: str) -> "SelectionDraft":
        """Select a field with a sub-selection, and return that; it takes the place of a whole one."""
        first, nested = self.fields.get(key, (wanted, None))
        if not isinstance(nested, SelectionDraft):
            nested = SelectionDraft(type_name)
            self.fields[key] = (first, nested)
        return nested

    def is_empty(self) -> bool:
        """Return whether nothing is selected."""
        return not self.fields and all(case.is_empty() for case in self.cases.values())

    def absorb(self, other: "SelectionDraft") -> None:
        """Select also what another draft of the same place selects."""
        self.typename = self.typename or other.typename
        for key, selected in other.fields.items():
            ours, theirs = self.fields.setdefault(key, selected)[1], selected[1]
            if ours is not theirs and isinstance(ours, SelectionDraft) and isinstance(theirs, SelectionDraft):
                ours.absorb(theirs)
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
        return "{" + (" ".join(self._parts(draft).values()) or "__typename") + "}"

    def _parts(self, draft: SelectionDraft) -> dict[str, str]:
        """Return the pieces of a selection: by key, and one for each type condition."""
        parts: dict[str, str] = {}
        if draft.typename:
            parts["__typename"] = "__typename"
        for key, (wanted, nested) in draft.fields.items():
            text = wanted.text if key == wanted.response else wanted.written_as(key)
            if wanted.variables:
                self.variables.update(dict.fromkeys(sorted(wanted.variables)))
            if nested is None:
                parts[key] = text
            elif isinstance(nested, Whole):
                self.variables.update(nested.variables)
                parts[key] = f"{text} {nested.text}"
            else:
                parts[key] = f"{text} {self.write(nested)}"
        if draft.cases:
            cases = {name: self._parts(case) for name, case in draft.cases.items()}
            if draft.type_name is not None:
                self._hoist(draft, draft.type_name, cases, parts)
            for name, inner in cases.items():
                if inner:
                    parts[f"... {name}"] = f"... on {name} {{{' '.join(inner.values())}}}"
        return parts

    def _hoist(
        self, draft: SelectionDraft, type_name: str, cases: dict[str, dict[str, str]], parts: dict[str, str]
    ) -> None:
        """Select on an interface itself what every type it can have here selects alike."""
        declared = self._supergraph.types[type_name]
        possible = declared.possible.get(self._graph, ())
        if declared.kind is not TypeKind.INTERFACE or not possible or any(name not in cases for name in possible):
            return
        first, *others = possible
        for key, selected in draft.cases[first].fields.items():
            known = declared.fields.get(selected[0].name)
            owner = known.owners.get(self._graph) if known is not None else None
            value_type = _value_type(selected)
            if owner is None or key in parts or value_type not in (None, owner.type_name):
                continue
            text = cases[first][key]
            if all(
                cases[name].get(key) == text and _value_type(draft.cases[name].fields[key]) == value_type
                for name in others
            ):
                parts[key] = text
                for inner in cases.values():
                    inner.pop(key, None)


def _value_type(selected: Selected) -> str | None:
    nested = selected[1]
    return None if nested is None else nested.type_name
