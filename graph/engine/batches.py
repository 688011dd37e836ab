"""Calls a resolver of a whole level (see `subgraphs.batch`) and holds it to its promise."""

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import Any

from subgraphs.batch import LevelResolver


class LevelSizeError(RuntimeError):
    """A batch resolver has not returned one value per object."""


async def resolve_together(
    what: str, resolve: LevelResolver, sources: Sequence[Any], arguments: Mapping[str, Any]
) -> list[Any]:
    """Return one value per source; what fails is an exception in its place, what fails as a whole is one in all."""
    try:
        given = resolve(sources, **arguments)
        values = list(await given if isawaitable(given) else given)
        if len(values) != len(sources):
            raise LevelSizeError(
                f"{what}: the batch resolver returned {len(values)} values for {len(sources)} objects."
            )
    except Exception as error:
        return [error] * len(sources)
    return values
