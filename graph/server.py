"""uvicorn, set up for this application."""

import logging

import uvicorn

from graph.app import create_app
from graph.settings import Settings
from subgraphs.registry import Subgraph

logger = logging.getLogger(__name__)


def run(settings: Settings, only: Subgraph | None = None) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); open streams get a few seconds to end."""
    config = uvicorn.Config(
        create_app(settings, only=only),
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",  # reads one message at a time, so that a fast sender waits for us
        ws_max_size=settings.max_body_bytes,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,  # open event streams end with it
        log_level=settings.log_level.lower(),
    )
    uvicorn.Server(config).run()
