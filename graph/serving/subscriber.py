"""One of those who share a stream: on time while it reads, a bounded number of events behind while it does not."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from graph.serving.encoding import Answer
from graph.serving.refusals import RequestError
from resolvers.domain.errors import ErrorCode

Begin = Callable[[Answer], Coroutine[Any, Any, None] | None]
"""Sends an answer: returns None when that is done, else what is left to await before the next one."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far a subscriber may be behind: what waits besides the answer that is being sent, all of it or one answer."""

    answers: int
    bytes: int


class FallenBehind(RequestError):
    """The subscriber reads too slowly: what waited for it is dropped, and it has to catch up."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.TOO_MANY_REQUESTS,
            ErrorCode.LIMIT_EXCEEDED,
            "Events came faster than you read them, so some were dropped and this subscription has ended. "
            "Subscribe again with `since`: the last revision you received.",
        )


class Subscriber:
    """Takes the answers of a shared stream without ever waiting or raising, and sees to it that its client gets them.

    `run` belongs to the client's task, `tell` and `finish` to the stream's. An answer that the client can take at once
    is sent by `tell` itself, so a client that keeps up costs no task switch.
    """

    __slots__ = ("_awakening", "_backlog", "_begin", "_failure", "_is_over", "_leave", "_rest", "_waiting", "_weight")

    def __init__(self, backlog: Backlog, leave: Callable[["Subscriber"], Awaitable[None]]) -> None:
        """`leave` takes it out of its stream; it may be called more than once."""
        self._backlog = backlog
        self._leave = leave
        self._begin: Begin | None = None
        self._rest: Coroutine[Any, Any, None] | None = None
        self._waiting: deque[Answer] | None = None  # an empty deque weighs more than all the rest
        self._weight = 0
        self._is_over = False
        self._failure: Exception | None = None
        self._awakening: asyncio.Future[None] | None = None

    def tell(self, answer: Answer) -> None:
        """Send an answer, or keep it while the one before is under way.

        One too many ends the subscription with FallenBehind, after the answer that is under way.
        """
        if self._is_over:
            return
        if self._rest is not None or self._begin is None:
            self._keep(answer)
            return
        try:
            self._rest = self._begin(answer)
        except Exception as error:  # this client's trouble is not the stream's; run() raises it
            self.finish(error)
            return
        if self._rest is not None:
            self._wake()

    def finish(self, failure: Exception | None = None) -> None:
        """Take no more answers: the stream has ended, for a reason or as streams do."""
        if not self._is_over:
            self._is_over = True
            self._failure = failure
            self._wake()

    async def run(self, begin: Begin) -> None:
        """Send every answer until the stream ends. Raises what it ended with, what `begin` raises, or FallenBehind."""
        self._begin = begin
        while True:
            if self._rest is None and self._waiting:
                answer = self._waiting.popleft()
                self._weight -= len(answer.json)
                self._rest = begin(answer)
            elif self._rest is not None:
                await self._rest
                self._rest = None
            elif not self._is_over:
                self._awakening = asyncio.get_running_loop().create_future()
                await self._awakening
            elif self._failure is not None:
                raise self._failure.with_traceback(None)  # one exception may end many subscribers
            else:
                return

    async def aclose(self) -> None:
        """Leave the stream; the last one to leave waits until its source is freed."""
        self._is_over = True
        self._waiting = None
        if self._rest is not None:
            self._rest.close()
            self._rest = None
        await self._leave(self)

    def _keep(self, answer: Answer) -> None:
        if self._waiting is None:
            self._waiting = deque()
        bounds = self._backlog
        if self._waiting and (len(self._waiting) >= bounds.answers or self._weight + len(answer.json) > bounds.bytes):
            self._waiting.clear()
            self._weight = 0
            self.finish(FallenBehind())
            return
        self._waiting.append(answer)
        self._weight += len(answer.json)

    def _wake(self) -> None:
        if self._awakening is not None and not self._awakening.done():
            self._awakening.set_result(None)
