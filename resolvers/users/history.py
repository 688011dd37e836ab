"""What somebody watched and how they liked it."""

from datasources.records.users import RatingRecord, ViewRecord
from resolvers.context import Context
from resolvers.domain import ratings as rules
from resolvers.domain.errors import Unauthenticated
from resolvers.domain.pagination import Page, cut_page, list_key, page_size
from resolvers.users.loaders import UserLoaders
from resolvers.users.pages import recent_position
from resolvers.users.titles import INTEREST_WEIGHT, count_attention, require_title


async def list_views(context: Context, profile_id: str, first: int | None, after: str | None) -> Page[ViewRecord]:
    """Return a page of a profile's viewings, most recent first; raise BadUserInput."""
    size = page_size(first)
    key = list_key("history", profile_id)
    position = recent_position(key, after)
    store = context.sources.users
    return cut_page(
        key,
        await store.views(profile_id, size + 1, position),
        size,
        position,
        lambda view: (view.watched_at.isoformat(), view.id),
        lambda: store.count_views(profile_id),
    )


async def list_ratings(context: Context, profile_id: str, first: int | None, after: str | None) -> Page[RatingRecord]:
    """Return a page of a profile's ratings, most recent first; raise BadUserInput."""
    size = page_size(first)
    key = list_key("ratings", profile_id)
    position = recent_position(key, after)
    store = context.sources.users
    return cut_page(
        key,
        await store.ratings(profile_id, size + 1, position),
        size,
        position,
        lambda rating: (rating.rated_at.isoformat(), rating.title_id),
        lambda: store.count_ratings(profile_id),
    )


async def rate_title(context: Context, title_id: str, value: float | None) -> tuple[str, RatingRecord | None]:
    """Write the viewer's rating of a title, or take it back (None); return the title's id and the rating after it.

    Raises NotFound for an unknown title, BadUserInput for anything but 0.5–10 in half steps.
    """
    profile_id = context.require_viewer().profile_id
    wanted = None if value is None else rules.checked(value)
    title = await require_title(context, title_id)
    rating, is_new = None, False
    async with context.sources.users.writing() as writer:
        if not await writer.lock_profile(profile_id):
            raise Unauthenticated("This profile does not exist any more; sign in again.")
        if wanted is None:
            await writer.delete_rating(profile_id, title.id)
        else:
            rating = RatingRecord(title.id, wanted, context.now())
            is_new = await writer.put_rating(profile_id, title.id, rating.value, rating.rated_at)
    context.loaders(UserLoaders).forget_title(profile_id, title.id)
    if is_new:
        await count_attention(context, title.id, INTEREST_WEIGHT)
    return title.id, rating
