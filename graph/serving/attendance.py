"""Whether anybody is still there to be answered."""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from starlette.types import Receive

GRACE_SECONDS = 0.02
"""Answers quicker than this are not worth the price of a deadline and of watching for a client that leaves."""


class Attendance:
    """Ends a block of work with TimeoutError when its client leaves (then `gone` is true) or its time is up.

    Watching starts with `watch()`, once the request body has been read: until then the body's reader sees a
    disconnect itself. Quick work pays for one timer and nothing else.
    """

    __slots__ = ("_deadline", "_late", "_receive", "_scope", "_timer", "_watcher", "_watching", "gone")

    _timer: asyncio.TimerHandle

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._deadline: float | None = asyncio.get_running_loop().time() + seconds
        self._scope = asyncio.timeout(None)
        self._watcher: asyncio.Task[None] | None = None
        self._watching = False
        self._late = False
        self.gone = False

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._be_late)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        await self._scope.__aexit__(kind, error, trace)

    @property
    def expired(self) -> bool:
        """Whether it was this block's end that raised the TimeoutError, and not something within."""
        return self._scope.expired()

    def watch(self) -> None:
        """Begin to listen for the client's leaving, unless the work is done in a moment."""
        self._watching = True
        if self._late:
            self._listen()

    def last_until(self, moment: datetime | None) -> None:
        """Replace the time allowed by an instant, or by for ever."""
        now = asyncio.get_running_loop().time()
        self._deadline = None if moment is None else now + (moment - datetime.now(UTC)).total_seconds()
        if self._late:
            self._scope.reschedule(self._deadline)

    def _be_late(self) -> None:
        self._late = True
        self._scope.reschedule(self._deadline)
        if self._watching:
            self._listen()

    def _listen(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())
