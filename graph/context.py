"""From a caller to the Context of one operation."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from datasources.sources import Sources
from graph.auth import AccessTokens, bearer_token
from graph.gateway.propagation import UnsendableTokenError, propagated
from graph.gateway.subgraph_answer import refuses_token
from graph.operation import READ_AND_WRITE, Graph, Operation, OperationKind, Result
from graph.serving.refusals import AuthenticationFailed
from graph.serving.service import ConnectionInfo
from resolvers.context import Context
from resolvers.domain.errors import ErrorCode, TokenExpired, Unauthenticated


class RequestContexts:
    """Makes Contexts: who asks is read from the access token; no token is an anonymous caller."""

    def __init__(
        self, sources: Sources, tokens: AccessTokens, default_region: str, shared: Mapping[type[Any], Any]
    ) -> None:
        self._sources = sources
        self._tokens = tokens
        self._default_region = default_region
        self._shared = shared

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:  # noqa: ARG002 – the Protocol's
        """Return who asks; raise AuthenticationFailed for a token that is not good."""
        viewer, expires_at = None, None
        try:
            token = bearer_token(headers)
            if token is not None:
                viewer, expires_at = self._tokens.verify(token, datetime.now(UTC))
        except (Unauthenticated, TokenExpired) as error:
            raise AuthenticationFailed(error.code, str(error)) from None
        return Context(
            sources=self._sources,
            tokens=self._tokens,
            viewer=viewer,
            default_region=self._default_region,
            expires_at=expires_at,
            shared=self._shared,
            headers=_sent_on(headers),
        )


class ForwardingContexts:
    """Makes Contexts for a gateway whose subgraphs are all elsewhere: no sources, no keys.

    The token is sent on as it came and is not verified here: the subgraphs hold the data, know the issuer, and refuse
    a bad one themselves. So nobody is known as the viewer here, and a socket does not end with its token but with the
    subgraph's own stream.
    """

    async def __call__(self, headers: Mapping[str, str], connection: ConnectionInfo) -> Context:  # noqa: ARG002 – the Protocol's
        """Return a caller by name of its headers; raise AuthenticationFailed for a token that no header can carry."""
        return forwarding_context(_sent_on(headers))


def forwarding_context(headers: Mapping[str, str]) -> Context:
    """Return the Context of an operation that is only sent on, with these headers."""
    nowhere = _Nowhere()
    return Context(sources=cast("Sources", nowhere), tokens=cast("AccessTokens", nowhere), headers=headers)


class ForwardedRefusals:
    """A graph whose subgraphs look at the token: where they refuse it, the request is refused as it would be here.

    That is 401 over HTTP and close 4403 on a WebSocket. Implements Graph.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def execute(
        self, operation: Operation, context: Context, allowed: frozenset[OperationKind] = READ_AND_WRITE
    ) -> Result:
        """Answer a query or mutation; raise AuthenticationFailed when all of it was refused for the token."""
        return _unless_refused(await self._graph.execute(operation, context, allowed))

    async def subscribe(self, operation: Operation, context: Context) -> Result | AsyncIterator[Result]:
        """Open a stream, or answer once; raise AuthenticationFailed when that was refused for the token."""
        outcome = await self._graph.subscribe(operation, context)
        return _unless_refused(outcome) if isinstance(outcome, dict) else outcome


def _unless_refused(answer: Result) -> Result:
    if refuses_token(answer):
        error = answer["errors"][0]
        raise AuthenticationFailed(ErrorCode(error["extensions"]["code"]), error["message"])
    return answer


class _Nowhere:
    """Stands where a gateway over HTTP has no sources: whoever reaches for them has taken a wrong turn."""

    __slots__ = ()

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"There is no {name!r} here: this gateway's subgraphs are elsewhere.")


def _sent_on(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return propagated(headers)
    except UnsendableTokenError as error:
        raise AuthenticationFailed(Unauthenticated.code, str(error)) from None
