"""The plan of one operation: fetches, what each waits for, how entities are represented; immutable and printable.

Its parts are named tuples: a plan has dozens of them, and frozen dataclasses take four times as long to make.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph.operation import OperationKind

Owned = dict[str, "Owned"]
"""Merged-data key → the same below it: containers that later fetches add to; they are copied on arrival."""

_NOTHING: Owned = {}


class Represent(NamedTuple):
    """One field of a representation: its name, its key in the merged data, its own fields by concrete type."""

    name: str
    key: str
    nested: "Mapping[str, tuple[Represent, ...]] | None" = None


class Target(NamedTuple):
    """Entities to complete: those at `path` (list levels are passed through) whose type is one of `types`.

    `types` is None where only one type can stand; `represented_as` and `fields` make the representation.
    """

    path: tuple[str, ...]
    types: frozenset[str] | None
    represented_as: str
    fields: tuple[Represent, ...]
    owned: Owned = _NOTHING


class EntityCall(NamedTuple):
    """One `_entities` field of a request: its response key, its variable, its selection, and all it is asked for."""

    key: str
    variable: str
    selection: str
    fields: tuple[str, ...]
    """Merged-data keys that it fills, for telling where something is missing when it fails."""
    targets: tuple[Target, ...]


class Fetch(NamedTuple):
    """One request to one subgraph: root fields (then `calls` is empty), or entities.

    `after` are the indices of the fetches it waits for, `path` is where the result of root fields goes.
    """

    index: int  # type: ignore[assignment]  # tuple.index, which nobody needs here
    subgraph: str
    kind: OperationKind
    text: str
    variables: tuple[str, ...]
    calls: tuple[EntityCall, ...]
    path: tuple[str, ...]
    fields: tuple[str, ...]
    after: tuple[int, ...]
    dependents: tuple[int, ...] = ()
    owned: Owned = _NOTHING

    def __str__(self) -> str:
        """Return the fetch as a few lines: where it goes, what for, and the text that is sent."""
        lines = [f"Fetch {self.index} → {self.subgraph}"]
        if self.path and not self.calls:
            lines[0] += f" at {'.'.join(self.path)}"
        for call in self.calls:
            for target in call.targets:
                keys = ", ".join(_printed(one) for one in target.fields)
                lines.append(f"  {'.'.join(target.path)}: {target.represented_as}({keys})")
            lines.append(f"    {call.selection}")
        if not self.calls:
            lines.append(f"    {self.text}")
        return "\n".join(lines)


class Plan(NamedTuple):
    """All fetches of one operation in an order in which they can run; those without a common ancestor run at once."""

    kind: OperationKind
    fetches: tuple[Fetch, ...]

    def __str__(self) -> str:
        """Return the plan as an indented tree of Sequence, Parallel and Fetch."""
        return "\n".join(_tree(list(self.fetches))) if self.fetches else "Nothing to fetch"


def _printed(one: Represent) -> str:
    name = one.name if one.name == one.key else f"{one.name}={one.key}"
    if one.nested is None:
        return name
    variants = {", ".join(_printed(part) for part in fields) for fields in one.nested.values() if fields}
    return f"{name} {{{' | '.join(sorted(variants))}}}"


def _tree(fetches: list[Fetch]) -> list[str]:
    """Return the lines of a set of fetches: independent parts in parallel, the rest in sequence."""
    parts = _independent(fetches)
    if len(parts) > 1:
        return ["Parallel", *_indented(line for part in parts for line in _tree(part))]
    here = {fetch.index for fetch in fetches}
    first = [fetch for fetch in fetches if not here.intersection(fetch.after)]
    rest = [fetch for fetch in fetches if fetch not in first]
    heads = (
        str(first[0]).splitlines()
        if len(first) == 1
        else ["Parallel", *_indented(line for fetch in first for line in str(fetch).splitlines())]
    )
    if not rest:
        return heads
    tail = _tree(rest)
    if tail[0] == "Sequence":
        return ["Sequence", *_indented(heads), *tail[1:]]
    return ["Sequence", *_indented(heads), *_indented(tail)]


def _independent(fetches: list[Fetch]) -> list[list[Fetch]]:
    """Split fetches into groups that do not wait for each other."""
    groups: list[list[Fetch]] = []
    for fetch in fetches:
        linked = [group for group in groups if any(other.index in fetch.after for other in group)]
        merged = [other for group in linked for other in group] + [fetch]
        groups = [group for group in groups if group not in linked] + [merged]
    return groups


def _indented(lines: Iterable[str]) -> list[str]:
    return ["  " + line for line in lines]
