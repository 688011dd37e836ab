"""From nothing to the tables of this version."""

import asyncio
import sys
from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from datasources.errors import DatabaseUnavailable
from datasources.models import metadata
from datasources.postgres.migrate import current_revision, latest_revision, migrate, sqlalchemy_url
from datasources.postgres.process import SUPERUSER

_numbers = count(1)


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """A database without any table."""
    name = f"empty_{next(_numbers)}"
    admin = await asyncpg.connect(server_url, user=SUPERUSER, database="postgres")
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template1 OWNER media_gateway")
    yield server_url.replace("/media_gateway?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_an_empty_database_gets_all_tables_and_nothing_happens_twice(empty_url: str) -> None:
    assert await current_revision(empty_url) is None
    assert await migrate(empty_url)
    assert await current_revision(empty_url) == latest_revision()
    assert not await migrate(empty_url)
    connection = await asyncpg.connect(empty_url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert {row["tablename"] for row in rows} == {*metadata.tables, "alembic_version"}


async def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    program = "import asyncio, sys; from datasources.postgres.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"
    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, empty_url) for _ in range(2)]
    assert await asyncio.gather(*(process.wait() for process in started)) == [0, 0]
    assert await current_revision(empty_url) == latest_revision()


async def test_so_may_one_process_with_itself(empty_url: str) -> None:
    assert any(await asyncio.gather(*(migrate(empty_url) for _ in range(3))))
    assert await current_revision(empty_url) == latest_revision()


async def test_the_tables_are_those_the_code_declares(server_url: str) -> None:
    engine = create_async_engine(sqlalchemy_url(server_url))
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    assert differences == []


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
    return list(compare_metadata(context, metadata))


async def test_a_server_that_does_not_answer_is_an_unavailable_database(server_url: str) -> None:
    for url in (server_url.replace("/media_gateway?", "/nowhere?"), "postgresql://localhost:1/x"):
        with pytest.raises(DatabaseUnavailable, match="cannot connect"):
            await migrate(url)


def test_addresses_are_put_as_sqlalchemy_wants_them() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+asyncpg"):
        assert sqlalchemy_url(f"{scheme}://u:p@h/d?x=1") == "postgresql+asyncpg://u:p@h/d?x=1"
    for url in ("mysql://h/d", "h/d", ""):
        with pytest.raises(DatabaseUnavailable, match="must begin with postgresql://"):
            sqlalchemy_url(url)
