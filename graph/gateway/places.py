"""Where subgraphs elsewhere are, what each may cost, and what it is told of the client."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import httpx

from graph.gateway.propagation import PROPAGATED_HEADERS, PUBLIC_HEADERS
from graph.gateway.supergraph import Supergraph

EVERYONE = "*"
"""Among the names of trusted subgraphs: all of them."""


class PlaceError(ValueError):
    """A subgraph cannot be where it is said to be, or is none of the supergraph; the message says what to change."""


class StreamProtocol(StrEnum):
    """How subscriptions reach a subgraph."""

    WEBSOCKET = "graphql-transport-ws"
    EVENT_STREAM = "graphql-sse"


@dataclass(frozen=True, slots=True)
class RemoteSubgraph:
    """Where a subgraph is and what it is allowed to cost. Times are seconds, sizes bytes."""

    url: str
    timeout: float = 10.0
    """Of one fetch: waiting for its turn, all attempts and the pauses between them."""
    concurrency: int = 100
    """Fetches under way at once (a bulkhead); more wait for their turn."""
    retries: int = 2
    """Of queries, after a connection that failed or a 502, 503 or 504; mutations are sent once."""
    backoff: float = 0.05
    """The pause before the first retry at most; it doubles, and each is drawn by lot (full jitter)."""
    failures_to_open: int = 5
    """In a row, until the subgraph is left alone."""
    open_seconds: float = 5.0
    """How long, until one fetch may try again."""
    max_answer_bytes: int = 16_777_216
    """Of an answer, and of one event of a stream."""
    headers: frozenset[str] = PROPAGATED_HEADERS
    """The client's headers that it is sent: PUBLIC_HEADERS for a partner, who must not act as our viewers."""
    stream_protocol: StreamProtocol | None = None
    """None: over a WebSocket, and as an event stream where there is none to be had."""
    stream_url: str | None = None
    """Where subscriptions go when not to `url`."""
    handshake_seconds: float = 5.0
    """From connecting to the acknowledged subscription."""


def remote_subgraphs(
    supergraph: Supergraph,
    urls: Mapping[str, str],
    timeout: float,
    *,
    trusted: Collection[str] = (),
    here: Collection[str] = (),
) -> dict[str, RemoteSubgraph]:
    """Return where the subgraphs of a supergraph are, by name: at their URL in `urls`, else that of the SDL.

    Only the `trusted` ones are sent the client's authorization (EVERYONE: all); those served `here`, in this process,
    are left out. Raises PlaceError for a name that is none of its subgraphs, for the URL of one that is served here,
    and for what is no http:// or https:// URL.
    """
    routing = {subgraph.name: subgraph.url for subgraph in supergraph.subgraphs.values()}
    unknown = (urls.keys() | set(trusted) - {EVERYONE}) - {*routing, *here}
    for name in sorted(unknown):
        raise PlaceError(f"There is no subgraph {name!r} in the supergraph; it has {', '.join(sorted(routing))}.")
    for name in sorted(urls.keys() & set(here)):
        raise PlaceError(f"The subgraph {name!r} is served in this process; `media-gateway gateway` looks elsewhere.")
    places = {}
    for name, url in {**routing, **urls}.items():
        if name in here:
            continue
        headers = PROPAGATED_HEADERS if name in trusted or EVERYONE in trusted else PUBLIC_HEADERS
        places[name] = RemoteSubgraph(_checked(name, url), timeout=timeout, headers=headers)
    return places


def _checked(name: str, url: str) -> str:
    try:
        parts = httpx.URL(url)
        good = parts.scheme in {"http", "https"} and bool(parts.host)
    except httpx.InvalidURL:
        good = False
    if not good:
        raise PlaceError(f"The subgraph {name!r} has no http:// or https:// URL (it is {url!r}).")
    return url
