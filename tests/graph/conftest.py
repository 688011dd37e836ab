"""The application without a socket: asked over ASGI, on sources of its own or of a test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasources.sources import Sources
from graph.app import create_app
from graph.settings import Settings
from subgraphs.registry import Subgraph

Asked = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def asked(sources: Sources, tmp_path: Path) -> Asked:
    """Opens the application on an empty database; yields a client of it. Settings are given by name."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sources]:
        yield sources

    @asynccontextmanager
    async def asked(only: Subgraph | None = None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        given = {"MEDIA_GATEWAY_HOME": tmp_path, "demo_data": False, **settings}
        app = create_app(Settings(_env_file=None, **given), opened, only)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://graph.example") as client:
                yield client

    return asked
