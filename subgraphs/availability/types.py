"""Platforms, offers, and what they add to a title."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter

import strawberry

from datasources.records.availability import CatalogTitleRecord, OfferRecord, PlatformRecord
from resolvers.availability import offers, platforms
from resolvers.availability.platforms import Listed
from resolvers.domain import offers as rules
from resolvers.domain.identifiers import parse_id
from resolvers.domain.offers import OfferKind
from resolvers.domain.pagination import Page
from subgraphs.batch import Each, Reference, alone, batched, each, each_once
from subgraphs.enums import VideoQuality
from subgraphs.interfaces import Node
from subgraphs.pagination import Connection, Counted, PageInfo, edges_of
from subgraphs.permissions import Info
from subgraphs.scalars import URL, Language, Region

strawberry.enum(OfferKind, description="How an offer is paid for.")


@strawberry.federation.type(shareable=True, description="An amount of money.")
class Money:
    """An amount of money."""

    amount: str = strawberry.field(description="Decimal in text, e.g. `3.99`.")
    currency: str = strawberry.field(description="ISO 4217, e.g. `EUR`.")

    @classmethod
    def of(cls, amount: Decimal | None, currency: str | None) -> "Money | None":
        """Return an amount as the graph shows it, None when part of it is unknown."""
        if amount is None or currency is None:
            return None
        return cls(amount=rules.format_amount(amount, currency), currency=currency)


async def _monthly_prices(of: Sequence["Platform"], info: Info, region: Region | None = None) -> Each[Money | None]:
    found = await platforms.monthly_prices(info.context, [platform.id for platform in of], region)
    return each(found, lambda price: None if price is None else Money.of(price.amount, price.currency))


async def _platforms_referred_to(references: Sequence[Reference], info: Info) -> "Each[Platform | None]":
    found = await platforms.platforms_by_ids(info.context, each(references, itemgetter("id")))
    return each_once(found, lambda platform: None if platform is None else Platform.of(platform))


@strawberry.federation.type(keys=["id"], description="A streaming service (owned by availability).")
class Platform(Node):
    """A streaming service."""

    id: strawberry.ID
    name: str
    slug: str = strawberry.field(description="Short stable name, e.g. `netflix`.")
    homepage: URL | None
    logo: URL | None
    regions: list[Region] = strawberry.field(description="Where it operates.")
    offer_kinds: list[OfferKind] = strawberry.field(description="Kinds of offers it makes.")

    @strawberry.field(description="Cheapest monthly subscription; null when it has none or it is unknown.")
    @batched(_monthly_prices)
    async def monthly_price(self, info: Info, region: Region | None = None) -> Money | None:
        """Return what it costs a month."""
        return await alone(_monthly_prices([self], info, region))

    @classmethod
    def of(cls, platform: PlatformRecord) -> "Platform":
        """Return the platform as the graph shows it."""
        return cls(
            id=strawberry.ID(platform.id),
            name=platform.name,
            slug=platform.slug,
            homepage=None if platform.homepage is None else URL(platform.homepage),
            logo=None if platform.logo is None else URL(platform.logo),
            regions=[Region(region) for region in platform.regions],
            offer_kinds=[OfferKind(kind) for kind in platform.offer_kinds],
        )

    @classmethod
    @batched(_platforms_referred_to)
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Platform | None":  # noqa: A002 – the key's name
        """Return the platform another subgraph refers to, None when unknown."""
        return await alone(_platforms_referred_to([{"id": id}], info))


@strawberry.type(description="Platforms by name.")
class PlatformConnection(Connection[Platform]):
    """A page of platforms."""

    @classmethod
    def of(cls, page: Page[PlatformRecord]) -> "PlatformConnection":
        """Return a page of platforms."""
        return cls(edges=edges_of(page, Platform.of), page_info=PageInfo.of(page), page=page)


@strawberry.type(description="Ways into the platform's own player; each null when unknown.")
class OfferLinks:
    """Ways into the platform's own player."""

    web: URL | None = strawberry.field(description="Web page; the fallback everywhere.")
    ios: URL | None = strawberry.field(description="Universal link or custom scheme.")
    android: URL | None = strawberry.field(description="App link or intent.")
    tv: URL | None = strawberry.field(description="Deep link for TV launchers.")

    @classmethod
    def of(cls, offer: OfferRecord) -> "OfferLinks":
        """Return an offer's links as the graph shows them."""
        web, ios, android, tv = (
            None if link is None else URL(link)
            for link in (offer.web_url, offer.ios_url, offer.android_url, offer.tv_url)
        )
        return cls(web=web, ios=ios, android=android, tv=tv)


