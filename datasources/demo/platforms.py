"""The platforms of the demo: real services with rounded example prices."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import orjson

from datasources.demo.ids import demo_id
from datasources.records.availability import PlatformRecord, PriceRecord

_FILE = Path(__file__).with_name("platforms.json")


@dataclass(frozen=True, slots=True)
class DemoPlatform:
    """A platform with its monthly prices; `weight` says how often the demo offers something there."""

    record: PlatformRecord
    prices: tuple[PriceRecord, ...]
    search: str
    weight: int

    def search_link(self, name: str) -> str:
        """Return the address of the platform's public search page for a name."""
        return self.search.replace("{query}", quote(name, safe=""))


def demo_platforms() -> list[DemoPlatform]:
    """Return the demo's platforms in the order of `platforms.json`."""
    return [_platform(entry) for entry in orjson.loads(_FILE.read_bytes())["platforms"]]


def _platform(entry: dict[str, object]) -> DemoPlatform:
    match entry:
        case {
            "slug": str(slug),
            "name": str(name),
            "homepage": str(homepage),
            "regions": list(regions),
            "offerKinds": list(kinds),
            "monthlyPrices": dict(prices),
            "search": str(search),
            "weight": int(weight),
        }:
            id_ = demo_id("platform", slug)
            return DemoPlatform(
                PlatformRecord(id_, slug, name, homepage, None, regions, kinds),
                tuple(
                    PriceRecord(id_, region, Decimal(amount), currency) for region, (amount, currency) in prices.items()
                ),
                search,
                weight,
            )
    raise ValueError(f"{_FILE.name}: not a platform: {entry}")
