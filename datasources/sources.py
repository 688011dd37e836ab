"""Everything the resolvers draw on, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from datasources.broker.embedded import EmbeddedBroker
from datasources.broker.interface import Broker
from datasources.broker.redis import RedisBroker
from datasources.postgres.availability import AvailabilityStore
from datasources.postgres.catalog import CatalogStore
from datasources.postgres.changes import ChangeReader
from datasources.postgres.engine import Database, open_database
from datasources.postgres.recommendations import RecommendationStore
from datasources.postgres.users import UserStore
from datasources.search import TitleIndex
from datasources.search.embedded import EmbeddedIndex


@dataclass(frozen=True, slots=True)
class Sources:
    """Where things come from: stores over one database, the search index, the broker."""

    database: Database
    catalog: CatalogStore
    changes: ChangeReader
    availability: AvailabilityStore
    users: UserStore
    recommendations: RecommendationStore
    index: TitleIndex
    broker: Broker


@asynccontextmanager
async def open_sources(
    database_url: str, *, index_folder: Path, redis_url: str | None = None, connections: int = 10
) -> AsyncIterator[Sources]:
    """Open all sources and close them in reverse order.

    Raises DatabaseUnavailable, SearchUnavailable or BrokerUnavailable when one of them cannot be had.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(database_url, connections=connections))
        broker: Broker = await stack.enter_async_context(RedisBroker(redis_url) if redis_url else EmbeddedBroker())
        index = EmbeddedIndex(index_folder)
        stack.push_async_callback(index.close)
        yield Sources(
            database=database,
            catalog=CatalogStore(database),
            changes=ChangeReader(database),
            availability=AvailabilityStore(database),
            users=UserStore(database),
            recommendations=RecommendationStore(database),
            index=index,
            broker=broker,
        )
