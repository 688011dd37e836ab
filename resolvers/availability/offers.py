"""Where titles can be watched: every question is about a level of titles or offers, and answered for each."""

from collections.abc import Sequence

from datasources.records.availability import OfferRecord
from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.availability.services import own_platforms, region_for
from resolvers.context import Context
from resolvers.domain import offers as rules
from resolvers.domain.offers import OfferKind
from resolvers.loading import Each, each, load_each


async def current_offers(context: Context, title_ids: Sequence[str], region: str | None) -> Each[list[OfferRecord]]:
    """Return the offers of each title that can be watched now in a region (the viewer's when None), in no order."""
    # Needed or not: the fields of a level then go on together, in one batch of each loader.
    await own_platforms(context)
    place = await region_for(context, region)
    return await offers_in(context, [(title_id, place) for title_id in title_ids])


async def offers_in(context: Context, places: Sequence[tuple[str, str]]) -> Each[list[OfferRecord]]:
    """Return the offers of each title that can be watched now in its region, in no order; takes (title id, region)."""
    found = await load_each(context.loaders(AvailabilityLoaders).offers_by_title, places)
    now = context.now()
    return each(found, lambda offers: [offer for offer in offers if rules.is_current(offer, now)])


async def list_offers(
    context: Context,
    title_ids: Sequence[str],
    region: str | None,
    kinds: Sequence[OfferKind] | None,
    *,
    only_mine: bool,
) -> Each[list[OfferRecord]]:
    """Return the current offers of each title, cheapest first.

    `only_mine` keeps what the viewer's platforms cover; raises Unauthenticated for anonymous.
    """
    if only_mine:
        context.require_viewer()
    current = await current_offers(context, title_ids, region)
    found = each(current, lambda offers: rules.cheapest_first(rules.of_kinds(offers, kinds)))
    if not only_mine:
        return found
    platforms = await own_platforms(context)
    return each(found, lambda offers: [offer for offer in offers if rules.is_mine(offer, platforms)])


async def choose_best_offers(
    context: Context, title_ids: Sequence[str], region: str | None
) -> Each[OfferRecord | None]:
    """Return the offer of each title to show first, None where there is none."""
    found = await current_offers(context, title_ids, region)
    platforms = await own_platforms(context)
    return each(found, lambda offers: rules.best_offer(offers, platforms))


async def list_leaving(
    context: Context, title_ids: Sequence[str], region: str | None, days: int | None
) -> Each[list[OfferRecord]]:
    """Return the offers of each title that end within `days`, soonest first; raise BadUserInput outside 1–30 days."""
    span = rules.leaving_within(days)
    found = await current_offers(context, title_ids, region)
    now = context.now()
    return each(found, lambda offers: rules.leaving_soon(offers, now, span))


async def list_regions(
    context: Context, title_ids: Sequence[str], kinds: Sequence[OfferKind] | None
) -> Each[list[str]]:
    """Return the regions where each title has a current offer (of these kinds), in alphabetical order."""
    found = await load_each(context.loaders(AvailabilityLoaders).regions_by_title, title_ids)
    return each(
        found, lambda pairs: list(dict.fromkeys(region for region, kind in pairs if kinds is None or kind in kinds))
    )


async def covers(context: Context, offers: Sequence[OfferRecord]) -> Each[bool | None]:
    """Return for each offer whether the viewer's platforms cover it; None for anonymous."""
    if context.viewer is None:
        return [None] * len(offers)
    platforms = await own_platforms(context)
    return [rules.is_mine(offer, platforms) for offer in offers]