async def _platforms(of: Sequence["Offer"], info: Info) -> Each[Platform]:
    found = await platforms.require_platforms(info.context, [offer.record.platform_id for offer in of])
    return each_once(found, Platform.of)


async def _mine(of: Sequence["Offer"], info: Info) -> Each[bool | None]:
    return await offers.covers(info.context, [offer.record for offer in of])


@strawberry.type(description="A way to watch a title: one platform, region, kind and quality.")
class Offer(Node):
    """A way to watch a title."""

    record: strawberry.Private[OfferRecord]
    id: strawberry.ID
    region: Region
    kind: OfferKind
    price: Money | None = strawberry.field(description="Price for RENT and BUY; null for the others and when unknown.")
    quality: VideoQuality | None = strawberry.field(description="Best quality; null when unknown.")
    audio: list[Language] = strawberry.field(description="Audio languages; empty when unknown.")
    subtitles: list[Language] = strawberry.field(description="Subtitle languages; empty when unknown.")
    links: OfferLinks
    available_from: datetime | None = strawberry.field(
        description="Null when it has been there since before we looked."
    )
    expires_at: datetime | None = strawberry.field(description="Null when no end is announced.")
    last_verified_at: datetime = strawberry.field(description="When a source last confirmed it.")
    source: str = strawberry.field(description="Data source, e.g. `streaming-availability`.")

    @strawberry.field(description="The title offered: a movie, series, season or episode.")
    def title(self) -> "Title":
        """Return the title offered."""
        return Title(id=strawberry.ID(self.record.title_id))

    @strawberry.field
    @batched(_platforms)
    async def platform(self, info: Info) -> Platform:
        """Return who makes the offer."""
        return await alone(_platforms([self], info))

    @strawberry.field(description="True when lastVerifiedAt is older than the kind's freshness limit.")
    def stale(self, info: Info) -> bool:
        """Return whether it wants checking."""
        return rules.is_stale(self.record.kind, self.record.last_verified_at, info.context.now())

    @strawberry.field(description="Covered by the viewer's platforms; null for anonymous.")
    @batched(_mine)
    async def mine(self, info: Info) -> bool | None:
        """Return whether the viewer may watch it without paying more."""
        return await alone(_mine([self], info))

    @classmethod
    def all_of(cls, found: Sequence[OfferRecord]) -> "list[Offer]":
        """Return the offers as the graph shows them."""
        return [cls.of(offer) for offer in found]

    @classmethod
    def of(cls, offer: OfferRecord) -> "Offer":
        """Return the offer as the graph shows it."""
        return cls(
            record=offer,
            id=strawberry.ID(offer.id),
            region=Region(offer.region),
            kind=OfferKind(offer.kind),
            price=Money.of(offer.price_amount, offer.price_currency),
            quality=None if offer.quality is None else VideoQuality(offer.quality),
            audio=[Language(language) for language in offer.audio],
            subtitles=[Language(language) for language in offer.subtitles],
            links=OfferLinks.of(offer),
            available_from=offer.available_from,
            expires_at=offer.expires_at,
            last_verified_at=offer.last_verified_at,
            source=offer.source,
        )


async def _offers(
    titles: Sequence["Title"],
    info: Info,
    region: Region | None = None,
    kinds: list[OfferKind] | None = None,
    only_mine: bool | None = False,
) -> Each[list[Offer]]:
    found = await offers.list_offers(info.context, _ids(titles), region, kinds, only_mine=bool(only_mine))
    return each(found, Offer.all_of)


async def _best_offers(titles: Sequence["Title"], info: Info, region: Region | None = None) -> Each[Offer | None]:
    found = await offers.choose_best_offers(info.context, _ids(titles), region)
    return each(found, lambda offer: None if offer is None else Offer.of(offer))


