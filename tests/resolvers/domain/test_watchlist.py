"""Laws of the add-wins set."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import Conflict
from resolvers.domain.watchlist import Watchlist, add, elements, merge, remove, tags_of

TITLES = ["alien", "brazil", "casablanca"]
TAGS = [f"{title}-{number}" for title in TITLES for number in range(3)]  # a tag belongs to one title

watchlists = st.builds(
    lambda adds, removed: Watchlist(frozenset((tag.split("-")[0], tag) for tag in adds), frozenset(removed)),
    st.sets(st.sampled_from(TAGS)),
    st.sets(st.sampled_from(TAGS)),
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(TAGS)),
        st.tuples(st.just("remove"), st.frozensets(st.sampled_from(TAGS), max_size=3)),
    ),
    max_size=5,
)


def applied(watchlist: Watchlist, operation: tuple) -> Watchlist:
    kind, what = operation
    return add(watchlist, what.split("-")[0], what) if kind == "add" else remove(watchlist, what)


@given(watchlists, watchlists)
def test_merging_is_commutative(one: Watchlist, other: Watchlist) -> None:
    assert merge(one, other) == merge(other, one)


@given(watchlists, watchlists, watchlists)
def test_merging_is_associative(one: Watchlist, two: Watchlist, three: Watchlist) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(watchlists)
def test_merging_is_idempotent(one: Watchlist) -> None:
    assert merge(one, one) == merge(one, Watchlist()) == one


@given(watchlists, watchlists)
def test_merging_forgets_nothing(one: Watchlist, other: Watchlist) -> None:
    merged = merge(one, other)
    assert merged.adds >= one.adds | other.adds
    assert merged.removed >= one.removed | other.removed


@given(operations)
def test_order_and_repetition_do_not_matter(operations: list[tuple]) -> None:
    outcomes = set()
    for order in permutations(operations):
        watchlist = Watchlist()
        for operation in (*order, *order[:2]):
            watchlist = applied(watchlist, operation)
        outcomes.add(watchlist)
    assert len(outcomes) == 1


@given(watchlists, st.sampled_from(TITLES))
def test_an_add_wins_over_a_remove_that_has_not_seen_it(seen: Watchlist, title: str) -> None:
    removing = remove(seen, tags_of(seen, title))
    adding = add(seen, title, f"{title}-new")
    assert tags_of(merge(removing, adding), title) == {f"{title}-new"}
    assert title not in elements(removing)


@given(watchlists, st.sampled_from(TITLES))
def test_a_title_that_is_there_has_tags_and_they_are_its_own(watchlist: Watchlist, title: str) -> None:
    tags = tags_of(watchlist, title)
    assert (title in elements(watchlist)) == bool(tags)
    assert all(tag.startswith(title) and tag not in watchlist.removed for tag in tags)


def test_a_removed_tag_never_comes_back() -> None:
    assert elements(add(remove(Watchlist(), ["alien-1"]), "alien", "alien-1")) == {}


def test_a_tag_belongs_to_one_title() -> None:
    with pytest.raises(Conflict):
        add(add(Watchlist(), "alien", "tag"), "brazil", "tag")
