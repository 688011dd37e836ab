"""Laws of the playback register, and what counts as finished."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.domain.errors import BadUserInput
from resolvers.domain.hlc import Stamp
from resolvers.domain.playback import (
    PlaybackState,
    Register,
    Report,
    apply,
    checked,
    finishes,
    merge,
    progress,
    resume_ms,
)

MINUTE = 60_000
stamps = st.builds(Stamp, st.integers(0, 3), st.integers(0, 1), st.sampled_from(["phone", "tv"]))
positions = st.integers(0, 120 * MINUTE)
registers = st.builds(
    Register,
    position_ms=st.integers(0, 3),
    state=st.sampled_from(PlaybackState),
    stamp=stamps,
    duration_ms=st.none() | st.just(3),
    credits_ms=st.none() | st.just(2),
    platform_id=st.none() | st.just("p"),
    device_id=st.none() | st.just("d"),
    completed=st.booleans(),
    rewatch_count=st.integers(0, 1),
)
reports = st.builds(Report, positions, st.sampled_from(PlaybackState), stamps, st.just(120 * MINUTE))


def at(position: int, second: int, **details: object) -> Report:
    state = details.pop("state", PlaybackState.PLAYING)
    return Report(position, state, Stamp(second, 0, "tv"), **{"duration_ms": 100 * MINUTE, **details})


def played(*reports: Report) -> Register:
    register: Register | None = None
    for report in reports:
        register = apply(register, report)
    assert register is not None
    return register


@given(registers, registers)
def test_merging_is_commutative(one: Register, other: Register) -> None:
    assert merge(one, other) == merge(other, one)


@given(registers, registers, registers)
def test_merging_is_associative(one: Register, two: Register, three: Register) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(registers)
def test_merging_is_idempotent(one: Register) -> None:
    assert merge(one, one) == one


@given(registers, registers)
def test_the_later_stamp_wins(one: Register, other: Register) -> None:
    assert merge(one, other).stamp == max(one.stamp, other.stamp)


@given(st.lists(reports, min_size=1, max_size=12))
def test_a_register_only_moves_forward(reports: list[Report]) -> None:
    register = None
    for report in reports:
        after = apply(register, report)
        assert apply(after, report) is after, "the same again changes nothing"
        if register is not None:
            assert after.stamp >= register.stamp
            assert after.rewatch_count - register.rewatch_count in {0, 1}
            assert (after is register) == (report.stamp <= register.stamp)
        register = after
    assert register is not None
    assert register.stamp == max(report.stamp for report in reports)


@given(st.lists(reports, min_size=1, max_size=12, unique_by=lambda report: report.stamp))
def test_every_run_ends_before_the_next_begins(reports: list[Report]) -> None:
    register, finished = None, 0
    for report in sorted(reports, key=lambda report: report.stamp):
        after = apply(register, report)
        finished += finishes(register, after)
        register = after
        assert finished == register.rewatch_count + register.completed


@pytest.mark.parametrize(
    ("report", "completed"),
    [
        (at(94 * MINUTE, 1), False),
        (at(95 * MINUTE, 1), True),
        (at(90 * MINUTE, 1, credits_ms=90 * MINUTE), True),
        (at(89 * MINUTE, 1, credits_ms=90 * MINUTE), False),
        (at(MINUTE, 1, state=PlaybackState.COMPLETED), True),
        (at(500 * MINUTE, 1, duration_ms=None), False),
    ],
)
def test_what_counts_as_finished(report: Report, completed: bool) -> None:
    assert played(report).completed is completed


def test_looking_at_a_scene_again_is_no_rewatch_but_starting_over_is() -> None:
    finished = at(98 * MINUTE, 1)
    again = played(finished, at(80 * MINUTE, 2))
    assert (again.completed, again.rewatch_count) == (True, 0)
    over = played(finished, at(3 * MINUTE, 2))
    assert (over.completed, over.rewatch_count) == (False, 1)
    assert played(finished, at(3 * MINUTE, 2), at(99 * MINUTE, 3), at(0, 4)).rewatch_count == 2


def test_duration_and_credits_stay_known() -> None:
    register = played(at(MINUTE, 1, credits_ms=90 * MINUTE), at(91 * MINUTE, 2, duration_ms=None))
    assert (register.duration_ms, register.completed) == (100 * MINUTE, True)
    longer = played(at(MINUTE, 1), at(110 * MINUTE, 2, duration_ms=None))
    assert longer.duration_ms is None, "it was another cut, of unknown length"


@given(positions, st.none() | st.integers(1, 120 * MINUTE))
def test_resuming_and_progress_are_in_bounds(position: int, duration: int | None) -> None:
    assert resume_ms(position, duration) in {0, position}
    share = progress(position, duration)
    assert (share is None) == (duration is None)
    assert share is None or 0 <= share <= 1


@pytest.mark.parametrize(
    ("position", "resume"),
    [
        (2 * MINUTE - 1, 0),
        (2 * MINUTE, 2 * MINUTE),
        (95 * MINUTE, 95 * MINUTE),
        (95 * MINUTE + 1, 0),
    ],
)
def test_the_resume_rule(position: int, resume: int) -> None:
    assert resume_ms(position, 100 * MINUTE) == resume


def test_a_small_overshoot_is_cut_off() -> None:
    assert checked(at(100 * MINUTE + 10_000, 1)).position_ms == 100 * MINUTE
    with pytest.raises(BadUserInput, match="behind the end"):
        checked(at(100 * MINUTE + 10_001, 1))


@pytest.mark.parametrize(
    "report", [at(-1, 1), at(0, 1, duration_ms=0), at(0, 1, credits_ms=0), at(0, 1, credits_ms=101 * MINUTE)]
)
def test_positions_that_cannot_be(report: Report) -> None:
    with pytest.raises(BadUserInput):
        checked(report)
