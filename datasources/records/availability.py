"""Rows of the availability subgraph."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """A streaming service."""

    id: str
    slug: str
    name: str
    homepage: str | None
    logo: str | None
    regions: list[str]
    offer_kinds: list[str]


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """The cheapest monthly subscription of a platform in a region."""

    platform_id: str
    region: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """A way to watch a title: one platform, region, kind and quality."""

    id: str
    title_id: str
    platform_id: str
    region: str
    kind: str
    price_amount: Decimal | None
    price_currency: str | None
    quality: str | None
    audio: list[str]
    subtitles: list[str]
    web_url: str | None
    ios_url: str | None
    android_url: str | None
    tv_url: str | None
    available_from: datetime | None
    expires_at: datetime | None
    last_verified_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class CatalogQuery:
    """Which offers of a platform: in a region, of these kinds (None = all), that can be watched at `now`."""

    platform_id: str
    region: str
    kinds: Sequence[str] | None
    now: datetime


@dataclass(frozen=True, slots=True)
class CatalogTitleRecord:
    """A title on a platform; `newest` is the latest start of its offers there, None when none of them has one."""

    title_id: str
    newest: datetime | None
