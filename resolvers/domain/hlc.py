"""Hybrid logical clocks: stamps that order writes by wall time where clocks tell them apart, and by cause where not.

Source: Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks and Consistent Snapshots in Globally
Distributed Databases" (2014), algorithm HLC; the device breaks ties.
"""

import re
from dataclasses import dataclass

from resolvers.domain.errors import BadUserInput, ClockDrift

MAXIMUM_DRIFT_MS = 60_000
"""How far ahead of our clock a stamp may be. One far ahead would win over every write until we got there."""

SERVER = "server"
"""The device of stamps made for writes that came without one."""

_LARGEST_WALL = 10**15 - 1
_LARGEST_COUNTER = 10**6 - 1
_TEXT = re.compile(r"(\d{15})-(\d{6})-([0-9a-z][0-9a-z-]{0,63})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """When something was decided: milliseconds since 1970, a counter within them, and the device that decided.

    Compared as a tuple. The text form has fixed widths for both numbers, so that texts (compared by code point) sort as
    the tuples do.
    """

    wall_ms: int
    counter: int
    device: str

    def __str__(self) -> str:
        return f"{self.wall_ms:015d}-{self.counter:06d}-{self.device}"


def parse_stamp(text: str) -> Stamp:
    """Return the stamp a text stands for; raise BadUserInput for any other form."""
    match = _TEXT.fullmatch(text)
    if match is None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise BadUserInput(
            f"{shown!r} is not a stamp: write 15 digits of milliseconds since 1970, a counter of 6 digits and the "
            "device's id in small letters, joined by hyphens, such as 001790000000000-000000-tv."
        )
    return Stamp(int(match[1]), int(match[2]), match[3])


def tick(last: Stamp | None, now_ms: int, device: str = SERVER) -> Stamp:
    """Return the stamp of a local event: later than `last` whatever the wall clock says, even when it went back."""
    return _after(now_ms, device, last)


def receive(last: Stamp | None, remote: Stamp, now_ms: int, device: str = SERVER) -> Stamp:
    """Return the stamp of having heard of `remote`: later than it and than `last`.

    Raises ClockDrift if `remote` is more than a minute ahead of `now_ms`.
    """
    ahead = remote.wall_ms - now_ms
    if ahead > MAXIMUM_DRIFT_MS:
        raise ClockDrift(
            f"The stamp is {ahead / 1000:.0f} s ahead of our clock, and {MAXIMUM_DRIFT_MS // 1000} s is the most we "
            "take: set the device's clock, or leave the stamp out."
        )
    return _after(now_ms, device, last, remote)


def _after(now_ms: int, device: str, *seen: Stamp | None) -> Stamp:
    wall = max([now_ms, *(stamp.wall_ms for stamp in seen if stamp is not None)])
    counter = max((stamp.counter + 1 for stamp in seen if stamp is not None and stamp.wall_ms == wall), default=0)
    if counter > _LARGEST_COUNTER:  # a million events in one millisecond: the next one is as good
        wall, counter = wall + 1, 0
    if not 0 <= wall <= _LARGEST_WALL:
        raise ValueError(f"{wall} ms since 1970 does not fit a stamp")
    return Stamp(wall, counter, device)
