"""What a filter on titles may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.titles import Genre, Span, TitleFilter, TitleKind, checked

ID = "01968D2E-4F7A-7C3B-9D1E-5A6B7C8D9E0F"
ends = st.none() | st.integers(-(2**31), 2**31 - 1)
words = st.none() | st.lists(st.text(max_size=5), max_size=3)
filters = st.builds(
    TitleFilter,
    kinds=st.none() | st.lists(st.sampled_from(TitleKind), max_size=3),
    genres=st.none() | st.lists(st.sampled_from(Genre), max_size=3),
    release_year=st.builds(Span, ends, ends),
    runtime_minutes=st.builds(Span, ends, ends),
    min_rating=st.none() | st.floats(),
    max_age=ends,
    moods=words,
    person_ids=st.none() | st.lists(st.uuids().map(str) | st.text(max_size=3), max_size=3),
)


@given(filters)
def test_a_filter_is_fine_or_bad_input(wanted: TitleFilter) -> None:
    try:
        good = checked(wanted)
    except BadUserInput:
        return
    assert checked(good) == good
    assert good.min_rating is None or 0 <= good.min_rating <= 10
    assert good.max_age is None or good.max_age >= 0
    for span in (good.release_year, good.runtime_minutes):
        assert span.min is None or span.max is None or span.min <= span.max
    assert not any("\x00" in mood for mood in good.moods or ())


def test_ids_become_canonical() -> None:
    assert checked(TitleFilter(person_ids=[ID], platform_ids=[ID])) == TitleFilter(
        person_ids=[ID.lower()], platform_ids=[ID.lower()]
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (TitleFilter(release_year=Span(2020, 1990)), "releaseYear runs from 2020 to 1990"),
        (TitleFilter(runtime_minutes=Span(2, 1)), "runtimeMinutes runs from 2 to 1"),
        (TitleFilter(min_rating=10.1), "minRating is 10.1, but ratings run from 0 to 10"),
        (TitleFilter(min_rating=float("nan")), "minRating"),
        (TitleFilter(max_age=-1), "maxAge cannot be negative"),
        (TitleFilter(moods=["x"] * 101), "at most 100 values"),
        (TitleFilter(moods=["a\x00"]), "NUL"),
        (TitleFilter(moods=["x" * 101]), "at most 100 characters"),
        (TitleFilter(person_ids=["1"]), "person id '1'"),
        (TitleFilter(platform_ids=["1"]), "platform id '1'"),
        (TitleFilter(person_ids=[ID] * 101), "101 ids are too many"),
    ],
)
def test_what_nobody_can_mean_is_said(wanted: TitleFilter, said: str) -> None:
    with pytest.raises(BadUserInput, match=said):
        checked(wanted)
