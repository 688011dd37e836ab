"""Bringing a database to the tables of this version."""

import asyncio
from pathlib import Path
from threading import Lock

import asyncpg

from datasources.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_ALEMBIC = Lock()  # it keeps its context in globals; other processes are kept apart by a lock in the database


def sqlalchemy_url(url: str) -> str:
    """Return a PostgreSQL URL as SQLAlchemy's asyncpg dialect wants it."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise DatabaseUnavailable("DATABASE_URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def latest_revision() -> str:
    """Return the revision this version of the program needs; file names begin with it."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


async def current_revision(url: str) -> str | None:
    """Return the revision a database is at, None before the first; raise DatabaseUnavailable if it does not answer."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError, ValueError) as error:
        raise DatabaseUnavailable(f"cannot connect to PostgreSQL: {error}") from error
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    finally:
        await connection.close()


async def migrate(url: str) -> bool:
    """Run the migrations that are missing; return True when there were any.

    Several processes may do it at once: one works, the others wait. Raises DatabaseUnavailable.
    """
    if await current_revision(url) == latest_revision():
        return False  # the usual start: Alembic is not even imported
    await asyncio.to_thread(_upgrade, sqlalchemy_url(url))
    return True


def _upgrade(url: str) -> None:
    from alembic import command  # noqa: PLC0415 – half a second that a start without migrations need not spend
    from alembic.config import Config  # noqa: PLC0415 – the same

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    with _ALEMBIC:
        command.upgrade(config, "head")
