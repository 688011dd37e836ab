"""The pool: transactions, types on their way, listeners, and a server that is gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import asyncpg
import pytest

from datasources.errors import DatabaseUnavailable
from datasources.postgres.engine import Connection, Database, open_database

ID = "01968d2e-4f7a-7c3b-9d1e-5a6b7c8d9e0f"


@pytest.fixture(scope="module")
async def pool(copy_database: Callable[[], Awaitable[str]]) -> AsyncIterator[Database]:
    async with open_database(await copy_database(), connections=2) as database:
        yield database


@pytest.fixture
async def table(pool: Database) -> AsyncIterator[str]:
    """A table of this test alone: id (uuid), content (jsonb)."""
    await pool.execute("CREATE TABLE notes (id uuid, content jsonb)")
    yield "notes"
    await pool.execute("DROP TABLE notes")


async def test_a_transaction_is_kept_when_its_block_ends(pool: Database, table: str) -> None:
    async with pool.transaction() as connection:
        await connection.execute("INSERT INTO notes VALUES ($1, '1')", ID)
        assert await pool.fetchval("SELECT count(*) FROM notes") == 0, "others see nothing before the end"
    assert await pool.fetchval("SELECT count(*) FROM notes") == 1


async def test_a_transaction_is_undone_when_its_block_raises(pool: Database, table: str) -> None:
    async def write() -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO notes VALUES ($1, '1')", ID)
            raise LookupError

    with pytest.raises(LookupError):
        await write()
    assert await pool.fetchval("SELECT count(*) FROM notes") == 0


async def test_a_transaction_is_undone_when_its_task_is_cancelled(pool: Database, table: str) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO notes VALUES ($1, '1')", ID)
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pool.fetchval("SELECT count(*) FROM notes") == 0


async def test_a_failed_statement_keeps_its_error(pool: Database, table: str) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await pool.fetch("SELECT * FROM nowhere")
    with pytest.raises(asyncpg.DataError):
        await pool.fetch("SELECT $1::int", "x")
    assert await pool.fetchval("SELECT 1") == 1


async def test_mistakes_inside_a_transaction_pass_as_they_are(pool: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with pool.transaction():
            Path("/nonexistent/file").read_text()
    with pytest.raises(FileNotFoundError):
        async with pool.acquire():
            raise FileNotFoundError


async def test_a_statement_that_was_cancelled_is_no_lost_server(pool: Database) -> None:
    async with pool.transaction() as connection:
        await connection.execute("SET LOCAL statement_timeout = 1")
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.execute("SELECT pg_sleep(10)")


async def test_ids_are_text_on_our_side(pool: Database) -> None:
    row = await pool.fetchrow("SELECT $1::uuid AS id, ARRAY[$1::uuid] AS ids, NULL::uuid AS none", ID.upper())
    assert row is not None
    assert (row["id"], row["ids"], row["none"]) == (ID, [ID], None)
    assert await pool.fetchval("SELECT $1::uuid[]", [ID, None]) == [ID, None]


@pytest.mark.parametrize("document", [{"a": [1, 2.5, None, "ü"]}, [], "text", 7, True, {"naïve": {}}])
async def test_documents_are_python_values_on_our_side(pool: Database, document: Any) -> None:
    assert await pool.fetchval("SELECT $1::jsonb", document) == document
    assert await pool.fetchval("SELECT $1::json", document) == document


async def test_no_document_is_none(pool: Database) -> None:
    assert await pool.fetchval("SELECT $1::jsonb", None) is None


async def test_copy_writes_ids_and_documents(pool: Database, table: str) -> None:
    async with pool.transaction() as connection:
        await connection.copy(table, ["id", "content"], [(ID, {"a": 1}), (None, None)])
    rows = await pool.fetch("SELECT id, content FROM notes ORDER BY id NULLS LAST")
    assert [tuple(row) for row in rows] == [(ID, {"a": 1}), (None, None)]


async def test_listeners_hear_every_statement(pool: Database, table: str) -> None:
    heard: list[str] = []
    pool.listeners.append(heard.append)
    try:
        await pool.fetch("SELECT 1")
        await pool.fetchrow("SELECT 2")
        await pool.fetchval("SELECT 3")
        await pool.execute("SELECT 4")
        async with pool.transaction() as connection:
            await connection.fetch("SELECT 5")
            await connection.copy(table, ["id"], [])
    finally:
        pool.listeners.remove(heard.append)
    assert heard == ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5", "COPY notes"]


async def cut_off(pool: Database, then: Callable[[Connection], Awaitable[object]]) -> None:
    """Do something in a transaction whose connection the server has just closed."""
    async with pool.transaction() as connection:
        victim = await connection.fetchval("SELECT pg_backend_pid()")
        assert await pool.fetchval("SELECT pg_terminate_backend($1, 5000)", victim)
        await then(connection)


async def test_a_connection_cut_off_is_an_unavailable_database(pool: Database) -> None:
    async def nothing(connection: Connection) -> None:
        pass

    for then in (lambda connection: connection.fetch("SELECT 1"), nothing):
        with pytest.raises(DatabaseUnavailable):
            await cut_off(pool, then)
    assert await pool.fetchval("SELECT 1") == 1, "the pool goes on with new connections"


async def test_an_error_is_not_hidden_by_a_connection_cut_off(pool: Database) -> None:
    async def fail(connection: Connection) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await cut_off(pool, fail)


async def test_a_server_that_is_gone_is_an_unavailable_database(tmp_path: Path) -> None:
    socket = tmp_path / ".s.PGSQL.5432"

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(relay, socket)
    async with server:
        with pytest.raises(DatabaseUnavailable):
            async with open_database(f"postgresql:///x?host={tmp_path}&user=x"):
                pass
    with pytest.raises(DatabaseUnavailable, match="cannot connect"):
        async with open_database(f"postgresql:///x?host={tmp_path}&user=x"):
            pass


async def test_an_open_pool_says_when_the_server_went_away(server_url: str, tmp_path: Path) -> None:
    """Between us and the server stands a relay that can be torn down and set up again."""
    place = server_url.partition("host=")[2].split("&")[0]
    relay = Relay(Path(unquote(place)) / ".s.PGSQL.5432", tmp_path / ".s.PGSQL.5432")
    await relay.start()
    async with open_database(server_url.replace(place, str(tmp_path)), connections=2) as database:
        assert await database.fetchval("SELECT 1") == 1
        await relay.stop()
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                await database.fetchval("SELECT 1")
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                raise AssertionError("there is no transaction to be had")
        await relay.start()
        assert await database.fetchval("SELECT 1") == 1
        await relay.stop()


class Relay:
    """Passes bytes between two sockets."""

    def __init__(self, server: Path, here: Path) -> None:
        self._server, self._here = server, here
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._listener = await asyncio.start_unix_server(self._accept, self._here)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._server)
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._tasks.add(asyncio.create_task(self._pass_on(source, target)))

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while content := await source.read(65536):
                target.write(content)
        finally:
            target.close()

    async def stop(self) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._here.unlink(missing_ok=True)


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "postgresql://localhost:notaport/x"])
async def test_an_address_that_is_none_is_an_unavailable_database(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot connect"):
        async with open_database(url):
            pass


async def test_a_database_that_does_not_exist_is_unavailable(server_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="nowhere"):
        async with open_database(server_url.replace("/media_gateway?", "/nowhere?")):
            pass
