"""The platforms of the demo."""

import re

import pycountry

from datasources.demo.ids import demo_id
from datasources.demo.platforms import demo_platforms

REGIONS = set("US GB DE FR ES IT JP KR IN BR MX CA AU SE".split())  # noqa: SIM905 – reads better


def test_platforms_are_well_formed() -> None:
    platforms = demo_platforms()
    assert len(platforms) >= 10
    assert len({platform.record.slug for platform in platforms}) == len(platforms)
    for platform in platforms:
        record = platform.record
        assert record.id == demo_id("platform", record.slug)
        assert re.fullmatch(r"[a-z0-9-]+", record.slug)
        assert record.homepage is not None
        assert record.homepage.startswith("https://")
        assert record.regions
        assert set(record.regions) <= REGIONS
        assert set(record.offer_kinds) <= {"SUBSCRIPTION", "FREE", "ADS", "RENT", "BUY"}
        assert platform.search_link("a&b").endswith("a%26b")


def test_only_subscriptions_cost_a_month() -> None:
    for platform in demo_platforms():
        assert bool(platform.prices) is ("SUBSCRIPTION" in platform.record.offer_kinds)
        for price in platform.prices:
            assert price.region in platform.record.regions
            assert price.amount > 0
            assert pycountry.currencies.get(alpha_3=price.currency) is not None


def test_every_region_has_every_way_to_watch() -> None:
    for region in REGIONS:
        kinds = {kind for p in demo_platforms() if region in p.record.regions for kind in p.record.offer_kinds}
        assert {"SUBSCRIPTION", "ADS", "RENT", "BUY"} <= kinds