async def _leaving_soon(
    titles: Sequence["Title"], info: Info, region: Region | None = None, days: int | None = 7
) -> Each[list[Offer]]:
    return each(await offers.list_leaving(info.context, _ids(titles), region, days), Offer.all_of)


async def _available_regions(
    titles: Sequence["Title"], info: Info, kinds: list[OfferKind] | None = None
) -> Each[list[Region]]:
    found = await offers.list_regions(info.context, _ids(titles), kinds)
    return each(found, lambda regions: [Region(region) for region in regions])


def _ids(titles: Sequence["Title"]) -> list[str]:
    return [title.id for title in titles]


def _titles_referred_to(references: Sequence[Reference], info: Info) -> "Each[Title]":  # noqa: ARG001 – always passed
    return each(references, lambda reference: Title.resolve_reference(**reference))


@strawberry.federation.type(
    keys=["id"],
    description=(
        "Anything watchable (owned by catalog); series contain seasons, seasons contain episodes, through parent and "
        "children."
    ),
)
class Title:
    """Anything watchable: where."""

    id: strawberry.ID

    @strawberry.field(
        description=(
            "Current offers, cheapest first; region defaults to the viewer's preference, then the server's setting "
            "(so everywhere below); onlyMine needs a viewer (UNAUTHENTICATED)."
        )
    )
    @batched(_offers)
    async def offers(
        self,
        info: Info,
        region: Region | None = None,
        kinds: list[OfferKind] | None = None,
        only_mine: bool | None = False,
    ) -> list[Offer]:
        """Return the current offers."""
        return await alone(_offers([self], info, region, kinds, only_mine))

    @strawberry.field(
        description=(
            "The viewer's subscriptions first, then free, ads, rent, buy, then price; null when there is no offer."
        )
    )
    @batched(_best_offers)
    async def best_offer(self, info: Info, region: Region | None = None) -> Offer | None:
        """Return the offer to show first."""
        return await alone(_best_offers([self], info, region))

    @strawberry.field(description="Offers that end within this many days (1–30), soonest first.")
    @batched(_leaving_soon)
    async def leaving_soon(self, info: Info, region: Region | None = None, days: int | None = 7) -> list[Offer]:
        """Return the offers that end soon."""
        return await alone(_leaving_soon([self], info, region, days))

    @strawberry.field(description="Regions with any offer.")
    @batched(_available_regions)
    async def available_regions(self, info: Info, kinds: list[OfferKind] | None = None) -> list[Region]:
        """Return the regions with an offer."""
        return await alone(_available_regions([self], info, kinds))

    @classmethod
    @batched(_titles_referred_to)
    def resolve_reference(cls, id: strawberry.ID) -> "Title":  # noqa: A002 – the key's name
        """Return a title to answer for; whether it exists is for the catalog to say."""
        return cls(id=strawberry.ID(parse_id(id, what="title id")))


async def _offers_of_platform(edges: Sequence["PlatformCatalogEdge"], info: Info) -> Each[list[Offer]]:
    return each(await platforms.offers_of_platform(info.context, [edge.listed for edge in edges]), Offer.all_of)


@strawberry.type(description="A title with this platform's offers of it.")
class PlatformCatalogEdge:
    """A title with a platform's offers of it."""

    listed: strawberry.Private[Listed]
    cursor: str
    node: Title

    @strawberry.field
    @batched(_offers_of_platform)
    async def offers(self, info: Info) -> list[Offer]:
        """Return the platform's offers of the title."""
        return await alone(_offers_of_platform([self], info))


@strawberry.type(description="Titles a platform offers, newest offer first.")
class PlatformCatalogConnection(Counted):
    """A page of the titles a platform offers."""

    edges: list[PlatformCatalogEdge]

    @classmethod
    def of(
        cls, page: Page[CatalogTitleRecord], platform_id: str, region: str, kinds: list[OfferKind] | None
    ) -> "PlatformCatalogConnection":
        """Return a page of a platform's titles."""
        edges = [
            PlatformCatalogEdge(
                listed=Listed(title.title_id, platform_id, region, kinds),
                cursor=cursor,
                node=Title(id=strawberry.ID(title.title_id)),
            )
            for cursor, title in page.items
        ]
        return cls(edges=edges, page_info=PageInfo.of(page), page=page)
