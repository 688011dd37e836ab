"""Where Alembic meets our tables."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.sql.sqltypes import AutoString

from datasources.models import metadata

_LOCK = 0x4D47  # "MG": one process migrates, the others wait and find it done


def _rendered(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Name SQLModel's text type by what it is in SQL: a migration should outlive the library."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        transaction_per_migration=True,
        render_item=_rendered,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _migrate(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            try:
                await connection.run_sync(_run)
                await connection.commit()
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
    finally:
        await engine.dispose()


asyncio.run(_migrate(context.config.attributes["url"]))
