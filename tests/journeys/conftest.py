"""The real application on real sockets, with the demo catalogue: in one process, and as four and a gateway."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasources.postgres.engine import open_database
from datasources.sources import Sources, open_sources
from resolvers.catalog.indexing import catch_up
from resolvers.ingest.demo import load_demo
from subgraphs.registry import SUBGRAPHS
from tests.journeys.client import TODAY, Client, served, settings_for
from tests.journeys.processes import FourProcesses
from tests.journeys.topologies import FOUR_PROCESSES, IN_PROCESS


@pytest.fixture(scope="session")
async def demo_url(server_url: str, copy_database: Any) -> str:
    """A database with the demo catalogue, made once a worker; read it, or write as a user of your own."""
    url = await copy_database()
    async with open_database(url) as database:
        await load_demo(database, TODAY)
    return url


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this installation: its search index, and the key that signs tokens."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
async def demo_sources(demo_url: str, home: Path) -> AsyncIterator[Sources]:
    """Sources on the demo catalogue, its search index built."""
    async with open_sources(demo_url, index_folder=home / "index") as sources:
        await catch_up(sources)
        yield sources


@pytest.fixture(scope="session")
async def in_process(demo_sources: Sources, home: Path) -> AsyncIterator[str]:
    """The address of the application on the demo catalogue, gateway and subgraphs in this process."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sources]:
        yield demo_sources

    async with served(settings_for(home), opened) as url:
        yield url


@pytest.fixture(scope="session")
async def four_processes(demo_url: str, demo_sources: Sources, home: Path) -> AsyncIterator[FourProcesses]:
    """Four subgraphs and a gateway before them, each a process, on the same database, index and key.

    A test that asks for it bears the mark `FOUR_PROCESSES`: all of those run on one worker, so that one starts them.
    """
    processes = FourProcesses(home, {"DATABASE_URL": demo_url, "DEMO_DATA": "false", "DATABASE_CONNECTIONS": "5"})
    try:
        await processes.start([subgraph.name for subgraph in SUBGRAPHS])
        yield processes
    finally:
        await processes.stop()


@pytest.fixture(scope="session", params=[IN_PROCESS, pytest.param("four processes", marks=FOUR_PROCESSES)])
def server(request: pytest.FixtureRequest) -> str:
    """The address of the supergraph: every journey is made to both topologies, unless it says `in_process_only`."""
    if request.param == IN_PROCESS:
        return request.getfixturevalue("in_process")
    return request.getfixturevalue("four_processes").url


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
