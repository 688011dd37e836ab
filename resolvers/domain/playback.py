"""Where somebody left off: a last-writer-wins register, what counts as finished, and where to start again."""

from dataclasses import dataclass, replace
from enum import StrEnum

from resolvers.domain.errors import BadUserInput
from resolvers.domain.hlc import Stamp

RESUME_FROM_MS = 120_000
"""Before this nothing is lost by starting over."""
FINISHED_SHARE = 0.95
OVERSHOOT_MS = 10_000
"""Players report positions a little behind the end they stated; so much is cut off, more is a mistake."""
_LARGEST_MS = 2**31 - 1


class PlaybackState(StrEnum):
    """What a player does."""

    PLAYING = "PLAYING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Report:
    """What a player says; milliseconds."""

    position_ms: int
    state: PlaybackState
    stamp: Stamp
    duration_ms: int | None = None
    credits_ms: int | None = None
    platform_id: str | None = None
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Where a profile is in a title. `completed` holds from the end on until the title is started again."""

    position_ms: int
    state: PlaybackState
    stamp: Stamp
    duration_ms: int | None = None
    credits_ms: int | None = None
    platform_id: str | None = None
    device_id: str | None = None
    completed: bool = False
    rewatch_count: int = 0


def checked(report: Report) -> Report:
    """Return the report with a small overshoot cut off; raise BadUserInput for positions that cannot be."""
    position, duration, credits_start = report.position_ms, report.duration_ms, report.credits_ms
    if not 0 <= position <= _LARGEST_MS:
        raise BadUserInput(f"positionMs is {position}, but a position is 0 ms or more.")
    if duration is not None and not 0 < duration <= _LARGEST_MS:
        raise BadUserInput(f"durationMs is {duration}, but a duration is longer than 0 ms; leave it out when unknown.")
    if credits_start is not None and (credits_start <= 0 or (duration is not None and credits_start > duration)):
        raise BadUserInput(f"creditsMs is {credits_start}, which lies outside the title; leave it out when unknown.")
    if duration is not None and position > duration:
        if position > duration + OVERSHOOT_MS:
            raise BadUserInput(f"positionMs is {position}, which lies behind the end at {duration} ms (durationMs).")
        position = duration
    return replace(report, position_ms=position)


def is_finished(position_ms: int, duration_ms: int | None, credits_ms: int | None, state: PlaybackState) -> bool:
    """Return whether a position counts as the end: from 95 % or the credits on, or when the player says so."""
    return (
        state is PlaybackState.COMPLETED
        or (credits_ms is not None and position_ms >= credits_ms)
        or (duration_ms is not None and position_ms >= FINISHED_SHARE * duration_ms)
    )


def apply(register: Register | None, report: Report) -> Register:
    """Return the register after a report; the same register when the report is not newer.

    Duration and credits, once known, stay known. Going back before the middle of a finished title starts another run;
    a shorter way back is looking at a scene again.
    """
    if register is not None and report.stamp <= register.stamp:
        return register
    duration, credits_start = report.duration_ms, report.credits_ms
    if register is not None:
        if duration is None and register.duration_ms is not None and report.position_ms <= register.duration_ms:
            duration = register.duration_ms
        if credits_start is None and (duration is None or (register.credits_ms or 0) <= duration):
            credits_start = register.credits_ms
    completed, rewatches = is_finished(report.position_ms, duration, credits_start, report.state), 0
    if register is not None:
        rewatches = register.rewatch_count
        if register.completed and not completed:
            end = duration or credits_start or register.position_ms
            completed = 2 * report.position_ms >= end
            rewatches += not completed
    return Register(
        position_ms=report.position_ms,
        state=report.state,
        stamp=report.stamp,
        duration_ms=duration,
        credits_ms=credits_start,
        platform_id=report.platform_id,
        device_id=report.device_id,
        completed=completed,
        rewatch_count=rewatches,
    )


def finishes(before: Register | None, after: Register) -> bool:
    """Return whether a run came to its end between two states."""
    return after.completed and (before is None or not before.completed)


def merge(one: Register, other: Register) -> Register:
    """Return the register that was written last: commutative, associative, idempotent (ties by content)."""
    return max(one, other, key=_rank)


def _rank(register: Register) -> tuple[object, ...]:
    return (
        register.stamp,
        register.rewatch_count,
        register.completed,
        register.position_ms,
        register.state,
        register.duration_ms or 0,
        register.credits_ms or 0,
        register.platform_id or "",
        register.device_id or "",
    )


def progress(position_ms: int, duration_ms: int | None) -> float | None:
    """Return the share watched, 0–1, None when the duration is unknown."""
    return None if not duration_ms else min(1.0, position_ms / duration_ms)


def resume_ms(position_ms: int, duration_ms: int | None) -> int:
    """Return where to start: 0 below 2 minutes and above 95 %, else the position."""
    if position_ms < RESUME_FROM_MS or (duration_ms is not None and position_ms > FINISHED_SHARE * duration_ms):
        return 0
    return position_ms
