"""GraphQL over HTTP (the GraphQL foundation's draft specification), straight on ASGI.

Queries come by GET or POST, mutations by POST only. Answers are `application/graphql-response+json`, where the status
tells request errors apart, or `application/json`, where every well-formed request is answered 200; POST may also ask
for `text/event-stream` (graph/serving/sse.py). Malformed requests are answered 4xx in either.
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from graph.operation import READ_AND_WRITE, READ_ONLY, Operation, Result
from graph.serving.attendance import Attendance
from graph.serving.compression import WORTHWHILE, coding_for, compressed
from graph.serving.encoding import encode
from graph.serving.negotiation import MediaType, answer_type, refuse_foreign_page, require_json
from graph.serving.refusals import RequestError, bad_input, masked, out_of_time
from graph.serving.request import (
    ClientGoneError,
    operation_from_body,
    operation_from_query_string,
    read_body,
)
from graph.serving.service import Service, Transport, connection_info, header_map
from graph.serving.sse import EventStream

_METHODS = ("GET", "POST")
_CONTENT_TYPES = {media: f"{media}; charset=utf-8".encode() for media in MediaType}


async def serve_http(service: Service, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request. Raises nothing but cancellation."""
    limits = service.limits
    media = MediaType.JSON
    attendance = Attendance(receive, limits.request_seconds)
    stream: EventStream | None = None
    reading = True
    try:
        async with attendance:
            method, headers = scope["method"], header_map(scope)
            if method not in _METHODS:
                message = "GraphQL is served by GET (queries) and POST."
                raise bad_input(message, HTTPStatus.METHOD_NOT_ALLOWED, allow=", ".join(_METHODS))
            media = answer_type(headers.get("accept"), streams=method == "POST")
            operation = await _read_operation(service, scope, receive, headers)
            reading = False
            attendance.watch()
            context = await service.context_for(headers, connection_info(scope, Transport.HTTP))
            if media is MediaType.EVENT_STREAM:
                stream = EventStream(limits, send)
                await stream.answer(service.streams, operation, context, attendance)
                return
            allowed = READ_ONLY if method == "GET" else READ_AND_WRITE
            result = await service.graph.execute(operation, context, allowed)
            status, body = _status(result, media, method), encode(result)
    except ClientGoneError:
        return
    except RequestError as error:
        await _refuse(send, media, error)
    except TimeoutError as error:
        if attendance.gone:
            return
        if stream is not None and stream.started:
            await stream.end()
        elif not attendance.expired:
            await _refuse(send, media, masked(error))
        elif reading:
            await _refuse(send, media, bad_input("The request came too slowly.", HTTPStatus.REQUEST_TIMEOUT))
        else:
            await _refuse(send, media, out_of_time(limits.request_seconds))
    except Exception as error:  # the last place to keep an unexpected failure from the client
        await _refuse(send, media, masked(error))
    else:
        extra = {"allow": "POST"} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
        body = await _coded(body, headers, extra)
        await _respond(send, status, media, body, extra)


async def _read_operation(service: Service, scope: Scope, receive: Receive, headers: Mapping[str, str]) -> Operation:
    """Return what a request asks for. Raises RequestError, or ClientGoneError."""
    limits = service.limits
    if scope["method"] == "GET":
        refuse_foreign_page(headers)
        return operation_from_query_string(
            scope["query_string"], limits.max_body_bytes, limits.max_json_depth, service.persisted
        )
    require_json(headers)
    body = await read_body(receive, headers, limits.max_body_bytes)
    return operation_from_body(body, limits.max_json_depth, service.persisted)


def _status(result: Result, media: MediaType, method: str) -> int:
    """Return the status of an answer.

    With `data`, even null, it is 200. A request error may name its own in `extensions.status`; the rest are 400. In
    `application/json` 400 becomes 200: there, a fault of the document is no fault of the request.
    """
    if "data" in result:
        return HTTPStatus.OK
    named = next(((error.get("extensions") or {}).get("status") for error in result.get("errors", ())), None)
    status = named if isinstance(named, int) and 400 <= named <= 599 else HTTPStatus.BAD_REQUEST
    if status == HTTPStatus.METHOD_NOT_ALLOWED and method == "POST":
        # A subscription: no method would help, another transport does.
        status = HTTPStatus.BAD_REQUEST
    if status == HTTPStatus.BAD_REQUEST and media is MediaType.JSON:
        return HTTPStatus.OK
    return status


async def _coded(body: bytes, headers: Mapping[str, str], extra: dict[str, str]) -> bytes:
    """Return a body in the coding its client prefers, and say so in the `extra` headers; a small one as it is."""
    if len(body) < WORTHWHILE:
        return body
    extra["vary"] = "accept, accept-encoding"
    coding = coding_for(headers.get("accept-encoding"))
    if coding is None:
        return body
    extra["content-encoding"] = coding
    return await compressed(body, coding)


async def _refuse(send: Send, media: MediaType, error: RequestError) -> None:
    """Answer with an error; whoever asked for an event stream that never began reads JSON."""
    written = MediaType.JSON if media is MediaType.EVENT_STREAM else media
    await _respond(send, error.status, written, encode(error.result()), error.headers)


async def _respond(send: Send, status: int, media: MediaType, body: bytes, headers: Mapping[str, str]) -> None:
    """Send a whole response."""
    head = [(b"content-type", _CONTENT_TYPES[media]), (b"content-length", b"%d" % len(body))]
    head.extend((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
    await send({"type": "http.response.start", "status": int(status), "headers": head})
    await send({"type": "http.response.body", "body": body})
