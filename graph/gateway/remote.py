"""Subgraphs elsewhere, over HTTP: pooled, bounded, repeated where that is safe, and left alone while they are down."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any, Self

import httpx

from graph.gateway.breaker import Breaker
from graph.gateway.flights import Flights
from graph.gateway.json_bodies import as_json, read_capped
from graph.gateway.places import RemoteSubgraph, StreamProtocol
from graph.gateway.propagation import UnsendableTokenError, propagated
from graph.gateway.subgraph_answer import MalformedAnswerError, failure, read_answer, refuses_token, unavailable
from graph.gateway.transport import SubgraphOperation, UnknownSubgraphError
from graph.gateway.upstream import Unreachable, Upstream, over_event_stream, over_websocket
from graph.operation import OperationKind, Result
from resolvers.context import Context
from resolvers.domain.errors import ErrorCode

logger = logging.getLogger(__name__)

_PASSING = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""Statuses that say: not now. A query is asked again."""
_HEADERS = {
    "accept": "application/graphql-response+json, application/json",
    "accept-encoding": "identity",  # packing costs more than it saves next door, and hides how large an answer is
    "content-type": "application/json",
    "user-agent": "media-gateway",
}


class Remote:
    """Subgraphs over HTTP, by name; implements Transport. Close it, or use it with `async with`, again if need be.

    Nothing of the machine's environment steers it (no proxies, no .netrc), and no cookie is kept: what one client's
    fetch is answered must not colour another's.
    """

    def __init__(self, subgraphs: Mapping[str, RemoteSubgraph], tls: SSLContext | None = None) -> None:
        """`tls` says whose certificates count; those of the usual authorities when omitted."""
        self._places = dict(subgraphs)
        self._tls = tls
        self._flights = Flights()
        self._writes = 0
        self._open()

    def _open(self) -> None:
        self._client = httpx.AsyncClient(
            http2=True,  # where it is offered, which takes TLS
            verify=self._tls or True,
            timeout=None,  # noqa: S113 – every fetch has a deadline of its own
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=30),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            trust_env=False,
        )
        self._subgraphs = {name: _Subgraph(name, place, self._client) for name, place in self._places.items()}

    async def __aenter__(self) -> Self:
        if self._client.is_closed:
            self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def execute(self, subgraph: str, fetch: SubgraphOperation, context: Context) -> Result:
        """Answer a query or mutation; a subgraph that gives no answer is a Result without `data`, with a code."""
        target = self._target(subgraph)
        try:
            headers = propagated(context.headers, target.place.headers)
            body = _request_body(fetch)
        except UnsendableTokenError as error:
            return failure(str(error), ErrorCode.UNAUTHENTICATED)
        except (TypeError, ValueError, RecursionError):
            return failure("The variables hold a value that JSON cannot carry.", ErrorCode.BAD_USER_INPUT)
        if fetch.kind is not OperationKind.QUERY:
            try:
                return _for_caller(await target.ask(body, headers, retries=0), headers)
            finally:
                self._writes += 1
        # A read that began before a write has ended may not know of it: later reads do not share its answer.
        key = (subgraph, self._writes, body, tuple(headers.items()))
        answer = await self._flights.join(key, lambda: target.ask(body, headers, target.place.retries))
        return _for_caller(answer, headers)

    async def subscribe(
        self, subgraph: str, fetch: SubgraphOperation, context: Context
    ) -> Result | AsyncGenerator[Result]:
        """Open a subscription on a connection of its own.

        A subgraph that is lost later ends the stream with a Result that says so. What it refuses at once is a Result
        without `data`.
        """
        target = self._target(subgraph)
        try:
            headers = propagated(context.headers, target.place.headers)
            stream = await target.subscribe(_request(fetch), headers)
        except UnsendableTokenError as error:
            return failure(str(error), ErrorCode.UNAUTHENTICATED)
        return stream if isinstance(stream, dict) else self._noticed(stream)

    async def _noticed(self, stream: AsyncGenerator[Result]) -> AsyncGenerator[Result]:
        """Pass events on; each tells of a change, which reads already under way may not know of."""
        try:
            async for event in stream:
                self._writes += 1
                yield event
        finally:
            await stream.aclose()

    async def probe(self, subgraph: str) -> Result:
        """Ask a subgraph, once and for nobody, whether it is there; an answer with `data` says yes."""
        return await self._target(subgraph).ask(_request_body(SubgraphOperation("{ __typename }")), {}, retries=0)

    def _target(self, subgraph: str) -> "_Subgraph":
        try:
            return self._subgraphs[subgraph]
        except KeyError:
            known = ", ".join(sorted(self._subgraphs)) or "none"
            raise UnknownSubgraphError(f"The subgraph {subgraph!r} has no URL; known: {known}.") from None


