"""Laws of hybrid logical clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput, ClockDrift
from resolvers.domain.hlc import MAXIMUM_DRIFT_MS, Stamp, parse_stamp, receive, tick

walls = st.integers(0, 10**14)
devices = st.from_regex(r"[0-9a-z][0-9a-z-]{0,35}", fullmatch=True)
stamps = st.builds(Stamp, walls, st.integers(0, 999_999), devices)
near = st.builds(Stamp, st.integers(0, 3), st.integers(0, 3), st.sampled_from(["a", "a-", "a0", "ab", "b"]))


@given(stamps | near, stamps | near)
def test_texts_sort_like_tuples(one: Stamp, other: Stamp) -> None:
    assert (str(one) < str(other)) == (one < other)
    assert (str(one) == str(other)) == (one == other)


@given(stamps)
def test_text_and_back(stamp: Stamp) -> None:
    assert parse_stamp(str(stamp)) == stamp


@given(st.none() | stamps | near, walls, devices)
def test_a_tick_is_later_than_the_last_and_not_before_the_wall(last: Stamp | None, now: int, device: str) -> None:
    stamp = tick(last, now, device)
    assert last is None or stamp > last
    assert stamp.wall_ms >= now
    assert stamp.device == device


@given(st.none() | near, near, st.integers(0, 3))
def test_hearing_is_later_than_both(last: Stamp | None, remote: Stamp, now: int) -> None:
    stamp = receive(last, remote, now)
    assert stamp > remote
    assert last is None or stamp > last
    assert stamp.wall_ms == max(now, remote.wall_ms, 0 if last is None else last.wall_ms)


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | near), max_size=30))
def test_a_clock_never_stands_still(events: list[tuple[int, Stamp | None]]) -> None:
    last: Stamp | None = None
    for now, remote in events:
        following = tick(last, now) if remote is None else receive(last, remote, now)
        assert last is None or following > last
        last = following


def test_the_counter_starts_over_with_a_new_millisecond() -> None:
    assert tick(Stamp(5, 7, "a"), 6, "a") == Stamp(6, 0, "a")
    assert tick(Stamp(5, 7, "a"), 5, "a") == tick(Stamp(5, 7, "a"), 1, "a") == Stamp(5, 8, "a")


def test_a_full_counter_flows_over() -> None:
    assert tick(Stamp(5, 999_999, "a"), 5, "a") == Stamp(6, 0, "a")


def test_a_minute_ahead_is_the_limit() -> None:
    assert receive(None, Stamp(1000 + MAXIMUM_DRIFT_MS, 0, "a"), 1000) > Stamp(1000 + MAXIMUM_DRIFT_MS, 0, "a")
    with pytest.raises(ClockDrift, match="60 s ahead"):
        receive(None, Stamp(1001 + MAXIMUM_DRIFT_MS, 0, "a"), 1000)
    assert receive(None, Stamp(0, 0, "a"), 10**13).wall_ms == 10**13, "the past is no drift: devices were offline"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1-1-a",
        "001790000000000-000000-",
        "001790000000000-000000-TV",
        "001790000000000-000000-tv\n",
        "001790000000000-000000--tv",
        "٠٠١٧٩٠٠٠٠٠٠٠٠٠٠-000000-tv",
        "001790000000000-000000-" + "a" * 65,
    ],
)
def test_what_is_no_stamp(text: str) -> None:
    with pytest.raises(BadUserInput):
        parse_stamp(text)


def test_a_clock_that_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        tick(None, 10**15)
