"""Tables of the availability subgraph: platforms, what they cost, and their offers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Index, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from datasources.models.columns import instant, reference, texts, uuid_key


class Platform(SQLModel, table=True):
    """A streaming service."""

    __tablename__ = "platforms"
    __table_args__ = (Index("platforms_slug_key", "slug", unique=True), Index("platforms_name_idx", "name", "id"))

    id: UUID = Field(sa_column=uuid_key())
    slug: str
    name: str
    homepage: str | None = None
    logo: str | None = None
    regions: list[str] = Field(sa_column=texts())
    offer_kinds: list[str] = Field(sa_column=texts())


class PlatformPrice(SQLModel, table=True):
    """The cheapest monthly subscription of a platform in a region."""

    __tablename__ = "platform_prices"

    platform_id: UUID = Field(sa_column=reference("platforms.id", primary_key=True))
    region: str = Field(primary_key=True)
    amount: Decimal = Field(sa_column=Column(Numeric(10, 2), nullable=False))
    currency: str


class Offer(SQLModel, table=True):
    """A way to watch a title: one platform, region, kind and quality."""

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint(
            "title_id",
            "platform_id",
            "region",
            "kind",
            "quality",
            name="offers_key",
            postgresql_nulls_not_distinct=True,
        ),
        Index("offers_platform_idx", "platform_id", "region", "title_id"),
        Index("offers_expiry_idx", "region", "expires_at"),
    )

    id: UUID = Field(sa_column=uuid_key())
    title_id: UUID = Field(sa_column=reference("titles.id"))
    platform_id: UUID = Field(sa_column=reference("platforms.id"))
    region: str
    kind: str
    price_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(10, 2)))
    price_currency: str | None = None
    quality: str | None = None
    audio: list[str] = Field(sa_column=texts())
    subtitles: list[str] = Field(sa_column=texts())
    web_url: str | None = None
    ios_url: str | None = None
    android_url: str | None = None
    tv_url: str | None = None
    available_from: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    last_verified_at: datetime = Field(sa_column=instant(default_now=True))
    source: str
