"""Platforms: one, the list, what they cost, and what they offer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from datasources.records.availability import (
    CatalogQuery,
    CatalogTitleRecord,
    OfferRecord,
    PlatformRecord,
    PriceRecord,
)
from resolvers.availability.loaders import AvailabilityLoaders
from resolvers.availability.offers import offers_in
from resolvers.availability.services import region_for
from resolvers.context import Context
from resolvers.domain import offers as rules
from resolvers.domain.errors import BadUserInput, NotFound
from resolvers.domain.identifiers import parse_id
from resolvers.domain.offers import OfferKind
from resolvers.domain.pagination import Page, Position, cut_page, decode_cursor, list_key, page_size
from resolvers.loading import Each, alone, each, each_with, load_each

_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_BROKEN = "This cursor is broken; use endCursor of the page before as it is."


async def platforms_by_ids(context: Context, ids: Each[str]) -> Each[PlatformRecord | None]:
    """Return the platform of each id, None where unknown; BadUserInput in place of a malformed one."""
    keys = each(ids, lambda id_: parse_id(id_, what="platform id"))
    return await load_each(context.loaders(AvailabilityLoaders).platform_by_id, keys)


async def require_platforms(context: Context, ids: Sequence[str]) -> Each[PlatformRecord]:
    """Return the platform of each id as we keep it, NotFound in place of one that is not there."""
    found = await load_each(context.loaders(AvailabilityLoaders).platform_by_id, ids)
    return each_with(ids, found, _require)


def _require(id_: str, platform: PlatformRecord | None) -> PlatformRecord:
    if platform is None:
        raise NotFound(f"There is no platform {id_}.")
    return platform


async def get_platform(context: Context, id_: str) -> PlatformRecord:
    """Return the platform; raise NotFound for an unknown id, BadUserInput for a malformed one."""
    return _require(id_, await alone(platforms_by_ids(context, [id_])))


async def find_platform(context: Context, id_: str | None, slug: str | None) -> PlatformRecord:
    """Return the platform with an id or a slug; raise NotFound when there is none.

    Raises BadUserInput for both, for neither and for a malformed one.
    """
    if slug is not None and id_ is None:
        if _SLUG.fullmatch(slug) is None:
            raise BadUserInput("A slug has 1–100 small letters, digits and hyphens, e.g. netflix.")
        platform = await context.loaders(AvailabilityLoaders).platform_by_slug.load(slug)
        if platform is None:
            raise NotFound(f"There is no platform {slug}.")
        return platform
    if id_ is None or slug is not None:
        raise BadUserInput("Pass either id or slug, exactly one of them.")
    return await get_platform(context, id_)


async def list_platforms(
    context: Context, region: str | None, first: int | None, after: str | None
) -> Page[PlatformRecord]:
    """Return a page of platforms by name: those operating in a region, all when it is None."""
    size = page_size(first, default=50)
    key = list_key("platforms", region)
    position = decode_cursor(key, after)
    store = context.sources.availability
    found = await store.platforms(region, size + 1, _name_position(position))
    loader = context.loaders(AvailabilityLoaders).platform_by_id
    loader.prime_many({platform.id: platform for platform in found})
    return cut_page(
        key,
        found,
        size,
        position,
        lambda platform: (platform.name, platform.id),
        lambda: store.count_platforms(region),
    )


def _name_position(position: Position | None) -> tuple[str, str] | None:
    match position:
        case None:
            return None
        case [str(name), str(id_)] if "\x00" not in name:
            return name, parse_id(id_, what="platform id")
        case _:
            raise BadUserInput(_BROKEN)


async def monthly_prices(context: Context, platform_ids: Sequence[str], region: str | None) -> Each[PriceRecord | None]:
    """Return each platform's cheapest subscription in a region (the viewer's when None).

    None where there is none or it is unknown.
    """
    place = await region_for(context, region)
    found = await load_each(context.loaders(AvailabilityLoaders).prices_by_platform, platform_ids)
    return each(found, lambda prices: prices.get(place))


async def list_catalog(
    context: Context,
    platform_id: str,
    region: str,
    kinds: Sequence[OfferKind] | None,
    *,
    first: int | None,
    after: str | None,
) -> Page[CatalogTitleRecord]:
    """Return a page of the titles a platform offers in a region, newest offer first.

    Raises NotFound for an unknown platform, BadUserInput for bad input.
    """
    size = page_size(first)
    platform = await get_platform(context, platform_id)
    wanted = None if kinds is None else sorted(set(kinds))
    key = list_key("platform-catalog", platform.id, region, wanted)
    position = decode_cursor(key, after)
    store = context.sources.availability
    query = CatalogQuery(platform.id, region, wanted, context.now())
    found = await store.catalog(query, size + 1, _newest_position(position))
    return cut_page(
        key,
        found,
        size,
        position,
        lambda title: (None if title.newest is None else title.newest.isoformat(), title.title_id),
        lambda: store.count_catalog(query),
    )


def _newest_position(position: Position | None) -> tuple[datetime | None, str] | None:
    match position:
        case None:
            return None
        case [None, str(id_)]:
            return None, parse_id(id_, what="title id")
        case [str(newest), str(id_)]:
            try:
                return datetime.fromisoformat(newest).astimezone(UTC), parse_id(id_, what="title id")
            except (ValueError, OverflowError):
                raise BadUserInput(_BROKEN) from None
        case _:
            raise BadUserInput(_BROKEN)


@dataclass(frozen=True, slots=True)
class Listed:
    """A title on the list of what a platform offers in a region, of these kinds (None = all)."""

    title_id: str
    platform_id: str
    region: str
    kinds: Sequence[OfferKind] | None


async def offers_of_platform(context: Context, listed: Sequence[Listed]) -> Each[list[OfferRecord]]:
    """Return the current offers of each listed title that its list is made of, cheapest first."""

    def of_platform(title: Listed, offers: list[OfferRecord]) -> list[OfferRecord]:
        found = rules.of_kinds(offers, title.kinds)
        return rules.cheapest_first(offer for offer in found if offer.platform_id == title.platform_id)

    offers = await offers_in(context, [(title.title_id, title.region) for title in listed])
    return each_with(listed, offers, of_platform)
