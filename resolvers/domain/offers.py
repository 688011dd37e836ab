"""Offers: which hold, whose they are, which comes first, and what they cost in words."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from resolvers.domain.errors import BadUserInput
from resolvers.domain.titles import VideoQuality


class OfferKind(StrEnum):
    """How an offer is paid for."""

    SUBSCRIPTION = "SUBSCRIPTION"
    FREE = "FREE"
    ADS = "ADS"
    RENT = "RENT"
    BUY = "BUY"


class AnyOffer(Protocol):
    """What the rules need to know of an offer; instants have a time zone."""

    @property
    def id(self) -> str:
        """UUID text."""
        ...

    @property
    def platform_id(self) -> str:
        """UUID text."""
        ...

    @property
    def kind(self) -> str:
        """A value of OfferKind."""
        ...

    @property
    def price_amount(self) -> Decimal | None:
        """In units of the currency; None when there is none or it is unknown."""
        ...

    @property
    def price_currency(self) -> str | None:
        """ISO 4217."""
        ...

    @property
    def quality(self) -> str | None:
        """A value of VideoQuality, None when unknown."""
        ...

    @property
    def available_from(self) -> datetime | None:
        """None when it has been there since before anybody looked."""
        ...

    @property
    def expires_at(self) -> datetime | None:
        """None when no end is announced."""
        ...


OfferT = TypeVar("OfferT", bound=AnyOffer)

LONGEST_LEAVING = 30
"""Days ahead that a client may ask for offers that end."""

FRESHNESS: dict[OfferKind, timedelta] = {
    OfferKind.RENT: timedelta(days=2),
    OfferKind.BUY: timedelta(days=2),
    OfferKind.SUBSCRIPTION: timedelta(days=7),
    OfferKind.FREE: timedelta(days=7),
    OfferKind.ADS: timedelta(days=7),
}
"""How long a confirmation counts. Prices change by the day; what a flat rate holds changes by the week."""

_COVERED = frozenset({OfferKind.SUBSCRIPTION, OfferKind.FREE, OfferKind.ADS})
_FLAT = (OfferKind.FREE, OfferKind.ADS, OfferKind.SUBSCRIPTION)
_BEST = (OfferKind.FREE, OfferKind.ADS, OfferKind.RENT, OfferKind.BUY, OfferKind.SUBSCRIPTION)
_QUALITIES = tuple(VideoQuality)


def is_current(offer: AnyOffer, now: datetime) -> bool:
    """Return True when the offer can be watched: from availableFrom on, until just before expiresAt."""
    started = offer.available_from is None or offer.available_from <= now
    return started and (offer.expires_at is None or now < offer.expires_at)


def is_mine(offer: AnyOffer, platforms: Collection[str]) -> bool:
    """Return True when the viewer's platforms cover the offer: one of them makes it, and nothing more is to be paid.

    So neither a rental on a platform of the viewer's is covered, nor a free offer on a platform that is not theirs.
    """
    return offer.platform_id in platforms and offer.kind in _COVERED


def is_stale(kind: str, last_verified_at: datetime, now: datetime) -> bool:
    """Return True when the last confirmation is longer ago than the kind's freshness limit."""
    return now - last_verified_at > FRESHNESS[OfferKind(kind)]


PriceKey = tuple[bool, str, Decimal]


def _price_key(offer: AnyOffer) -> PriceKey:
    """Order by price within a currency, currencies by their code (never as numbers), unknown prices last."""
    if offer.price_amount is None or offer.price_currency is None:
        return (True, "", Decimal(0))
    return (False, offer.price_currency, offer.price_amount)


TieKey = tuple[int, str, str]


def _tie_key(offer: AnyOffer) -> TieKey:
    """Order what costs the same: best quality first (unknown last), then platform, then id."""
    best = -1 if offer.quality is None else _QUALITIES.index(VideoQuality(offer.quality))
    return (-best, offer.platform_id, offer.id)


def cheapest_first(offers: Iterable[OfferT]) -> list[OfferT]:
    """Return offers by what the title costs, the same for every viewer.

    First those without a price of their own (free, with ads, in a subscription: it costs the same with or without this
    title), then rentals and purchases by price, a rental before a purchase at the same price. Prices are compared
    within one currency only: currencies follow each other by their ISO 4217 code, unknown prices come last.
    """

    def key(offer: AnyOffer) -> tuple[int, PriceKey, int, TieKey]:
        kind = OfferKind(offer.kind)
        if kind in _FLAT:
            return (_FLAT.index(kind), (False, "", Decimal(0)), 0, _tie_key(offer))
        return (len(_FLAT), _price_key(offer), int(kind is OfferKind.BUY), _tie_key(offer))

    return sorted(offers, key=key)


def best_offer(offers: Iterable[OfferT], platforms: Collection[str]) -> OfferT | None:
    """Return the offer to show first, None when there is none.

    The viewer's subscriptions, then free, ads, rent, buy; then price, as in `cheapest_first`. A subscription the viewer
    does not have (or, anonymous, is not known to have) comes last: it binds for a month, the others just for the title.
    """

    def key(offer: AnyOffer) -> tuple[int, PriceKey, bool, TieKey]:
        kind, mine = OfferKind(offer.kind), is_mine(offer, platforms)
        rank = -1 if mine and kind is OfferKind.SUBSCRIPTION else _BEST.index(kind)
        return (rank, _price_key(offer), not mine, _tie_key(offer))

    return min(offers, key=key, default=None)


def leaving_within(days: int | None) -> timedelta:
    """Return how far ahead to look, 7 days when None; raise BadUserInput outside 1–30."""
    if days is None:
        return timedelta(days=7)
    if not 1 <= days <= LONGEST_LEAVING:
        raise BadUserInput(f"days is {days}, but must be between 1 and {LONGEST_LEAVING}.")
    return timedelta(days=days)


def leaving_soon(offers: Iterable[OfferT], now: datetime, span: timedelta) -> list[OfferT]:
    """Return the current offers that end within `span` (inclusive), soonest first, ties by id."""
    ending = [
        (offer.expires_at, offer.id, offer)
        for offer in offers
        if offer.expires_at is not None and is_current(offer, now) and offer.expires_at - now <= span
    ]
    return [offer for _, _, offer in sorted(ending, key=lambda entry: entry[:2])]


def of_kinds(offers: Iterable[OfferT], kinds: Sequence[str] | None) -> list[OfferT]:
    """Return the offers of these kinds, all when None."""
    return [offer for offer in offers if kinds is None or offer.kind in kinds]


_WITHOUT_MINOR = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def minor_digits(currency: str) -> int:
    """Return how many digits the minor unit of a currency has: 2 for most, by ISO 4217."""
    return 0 if currency in _WITHOUT_MINOR else 3 if currency in _THOUSANDTHS else 2


def format_amount(amount: Decimal, currency: str) -> str:
    """Return an amount with exactly the currency's minor digits: `3.99` for EUR, `500` for JPY; halves round up."""
    step = Decimal(1).scaleb(-minor_digits(currency))
    return format(amount.quantize(step, rounding=ROUND_HALF_UP), "f")
