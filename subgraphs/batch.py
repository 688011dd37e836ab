"""Marks a field as resolved a level at a time: one call for all objects of a list, instead of one per object.

    async def _ratings(titles: Sequence["Title"], info: Info) -> Each[float | None]:
        return await load_each(info.context.loaders(Loaders).rating_by_title, [title.id for title in titles])

    @strawberry.field
    @batched(_ratings)
    async def rating(self, info: Info) -> float | None:
        return await alone(_ratings([self], info))

An executor that knows the mark calls the first; any other calls the second, which is the first for a level of one: the
loader makes one batch of them. `resolve_reference` of an entity can be marked too, below `@classmethod`: its objects
are the representations, as mappings of their fields, and `info` is always passed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from resolvers.loading import Each, alone, each, each_once, load_each

__all__ = ["Each", "LevelResolver", "Reference", "alone", "batched", "each", "each_once", "level_of", "load_each"]

LevelResolver = Callable[..., "Sequence[Any] | Awaitable[Sequence[Any]]"]
"""Called with the objects in their order, and by keyword with what the resolver of one takes beside `self`.

Returns one value per object, in that order; an exception in the place of a value is the error of that object's field,
one that is raised that of all. `info.path` is the path of the first."""

Reference = Mapping[str, Any]
"""A representation of an entity, without `__typename`: what `resolve_reference` of one takes by keyword."""

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])

_MARK: Final = "__resolves_level__"


def batched(level: LevelResolver) -> Callable[[ResolverT], ResolverT]:
    """Return a decorator that marks a resolver of one object as having one for many; goes below `@strawberry.field`."""

    def mark(resolver: ResolverT) -> ResolverT:
        setattr(resolver, _MARK, level)
        return resolver

    return mark


def level_of(resolver: object) -> LevelResolver | None:
    """Return the resolver of a whole level that a resolver was marked with, None when it was not."""
    found: LevelResolver | None = getattr(resolver, _MARK, None)
    return found
