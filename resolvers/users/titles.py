"""Titles as the users subgraph needs them: that they exist, and what a profile has to do with them."""

import logging
from collections.abc import Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from datasources.errors import DataSourceError
from datasources.records.catalog import TitleRecord
from datasources.records.users import PlaybackRecord
from resolvers.context import Context
from resolvers.domain.age_limits import is_allowed
from resolvers.domain.errors import NotFound, Unauthenticated
from resolvers.domain.identifiers import parse_id
from resolvers.loading import Each, alone, each, each_with, load_each
from resolvers.users.loaders import ProfileTitle, UserLoaders
from resolvers.users.preferences import stated_region

ValueT = TypeVar("ValueT")

logger = logging.getLogger(__name__)

VIEW_WEIGHT = 1.0
INTEREST_WEIGHT = 0.5
"""Attention of a viewing, and of an add to a watchlist or a rating; summed up by trends."""


async def require_titles(context: Context, ids: Sequence[str]) -> Each[TitleRecord]:
    """Return the title of each id; in place of one that is not there NotFound, or BadUserInput when malformed."""
    keys = each(ids, lambda id_: parse_id(id_, what="title id"))
    found = await load_each(context.loaders(UserLoaders).title_by_id, keys)
    return each_with(ids, found, _require)


def _require(id_: str, title: TitleRecord | None) -> TitleRecord:
    if title is None:
        raise NotFound(f"There is no title {id_}.")
    return title


async def require_title(context: Context, id_: str) -> TitleRecord:
    """Return the title; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    return await alone(require_titles(context, [id_]))


async def names_of(context: Context, titles: Sequence[tuple[str, str | None]]) -> Each[str]:
    """Return the name of each title, the catalog's where none is known; takes (title id, known name)."""
    unknown = [id_ for id_, known in titles if known is None]
    found = dict(zip(unknown, each(await require_titles(context, unknown), lambda title: title.name), strict=True))
    return [found[id_] if known is None else known for id_, known in titles]


async def are_listed(context: Context, title_ids: Sequence[str]) -> Each[bool | None]:
    """Return for each title whether it is on the viewer's watchlist, None for anonymous."""
    return await _of_viewer(context, context.loaders(UserLoaders).listed_by_title, title_ids)


async def playbacks_of(context: Context, title_ids: Sequence[str]) -> Each[PlaybackRecord | None]:
    """Return where the viewer left off in each title, None when never started and for anonymous."""
    return await _of_viewer(context, context.loaders(UserLoaders).playback_by_title, title_ids)


async def ratings_of(context: Context, title_ids: Sequence[str]) -> Each[float | None]:
    """Return the viewer's rating of each title, None when not rated and for anonymous."""
    found = await _of_viewer(context, context.loaders(UserLoaders).rating_by_title, title_ids)
    return each(found, lambda rating: None if rating is None else rating.value)


async def _of_viewer(
    context: Context, loader: DataLoader[ProfileTitle, ValueT], title_ids: Sequence[str]
) -> Each[ValueT | None]:
    """Return what a loader has of the active profile and each title; nothing is loaded for anonymous."""
    if context.viewer is None:
        return [None] * len(title_ids)
    profile_id = context.viewer.profile_id
    return await load_each(loader, [(profile_id, title_id) for title_id in title_ids])


async def allowed_for_viewer(context: Context, minimum_ages: Sequence[int | None]) -> Each[bool | None]:
    """Return for each title whether the active profile's age limit allows it, None for anonymous."""
    if context.viewer is None:
        return [None] * len(minimum_ages)
    profile = await context.loaders(UserLoaders).profile_by_id.load(context.viewer.profile_id)
    if profile is None:
        raise Unauthenticated("This profile does not exist any more; sign in again.")
    limit = profile.max_age
    return [is_allowed(minimum_age, limit) for minimum_age in minimum_ages]


async def count_attention(context: Context, title_id: str, weight: float) -> None:
    """Count attention towards trends, after the commit of what caused it: trouble is logged, the write stands."""
    try:
        region = await stated_region(context) or "*"
        await context.sources.catalog.add_attention(title_id, context.now().date(), region, weight)
    except DataSourceError as error:
        logger.warning("attention of title %s was not counted: %s", title_id, error)
