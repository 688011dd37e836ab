"""What a client may ask about availability."""

import strawberry

from resolvers.availability import platforms
from resolvers.domain.offers import OfferKind
from subgraphs.availability.types import Platform, PlatformCatalogConnection, PlatformConnection
from subgraphs.permissions import Info
from subgraphs.scalars import Region


@strawberry.type(description="Reads.")
class Query:
    """Reads."""

    @strawberry.field(description="Those operating in the region; all when omitted.")
    async def platforms(
        self, info: Info, region: Region | None = None, first: int | None = 50, after: str | None = None
    ) -> PlatformConnection:
        """Return platforms by name."""
        return PlatformConnection.of(await platforms.list_platforms(info.context, region, first, after))

    @strawberry.field(description="Null with NOT_FOUND when unknown; by id or by slug, exactly one.")
    async def platform(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 – the contract's argument
        slug: str | None = None,
    ) -> Platform | None:
        """Return one platform."""
        return Platform.of(await platforms.find_platform(info.context, id, slug))

    @strawberry.field
    async def platform_catalog(
        self,
        info: Info,
        platform_id: strawberry.ID,
        region: Region,
        kinds: list[OfferKind] | None = None,
        *,
        first: int | None = 20,
        after: str | None = None,
    ) -> PlatformCatalogConnection:
        """Return the titles a platform offers in a region."""
        page = await platforms.list_catalog(info.context, platform_id, region, kinds, first=first, after=after)
        return PlatformCatalogConnection.of(page, platform_id.lower(), region, kinds)
