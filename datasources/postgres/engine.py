"""The connection pool, and the one place where every statement passes."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import orjson

from datasources.errors import DatabaseUnavailable

StatementListener = Callable[[str], None]


_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # the server shuts down, crashed, or starts; also a cancelled statement
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidCatalogNameError,  # the database was dropped
    asyncpg.InvalidAuthorizationSpecificationError,  # the password was changed
    asyncpg.InterfaceError,  # the driver's own word for a connection that is closed
)


def _is_gone(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back, as it does when the server hangs up
        return True


@contextmanager
def _asking(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | None" = None) -> Iterator[None]:
    """Raise DatabaseUnavailable where the driver says that the server is gone; other errors pass as they are."""
    try:
        yield
    except TimeoutError:
        if connection is None:
            raise DatabaseUnavailable("PostgreSQL does not answer in time") from None
        raise
    except asyncpg.QueryCanceledError:
        raise
    except _LOST as error:
        told = isinstance(error, asyncpg.PostgresError | ConnectionError)
        if not told and connection is not None and not _is_gone(connection):
            raise  # a mistake of ours, or a file that rows for COPY are read from
        raise DatabaseUnavailable(f"PostgreSQL does not answer: {error}") from error


class Connection:
    """One connection inside a transaction; the same calls as `Database`, plus COPY."""

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", database: "Database") -> None:
        self._connection = connection
        self._database = database

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Return all rows."""
        self._database.tell(sql)
        with _asking(self._connection):
            return await self._connection.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """Return the first row, or None."""
        self._database.tell(sql)
        with _asking(self._connection):
            return await self._connection.fetchrow(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        """Return the first column of the first row, or None."""
        self._database.tell(sql)
        with _asking(self._connection):
            return await self._connection.fetchval(sql, *arguments)

    async def execute(self, sql: str, *arguments: Any) -> str:
        """Run a statement; return PostgreSQL's command tag, e.g. `INSERT 0 1`."""
        self._database.tell(sql)
        with _asking(self._connection):
            return await self._connection.execute(sql, *arguments)

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows by COPY: some 20 times faster than INSERT for bulk."""
        self._database.tell(f"COPY {table}")
        with _asking(self._connection):
            await self._connection.copy_records_to_table(table, records=rows, columns=list(columns))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        transaction = self._connection.transaction()
        with _asking(self._connection):
            await transaction.start()
        try:
            yield
        except BaseException:
            if not _is_gone(self._connection):  # a server that is gone has forgotten it anyway
                with _asking(self._connection):
                    await transaction.rollback()
            raise
        with _asking(self._connection):
            await transaction.commit()


class Database:
    """PostgreSQL through a pool of connections. Ids are canonical UUID text on our side, `uuid` on its side."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.listeners: list[StatementListener] = []

    def tell(self, sql: str) -> None:
        """Let the listeners know of a statement (tests count them, telemetry traces them)."""
        for listener in self.listeners:
            listener(sql)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Lend a connection outside a transaction; raises DatabaseUnavailable when there is none to be had."""
        with _asking():
            connection = await self._pool.acquire()
        try:
            yield Connection(connection, self)
        finally:
            with _asking(connection):
                await self._pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction that commits when the block ends and rolls back when it raises."""
        async with self.acquire() as connection, connection._transaction():
            yield connection

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Return all rows."""
        async with self.acquire() as connection:
            return await connection.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: Any) -> asyncpg.Record | None:
        """Return the first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetchrow(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: Any) -> Any:
        """Return the first column of the first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetchval(sql, *arguments)

    async def execute(self, sql: str, *arguments: Any) -> str:
        """Run a statement; return PostgreSQL's command tag."""
        async with self.acquire() as connection:
            return await connection.execute(sql, *arguments)


def _uuid_text(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _uuid_bytes(value: object) -> bytes:
    return bytes.fromhex(str(value).replace("-", ""))


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # All binary: COPY takes nothing else.
    codecs: tuple[tuple[str, Callable[[Any], bytes], Callable[[bytes], Any]], ...] = (
        ("uuid", _uuid_bytes, _uuid_text),
        ("json", orjson.dumps, orjson.loads),
        ("jsonb", lambda value: b"\x01" + orjson.dumps(value), lambda raw: orjson.loads(raw[1:])),  # \x01: its version
    )
    for name, encoder, decoder in codecs:
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="binary")


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10) -> AsyncIterator[Database]:
    """Open a pool of at most `connections` on a PostgreSQL URL and close it at the end.

    Raises DatabaseUnavailable when the server cannot be reached.
    """
    try:
        pool = await asyncpg.create_pool(
            url, min_size=min(2, connections), max_size=connections, init=_prepare, command_timeout=30
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnavailable(f"cannot connect to PostgreSQL: {error}") from error
    try:
        yield Database(pool)
    finally:
        await pool.close()
