"""The rules of offers: what holds, whose it is, what comes first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.offers import (
    FRESHNESS,
    OfferKind,
    best_offer,
    cheapest_first,
    format_amount,
    is_current,
    is_mine,
    is_stale,
    leaving_soon,
    leaving_within,
    minor_digits,
    of_kinds,
)
from resolvers.domain.titles import VideoQuality

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRICED = {OfferKind.RENT, OfferKind.BUY}


@dataclass(frozen=True, slots=True)
class Any:
    id: str
    kind: str = "SUBSCRIPTION"
    platform_id: str = "netflix"
    price_amount: Decimal | None = None
    price_currency: str | None = None
    quality: str | None = None
    available_from: datetime | None = None
    expires_at: datetime | None = None


def priced(id_: str, kind: str, amount: str | None, currency: str | None = "EUR", platform: str = "apple") -> Any:
    return Any(id_, kind, platform, None if amount is None else Decimal(amount), currency)


instants = st.none() | st.integers(-60, 60).map(lambda days: NOW + timedelta(days=days))
offers = st.builds(
    Any,
    id=st.uuids().map(str),
    kind=st.sampled_from([kind.value for kind in OfferKind]),
    platform_id=st.sampled_from(["apple", "netflix", "tubi"]),
    price_amount=st.none() | st.integers(0, 500).map(lambda cents: Decimal(cents) / 100),
    price_currency=st.sampled_from([None, "EUR", "JPY", "USD"]),
    quality=st.none() | st.sampled_from([quality.value for quality in VideoQuality]),
    available_from=instants,
    expires_at=instants,
)
some_offers = st.lists(offers, max_size=12, unique_by=lambda offer: offer.id)
some_platforms = st.frozensets(st.sampled_from(["apple", "netflix", "tubi"]))


def ids(found: list[Any]) -> list[str]:
    return [offer.id for offer in found]


@pytest.mark.parametrize(
    ("start", "end", "current"),
    [
        (None, None, True),
        (NOW, None, True),
        (NOW + timedelta(microseconds=1), None, False),
        (None, NOW, False),
        (None, NOW + timedelta(microseconds=1), True),
        (NOW - timedelta(days=2), NOW - timedelta(days=1), False),
    ],
)
def test_an_offer_holds_from_its_start_until_just_before_its_end(
    start: datetime | None, end: datetime | None, current: bool
) -> None:
    assert is_current(Any("a", available_from=start, expires_at=end), NOW) is current


@pytest.mark.parametrize("kind", OfferKind)
def test_mine_is_what_my_platforms_give_without_paying_more(kind: OfferKind) -> None:
    assert is_mine(Any("a", kind), {"netflix"}) is (kind not in PRICED)
    assert not is_mine(Any("a", kind, "tubi"), {"netflix"})


@pytest.mark.parametrize("kind", OfferKind)
def test_stale_begins_after_the_limit_of_the_kind(kind: OfferKind) -> None:
    limit = FRESHNESS[kind]
    assert not is_stale(kind, NOW - limit, NOW)
    assert is_stale(kind, NOW - limit - timedelta(seconds=1), NOW)


def test_prices_go_stale_before_flat_rates() -> None:
    assert FRESHNESS[OfferKind.RENT] < FRESHNESS[OfferKind.SUBSCRIPTION]


def test_what_costs_nothing_more_comes_before_prices() -> None:
    buy, rent, dear = priced("buy", "BUY", "3.99"), priced("rent", "RENT", "3.99"), priced("dear", "RENT", "4.99")
    unknown = priced("unknown", "RENT", None)
    flat = Any("sub"), Any("ads", "ADS"), Any("free", "FREE")
    found = cheapest_first([unknown, dear, buy, *flat, rent])
    assert ids(found) == ["free", "ads", "sub", "rent", "buy", "dear", "unknown"]


def test_currencies_are_never_compared_as_numbers() -> None:
    found = cheapest_first([priced("yen", "RENT", "400", "JPY"), priced("b", "RENT", "500", "EUR")])
    assert ids(found) == ["b", "yen"]


def test_the_better_picture_wins_at_the_same_price() -> None:
    found = cheapest_first([Any("none"), Any("sd", quality="SD"), Any("uhd", quality="UHD_4K")])
    assert ids(found) == ["uhd", "sd", "none"]


def test_best_follows_the_order_of_the_contract() -> None:
    ranked = [
        Any("mine"),
        Any("free", "FREE", "tubi"),
        Any("ads", "ADS", "tubi"),
        priced("rent", "RENT", "9.99"),
        priced("buy", "BUY", "1.99"),
        Any("foreign", platform_id="hulu"),
    ]
    for i in range(len(ranked)):
        assert best_offer(reversed(ranked[i:]), {"netflix"}) == ranked[i]
    assert best_offer([], {"netflix"}) is None


def test_best_takes_the_lower_price_then_the_better_picture() -> None:
    dear, cheap = priced("a", "RENT", "4.99"), priced("b", "RENT", "3.99")
    assert best_offer([dear, cheap], ()) == cheap
    assert best_offer([Any("hd", quality="HD"), Any("uhd", quality="UHD_4K")], {"netflix"}).id == "uhd"


def test_leaving_soon_looks_this_far_and_no_further() -> None:
    edge = Any("edge", expires_at=NOW + timedelta(days=7))
    beyond = Any("beyond", expires_at=NOW + timedelta(days=7, microseconds=1))
    upcoming = Any("upcoming", available_from=NOW + timedelta(hours=1), expires_at=NOW + timedelta(days=1))
    sooner = Any("sooner", expires_at=NOW + timedelta(hours=1))
    found = leaving_soon([beyond, edge, upcoming, Any("endless"), sooner], NOW, leaving_within(7))
    assert ids(found) == ["sooner", "edge"]


@pytest.mark.parametrize("days", [0, -1, 31, 2**31 - 1, -(2**31)])
def test_days_outside_1_to_30_are_refused(days: int) -> None:
    with pytest.raises(BadUserInput, match="between 1 and 30"):
        leaving_within(days)


def test_days_default_to_a_week() -> None:
    assert leaving_within(None) == timedelta(days=7)


@given(some_offers, st.randoms(use_true_random=False))
def test_the_order_is_total_and_loses_nothing(found: list[Any], chance: object) -> None:
    shuffled = sorted(found, key=lambda _: chance.random())  # type: ignore[attr-defined]
    ordered = cheapest_first(found)
    assert cheapest_first(shuffled) == ordered
    assert sorted(ids(ordered)) == sorted(ids(found))
    for before, after in pairwise(ordered):
        if before.kind in PRICED and after.kind in PRICED and before.price_currency == after.price_currency is not None:
            assert after.price_amount is None or (
                before.price_amount is not None and before.price_amount <= after.price_amount
            )
        assert not (before.kind in PRICED and after.kind not in PRICED)


@given(some_offers, some_platforms, st.randoms(use_true_random=False))
def test_best_is_one_of_them_whatever_their_order(found: list[Any], platforms: frozenset[str], chance: object) -> None:
    best = best_offer(found, platforms)
    shuffled = sorted(found, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert best_offer(shuffled, platforms) == best
    assert (best is None) is (not found)
    if any(is_mine(offer, platforms) and offer.kind == "SUBSCRIPTION" for offer in found):
        assert best is not None
        assert is_mine(best, platforms)


@given(some_offers, st.integers(1, 30))
def test_what_leaves_soon_is_current_and_sorted(found: list[Any], days: int) -> None:
    leaving = leaving_soon(found, NOW, leaving_within(days))
    ends = [offer.expires_at for offer in leaving]
    assert ends == sorted(ends)  # type: ignore[type-var]
    assert all(is_current(offer, NOW) and offer.expires_at <= NOW + timedelta(days=days) for offer in leaving)
    assert set(ids(leaving)) <= set(ids(leaving_soon(found, NOW, leaving_within(30))))


@given(some_offers, st.lists(st.sampled_from(list(OfferKind))))
def test_kinds_select(found: list[Any], kinds: list[OfferKind]) -> None:
    assert of_kinds(found, None) == found
    assert {offer.id for offer in of_kinds(found, kinds)} == {offer.id for offer in found if offer.kind in kinds}


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("3.99", "EUR", "3.99"),
        ("4", "USD", "4.00"),
        ("500.00", "JPY", "500"),
        ("0", "GBP", "0.00"),
        ("1.5", "KWD", "1.500"),
        ("1E+3", "KRW", "1000"),
        ("2.345", "EUR", "2.35"),
    ],
)
def test_amounts_have_the_minor_digits_of_their_currency(amount: str, currency: str, text: str) -> None:
    assert format_amount(Decimal(amount), currency) == text


@given(st.decimals(0, 10**8, places=2, allow_nan=False), st.sampled_from(["EUR", "JPY", "KWD", "USD", "XXX"]))
def test_amounts_are_plain_decimals(amount: Decimal, currency: str) -> None:
    text = format_amount(amount, currency)
    whole, _, fraction = text.partition(".")
    assert whole.isdigit()
    assert len(fraction) == minor_digits(currency)
    assert abs(Decimal(text) - amount) <= Decimal("0.5")
    assert minor_digits(currency) < 2 or Decimal(text) == amount
