"""GraphQL over WebSocket: the server side of the sub-protocol graphql-transport-ws, to the letter.

Protocol: PROTOCOL.md of graphql-ws. One task reads the socket; every operation is a task of its own that sends its
answers itself. Nothing is queued: an operation whose client does not read waits in `send`, and so does its source. Only
a stream that others share waits for nobody: it sends itself, and what its client cannot take waits within bounds.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send

from graph.operation import Operation, Result
from graph.serving.answers import answers
from graph.serving.encoding import Answer, encode
from graph.serving.messages import (
    PROTOCOL,
    CloseCode,
    SocketError,
    bad_request,
    decode_message,
    forbidden,
    id_of,
    payload_of,
    token_expired,
    token_in,
    too_slow,
    unexpected,
)
from graph.serving.negotiation import same_origin
from graph.serving.refusals import AuthenticationFailed, RequestError, masked, out_of_time
from graph.serving.request import ClientGoneError, operation_from
from graph.serving.sending import begun, direct
from graph.serving.service import ConnectionInfo, Service, Transport, connection_info, header_map
from graph.serving.subscriber import Begin, Subscriber
from resolvers.domain.errors import ErrorCode

FAREWELL_SECONDS = 1.0
"""How long a close frame may wait for a client that does not read."""


class GraphQLSocket:
    """One WebSocket from handshake to close."""

    def __init__(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self._service = service
        self._limits = service.limits
        self._scope = scope
        self._receive = receive
        self._send_event = send
        self._caller: tuple[Mapping[str, str], ConnectionInfo] | None = None
        self._active: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._deadline = asyncio.timeout(self._limits.init_seconds)
        self._ending = SocketError(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
        self._ended = False
        self._pulse: asyncio.Task[None] | None = None
        self._awaits_pong = False

    async def serve(self) -> None:
        """Hold the conversation; afterwards every operation is cancelled and its source freed."""
        ending: SocketError | None = None
        try:
            async with self._deadline:
                if await self._shake_hands():
                    await self._converse()
        except SocketError as error:
            ending = error
        except TimeoutError as error:
            ending = self._ending if self._deadline.expired() else unexpected(error)
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            ending = SocketError(CloseCode.GOING_AWAY, "The server is shutting down")
            raise
        except Exception as error:  # the last place to keep an unexpected failure from the client
            ending = unexpected(error)
        finally:
            await self._finish(ending)

    async def _shake_hands(self) -> bool:
        """Accept the socket. A page of another site is turned away with 403; then the answer is false.

        Raises SocketError (4406) for another sub-protocol: only an open socket can be told a close code.
        """
        await self._receive()  # websocket.connect, by the ASGI specification
        headers = header_map(self._scope)
        allowed, origin = self._service.allowed_origins, headers.get("origin")
        if allowed is not None and origin not in allowed and not same_origin(origin, headers.get("host")):
            await self._transmit({"type": "websocket.close"})
            return False
        if PROTOCOL not in self._scope["subprotocols"]:
            await self._transmit({"type": "websocket.accept"})
            raise SocketError(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Sub-protocol not acceptable: use {PROTOCOL}")
        await self._transmit({"type": "websocket.accept", "subprotocol": PROTOCOL})
        return True

    async def _converse(self) -> None:
        """Answer messages until the client leaves. Raises SocketError when it breaks the protocol."""
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                raise bad_request("Messages are text, not binary")
            await self._handle(decode_message(text, self._limits.max_body_bytes))
            await asyncio.sleep(0)  # many small frames in one segment must not hold the loop

    async def _handle(self, message: dict[str, Any]) -> None:
        """Do what one message says."""
        match message.get("type"):
            case "connection_init":
                await self._initialise(payload_of(message))
            case "ping":
                payload = payload_of(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                payload_of(message)
                self._awaits_pong = False
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                task = self._active.pop(id_of(message), None)
                if task is not None:
                    task.cancel()
            case str() as kind:
                raise bad_request(f"Unexpected message type {kind}")
            case _:
                raise bad_request("The message has no `type`")

    async def _initialise(self, payload: dict[str, Any] | None) -> None:
        """Acknowledge the connection once its caller is known."""
        if self._caller is not None:
            raise SocketError(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        parameters = payload or {}
        headers = header_map(self._scope)
        token = token_in(parameters)
        if token is not None:
            headers["authorization"] = token
        caller = headers, connection_info(self._scope, Transport.WEBSOCKET, parameters)
        try:
            context = await self._service.context_for(*caller)
        except RequestError as error:
            raise forbidden(error) from error
        self._caller = caller
        self._expire_at(context.expires_at)
        await self._send({"type": "connection_ack"})
        if self._limits.ping_seconds is not None:
            self._pulse = asyncio.create_task(self._feel_pulse(self._limits.ping_seconds))

    def _expire_at(self, moment: datetime | None) -> None:
        """Close the socket when the token does: a new one comes with a new socket."""
        loop = asyncio.get_running_loop()
        self._ending = token_expired()
        self._deadline.reschedule(
            None if moment is None else loop.time() + (moment - datetime.now(UTC)).total_seconds()
        )

    async def _subscribe(self, message: dict[str, Any]) -> None:
        """Start an operation of any kind; one that is beyond the limits is answered with an error."""
        operation_id, payload = id_of(message), payload_of(message)
        if self._caller is None:
            raise SocketError(CloseCode.UNAUTHORIZED, "Unauthorized: send connection_init first")
        if operation_id in self._active:
            raise SocketError(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {operation_id} already exists")
        try:
            operation = self._admit(payload)
        except RequestError as error:
            if error.code is ErrorCode.BAD_USER_INPUT:
                raise bad_request(error.message) from error
            await self._send({"id": operation_id, "type": "error", "payload": error.result()["errors"]})
            return
        task = asyncio.create_task(self._operate(operation_id, operation, *self._caller))
        self._active[operation_id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _admit(self, payload: dict[str, Any] | None) -> Operation:
        """Return the operation to run. Raises RequestError when it is malformed, or one too many."""
        operation = operation_from(payload or {}, self._limits.max_json_depth, self._service.persisted)
        limit = self._limits.operations_per_socket
        # Completed operations that still clean up count, or a client could pile them up.
        if len(self._tasks) >= limit:
            raise RequestError(
                HTTPStatus.TOO_MANY_REQUESTS,
                ErrorCode.RATE_LIMITED,
                f"This socket already runs {limit} operations; complete one first.",
            )
        return operation

    async def _operate(
        self, operation_id: str, operation: Operation, headers: Mapping[str, str], connection: ConnectionInfo
    ) -> None:
        """Run one operation to its `complete` or `error`."""
        try:
            try:
                errors = await self._answer(operation_id, operation, headers, connection)
            except AuthenticationFailed as error:
                self._end(forbidden(error))
                return
            except RequestError as error:
                errors = error.result()["errors"]
            except ClientGoneError:
                return
            except Exception as error:  # one operation's failure is not the socket's
                errors = masked(error).result()["errors"]
            if not self._is_current(operation_id):
                return
            # The id is free before the client can know it.
            del self._active[operation_id]
            with suppress(ClientGoneError):
                if errors is None:
                    await self._send({"id": operation_id, "type": "complete"})
                else:
                    await self._send({"id": operation_id, "type": "error", "payload": errors})
        finally:
            if self._is_current(operation_id):
                del self._active[operation_id]

    async def _answer(
        self, operation_id: str, operation: Operation, headers: Mapping[str, str], connection: ConnectionInfo
    ) -> list[Any] | None:
        """Send a `next` for each answer; return the errors of an operation that was refused, else None."""
        outcome = await self._open(operation, headers, connection)
        if isinstance(outcome, dict) and "data" not in outcome:
            errors: list[Any] = outcome["errors"]
            return errors
        begin = self._begin_next(operation_id)
        if isinstance(outcome, Subscriber):
            async with aclosing(outcome):
                await outcome.run(begin)
            return None
        async with aclosing(answers(outcome)) as stream:
            async for result in stream:
                if not self._is_current(operation_id):
                    break
                rest = begin(Answer(result))
                if rest is not None:
                    await rest
        return None

    def _begin_next(self, operation_id: str) -> Begin:
        """Return what sends an answer of the running task's operation as a `next`, unless the client has ended it."""
        task, active, write = asyncio.current_task(), self._active, direct(self._scope)
        head = b'{"id":' + encode(operation_id) + b',"type":"next","payload":'

        def begin(answer: Answer) -> Coroutine[Any, Any, None] | None:
            if active.get(operation_id) is not task or write(answer.frame(head)):
                return None
            return self._begin(answer.text(head))

        return begin

    async def _open(
        self, operation: Operation, headers: Mapping[str, str], connection: ConnectionInfo
    ) -> Result | AsyncIterator[Result] | Subscriber:
        """Return the answer or the stream of answers. Raises RequestError (TIMEOUT) when neither comes in time."""
        seconds = self._limits.request_seconds
        try:
            async with asyncio.timeout(seconds) as patience:
                context = await self._service.context_for(headers, connection)
                return await self._service.streams.subscribe(operation, context)
        except TimeoutError as error:
            if patience.expired():
                raise out_of_time(seconds) from error
            raise

    def _is_current(self, operation_id: str) -> bool:
        """Return whether the running task is still the owner of an id, which its client may have used again."""
        return self._active.get(operation_id) is asyncio.current_task()

    async def _send(self, message: dict[str, Any]) -> None:
        """Send one message. Raises ClientGoneError."""
        rest = self._begin(encode(message).decode())
        if rest is not None:
            await rest

    def _begin(self, text: str) -> Coroutine[Any, Any, None] | None:
        """Send a message if the client can take it now; return the rest of it if not. Raises ClientGoneError."""
        try:
            rest = begun(self._send_event({"type": "websocket.send", "text": text}))
        except OSError:  # ASGI's way to say that the client has left
            raise ClientGoneError from None
        return None if rest is None else self._in_time(rest)

    async def _in_time(self, rest: Awaitable[None]) -> None:
        """Wait for a slow client. Raises ClientGoneError; one that does not read in time loses the socket."""
        loop = asyncio.get_running_loop()
        slow = loop.call_later(self._limits.send_seconds, self._end, too_slow())
        try:
            await rest
        except OSError:
            raise ClientGoneError from None
        finally:
            slow.cancel()

    async def _transmit(self, event: dict[str, Any]) -> None:
        """Hand one event to the server. Raises ClientGoneError when the client has left."""
        try:
            await self._send_event(event)
        except OSError:
            raise ClientGoneError from None

    async def _feel_pulse(self, seconds: float) -> None:
        """Send pings for ever; end the socket when one has not been answered by the time of the next."""
        with suppress(ClientGoneError):
            while True:
                await asyncio.sleep(seconds)
                if self._awaits_pong:
                    self._end(too_slow())
                    return
                self._awaits_pong = True
                await self._send({"type": "ping"})

    def _end(self, ending: SocketError) -> None:
        """End the conversation from outside its reader."""
        if not self._ended and not self._deadline.expired():
            self._ending = ending
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _finish(self, ending: SocketError | None) -> None:
        """Cancel every operation, say why the socket is closed, and wait until all sources are freed."""
        self._ended = True
        tasks = (*self._tasks, *(() if self._pulse is None else (self._pulse,)))
        self._active.clear()
        for task in tasks:
            task.cancel()
        if ending is not None:
            with suppress(ClientGoneError, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    close = {"type": "websocket.close", "code": int(ending.code), "reason": ending.reason}
                    await self._transmit(close)
        await asyncio.gather(*tasks, return_exceptions=True)
