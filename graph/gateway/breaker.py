"""A circuit breaker: what fails again and again is left alone for a while (Nygard, Release It!, chapter 5)."""

import time
from collections.abc import Callable


class Breaker:
    """Closed, it lets everything pass; open, nothing; after its pause one probe, whose outcome decides.

    Whoever was admitted reports back with exactly one of `succeeded`, `failed` and `abandoned`; a later `failed` for
    the same request does no harm.
    """

    def __init__(self, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`failures` in a row open it, for `pause` seconds."""
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether nothing but a probe would pass, and not even that now."""
        if self._opened_at is None:
            return False
        return self._probing or self._clock() - self._opened_at < self._pause

    def admit(self) -> bool:
        """Return whether a request may go out now; it may be the probe."""
        if self.is_open:
            return False
        self._probing = self._opened_at is not None
        return True

    def succeeded(self) -> None:
        """Close: the other side answers."""
        self._failures = 0
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        """Count a failure; the last one of a row, or that of a probe, opens."""
        self._failures += 1
        if self._probing or self._opened_at is not None or self._failures >= self._limit:
            self._opened_at = self._clock()
        self._probing = False

    def abandoned(self) -> None:
        """Forget a request whose outcome nobody waited for; the next one may be the probe."""
        self._probing = False
