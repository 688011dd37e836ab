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
        loop="auto",
        http="auto",
        ws="websockets-sansio",
        ws_max_size=settings.max_body_bytes,
        lifespan="on",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        log_level=settings.log_level.lower(),
    )
    uvicorn.Server(config).run()
