"""Federation's `_entities`, with all references of a type resolved at once where its `resolve_reference` is `batched`.

Strawberry's own resolver calls `resolve_reference` once per representation, which for 100 entities is 100 coroutines. A
type that is marked gets its representations, without `__typename`, in one call; every other type is left to Strawberry.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from strawberry.federation.schema import Schema as FederationSchema

from graph.engine.batches import resolve_together
from subgraphs.batch import LevelResolver, level_of

Representation = Mapping[str, Any]
Entities = Callable[[Any, Sequence[Representation]], Any]

_STOCK: Final = FederationSchema.entities_resolver


def batched_entities(resolver: object) -> Entities | None:
    """Return what resolves `_entities` in the place of Strawberry's resolver.

    None for every other resolver, and where no type is marked.
    """
    schema = getattr(resolver, "__self__", None)
    if not isinstance(schema, FederationSchema) or getattr(resolver, "__func__", None) is not _STOCK:
        return None
    marked: dict[str, LevelResolver] = {}
    for name, type_ in schema.schema_converter.type_map.items():
        origin = getattr(type_.definition, "origin", None)
        level = level_of(getattr(origin, "resolve_reference", None))
        if level is not None:
            marked[name] = level
    if not marked:
        return None

    async def entities(info: Any, representations: Sequence[Representation]) -> list[Any]:
        return await _resolve(schema, marked, info, representations)

    return entities


async def _resolve(
    schema: FederationSchema, marked: Mapping[str, LevelResolver], info: Any, representations: Sequence[Representation]
) -> list[Any]:
    """Return an entity, an awaitable of one or an exception for each representation."""
    found: list[Any] = [None] * len(representations)
    places_by_type: defaultdict[str, list[int]] = defaultdict(list)
    for place, representation in enumerate(representations):
        places_by_type[representation["__typename"]].append(place)
    for name, places in places_by_type.items():
        asked = [dict(representations[place]) for place in places]  # both ways take `__typename` out
        if name in marked:
            for one in asked:
                del one["__typename"]
            entities = await resolve_together(f"{name}.resolve_reference", marked[name], asked, {"info": info})
        else:
            entities = _STOCK(schema, info, asked)  # type: ignore[arg-type]  # Strawberry's name for any mapping
        for place, entity in zip(places, entities, strict=True):
            found[place] = entity
    return found
