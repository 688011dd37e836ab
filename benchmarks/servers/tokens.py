"""Access tokens of the benchmark's users: the product's, signed with a key of this run."""

from datetime import UTC, datetime, timedelta

from benchmarks.workspace import KEY
from graph.auth import AccessTokens, load_key
from resolvers.domain.viewer import Role, Viewer


def access_tokens() -> AccessTokens:
    """Return the signer and verifier; the first process makes the key."""
    return AccessTokens(load_key(KEY, create=True), "media-gateway", timedelta(days=1))


def bearer(tokens: AccessTokens, user_id: str) -> str:
    """Return the Authorization header of a user."""
    token, _ = tokens.issue(Viewer(user_id, user_id, user_id, Role.USER), datetime.now(UTC))
    return f"Bearer {token}"
