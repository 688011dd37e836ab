"""What tests share: a real PostgreSQL, migrated once and copied for whoever needs an empty one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from joserfc.jwk import RSAKey

from datasources.postgres import embedded
from datasources.postgres.engine import Database
from datasources.postgres.migrate import migrate
from datasources.postgres.process import SUPERUSER
from datasources.sources import Sources, open_sources
from graph.auth import AccessTokens
from resolvers.context import Context
from resolvers.domain.viewer import Viewer

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")

_numbers = count(1)


@pytest.fixture(scope="session")
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A running PostgreSQL of this worker, its database `media_gateway` migrated and left empty: the template."""
    async with embedded.running(tmp_path_factory.mktemp("postgres")) as url:
        await migrate(url)
        yield url


@pytest.fixture(scope="session")
def copy_database(server_url: str) -> Callable[[], Awaitable[str]]:
    """Makes a database with the tables of this version and no rows; returns its URL."""

    async def copy() -> str:
        name = f"test_{next(_numbers)}"
        admin = await asyncpg.connect(server_url, user=SUPERUSER, database="postgres")
        try:
            await admin.execute(
                f'CREATE DATABASE "{name}" TEMPLATE media_gateway STRATEGY FILE_COPY OWNER media_gateway'
            )
        finally:
            await admin.close()
        return server_url.replace("/media_gateway?", f"/{name}?")

    return copy


@pytest.fixture
async def database_url(copy_database: Callable[[], Awaitable[str]]) -> str:
    """A migrated, empty database of this test alone."""
    return await copy_database()


@pytest.fixture
async def sources(database_url: str, tmp_path: Path) -> AsyncIterator[Sources]:
    """Real sources on an empty database."""
    async with open_sources(database_url, index_folder=tmp_path / "index", connections=4) as opened:
        yield opened


@pytest.fixture
def database(sources: Sources) -> Database:
    """The database of `sources`."""
    return sources.database


@pytest.fixture(scope="session")
def tokens() -> AccessTokens:
    """A signer of access tokens with a key of its own."""
    key = RSAKey.generate_key(2048, private=True)
    key.ensure_kid()
    return AccessTokens(key, "media-gateway", timedelta(minutes=15))


@pytest.fixture
def context(sources: Sources, tokens: AccessTokens) -> Callable[..., Context]:
    """Makes a request's context: `context(viewer=…)`."""

    def make(viewer: Viewer | None = None) -> Context:
        return Context(sources=sources, tokens=tokens, viewer=viewer)

    return make


@pytest.fixture
def statements(sources: Sources) -> Callable[[], "contextmanager[list[str]]"]:
    """Records the SQL of a block: `with statements() as seen: …`."""

    @contextmanager
    def record() -> Iterator[list[str]]:
        seen: list[str] = []
        sources.database.listeners.append(seen.append)
        try:
            yield seen
        finally:
            sources.database.listeners.remove(seen.append)

    return record
