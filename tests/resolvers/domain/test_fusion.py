"""Laws of fusion: gaps are filled, the strongest says it, and saying it twice changes nothing."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.fusion import MOST_GENRES, fuse, is_stronger, union_of_genres

genres = st.lists(
    st.sampled_from(["DRAMA", "COMEDY", "CRIME", "WAR", "MUSIC", "FAMILY", "HORROR"]), max_size=5, unique=True
)
held_titles = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["A", "B"]),
        "imdb": st.sampled_from([None, "tt1"]),
        "release_year": st.sampled_from([None, 1999, 2000]),
        "countries": st.sampled_from([[], ["US"], ["DE"]]),
        "genres": genres,
        "rating_average": st.just(7.0),
        "rating_weighted": st.just(6.9),
        "rating_votes": st.integers(0, 5),
        "popularity": st.sampled_from([0.0, 5.0, 50.0]),
    }
)
told_titles = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["A", "C"]),
        "imdb": st.sampled_from([None, "tt2"]),
        "release_year": st.sampled_from([None, 2001]),
        "countries": st.sampled_from([[], ["FR"]]),
        "genres": genres,
        "popularity": st.sampled_from([0.0, 20.0]),
    },
)


@given(held_titles, told_titles, st.booleans())
def test_telling_it_twice_changes_nothing(held: dict[str, Any], told: dict[str, Any], replace: bool) -> None:
    once = held | fuse(held, told, replace=replace)
    assert fuse(once, told, replace=replace) == {}
    assert fuse(once, told, replace=False) == {}


@given(held_titles, told_titles, st.booleans())
def test_nothing_is_lost(held: dict[str, Any], told: dict[str, Any], replace: bool) -> None:
    after = held | fuse(held, told, replace=replace)
    assert all(after[field] or after[field] == 0 for field, value in held.items() if value)
    assert held["imdb"] in {None, after["imdb"]}
    assert after["popularity"] >= held["popularity"]
    if not replace:
        assert after["name"] == held["name"]


@given(genres, genres)
def test_genres_are_united_in_order(first: list[str], second: list[str]) -> None:
    union = union_of_genres(first, second)
    assert union[: len(first)] == first
    assert len(union) <= max(MOST_GENRES, len(first))
    assert len(set(union)) == len(union)


def test_the_rating_with_most_votes_stays() -> None:
    held = {"genres": [], "popularity": 1.0, "rating_average": 9.0, "rating_weighted": 8.0, "rating_votes": 10}
    told = {"rating_average": 6.0, "rating_weighted": 6.1, "rating_votes": 9}
    assert fuse(held, told, replace=True) == {}
    assert fuse(held, told | {"rating_votes": 11}, replace=False) == told | {"rating_votes": 11}


def test_strengths() -> None:
    assert is_stronger("imdb", "movielens")
    assert not is_stronger("movielens", "platform_csv")
    assert not is_stronger("wikidata", "demo")
    assert is_stronger("movielens", "something")
