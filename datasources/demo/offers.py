"""Offers for the demo: made up, plausible, and the same every time.

Which service really shows a title changes by the day and belongs to others; these offers are examples that say so
(`source` is `demo`), in the shape of the real ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from datasources.demo.ids import demo_id
from datasources.demo.platforms import DemoPlatform
from datasources.records.availability import OfferRecord

SOURCE = "DEMO"
"""Says to every client that the offer is invented."""


@dataclass(frozen=True, slots=True)
class DemoTitle:
    """What the generator needs to know of a title: `key` is its name in the files, `popularity` is 0–100."""

    id: str
    key: str
    kind: str
    name: str
    year: int
    countries: Sequence[str]
    language: str | None
    popularity: float


@dataclass(frozen=True, slots=True)
class _Market:
    """Languages of a region, and what a rental (back catalogue, recent) and a purchase (old, usual, recent) cost."""

    languages: tuple[str, ...]
    currency: str
    rent: tuple[str, str]
    buy: tuple[str, str, str]


_EURO = ("EUR", ("3.99", "4.99"), ("9.99", "11.99", "16.99"))
_MARKETS = {
    "US": _Market(("en", "es"), "USD", ("3.99", "5.99"), ("9.99", "14.99", "19.99")),
    "GB": _Market(("en",), "GBP", ("3.49", "4.49"), ("7.99", "9.99", "13.99")),
    "DE": _Market(("de",), *_EURO),
    "FR": _Market(("fr",), *_EURO),
    "JP": _Market(("ja",), "JPY", ("400", "500"), ("1500", "2000", "2500")),
    "BR": _Market(("pt-BR",), "BRL", ("11.90", "14.90"), ("29.90", "39.90", "49.90")),
    "IN": _Market(("hi", "en"), "INR", ("120.00", "150.00"), ("490.00", "590.00", "790.00")),
    "ES": _Market(("es",), *_EURO),
    "IT": _Market(("it",), *_EURO),
    "CA": _Market(("en", "fr"), "CAD", ("4.99", "6.99"), ("12.99", "14.99", "24.99")),
    "AU": _Market(("en",), "AUD", ("4.99", "6.99"), ("14.99", "19.99", "24.99")),
    "KR": _Market(("ko",), "KRW", ("2500", "5500"), ("8000", "11000", "15000")),
    "MX": _Market(("es",), "MXN", ("55.00", "75.00"), ("149.00", "199.00", "299.00")),
    "SE": _Market(("sv",), "SEK", ("39.00", "49.00"), ("99.00", "129.00", "179.00")),
}

_FEWEST_REGIONS = 6
_SERIAL = frozenset({"SERIES", "SEASON", "EPISODE"})
_ART_HOUSE = frozenset({"mubi", "arte"})


def demo_offers(
    titles: Sequence[DemoTitle], platforms: Sequence[DemoPlatform], seed: int, today: date
) -> Iterator[OfferRecord]:
    """Yield offers of each title: at least two in the US, some in at least six regions, at most one per kind, platform
    and region.

    Each title has its own source of chance, so adding a title changes no offer of another. Instants are relative to
    `today`, 00:00 UTC: all offers have begun and are confirmed then, and some end 3–40 days later.
    """
    for title in titles:
        yield from _Draw(title, platforms, seed, today).offers()


class _Draw:
    """The drawing of one title's offers."""

    def __init__(self, title: DemoTitle, platforms: Sequence[DemoPlatform], seed: int, today: date) -> None:
        self._title = title
        self._now = datetime.combine(today, time(), UTC)
        self._age = today.year - title.year
        self._random = Random(f"{seed}:{title.key}")  # noqa: S311 – it has to be foreseeable
        # A title is at the same services in most regions: one ranking, drawn once.
        self._ranked = sorted(platforms, key=self._draw_rank)

    def offers(self) -> Iterator[OfferRecord]:
        """Yield the offers, region by region."""
        for region in self._regions():
            here = [platform for platform in self._ranked if region in platform.record.regions]
            for platform, kind in self._choices(here):
                yield self._offer(platform, region, kind)

    def _draw_rank(self, platform: DemoPlatform) -> float:
        """Draw a rank, smaller is earlier: by weight, and by how well the title fits the service."""
        slug, weight = platform.record.slug, float(platform.weight)
        if slug == "crunchyroll":
            weight *= 2.0 if "JP" in self._title.countries else 0.01
        elif slug in _ART_HOUSE:
            weight *= 2.0 if self._age > 40 or "US" not in self._title.countries else 0.3
        elif slug == "tubi":
            weight *= 2.0 if self._age > 25 else 0.3
        return self._random.expovariate(weight)  # Efraimidis and Spirakis 2006: sampling by weight

    def _regions(self) -> list[str]:
        home = [region for region in _MARKETS if region == "US" or region in self._title.countries]
        others = [region for region in _MARKETS if region not in home]
        wanted = _FEWEST_REGIONS + round(self._title.popularity / 100 * (len(_MARKETS) - _FEWEST_REGIONS))
        chosen = {*home, *self._random.sample(others, min(len(others), max(0, wanted - len(home))))}
        return [region for region in _MARKETS if region in chosen]

    def _choices(self, here: list[DemoPlatform]) -> list[tuple[DemoPlatform, str]]:
        """Choose platforms and kinds for a region, out of those that operate there, best fitting first."""

        def first(kind: str, most: int) -> list[tuple[DemoPlatform, str]]:
            return [(platform, kind) for platform in here if kind in platform.record.offer_kinds][:most]

        chance = self._random.random
        chosen = first("SUBSCRIPTION", 1 + (chance() < 0.35) + (chance() < 0.15))
        if chance() < (0.35 if self._age > 25 else 0.12):
            chosen += first("ADS", 1)
        if chance() < (0.5 if self._age > 40 else 0.15):
            chosen += first("FREE", 1)
        stores = 1 + (chance() < 0.5) + (chance() < 0.2)
        if self._title.kind not in _SERIAL:
            chosen += first("RENT", stores)
        return chosen + first("BUY", stores)

    def _offer(self, platform: DemoPlatform, region: str, kind: str) -> OfferRecord:
        market, slug = _MARKETS[region], platform.record.slug
        price = self._price(market, kind)
        return OfferRecord(
            id=demo_id("offer", f"{self._title.key}:{slug}:{region}:{kind}"),
            title_id=self._title.id,
            platform_id=platform.record.id,
            region=region,
            kind=kind,
            price_amount=price,
            price_currency=None if price is None else market.currency,
            quality=self._quality(kind),
            audio=self._audio(market),
            subtitles=list(dict.fromkeys([*market.languages, "en"])),
            web_url=platform.search_link(self._title.name),
            ios_url=None,
            android_url=None,
            tv_url=None,
            available_from=self._start(),
            expires_at=self._end(kind),
            last_verified_at=self._now,
            source=SOURCE,
        )

    def _price(self, market: _Market, kind: str) -> Decimal | None:
        recent = self._age <= 2
        if kind == "RENT":
            return Decimal(market.rent[1 if recent else 0])
        if kind == "BUY":
            return Decimal(market.buy[2 if recent else self._random.randint(0, 1)])
        return None

    def _quality(self, kind: str) -> str:
        if kind in {"FREE", "ADS"}:
            return self._random.choice(("HD", "HD", "FULL_HD"))
        if self._age <= 15 or self._title.popularity >= 80:
            return self._random.choice(("FULL_HD", "UHD_4K", "UHD_4K"))
        return self._random.choice(("SD", "HD", "HD", "FULL_HD", "FULL_HD"))

    def _audio(self, market: _Market) -> list[str]:
        original = [self._title.language] if self._title.language else []
        dubbed = self._random.random() < 0.2 + self._title.popularity / 150
        return list(dict.fromkeys([*original, *(market.languages if dubbed else ())]))

    def _start(self) -> datetime | None:
        if self._random.random() < 0.15:
            return None
        start = self._now - timedelta(days=self._random.randint(5, 1500))
        released = datetime(self._title.year, 1, 1, tzinfo=UTC)
        return min(max(start, released), self._now - timedelta(days=1))

    def _end(self, kind: str) -> datetime | None:
        """Streams end now and then; what can be rented or bought stays."""
        if kind in {"RENT", "BUY"} or self._random.random() >= 0.15:
            return None
        return self._now + timedelta(days=self._random.randint(3, 40))
