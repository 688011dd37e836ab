"""The explorer page: GraphiQL at `/`, built from `src/` into `static/`, without a byte from any other host.

`routes()` serves what the build committed (`npm ci && npm run build` in this folder; running it needs no Node). Files
with a content hash in their names never change and are cached for a year; the page that names them is revalidated.
"""

import gzip
import mimetypes
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TypedDict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

STATIC: Final = Path(__file__).parent / "static"
"""Where the build puts the page, its assets and the third-party notices."""

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    # Scripts, styles, images and requests from this origin only, nothing inline, no eval; 'self' covers ws: and wss:
    # of the same host (Content Security Policy Level 3, section 6.7.2.8).
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # A shared operation stands in the page's address.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Sent with every answer of this module."""

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATE: Final = "no-cache"
_HASHED: Final = re.compile(r"-[0-9a-f]{12}\.[a-z]+$")
_SERVED: Final = frozenset({".css", ".js", ".svg", ".txt"})
_SMALLEST_COMPRESSED: Final = 1024


class DemoUser(TypedDict):
    """A user anybody may sign in as with one click; development only, the password is sent to the browser."""

    email: str
    password: str
    displayName: str
    about: str


class PageConfig(TypedDict):
    """What `/config.json` tells the page.

    `endpoint` is the path of the graph on this origin (queries by POST, subscriptions by WebSocket); the
    Content-Security-Policy refuses other origins. Without `demoUsers` the page shows no sign-in button.
    """

    endpoint: str
    demoUsers: list[DemoUser]


class Asset:
    """One built file in memory, compressed when first asked for in that form."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.content = path.read_bytes()
        # Not every system's mime.types agrees on .js, so the table below wins.
        guessed = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(path.suffix) or mimetypes.guess_type(path)[0]
        self.media_type = guessed or "application/octet-stream"

    @cached_property
    def compressed(self) -> bytes:
        """The content as a gzip member, the same bytes each time (RFC 1952; no timestamp)."""
        return gzip.compress(self.content, mtime=0)

    def response(self, request: Request) -> Response:
        """The asset for this client: compressed where it accepts gzip, cached for a year where its name is hashed."""
        headers = {
            **SECURITY_HEADERS,
            "Cache-Control": _IMMUTABLE if _HASHED.search(self.name) else _REVALIDATE,
            "Vary": "Accept-Encoding",
        }
        content = self.content
        if len(content) >= _SMALLEST_COMPRESSED and _accepts_gzip(request):
            content = self.compressed
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type=self.media_type)


def routes(config: Callable[[], PageConfig]) -> list[Route]:
    """The routes `/`, `/static/{name}`, `/config.json`, `/favicon.svg` and `/favicon.ico`, all GET and HEAD.

    `config` is called for each request of `/config.json`. Reads the built files once, here; raises FileNotFoundError
    when the build is missing. Endpoints are plain functions, so compressing happens in a worker thread.
    """
    page = Asset(STATIC / "index.html")
    assets = {path.name: Asset(path) for path in sorted(STATIC.iterdir()) if path.suffix in _SERVED}
    icon = next(asset for name, asset in assets.items() if name.startswith("favicon-"))

    def show_page(request: Request) -> Response:
        """The explorer's HTML."""
        return page.response(request)

    def show_asset(request: Request) -> Response:
        """A built file by its exact name; 404 for any other."""
        asset = assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404, headers=dict(SECURITY_HEADERS))
        return asset.response(request)

    def show_config(_: Request) -> Response:
        """The page's configuration; never stored, as it may hold demo passwords."""
        return JSONResponse(config(), headers={**SECURITY_HEADERS, "Cache-Control": "no-store"})

    def show_icon(_: Request) -> Response:
        """The icon under the names browsers ask for on their own, such as beside `/schema.graphql`."""
        headers = {**SECURITY_HEADERS, "Cache-Control": "public, max-age=86400"}
        return Response(icon.content, headers=headers, media_type=icon.media_type)

    return [
        Route("/", show_page, name="explorer"),
        Route("/static/{name}", show_asset, name="explorer-asset"),
        Route("/config.json", show_config, name="explorer-config"),
        Route("/favicon.svg", show_icon, name="favicon"),
        Route("/favicon.ico", show_icon, name="favicon-ico"),
    ]


def _accepts_gzip(request: Request) -> bool:
    """Whether Accept-Encoding names gzip (or `*`) without giving it weight 0 (RFC 9110, section 12.5.3)."""
    weights: dict[str, float] = {}
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameter = item.partition(";")
        try:
            weights[coding.strip()] = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[coding.strip()] = 0  # a malformed weight asks for nothing
    return weights.get("gzip", weights.get("*", 0)) > 0
