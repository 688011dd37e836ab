"""Whether anybody is still there to be answered."""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from starlette.types import Receive

GRACE_SECONDS = 0.02
"""Answers quicker than this are not worth the price of watching for a client that leaves."""


class Attendance:
    """Ends a block of work with TimeoutError when its client leaves (then `gone` is true) or its time is up.

    Watching starts with `watch()`, once the request body has been read: until then the body's reader sees a
    disconnect itself.
    """

    __slots__ = ("_receive", "_scope", "_timer", "_watcher", "gone")

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._scope = asyncio.timeout(seconds)
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None
        self.gone = False

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
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
        self._timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._listen)

    def last_until(self, moment: datetime | None) -> None:
        """Replace the time allowed by an instant, or by for ever."""
        loop = asyncio.get_running_loop()
        left = None if moment is None else loop.time() + (moment - datetime.now(UTC)).total_seconds()
        self._scope.reschedule(left)

    def _listen(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._scope.reschedule(asyncio.get_running_loop().time())
