"""Merged data: what subgraphs answered, laid into one tree; answers themselves are never changed in place."""

from collections.abc import Iterator
from typing import Any

from graph.gateway.plan import Owned

Objects = list[dict[str, Any]]


def merge(into: dict[str, Any], answer: dict[str, Any], owned: Owned) -> None:
    """Add an answer's fields to an object of ours; what later fetches add to (`owned`) is copied on the way in."""
    for key, value in answer.items():
        below = owned.get(key)
        if below is None:
            if into.get(key) is None:
                into[key] = value
            elif key == "__typename":
                into[key] = value  # an interface object learns its concrete type
            continue
        known = into.get(key)
        if known is None:
            into[key] = own(value, below)
        else:
            _merge_values(known, value, below)


def _merge_values(known: Any, value: Any, owned: Owned) -> None:
    if isinstance(known, dict) and isinstance(value, dict):
        merge(known, value, owned)
    elif isinstance(known, list) and isinstance(value, list) and len(known) == len(value):
        for index, (ours, theirs) in enumerate(zip(known, value, strict=True)):
            if ours is None:
                known[index] = own(theirs, owned)
            else:
                _merge_values(ours, theirs, owned)


def own(value: Any, owned: Owned) -> Any:
    """Return a copy of the containers on the ways in `owned`; everything else is shared with the answer."""
    if isinstance(value, list):
        return [own(item, owned) for item in value]
    if not isinstance(value, dict):
        return value
    copy = dict(value)
    for key, below in owned.items():
        inner = copy.get(key)
        if inner is not None:
            copy[key] = own(inner, below)
    return copy


def objects_at(root: dict[str, Any], path: tuple[str, ...]) -> Objects:
    """Return the objects that stand at a path, lists passed through, nulls left out."""
    found: Objects = [root]
    for key in path:
        following: Objects = []
        for one in found:
            value = one.get(key)
            if isinstance(value, dict):
                following.append(value)
            elif isinstance(value, list):
                following.extend(_flat(value))
        found = following
    return found


def _flat(values: list[Any]) -> Iterator[dict[str, Any]]:
    for value in values:
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list):
            yield from _flat(value)
