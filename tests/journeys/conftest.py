"""The real application on a real socket, with the demo catalogue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from datasources.postgres.engine import open_database
from datasources.sources import Sources, open_sources
from resolvers.catalog.indexing import catch_up
from resolvers.ingest.demo import load_demo
from tests.journeys.client import TODAY, Client, served, settings_for


@pytest.fixture(scope="session")
async def demo_url(server_url: str, copy_database: Any) -> str:
    """A database with the demo catalogue, made once a worker; read it, or write as a user of your own."""
    url = await copy_database()
    async with open_database(url) as database:
        await load_demo(database, TODAY)
    return url


@pytest.fixture(scope="session")
async def demo_sources(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sources]:
    """Sources on the demo catalogue, its search index built."""
    async with open_sources(demo_url, index_folder=tmp_path_factory.mktemp("index")) as sources:
        await catch_up(sources)
        yield sources


@pytest.fixture(scope="session")
async def server(demo_sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of the application on the demo catalogue."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sources]:
        yield demo_sources

    async with served(settings_for(tmp_path_factory.mktemp("home")), opened) as url:
        yield url


@pytest.fixture
async def client(server: str) -> AsyncIterator[Client]:
    """An anonymous front end."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield Client(server, http)


@pytest.fixture
async def another(server: str) -> AsyncIterator[Client]:
    """A second device."""
    async with httpx.AsyncClient(timeout=30) as http:
        yield Client(server, http)
