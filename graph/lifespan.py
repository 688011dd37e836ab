"""What a process opens before it serves and closes after: database, demo data, sources, background work."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from datasources.postgres import embedded
from datasources.postgres.migrate import migrate
from datasources.sources import Sources, open_sources
from graph.settings import Settings
from resolvers.catalog import indexing
from resolvers.ingest.demo import is_empty, load_demo
from resolvers.recommendations.model import TasteModel

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """Yield the URL of a PostgreSQL with the tables of this version: the one of the settings, or an embedded one.

    Raises DatabaseUnavailable with what to do about it.
    """
    async with AsyncExitStack() as stack:
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
        else:
            url = await stack.enter_async_context(embedded.running(settings.home))
        if await migrate(url):
            logger.info("database migrated")
        yield url


@asynccontextmanager
async def open_settings_sources(settings: Settings) -> AsyncIterator[Sources]:
    """Yield the sources the settings name, on a migrated database; in development an empty one gets the demo data."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(open_database(settings))
        sources = await stack.enter_async_context(
            open_sources(
                url,
                index_folder=settings.home / "index",
                redis_url=settings.redis_url.get_secret_value() if settings.redis_url else None,
                connections=settings.database_connections,
            )
        )
        if settings.wants_demo_data and await is_empty(sources.database):
            logger.info("loading the demo catalogue: %s", await load_demo(sources.database, datetime.now(UTC).date()))
        yield sources


@asynccontextmanager
async def background(sources: Sources, settings: Settings) -> AsyncIterator[Mapping[type[Any], Any]]:
    """Run what goes on beside requests; yield what the process holds for them, by type.

    The search index follows the catalogue, the taste model the ratings.
    """
    taste = TasteModel(sources)
    tasks = [
        asyncio.create_task(indexing.follow(sources, settings.index_follow_seconds), name="index-follower"),
        asyncio.create_task(taste.follow(), name="taste-follower"),
    ]
    try:
        yield {TasteModel: taste}
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
