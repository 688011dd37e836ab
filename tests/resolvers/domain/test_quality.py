"""How good a record is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.quality import SOURCE_CONFIDENCE, completeness, confidence, freshness_days

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
sources = st.sampled_from([*SOURCE_CONFIDENCE, "", "elsewhere"])
shares = st.floats(0, 1)
ages = st.integers(0, 100_000)


@given(st.dictionaries(st.text(max_size=3), st.booleans()))
def test_completeness_is_the_share_of_filled_fields(expected: dict[str, bool]) -> None:
    share = completeness(expected)
    assert 0 <= share <= 1
    assert (share == 1) == (bool(expected) and all(expected.values()))
    assert (share == 0) == (not any(expected.values()))


@given(sources, shares, ages)
def test_confidence_lies_between_0_and_1(source: str, complete: float, age: int) -> None:
    assert 0 <= confidence(source, complete, age) <= 1


@given(sources, shares, shares, ages, ages)
def test_confidence_falls_with_gaps_and_age(source: str, one: float, other: float, young: int, old: int) -> None:
    assert confidence(source, max(one, other), min(young, old)) >= confidence(source, min(one, other), max(young, old))


def test_gaps_cost_30_percent_and_age_20() -> None:
    assert confidence("wikidata", 1, 0) == 1
    assert confidence("wikidata", 0, 0) == pytest.approx(0.7)
    assert confidence("wikidata", 1, 90) == confidence("wikidata", 1, 9000) == pytest.approx(0.8)
    assert confidence("nobody", 1, 0) == pytest.approx(0.7)


@given(st.timedeltas(timedelta(days=-1000), timedelta(days=1000)))
def test_days_since_confirmed_are_whole_and_never_negative(age: timedelta) -> None:
    days = freshness_days(NOW - age, NOW)
    assert days == max(0, age.days)
