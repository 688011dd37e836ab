"""Laws of the preference map, and what an entry may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.hlc import Stamp
from resolvers.domain.preferences import DEFAULTS, Entry, checked, effective, merge

stamps = st.builds(Stamp, st.integers(0, 2), st.integers(0, 1), st.sampled_from(["phone", "tv"]))
entries = st.builds(Entry, st.none() | st.sampled_from(["DE", "FR", ["a"], True]), stamps)
maps = st.dictionaries(st.sampled_from(["region", "language", "moods"]), entries)


@given(maps, maps)
def test_merging_is_commutative(one: dict, other: dict) -> None:
    assert merge(one, other) == merge(other, one)


@given(maps, maps, maps)
def test_merging_is_associative(one: dict, two: dict, three: dict) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(maps)
def test_merging_is_idempotent(one: dict) -> None:
    assert merge(one, one) == merge(one, {}) == one


@given(maps, maps)
def test_the_later_stamp_of_each_key_stays(one: dict, other: dict) -> None:
    for key, entry in merge(one, other).items():
        assert entry.stamp == max(found[key].stamp for found in (one, other) if key in found)


def test_defaults_hold_where_nothing_or_null_is_stored() -> None:
    assert effective({}) == dict(DEFAULTS)
    assert effective({"autoplay": None, "moods": ["cozy"], "region": "DE"}) == {
        **DEFAULTS,
        "moods": ["cozy"],
        "region": "DE",
    }
    assert effective({"autoplay": False})["autoplay"] is False


def test_lists_are_distinct_and_in_order() -> None:
    assert checked({"audioLanguages": ["de", "en", "de"], "moods": ["  Cozy\t evening "]}) == {
        "audioLanguages": ["de", "en"],
        "moods": ["cozy evening"],
    }
    assert checked({"region": None, "moods": None}) == {"region": None, "moods": None}


@pytest.mark.parametrize(
    "changes",
    [
        {"color": "red"},
        {"moods": ["x" * 51]},
        {"moods": ["\x00"]},
        {"audioLanguages": [f"a{number}" for number in range(51)]},
        {"platforms": ["netflix"]},
        {"favoriteGenres": ["WAR"], "avoidedGenres": ["DRAMA", "WAR"]},
    ],
)
def test_what_cannot_be_stored(changes: dict) -> None:
    with pytest.raises(BadUserInput):
        checked(changes)
