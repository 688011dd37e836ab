"""Titles as the users subgraph needs them: that they exist, and what a profile has to do with them."""

import logging

from datasources.errors import DataSourceError
from datasources.records.catalog import TitleRecord
from datasources.records.users import PlaybackRecord
from resolvers.context import Context
from resolvers.domain.age_limits import is_allowed
from resolvers.domain.errors import NotFound, Unauthenticated
from resolvers.domain.identifiers import parse_id
from resolvers.users.loaders import UserLoaders
from resolvers.users.preferences import stated_region

logger = logging.getLogger(__name__)

VIEW_WEIGHT = 1.0
INTEREST_WEIGHT = 0.5
"""Attention of a viewing, and of an add to a watchlist or a rating; summed up by trends."""


async def require_title(context: Context, id_: str) -> TitleRecord:
    """Return the title; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    title = await context.loaders(UserLoaders).title_by_id.load(parse_id(id_, what="title id"))
    if title is None:
        raise NotFound(f"There is no title {id_}.")
    return title


async def is_listed(context: Context, title_id: str) -> bool | None:
    """Return whether a title is on the viewer's watchlist, None for anonymous."""
    if context.viewer is None:
        return None
    return await context.loaders(UserLoaders).listed_by_title.load((context.viewer.profile_id, title_id))


async def playback_of(context: Context, title_id: str) -> PlaybackRecord | None:
    """Return where the viewer left off in a title, None when never started and for anonymous."""
    if context.viewer is None:
        return None
    return await context.loaders(UserLoaders).playback_by_title.load((context.viewer.profile_id, title_id))


async def rating_of(context: Context, title_id: str) -> float | None:
    """Return the viewer's rating of a title, None when not rated and for anonymous."""
    if context.viewer is None:
        return None
    rating = await context.loaders(UserLoaders).rating_by_title.load((context.viewer.profile_id, title_id))
    return None if rating is None else rating.value


async def allowed_for_viewer(context: Context, minimum_age: int | None) -> bool | None:
    """Return whether the active profile's age limit allows a title, None for anonymous."""
    if context.viewer is None:
        return None
    profile = await context.loaders(UserLoaders).profile_by_id.load(context.viewer.profile_id)
    if profile is None:
        raise Unauthenticated("This profile does not exist any more; sign in again.")
    return is_allowed(minimum_age, profile.max_age)


async def count_attention(context: Context, title_id: str, weight: float) -> None:
    """Count attention towards trends, after the commit of what caused it: trouble is logged, the write stands."""
    try:
        region = await stated_region(context) or "*"
        await context.sources.catalog.add_attention(title_id, context.now().date(), region, weight)
    except DataSourceError as error:
        logger.warning("attention of title %s was not counted: %s", title_id, error)
