"""Where a value stands in the response, as cheap links that become a path only when somebody asks.

A path is None (the root), `(parent, field)` for a field of an object, `(parent, index)` for an item of a list, or –
only while a list of plain data is being completed – `(parent, field, items)`: the item that comes next in `items`. The
last form costs nothing per item; `stable` turns it into the others before a path is kept.
"""

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql.pyutils import Path

if TYPE_CHECKING:
    from graph.engine.fields import Field

Link: TypeAlias = "tuple[Any, ...] | None"
"""A path in one of the forms above."""

Keys: TypeAlias = "tuple[str | int, ...]"
"""A path as a client reads it: response names and list indices from the root."""

_GROWING: Final = 3


def stable(path: Link) -> Link:
    """Return the same path without links to lists that still grow."""
    if path is None:
        return None
    if len(path) == _GROWING:
        parent, field, items = path
        return (stable(parent), field), len(items)
    return stable(path[0]), path[1]


def keys_of(path: Link) -> Keys:
    """Return the response names and list indices from the root."""
    keys: list[str | int] = []
    while path is not None:
        if len(path) == _GROWING:
            keys.append(len(path[2]))
        step = path[1]
        keys.append(step if type(step) is int else step.key)
        path = path[0]
    keys.reverse()
    return tuple(keys)


def graphql_path(path: Link) -> Path | None:
    """Return the path as graphql-core's resolvers know it."""
    if path is None:
        return None
    parent, step = path[0], path[1]
    if type(step) is int:
        return Path(graphql_path(parent), step, None)
    field: Field = step
    found = field_path(parent, field)
    return Path(found, len(path[2]), None) if len(path) == _GROWING else found


def field_path(parent: Link, field: "Field") -> Path:
    """Return the path of a field of the object at `parent`, as graphql-core's resolvers know it."""
    return Path(graphql_path(parent), field.key, field.parent.name)


def is_non_null(path: Link) -> bool:
    """Return whether null is not allowed at a stable path."""
    depth = 0
    while path is not None and type(path[1]) is int:
        depth += 1
        path = path[0]
    if path is None:
        return False
    field: Field = path[1]
    return field.non_null_at[depth]
