"""uvicorn, set up for this application."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from graph.app import create_app
from graph.settings import Settings
from subgraphs.registry import Subgraph

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 – how to reach it, not where to listen


def run(settings: Settings, only: Subgraph | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); open streams get a few seconds to end.

    Raises what keeps it from starting (DataSourceError, SigningKeyError), and KeyboardInterrupt after SIGINT.
    """
    app = create_app(settings, only=only)
    server = _Server(settings, app)
    with (
        uvicorn.Server.capture_signals(server),  # passes the signal on when all is closed
        suppress(asyncio.CancelledError),
        asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner,
    ):
        runner.run(server.serve_opened(app))


class _Server(uvicorn.Server):
    """uvicorn that says where it is, and can be told to stop while the application is still opening its sources.

    It opens them itself: uvicorn would write the stack where a sentence says it.
    """

    def __init__(self, settings: Settings, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                ws="websockets-sansio",  # reads one message at a time, so that a fast sender waits for us
                ws_max_size=settings.max_body_bytes,
                ws_per_message_deflate=False,
                lifespan="off",  # serve_opened does it
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,  # open event streams end with it
                log_config=None,  # its loggers write as ours do
                log_level=max(logging.getLevelName(settings.log_level), logging.WARNING),
            )
        )
        self._has_page = settings.answers_introspection
        self._opening: asyncio.Task[None] | None = None

    async def serve_opened(self, app: Starlette) -> None:
        """Open what the application needs, serve it, and close it again."""
        self._opening = asyncio.current_task()
        async with app.router.lifespan_context(app):
            self._opening = None
            await self.serve()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, and print the address to open."""
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        host = _ANY_ADDRESS.get(self.config.host, self.config.host)
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        path = "" if self._has_page else "/graphql"
        print(f"Media Gateway is ready: http://{shown}:{port}{path}", flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: run() listens to signals for longer than uvicorn would."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop serving, or opening."""
        super().handle_exit(sig, frame)
        if self._opening is not None:
            self._opening.get_loop().call_soon_threadsafe(self._opening.cancel)
