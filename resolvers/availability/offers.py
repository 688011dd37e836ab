"""Where a title can be watched."""

from collections.abc import Sequence

from datasources.records.availability import OfferRecord
from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.availability.services import own_platforms, region_for
from resolvers.context import Context
from resolvers.domain import offers as rules
from resolvers.domain.offers import OfferKind


async def current_offers(context: Context, title_id: str, region: str | None) -> list[OfferRecord]:
    """Return the offers of a title that can be watched now in a region (the viewer's when None), in no order."""
    # Needed or not: the fields of a level then go on together, in one batch of each loader.
    await own_platforms(context)
    place = await region_for(context, region)
    found = await context.loaders(AvailabilityLoaders).offers_by_title.load((title_id, place))
    now = context.now()
    return [offer for offer in found if rules.is_current(offer, now)]


async def list_offers(
    context: Context, title_id: str, region: str | None, kinds: Sequence[OfferKind] | None, *, only_mine: bool
) -> list[OfferRecord]:
    """Return the current offers of a title, cheapest first.

    `only_mine` keeps what the viewer's platforms cover; raises Unauthenticated for anonymous.
    """
    if only_mine:
        context.require_viewer()
    found = rules.cheapest_first(rules.of_kinds(await current_offers(context, title_id, region), kinds))
    if not only_mine:
        return found
    platforms = await own_platforms(context)
    return [offer for offer in found if rules.is_mine(offer, platforms)]


async def choose_best_offer(context: Context, title_id: str, region: str | None) -> OfferRecord | None:
    """Return the offer of a title to show first, None when there is none."""
    found = await current_offers(context, title_id, region)
    return rules.best_offer(found, await own_platforms(context))


async def list_leaving(context: Context, title_id: str, region: str | None, days: int | None) -> list[OfferRecord]:
    """Return the offers of a title that end within `days`, soonest first; raise BadUserInput outside 1–30 days."""
    span = rules.leaving_within(days)
    return rules.leaving_soon(await current_offers(context, title_id, region), context.now(), span)


async def list_regions(context: Context, title_id: str, kinds: Sequence[OfferKind] | None) -> list[str]:
    """Return the regions where a title has a current offer (of these kinds), in alphabetical order."""
    found = await context.loaders(AvailabilityLoaders).regions_by_title.load(title_id)
    return list(dict.fromkeys(region for region, kind in found if kinds is None or kind in kinds))


async def covers(context: Context, offer: OfferRecord) -> bool | None:
    """Return True when the viewer's platforms cover the offer; None for anonymous."""
    return None if context.viewer is None else rules.is_mine(offer, await own_platforms(context))
