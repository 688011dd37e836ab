"""Offers made up for the demo."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pycountry
import pytest

from datasources.demo.ids import demo_id
from datasources.demo.offers import DemoTitle, demo_offers
from datasources.demo.platforms import demo_platforms
from datasources.records.availability import OfferRecord

TODAY = date(2026, 3, 1)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
CURRENCIES = {currency.alpha_3 for currency in pycountry.currencies}


def title(number: int) -> DemoTitle:
    key = f"title-{number}"
    return DemoTitle(
        id=demo_id("title", key),
        key=key,
        kind="SERIES" if number % 4 == 0 else "MOVIE",
        name=f"Title & Co. {number}",
        year=1920 + number % 107,
        countries=[["US"], ["FR", "DE"], ["JP"], ["XK"]][number % 4],
        language=[None, "en", "ja"][number % 3],
        popularity=float(number % 101),
    )


TITLES = [title(number) for number in range(200)]


@pytest.fixture(scope="module")
def offers() -> list[OfferRecord]:
    return list(demo_offers(TITLES, demo_platforms(), 1, TODAY))


def test_the_same_seed_gives_the_same_offers(offers: list[OfferRecord]) -> None:
    assert list(demo_offers(TITLES, demo_platforms(), 1, TODAY)) == offers
    assert list(demo_offers(TITLES, demo_platforms(), 2, TODAY)) != offers


def test_every_offer_says_that_it_is_invented(offers: list[OfferRecord]) -> None:
    assert {offer.source for offer in offers} == {"DEMO"}


def test_titles_that_differ_in_nothing_but_their_key_differ_in_their_offers() -> None:
    twins = [replace(TITLES[7], id=demo_id("title", key), key=key) for key in ("one", "two")]
    drawn = list(demo_offers(twins, demo_platforms(), 1, TODAY))
    one, two = (
        [(o.platform_id, o.region, o.kind, o.quality, o.expires_at) for o in drawn if o.title_id == twin.id]
        for twin in twins
    )
    assert one != two


def test_another_title_changes_no_offer_of_these(offers: list[OfferRecord]) -> None:
    fewer = list(demo_offers(TITLES[50:60], demo_platforms(), 1, TODAY))
    assert fewer == [offer for offer in offers if offer.title_id in {title.id for title in TITLES[50:60]}]


def test_every_title_is_offered_in_the_us_and_in_six_regions(offers: list[OfferRecord]) -> None:
    in_us = Counter(offer.title_id for offer in offers if offer.region == "US")
    regions = Counter(title_id for title_id, _ in {(offer.title_id, offer.region) for offer in offers})
    for title_ in TITLES:
        assert in_us[title_.id] >= 2
        assert regions[title_.id] >= 6
    assert len({offer.platform_id for offer in offers}) >= 8
    assert {offer.kind for offer in offers} == {"SUBSCRIPTION", "FREE", "ADS", "RENT", "BUY"}


def test_ids_and_the_places_of_offers_are_unique(offers: list[OfferRecord]) -> None:
    assert len({offer.id for offer in offers}) == len(offers)
    assert len({(o.title_id, o.platform_id, o.region, o.kind) for o in offers}) == len(offers)


def test_platforms_offer_only_what_and_where_they_do(offers: list[OfferRecord]) -> None:
    platforms = {platform.record.id: platform.record for platform in demo_platforms()}
    for offer in offers:
        assert offer.kind in platforms[offer.platform_id].offer_kinds
        assert offer.region in platforms[offer.platform_id].regions


def test_rentals_and_purchases_have_a_price_and_nothing_else_has(offers: list[OfferRecord]) -> None:
    for offer in offers:
        priced = offer.kind in {"RENT", "BUY"}
        assert (offer.price_amount is not None) is priced
        assert (offer.price_currency in CURRENCIES) is priced


def test_all_have_begun_and_those_that_end_do_so_soon(offers: list[OfferRecord]) -> None:
    assert all(offer.available_from is None or offer.available_from < MIDNIGHT for offer in offers)
    ends = [offer.expires_at - MIDNIGHT for offer in offers if offer.expires_at is not None]
    assert ends
    assert min(ends) >= timedelta(days=3)
    assert max(ends) <= timedelta(days=40)


def test_links_quote_the_name(offers: list[OfferRecord]) -> None:
    assert all("Title%20%26%20Co." in (offer.web_url or "") for offer in offers)
