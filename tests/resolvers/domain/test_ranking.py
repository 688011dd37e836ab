"""Laws of ranking: ranges, symmetry, and what diversity may change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from resolvers.domain.ranking import (
    COLLABORATIVE,
    CONTENT,
    SHRINK,
    Floats,
    best_of,
    diversify,
    era_likeness,
    fuse,
    inverted,
    lists_of,
    neighbourhood,
    overlap,
    popularity_share,
    relevance_weight,
    scaled,
    similarity,
    votes,
)

likes = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 9)), max_size=60)
unit = st.floats(0, 1, width=32)


def floats(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float32)


def near_of(pairs: set[tuple[int, int]]) -> "tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int32]]":
    """Return similarities and co-likes as square tables, and likes per title."""
    ordered = sorted(pairs)
    people = np.array([person for person, _ in ordered], dtype=np.int32)
    titles = np.array([title for _, title in ordered], dtype=np.int32)
    near = neighbourhood(people, titles, 8, 10)
    alike, together = np.zeros((10, 10), np.float32), np.zeros((10, 10), np.int64)
    for title in range(10):
        own = near.nearest.of(title)
        alike[title, near.nearest.items[own]] = near.nearest.values[own]
        together[title, near.nearest.items[own]] = near.together[own]
    return alike, together, near.likes


@given(likes)
def test_neighbourhood_is_symmetric_and_counts_true(pairs: set[tuple[int, int]]) -> None:
    alike, together, counts = near_of(pairs)
    assert np.array_equal(alike, alike.T)
    assert ((alike >= 0) & (alike <= 1)).all()
    fans = [{person for person, title in pairs if title == number} for number in range(10)]
    assert counts.tolist() == [len(found) for found in fans]
    for one in range(10):
        assert alike[one, one] == 0
        for other in range(10):
            both = len(fans[one] & fans[other])
            if one != other and both >= 2:
                assert together[one, other] == both
                expected = both / np.sqrt(len(fans[one]) * len(fans[other])) * both / (both + SHRINK)
                assert np.isclose(alike[one, other], expected, atol=1e-6)
            else:
                assert together[one, other] == 0


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_similarity_is_symmetric_and_bounded(both: int, more: int, most: int) -> None:
    together = floats([min(both, more, most)])
    one, other = floats([more]), floats([most])
    assert similarity(together, one, other) == similarity(together, other, one)
    assert 0 <= similarity(together, one, other)[0] <= 1


def test_more_support_counts_more() -> None:
    assert similarity(floats([50]), floats([100]), floats([100])) > similarity(floats([2]), floats([4]), floats([4]))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), unit), max_size=30, unique_by=lambda row: row[:2]))
def test_inverting_twice_is_nothing(triples: list[tuple[int, int, float]]) -> None:
    rows, items = (np.array([row[part] for row in triples], dtype=np.int32) for part in (0, 1))
    lists = lists_of(rows, items, floats([row[2] for row in triples]), 6)
    again = inverted(inverted(lists, 7), 6)
    for row in range(6):
        one = sorted(zip(lists.items[lists.of(row)].tolist(), lists.values[lists.of(row)].tolist(), strict=True))
        other = sorted(zip(again.items[again.of(row)].tolist(), again.values[again.of(row)].tolist(), strict=True))
        assert one == other


@given(st.lists(st.tuples(unit, unit, unit), min_size=1, max_size=12), unit)
def test_diversity_is_a_permutation_with_the_best_first(rows: list[tuple[float, float, float]], weight: float) -> None:
    relevance = floats([row[0] for row in rows])
    places = np.array([row[1:] for row in rows])
    likeness = np.exp(-np.abs(places[:, None] - places[None, :]).sum(axis=2)).astype(np.float32)
    order, scores = diversify(relevance, likeness, weight)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert weight == 0 or np.isclose(weight * relevance[order[0]], weight * relevance.max())
    assert (np.diff(scores) <= 1e-6).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_diversity_puts_something_else_before_more_of_the_same() -> None:
    relevance = floats([1.0, 0.95, 0.6])
    likeness = floats([1.0] * 9).reshape(3, 3)
    likeness[2, :2] = likeness[:2, 2] = 0
    assert diversify(relevance, likeness, 0.5)[0].tolist() == [0, 2, 1]
    assert diversify(relevance, likeness, 1.0)[0].tolist() == [0, 1, 2]


signed = st.floats(-1, 1, width=32)


@given(st.lists(st.tuples(signed, signed, unit, unit), min_size=1, max_size=10), unit)
def test_fused_scores_lie_within_bounds(rows: list[tuple[float, float, float, float]], share: float) -> None:
    parts = [floats([row[place] for row in rows]) for place in range(4)]
    for context in (None, parts[3]):
        total = fuse(parts[0], parts[1], parts[2], share, context).total
        assert ((total >= 0) & (total <= 1)).all()


def test_fusion_weights() -> None:
    one = floats([1.0])
    scores = fuse(one, one, one, 0.0)
    assert np.isclose(scores.collaborative[0], COLLABORATIVE)
    assert np.isclose(scores.content[0], CONTENT)
    assert scores.popularity[0] == 0


@given(st.lists(st.floats(-50, 50, width=32), max_size=20))
def test_scaling_keeps_order_and_bounds(values: list[float]) -> None:
    result = scaled(floats(values))
    assert ((result >= -1) & (result <= 1)).all()
    assert (np.diff(result[np.argsort(values)]) >= 0).all()


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_popularity_counts_less_the_more_is_known(less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert 1 >= popularity_share(less) >= popularity_share(more) > 0
    assert relevance_weight(popularity_share(less)) <= relevance_weight(popularity_share(more)) <= 1


@given(st.lists(st.tuples(unit, st.booleans()), max_size=30), st.integers(1, 40))
def test_best_of_is_a_sorted_selection(rows: list[tuple[float, bool]], limit: int) -> None:
    scores, allowed = floats([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=np.bool_)
    found = best_of(scores, allowed, limit)
    assert len(found) == min(limit, int(allowed.sum()))
    assert allowed[found].all()
    assert (np.diff(scores[found]) <= 0).all()
    left = np.setdiff1d(np.flatnonzero(allowed), found)
    assert not len(left) or not len(found) or scores[left].max() <= scores[found].min()


@given(st.lists(st.integers(1870, 2060), min_size=2, max_size=2), st.floats(0, 100, width=32))
def test_likeness_of_years_and_shared_things(years: list[int], shared: float) -> None:
    one, other = (np.array([year], dtype=np.int32) for year in years)
    assert era_likeness(one, other) == era_likeness(other, one)
    assert era_likeness(one, one) == 1
    assert era_likeness(one, np.zeros(1, np.int32)) == 0
    assert 0 <= overlap(floats([shared]))[0] <= 1


def test_votes_add_up_and_dislike_counts_half() -> None:
    pairs = sorted({(person, title) for person in range(6) for title in (0, 1)})
    people, titles = (np.array([pair[place] for pair in pairs], dtype=np.int32) for place in (0, 1))
    near = neighbourhood(people, titles, 6, 3)
    liked = votes(near, np.array([0], dtype=np.int32), floats([1.0])).scores(3)
    disliked = votes(near, np.array([0], dtype=np.int32), floats([-1.0])).scores(3)
    assert liked[1] > 0
    assert np.isclose(disliked[1], -liked[1] / 2)
    assert liked[2] == 0
