"""What a use case is given: who asks, where things come from, what time it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from resolvers.domain.errors import Unauthenticated
from resolvers.domain.viewer import Viewer

if TYPE_CHECKING:  # the schemas need no driver to be built
    from datasources.sources import Sources


class TokenIssuer(Protocol):
    """Signs access tokens; `graph/` holds the keys."""

    def issue(self, viewer: Viewer, issued_at: datetime) -> tuple[str, datetime]:
        """Return a signed access token that acts as the viewer, and when it expires."""
        ...


class LoaderSet(Protocol):
    """The loaders of one subgraph, made for one request."""

    def __init__(self, context: "Context") -> None: ...


LoadersT = TypeVar("LoadersT", bound=LoaderSet)
HeldT = TypeVar("HeldT")


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Context:
    """One request. It lives as long as the answer; its loaders batch and remember within it."""

    sources: "Sources"
    tokens: TokenIssuer
    viewer: Viewer | None = None
    default_region: str = "US"
    expires_at: datetime | None = None
    now: Callable[[], datetime] = utc_now
    shared: Mapping[type[Any], Any] = field(default_factory=dict)
    """What the process holds for all requests, by type: the composition root puts it there."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The client's headers that go on to subgraphs elsewhere; names in lower case, no others than those."""
    _loaders: dict[type[Any], Any] = field(default_factory=dict)

    def loaders(self, kind: type[LoadersT]) -> LoadersT:
        """Return this request's loaders of one subgraph, e.g. `context.loaders(CatalogLoaders)`."""
        found = self._loaders.get(kind)
        if found is None:
            found = self._loaders[kind] = kind(self)
        return found

    def held(self, kind: type[HeldT]) -> HeldT:
        """Return what the process holds of a type, e.g. `context.held(TasteModel)`; KeyError when it holds none."""
        found: HeldT = self.shared[kind]
        return found

    def require_viewer(self) -> Viewer:
        """Return who asks; raise Unauthenticated for anonymous."""
        if self.viewer is None:
            raise Unauthenticated("Sign in first: send `Authorization: Bearer <accessToken>` from login or register.")
        return self.viewer

    def fresh(self) -> "Context":
        """Return the same request without what its loaders remember: for the next event of a subscription."""
        return Context(
            sources=self.sources,
            tokens=self.tokens,
            viewer=self.viewer,
            default_region=self.default_region,
            expires_at=self.expires_at,
            now=self.now,
            shared=self.shared,
            headers=self.headers,
        )
