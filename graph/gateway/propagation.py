"""Which headers of a client go on to subgraphs, and which of their values can."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

PROPAGATED_HEADERS = frozenset({"authorization", "accept-language", "traceparent", "tracestate"})
"""All that ever leaves the gateway, in lower case: who asks, in which language, within which trace (W3C Trace Context).
Cookies, addresses and everything else of a client stay here."""

PUBLIC_HEADERS = PROPAGATED_HEADERS - {"authorization"}
"""What a subgraph of somebody else is sent: whoever holds a viewer's token can act as that viewer."""

_SENDABLE = re.compile(r"[\t\x20-\x7e]*")


class UnsendableTokenError(ValueError):
    """An `authorization` has characters no header may have; that of a WebSocket message can hold any."""

    def __init__(self) -> None:
        super().__init__("The value of `authorization` has characters that a header cannot carry.")


def propagated(headers: Mapping[str, str], allowed: Iterable[str] = PROPAGATED_HEADERS) -> dict[str, str]:
    """Return those of a caller's headers (names in lower case) that may be sent on, in the order of their names.

    One that cannot be sent is left out, except that for a token UnsendableTokenError is raised: without it, the
    caller would be somebody else.
    """
    kept = {name: headers[name] for name in _in_order(frozenset(allowed)) if name in headers}
    if not kept:
        return kept
    sendable = {name: value for name, value in kept.items() if _SENDABLE.fullmatch(value)}
    if "authorization" in kept.keys() - sendable.keys():
        raise UnsendableTokenError
    return sendable


@lru_cache(maxsize=256)
def _in_order(allowed: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(allowed & PROPAGATED_HEADERS))
