"""Loaders of availability: result by key, one statement a batch (per region for offers)."""

from collections import defaultdict

from strawberry.dataloader import DataLoader

from datasources.records.availability import OfferRecord, PlatformRecord, PriceRecord
from resolvers.context import Context
from resolvers.loading import load_each, load_grouped


class AvailabilityLoaders:
    """The loaders of availability for one request."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.sources.availability
        self.platform_by_id: DataLoader[str, PlatformRecord | None] = DataLoader(self._platform_by_id)
        self.platform_by_slug: DataLoader[str, PlatformRecord | None] = DataLoader(self._platform_by_slug)
        self.prices_by_platform: DataLoader[str, dict[str, PriceRecord]] = DataLoader(self._prices_by_platform)
        self.offers_by_title: DataLoader[tuple[str, str], list[OfferRecord]] = DataLoader(self._offers_by_title)
        self.regions_by_title: DataLoader[str, list[tuple[str, str]]] = DataLoader(self._regions_by_title)

    async def _platform_by_id(self, ids: list[str]) -> list[PlatformRecord | None]:
        found = {platform.id: platform for platform in await self._store.platforms_by_ids(ids)}
        return [found.get(id_) for id_ in ids]

    async def _platform_by_slug(self, slugs: list[str]) -> list[PlatformRecord | None]:
        found = {platform.slug: platform for platform in await self._store.platforms_by_slugs(slugs)}
        return [found.get(slug) for slug in slugs]

    async def _prices_by_platform(self, ids: list[str]) -> list[dict[str, PriceRecord]]:
        found: defaultdict[str, dict[str, PriceRecord]] = defaultdict(dict)
        for price in await self._store.prices_by_platforms(ids):
            found[price.platform_id][price.region] = price
        return [found[id_] for id_ in ids]

    async def _offers_by_title(self, keys: list[tuple[str, str]]) -> list[list[OfferRecord]]:
        """All kinds at once, so that every field of a title about a region shares one statement."""

        async def load(ids: list[str], region: str) -> dict[str, list[OfferRecord]]:
            found: defaultdict[str, list[OfferRecord]] = defaultdict(list)
            for offer in await self._store.offers_by_titles(ids, region, self._context.now()):
                found[offer.title_id].append(offer)
            return found

        titles: list[list[OfferRecord]] = await load_grouped(keys, load, list)
        # Nearly every question about offers goes on to their platforms: all of them at once, whoever asks first.
        await load_each(self.platform_by_id, {offer.platform_id for offers in titles for offer in offers})
        return titles

    async def _regions_by_title(self, ids: list[str]) -> list[list[tuple[str, str]]]:
        """(region, kind) of each title's current offers, by region."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for title_id, region, kind in await self._store.regions_by_titles(ids, self._context.now()):
            found[title_id].append((region, kind))
        return [found[id_] for id_ in ids]
