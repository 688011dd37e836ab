"""From a caller to the Context of one operation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from datasources.sources import Sources
from graph.auth import AccessTokens, bearer_token
from graph.serving.refusals import AuthenticationFailed
from graph.serving.service import ConnectionInfo
from resolvers.context import Context
from resolvers.domain.errors import TokenExpired, Unauthenticated


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
        )
