"""From what somebody did to what they like."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.taste import (
    LIKING,
    Observation,
    SignalSource,
    TasteProfile,
    affinities,
    completion_rate,
    match,
    preference_of_rating,
    preference_of_watching,
    signals_of,
    strongest,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
signed = st.floats(-1, 1, width=32)


def seen(title: str, source: SignalSource, value: float | None, repeats: int = 0, days: int = 0) -> Observation:
    return Observation(title, source, value, repeats, NOW - timedelta(days=days))


@given(st.floats(0.5, 10), st.floats(0.5, 10))
def test_a_better_rating_is_more_liking(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert -1 <= preference_of_rating(low) <= preference_of_rating(high) <= 1


@given(st.none() | st.floats(0, 1), st.integers(0, 20))
def test_liking_by_watching_is_milder_than_by_rating(completion: float | None, repeats: int) -> None:
    assert -0.2 <= preference_of_watching(completion, repeats) <= 0.9
    assert preference_of_watching(1, 0) >= LIKING


def test_a_rating_outweighs_watching() -> None:
    (signal,) = signals_of([seen("a", SignalSource.PLAYBACK, 1.0), seen("a", SignalSource.RATING, 2.0, days=3)])
    assert signal.preference < 0
    assert signal.rating == 2.0
    assert signal.finished
    assert signal.watched
    assert signal.at == NOW


def test_started_is_not_watched() -> None:
    (signal,) = signals_of([seen("a", SignalSource.PLAYBACK, 0.5)])
    assert (signal.started, signal.finished, signal.watched) == (True, False, False)


def test_newest_first() -> None:
    found = signals_of([seen("old", SignalSource.VIEW, 1, days=9), seen("new", SignalSource.VIEW, 1)])
    assert [signal.title_id for signal in found] == ["new", "old"]


def test_completion_rate() -> None:
    found = signals_of(
        [
            seen("a", SignalSource.VIEW, 0.95),
            seen("b", SignalSource.PLAYBACK, 0.4),
            seen("c", SignalSource.RATING, 9),
        ]
    )
    assert completion_rate(found) == 0.5
    assert completion_rate(found[:0]) is None


@given(
    st.lists(st.tuples(signed, st.floats(0, 1, width=32), st.integers(0, 4)), max_size=30),
    st.lists(signed, min_size=5, max_size=5),
)
def test_affinities_are_bounded(rows: list[tuple[float, float, int]], stated: list[float]) -> None:
    found = affinities(
        np.array([row[0] for row in rows], dtype=np.float32),
        np.array([row[1] for row in rows], dtype=np.float32),
        np.array([row[2] for row in rows], dtype=np.int32),
        5,
        np.array(stated, dtype=np.float32),
    )
    assert ((found >= -1) & (found <= 1)).all()
    if not rows:
        assert np.allclose(found, stated)


def test_more_titles_make_an_affinity_stronger() -> None:
    def after(count: int) -> float:
        ones = np.ones(count, dtype=np.float32)
        return float(affinities(ones, ones, np.zeros(count, dtype=np.int32), 1)[0])

    assert 0 == after(0) < after(1) < after(5) < 1


profiles = st.builds(
    TasteProfile,
    genres=st.dictionaries(st.sampled_from(["CRIME", "DRAMA", "WAR"]), signed),
    people=st.just({}),
    moods=st.just({}),
    decades=st.dictionaries(st.sampled_from([1980, 1990, 2000]), signed),
    clusters=st.dictionaries(st.integers(0, 5), signed),
    signal_count=st.just(1),
    completion_rate=st.none(),
    updated_at=st.just(NOW),
)


@given(
    profiles,
    st.lists(st.sampled_from(["CRIME", "DRAMA", "WAR"]), max_size=3, unique=True),
    st.none() | st.integers(1975, 2010),
    st.lists(st.integers(0, 8), max_size=8),
)
def test_a_match_lies_within_bounds(
    profile: TasteProfile, genres: list[str], year: int | None, clusters: list[int]
) -> None:
    assert 0 <= match(profile, genres, year, clusters) <= 1


@pytest.mark.parametrize(("affinity", "above"), [(0.8, True), (-0.8, False)])
def test_a_match_follows_the_genre_and_the_cluster(affinity: float, *, above: bool) -> None:
    profile = TasteProfile({"CRIME": affinity}, {}, {}, {}, {3: affinity}, 1, None, NOW)
    assert (match(profile, ["CRIME"], None, []) > 0.5) is above
    assert (match(profile, [], None, [3]) > 0.5) is above
    assert match(profile, [], None, []) == 0.5


@given(st.dictionaries(st.text(max_size=3), signed, max_size=20), st.integers(0, 25))
def test_strongest(values: dict[str, float], limit: int) -> None:
    found = list(strongest(values, limit, 0.1).values())
    assert len(found) <= limit
    assert all(abs(value) > 0.1 for value in found)
    assert [abs(value) for value in found] == sorted((abs(value) for value in found), reverse=True)
