"""The demo catalogue, in a database of this folder's own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.postgres.engine import open_database
from datasources.sources import Sources, open_sources
from resolvers.catalog.indexing import catch_up
from resolvers.ingest.demo import load_demo
from tests.journeys.client import TODAY


@pytest.fixture(scope="session")
async def demo_sources(copy_database: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sources]:
    """Sources on the demo catalogue, its search index built."""
    url = await copy_database()
    async with open_database(url) as database:
        await load_demo(database, TODAY)
    async with open_sources(url, index_folder=tmp_path_factory.mktemp("index")) as sources:
        await catch_up(sources)
        yield sources