class _Subgraph:
    """One subgraph, and how it has been doing."""

    def __init__(self, name: str, place: RemoteSubgraph, client: httpx.AsyncClient) -> None:
        self.place = place
        self._name = name
        self._client = client
        self._turns = asyncio.Semaphore(place.concurrency)
        self._breaker = Breaker(place.failures_to_open, place.open_seconds)
        self._protocol = place.stream_protocol
        # One that accepts no connection must leave time to try again.
        self._timeout = httpx.Timeout(None, connect=place.timeout / (place.retries + 1))

    async def ask(self, body: bytes, headers: Mapping[str, str], retries: int) -> Result:
        """Return the subgraph's answer, or the reason why there is none, within the timeout."""
        if self._breaker.is_open:
            return unavailable(self._name)
        deadline = asyncio.get_running_loop().time() + self.place.timeout
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError:
            return self._late()
        try:
            async with asyncio.timeout_at(deadline):
                return await self._attempts(body, headers, retries)
        except TimeoutError:
            self._breaker.failed()
            return self._late()
        finally:
            self._turns.release()

    def _late(self) -> Result:
        logger.warning("Subgraph %s did not answer within %s s", self._name, self.place.timeout)
        return failure(f"The subgraph {self._name!r} took too long to answer; try again.", ErrorCode.TIMEOUT)

    async def _attempts(self, body: bytes, headers: Mapping[str, str], retries: int) -> Result:
        attempt = 0
        while self._breaker.admit():
            result, passing = await self._attempt(body, headers)
            if not passing or attempt == retries:
                return result
            pause = self.place.backoff * 2**attempt
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 – spreads retries, guards nothing
            attempt += 1
        return unavailable(self._name)

    async def _attempt(self, body: bytes, headers: Mapping[str, str]) -> tuple[Result, bool]:
        """Ask once; also return whether asking again may help."""
        request = self._client.build_request(
            "POST", self.place.url, content=body, headers={**_HEADERS, **headers}, timeout=self._timeout
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                content = await read_capped(response, self.place.max_answer_bytes)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            self._breaker.failed()
            logger.warning("Subgraph %s: %s %s", self._name, type(error).__name__, error)
            return unavailable(self._name), True
        except BaseException:
            self._breaker.abandoned()
            raise
        return self._judged(response.status_code, content)

    def _judged(self, status: int, content: bytes | None) -> tuple[Result, bool]:
        passing = status in _PASSING
        if content is None:
            self._breaker.succeeded()
            logger.warning("Subgraph %s answered more than %s bytes", self._name, self.place.max_answer_bytes)
            message = f"The answer of the subgraph {self._name!r} is too large; ask for less at once."
            return failure(message, ErrorCode.UPSTREAM_UNAVAILABLE), False
        try:
            result = read_answer(content)
        except MalformedAnswerError as error:
            logger.warning("Subgraph %s answered %s with no GraphQL: %s", self._name, status, error)
            # What a proxy answers to a request it dislikes (4xx) says nothing about the subgraph.
            if 400 <= status < 500:
                self._breaker.succeeded()
            else:
                self._breaker.failed()
            return unavailable(self._name), passing
        if passing:
            self._breaker.failed()
        else:
            self._breaker.succeeded()
        return result, passing

    async def subscribe(
        self, request: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Result | AsyncGenerator[Result]:
        """Open a subscription, or return why there is none."""
        if not self._breaker.admit():
            return unavailable(self._name)
        place = self.place
        upstream = Upstream(
            self._name, place.stream_url or place.url, dict(headers), place.handshake_seconds, place.max_answer_bytes
        )
        try:
            stream = await self._stream(upstream, request)
        except Unreachable as error:
            self._protocol = place.stream_protocol
            self._breaker.failed()
            logger.warning("Subgraph %s: no subscription: %s", self._name, error)
            return unavailable(self._name)
        except BaseException:
            self._breaker.abandoned()
            raise
        self._breaker.succeeded()
        return stream

    async def _stream(self, upstream: Upstream, request: Mapping[str, Any]) -> Result | AsyncGenerator[Result]:
        """Open a subscription in the subgraph's protocol, or in the first it speaks: the next one begins with that."""
        if self._protocol is StreamProtocol.EVENT_STREAM:
            return await over_event_stream(upstream, request, self._client)
        try:
            stream = await over_websocket(upstream, request)
        except Unreachable as no_socket:
            if self._protocol is not None:
                raise
            try:
                stream = await over_event_stream(upstream, request, self._client)
            except Unreachable as no_events:
                raise Unreachable(f"no WebSocket: {no_socket}; no event stream: {no_events}") from no_events
            if not isinstance(stream, dict):
                self._protocol = StreamProtocol.EVENT_STREAM
            return stream
        self._protocol = StreamProtocol.WEBSOCKET
        return stream


def _for_caller(answer: Result, headers: Mapping[str, str]) -> Result:
    """Return an answer; one that refuses a token which was not even sent costs its fields, not the whole request."""
    return {"data": None, **answer} if "authorization" not in headers and refuses_token(answer) else answer


def _request(fetch: SubgraphOperation) -> dict[str, Any]:
    request: dict[str, Any] = {"query": fetch.text}
    if fetch.variables:
        request["variables"] = fetch.variables
    if fetch.name is not None:
        request["operationName"] = fetch.name
    return request


def _request_body(fetch: SubgraphOperation) -> bytes:
    return as_json(_request(fetch))
