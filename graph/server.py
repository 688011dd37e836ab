"""uvicorn, set up for this application."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from graph.serving.uvicorn_websockets import DirectWebSockets
from graph.settings import Settings

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 – how to reach it, not where to listen


READY = "worker ready"
"""What a worker prints, on a line of its own, once it listens."""


class AddressUnavailable(Exception):
    """Nothing can listen where it should; the message says what to do."""


def address(host: str, port: int) -> str:
    """Return what to open in a browser on this machine for a server on `host`."""
    reached = _ANY_ADDRESS.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _uvicorn_level(level: str) -> int:
    """Return the least level uvicorn logs at: its INFO tells little, its DEBUG shows messages with tokens in them."""
    return logging.INFO if level == "DEBUG" else max(logging.getLevelName(level), logging.WARNING)


def shared_socket(host: str, port: int) -> socket.socket:
    """Return a socket on an address that other processes may share; raise AddressUnavailable where that cannot be."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(place)
    except OSError as error:
        raise AddressUnavailable(f"Nothing can listen on {host}:{port}: {error.strerror}.") from error
    return listener


def run(settings: Settings, app: Starlette, *, worker: bool = False) -> None:
    """Serve an application until told to stop (SIGINT, SIGTERM); open streams get a few seconds to end.

    A worker shares its address with others, and stops when its standard input ends: then its parent is gone.

    Raises what keeps it from starting (DataSourceError, SigningKeyError, AddressUnavailable); after SIGINT, when all is
    closed, KeyboardInterrupt.
    """
    server = _Server(settings, app, worker=worker)
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

    def __init__(self, settings: Settings, app: Starlette, *, worker: bool) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                ws=DirectWebSockets,  # reads one message at a time, so that a fast sender waits for us
                ws_max_size=settings.max_body_bytes,
                ws_per_message_deflate=False,
                lifespan="off",  # serve_opened does it
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,  # open event streams end with it
                log_config=None,  # its loggers write as ours do
                log_level=_uvicorn_level(settings.log_level),
            )
        )
        self._has_page = settings.answers_introspection
        self._opening: asyncio.Task[None] | None = None
        self._worker = worker

    async def serve_opened(self, app: Starlette) -> None:
        """Open what the application needs, serve it, and close it again."""
        self._opening = asyncio.current_task()
        if self._worker:
            asyncio.get_running_loop().add_reader(sys.stdin, self._orphaned)
        async with app.router.lifespan_context(app):
            self._opening = None
            await self.serve([shared_socket(self.config.host, self.config.port)] if self._worker else None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and print the address to open; raise AddressUnavailable where that cannot be."""
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn has logged why
            raise AddressUnavailable(
                f"Nothing can listen on {self.config.host}:{self.config.port}: it is in use, or not of this machine. "
                "Choose another with --port and --host, or PORT and HOST."
            ) from None
        if self._worker:
            print(READY, flush=True)
            return
        url = address(self.config.host, self.servers[0].sockets[0].getsockname()[1])
        print(f"Media Gateway is ready: {url}{'' if self._has_page else '/graphql'}", flush=True)

    def _orphaned(self) -> None:
        """Stop: nobody writes to a worker, so there is nothing to read but the end."""
        asyncio.get_running_loop().remove_reader(sys.stdin)
        self.handle_exit(signal.SIGTERM, None)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: run() listens to signals for longer than uvicorn would."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop serving, or opening."""
        super().handle_exit(sig, frame)
        if self._opening is not None:
            self._opening.get_loop().call_soon_threadsafe(self._opening.cancel)
