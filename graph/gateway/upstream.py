"""Subscriptions of subgraphs elsewhere: graphql-transport-ws and graphql-sse, one connection each.

Protocols: PROTOCOL.md of graphql-ws, and the distinct connections mode of PROTOCOL.md of graphql-sse.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from graph.gateway.json_bodies import as_json, read_capped
from graph.gateway.subgraph_answer import (
    MalformedAnswerError,
    checked,
    checked_errors,
    failure,
    read_answer,
    unavailable,
)
from graph.operation import Result
from resolvers.domain.errors import ErrorCode

logger = logging.getLogger(__name__)
CheckedT = TypeVar("CheckedT")

_PROTOCOL = Subprotocol("graphql-transport-ws")
_ID = "1"
_UNAUTHORIZED, _FORBIDDEN = 4401, 4403
_REFUSAL_SECONDS = 0.25
"""How long to wait for a refusal: the protocol acknowledges no subscription, but refuses at once."""
_SILENCE_SECONDS = 90.0
"""After which an event stream without even a comment is taken for dead; servers send one every 15 s or so."""


class Unreachable(Exception):
    """There is no subscription to be had: nobody listens, or nobody who speaks the protocol."""


class _Lost(Exception):
    """The connection ended before the subscription did; holds the code a client is told."""

    def __init__(self, reason: str, code: ErrorCode = ErrorCode.UPSTREAM_UNAVAILABLE) -> None:
        self.code = code
        super().__init__(reason)


class _Refused(Exception):
    """The subgraph ended the subscription with errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors
        super().__init__()


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a subscription is opened, for whom, and the limits: of the handshake (seconds), of an event (bytes)."""

    subgraph: str
    url: str
    headers: Mapping[str, str]
    handshake_seconds: float
    max_event_bytes: int

    def lost(self, error: _Lost) -> Result:
        """Return the last event of a stream whose subgraph is gone."""
        logger.warning("Subgraph %s: subscription lost: %s", self.subgraph, error)
        if error.code is ErrorCode.UPSTREAM_UNAVAILABLE:
            message = f"The subgraph {self.subgraph!r} ended this subscription; subscribe again."
        else:
            message = "The access token no longer holds for this subscription; subscribe again with a fresh one."
        return failure(message, error.code)


# – graphql-transport-ws –


async def over_websocket(upstream: Upstream, request: Mapping[str, Any]) -> Result | AsyncGenerator[Result]:
    """Open a subscription over a WebSocket: its events, or a Result without `data` when it is refused at once.

    The caller's headers go with the handshake and in the payload of `connection_init`. Raises Unreachable.
    """
    try:
        async with asyncio.timeout(upstream.handshake_seconds):
            connection = await connect(
                "ws" + upstream.url.removeprefix("http"),
                subprotocols=[_PROTOCOL],
                additional_headers=upstream.headers,
                user_agent_header="media-gateway",
                compression=None,
                proxy=None,
                open_timeout=None,
                close_timeout=1,
                max_size=upstream.max_event_bytes,
            )
    except (OSError, InvalidHandshake, InvalidURI) as error:  # TimeoutError is an OSError
        raise Unreachable(str(error) or "no answer in time") from error
    conversation = _Conversation(connection)
    try:
        async with asyncio.timeout(upstream.handshake_seconds):
            await conversation.begin(upstream.headers, request)
        first = await conversation.refusal_or_first()
    except _Refused as refusal:
        await connection.close()
        return {"errors": refusal.errors}
    except _Lost as error:
        await connection.close()
        if error.code is ErrorCode.UPSTREAM_UNAVAILABLE:
            raise Unreachable(str(error)) from error
        return upstream.lost(error)
    except TimeoutError as error:
        await connection.close()
        raise Unreachable("the connection was not acknowledged in time") from error
    except BaseException:
        await connection.close()
        raise
    return _relayed(upstream, conversation, first)


class _Conversation:
    """One subscription on one connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.completed = False

    async def begin(self, headers: Mapping[str, str], request: Mapping[str, Any]) -> None:
        """Initialise the connection, await its acknowledgement, and subscribe. Raises _Lost."""
        if self._connection.subprotocol != _PROTOCOL:
            raise _Lost(f"the server does not speak {_PROTOCOL}")
        await self._send({"type": "connection_init", "payload": headers} if headers else {"type": "connection_init"})
        while (kind := (await self._receive()).get("type")) != "connection_ack":
            if kind != "pong":
                raise _Lost(f"{kind!r} in place of connection_ack")
        await self._send({"id": _ID, "type": "subscribe", "payload": request})

    async def refusal_or_first(self) -> Result | None:
        """Return the first event if it comes right away; None means that none has come yet, or that all is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_REFUSAL_SECONDS):
                return await self.following()
        return None

    async def following(self) -> Result | None:
        """Return the next event, None when the subgraph has completed. Raises _Refused or _Lost."""
        while not self.completed:
            message = await self._receive()
            match message.get("type"):
                case "next":
                    return _told(checked, message.get("payload"))
                case "error":
                    self.completed = True
                    raise _Refused(_told(checked_errors, message.get("payload")))
                case "complete":
                    self.completed = True
                case "pong":
                    pass
                case kind:
                    raise _Lost(f"an unexpected message of type {kind!r}")
        return None

    async def end(self) -> None:
        """Tell the subgraph that nobody listens any more, and close."""
        with suppress(_Lost):
            if not self.completed:
                await self._send({"id": _ID, "type": "complete"})
        await self._connection.close()

    async def _receive(self) -> dict[str, Any]:
        """Return the next message; pings are answered on the way."""
        while True:
            try:
                text = await self._connection.recv()
            except ConnectionClosed as closed:
                raise _lost_by(closed) from None
            try:
                message = orjson.loads(text)
            except ValueError:
                raise _Lost("a message that is no JSON") from None
            if not isinstance(message, dict):
                raise _Lost("a message that is no object")
            if message.get("type") != "ping":
                return message
            await self._send({key: message[key] for key in ("payload",) if key in message} | {"type": "pong"})

    async def _send(self, message: Mapping[str, Any]) -> None:
        try:
            await self._connection.send(as_json(message).decode())
        except ConnectionClosed as closed:
            raise _lost_by(closed) from None


def _told(check: Callable[[Any], CheckedT], payload: Any) -> CheckedT:
    try:
        return check(payload)
    except MalformedAnswerError as error:
        raise _Lost(f"a malformed event: {error}") from None


def _lost_by(closed: ConnectionClosed) -> _Lost:
    """Read a close: the sub-protocol closes 4401 or 4403 for a token; ours say the code first (`TOKEN_EXPIRED: …`)."""
    if closed.rcvd is None or closed.rcvd.code not in {_UNAUTHORIZED, _FORBIDDEN}:
        return _Lost(str(closed))
    named = closed.rcvd.reason.partition(":")[0]
    if named in ErrorCode.__members__:
        return _Lost(str(closed), ErrorCode(named))
    forbidden = closed.rcvd.code == _FORBIDDEN
    return _Lost(str(closed), ErrorCode.FORBIDDEN if forbidden else ErrorCode.UNAUTHENTICATED)


async def _relayed(upstream: Upstream, conversation: _Conversation, first: Result | None) -> AsyncGenerator[Result]:
    try:
        event = first or await conversation.following()
        while event is not None:
            yield event
            event = await conversation.following()
    except _Refused as refusal:
        yield {"errors": refusal.errors}
    except _Lost as error:
        yield upstream.lost(error)
    finally:
        await conversation.end()


# – graphql-sse –


async def over_event_stream(
    upstream: Upstream, request: Mapping[str, Any], client: httpx.AsyncClient
) -> Result | AsyncGenerator[Result]:
    """Open a subscription as an event stream: its events, or a Result without `data` when it is refused.

    Raises Unreachable.
    """
    asked = client.build_request(
        "POST",
        upstream.url,
        content=as_json(request),
        headers={
            "accept": "text/event-stream",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "media-gateway",
            **upstream.headers,
        },
        timeout=httpx.Timeout(None, read=_SILENCE_SECONDS),
    )
    try:
        async with asyncio.timeout(upstream.handshake_seconds):
            response = await client.send(asked, stream=True)
    except (TimeoutError, httpx.HTTPError) as error:
        raise Unreachable(str(error) or "no answer in time") from error
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/event-stream":
        return await _unless_refused(_streamed(upstream, response))
    try:
        async with asyncio.timeout(upstream.handshake_seconds):
            content = await read_capped(response, upstream.max_event_bytes)
        errors = read_answer(content or b"").get("errors")
    except (TimeoutError, httpx.HTTPError, MalformedAnswerError) as error:
        raise Unreachable(f"status {response.status_code}, no event stream") from error
    finally:
        await response.aclose()
    return {"errors": errors} if errors else unavailable(upstream.subgraph)


async def _unless_refused(events: AsyncGenerator[Result]) -> Result | AsyncGenerator[Result]:
    """Return the events, or the first one alone when it comes right away and is a refusal."""
    first = asyncio.ensure_future(anext(events, None))
    try:
        await asyncio.wait({first}, timeout=_REFUSAL_SECONDS)
        if not first.done():
            return _from_first(first, events)
        event = await first
    except BaseException:
        first.cancel()
        await asyncio.wait({first})
        await events.aclose()
        raise
    if event is not None and "data" not in event:
        await events.aclose()
        return event
    return _from_first(first, events)


async def _from_first(first: asyncio.Future[Result | None], events: AsyncGenerator[Result]) -> AsyncGenerator[Result]:
    try:
        event = await first
        while event is not None:
            yield event
            event = await anext(events, None)
    finally:
        first.cancel()
        await asyncio.wait({first})
        await events.aclose()


async def _streamed(upstream: Upstream, response: httpx.Response) -> AsyncGenerator[Result]:
    try:
        async for name, data in _events(response, upstream.max_event_bytes):
            if name == "complete":
                return
            if name == "next":
                try:
                    event = read_answer(data)
                except MalformedAnswerError as error:
                    raise _Lost(f"a malformed event: {error}") from None
                yield event
        raise _Lost("the stream ended without `complete`")
    except httpx.HTTPError as error:
        yield upstream.lost(_Lost(str(error)))
    except _Lost as error:
        yield upstream.lost(error)
    finally:
        await response.aclose()


async def _events(response: httpx.Response, limit: int) -> AsyncIterator[tuple[str, bytes]]:
    """Yield name and data of each event (HTML standard, 9.2.6); lines end with LF or CR LF."""
    name, data, rest = "message", b"", b""
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) + len(data) > limit:
            raise _Lost("an event that is too large")
        for line in lines:
            field, colon, value = line.removesuffix(b"\r").partition(b":")
            value = value.removeprefix(b" ")
            if field == b"event":
                name = value.decode(errors="replace")
            elif field == b"data":
                data = data + b"\n" + value if data else value
            elif not field and not colon:
                if data or name == "complete":
                    yield name, data
                name, data = "message", b""
