"""GraphQL over server-sent events, distinct connections mode: one operation per POST, one stream per operation.

Protocol: PROTOCOL.md of graphql-sse. Lines end with LF alone: some routers look for LF LF between events.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from typing import Any

from starlette.types import Send

from graph.operation import Operation, Result
from graph.serving.answers import answers
from graph.serving.attendance import Attendance
from graph.serving.encoding import Answer, encode
from graph.serving.refusals import RequestError, masked
from graph.serving.request import ClientGoneError
from graph.serving.service import RequestLimits
from graph.serving.sharing import SharedStreams
from graph.serving.subscriber import Subscriber
from resolvers.context import Context

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]
_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"


class EventStream:
    """Writes the answers of one operation as events."""

    def __init__(self, limits: RequestLimits, send: Send) -> None:
        self._limits = limits
        self._send = send
        self._turn = asyncio.Lock()
        self.started = False

    async def answer(
        self, streams: SharedStreams, operation: Operation, context: Context, attendance: Attendance
    ) -> None:
        """Run an operation of any kind: a `next` for each answer, then `complete`.

        Errors of the document are a `next` too, because an EventSource cannot read the body of a 400. When the token
        expires, `attendance` ends the work: the stream then stops without `complete`, and clients connect again.

        Raises what happens before the first event; ClientGoneError when the client stops reading.
        """
        outcome = await streams.subscribe(operation, context)
        async with aclosing(outcome if isinstance(outcome, Subscriber) else answers(outcome)) as source:
            attendance.last_until(context.expires_at)
            self.started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            keepalive = asyncio.create_task(self._keep_alive())
            try:
                await self._write_answers(source)
                await self._write(_COMPLETE)
            finally:
                keepalive.cancel()
        await self.end()

    async def end(self) -> None:
        """Finish the response."""
        await self._send({"type": "http.response.body", "body": b""})

    async def _write_answers(self, source: Subscriber | AsyncGenerator[Result]) -> None:
        """Write every answer; what ends the stream before its time is written as the last one."""
        try:
            if isinstance(source, Subscriber):
                await source.run(self._begin)
                return
            async for result in source:
                await self._write(_next(encode(result)))
        except ClientGoneError:
            raise
        except RequestError as error:
            await self._write(_next(encode(error.result())))
        except Exception as error:  # the status is sent: the stream is the only place left to tell
            await self._write(_next(encode(masked(error).result())))

    def _begin(self, answer: Answer) -> Coroutine[Any, Any, None]:
        """Leave all of it to this stream's own task: a comment may be under way."""
        return self._write(_next(answer.json))

    async def _write(self, event: bytes) -> None:
        """Send one event, whole. Raises ClientGoneError when the client does not read in time."""
        try:
            async with asyncio.timeout(self._limits.send_seconds), self._turn:
                await self._send({"type": "http.response.body", "body": event, "more_body": True})
        except TimeoutError:
            raise ClientGoneError from None

    async def _keep_alive(self) -> None:
        """Write a comment now and then, which clients skip."""
        with suppress(ClientGoneError):  # the next event will find that out too
            while True:
                await asyncio.sleep(self._limits.keepalive_seconds)
                await self._write(_COMMENT)


def _next(answer: bytes) -> bytes:
    """Return one answer as an event; JSON has no line breaks of its own."""
    return b"event: next\ndata: " + answer + b"\n\n"
