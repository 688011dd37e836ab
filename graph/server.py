"""uvicorn, set up for this application."""

import asyncio
import logging
from contextlib import contextmanager, nullcontext, suppress
from collections.abc import Iterator
from socket import socket
from types import FrameType

import uvicorn

from datasources.sources import Sources
from graph.app import create_app
from graph.lifespan import open_settings_sources
from graph.settings import Settings
from subgraphs.registry import Subgraph


def run(settings: Settings, only: Subgraph | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); open streams get a few seconds to end.

    Raises what keeps it from starting (DataSourceError, SigningKeyError), and KeyboardInterrupt after SIGINT.
    """
    server = _Server(settings, only)
    with server.signals(), suppress(asyncio.CancelledError):
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(server.serve_opened())


class _Server(uvicorn.Server):
    """uvicorn that has its sources before it starts, says where it is, and passes signals on once all is closed."""

    def __init__(self, settings: Settings, only: Subgraph | None) -> None:
        self._settings = settings
        self._only = only
        self._sources: Sources | None = None
        self._opening: asyncio.Task[None] | None = None
        app = create_app(settings, lambda: nullcontext(self._opened()), only)
        super().__init__(_config(settings, app))
