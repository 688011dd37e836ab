"""What a client accepts, what it sends, and whether a page of another site made it send that."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from graph.serving.refusals import bad_input

UTF8_NAMES = frozenset({"utf-8", "utf8"})
PREFLIGHT_HEADERS = (
    "authorization",
    "x-requested-with",
    "x-graphql-require-preflight",
    "apollo-require-preflight",
    "x-apollo-operation-name",
)
"""Headers a page cannot send to another site before that site has agreed in a CORS preflight."""
CACHED_ACCEPT_LENGTH = 256
MEDIA_RANGES = 64
"""How many ranges of an Accept header are read; browsers send about eight."""


class MediaType(StrEnum):
    """What answers are written in; earlier is preferred when a client names several equally."""

    GRAPHQL_RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENT_STREAM = "text/event-stream"


class _Range(NamedTuple):
    """One media range of an Accept header."""

    main: str
    sub: str
    quality: float


def answer_type(accept: str | None, streams: bool) -> MediaType:
    """Return the media type to answer in.

    No header, and `*/*`, mean JSON, which every client reads. Raises RequestError (406) when nothing offered is
    acceptable. `streams` says whether an event stream is on offer.
    """
    if accept is None or accept == "*/*":
        return MediaType.JSON
    # Long headers are not worth a place in the cache, which a client could otherwise fill.
    negotiate = _negotiated if len(accept) <= CACHED_ACCEPT_LENGTH else _negotiated.__wrapped__
    chosen = negotiate(accept, streams)
    if chosen is None:
        offered = ", ".join(media for media in MediaType if streams or media is not MediaType.EVENT_STREAM)
        raise bad_input(f"Nothing in the Accept header can be answered; offered: {offered}.", HTTPStatus.NOT_ACCEPTABLE)
    return chosen


@lru_cache(maxsize=256)
def _negotiated(accept: str, streams: bool) -> MediaType | None:
    """Return the acceptable type of highest quality, the more exactly named first (RFC 9110, 12.5.1)."""
    ranges = [
        parsed for part in accept.split(",", MEDIA_RANGES)[:MEDIA_RANGES] if (parsed := _media_range(part)) is not None
    ]
    best: tuple[float, int, int] | None = None
    chosen = None
    for preference, media in enumerate(MediaType):
        if media is MediaType.EVENT_STREAM and not streams:
            continue
        main, _, sub = media.partition("/")
        exactness, quality = max(((_exactness(item, main, sub), item.quality) for item in ranges), default=(0, 0.0))
        if exactness == 0 or quality == 0:
            continue
        # Whoever only names a wildcard has not said that it knows more than JSON.
        rank = -preference if exactness == 3 else int(media is MediaType.JSON)
        if best is None or (quality, exactness, rank) > best:
            best, chosen = (quality, exactness, rank), media
    return chosen


def _media_range(part: str) -> _Range | None:
    """Return one parsed media range, or None for one that cannot be honoured."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    main, slash, sub = name.partition("/")
    if not slash:
        return None
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        value = value.strip().strip('"')
        if key.strip() == "charset" and value not in UTF8_NAMES:
            return None
        if key.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                return None
    return _Range(main, sub, quality)


def _exactness(item: _Range, main: str, sub: str) -> int:
    """Return 3 for the type itself, 2 for `main/*`, 1 for `*/*`, 0 for no match."""
    if item.main == "*" and item.sub == "*":
        return 1
    if item.main != main:
        return 0
    return 3 if item.sub == sub else 2 if item.sub == "*" else 0


def require_json(headers: Mapping[str, str]) -> None:
    """Raise RequestError (415) unless the body is declared as JSON in UTF-8, (400) when it is compressed.

    Only `application/json` is read: a page of another site cannot send it without a CORS preflight, whereas it can
    send forms and plain text at will.
    """
    declared = headers.get("content-type", "")
    if declared != "application/json":
        media, *parameters = (piece.strip().lower() for piece in declared.split(";"))
        if media != "application/json":
            raise bad_input("Send the request as `Content-Type: application/json`.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "charset" and value.strip().strip('"') not in UTF8_NAMES:
                raise bad_input("The charset of a request is UTF-8.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise bad_input("Compressed requests are not read; send the body without a Content-Encoding.")


def refuse_foreign_page(headers: Mapping[str, str]) -> None:
    """Raise RequestError (403) for a GET that a page of another site made a browser send unasked.

    The rule is that of Fetch Metadata with the Origin header as the fallback for older browsers (W3C Fetch Metadata;
    OWASP CSRF cheat sheet), and the way out is the known one: any header that forces a preflight, where our CORS
    allow-list decides. Accept is no such header: pages may set it freely. Requests from anything but a browser carry
    neither header and pass; they have no ambient credentials to abuse.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = not same_origin(headers.get("origin"), headers.get("host"))
    if not foreign or any(headers.get(name) for name in PREFLIGHT_HEADERS):
        return
    if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return
    raise bad_input(
        "A page of another site must send `X-GraphQL-Require-Preflight: 1`, or use POST.", HTTPStatus.FORBIDDEN
    )


def same_origin(origin: str | None, host: str | None) -> bool:
    """Return whether an Origin header, if there is one, names the host that was asked."""
    return origin is None or origin.partition("://")[2].lower() == (host or "").lower()
