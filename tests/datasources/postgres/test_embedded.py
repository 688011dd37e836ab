"""The embedded server: real processes, really killed."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from datasources.errors import (
    DatabaseDiskFull,
    DatabasePermissionDenied,
    DatabaseUnavailable,
    DatabaseVersionMismatch,
)
from datasources.postgres import process
from datasources.postgres.embedded import running
from datasources.postgres.placement import SOCKET_NAME, place

ROOT = Path(__file__).parents[3]
USER = """
import asyncio, sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from datasources.postgres.embedded import running

async def main():
    async with running(Path(sys.argv[1])) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")


@contextlib.asynccontextmanager
async def another_user(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that uses the server until it is told to leave (a line on its input) or killed."""
    user = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", USER, str(home)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        yield user
    finally:
        if user.returncode is None:
            user.kill()
        await user.wait()


async def url_of(user: asyncio.subprocess.Process) -> str:
    assert user.stdout is not None
    return (await user.stdout.readline()).decode().strip()


async def leave(user: asyncio.subprocess.Process) -> None:
    await user.communicate(b"\n")
    assert user.returncode == 0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever a test leaves running in it is ended."""
    folder = tmp_path / "home"
    yield folder
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(server_of(folder), signal.SIGQUIT)


def server_of(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def is_stopped(home: Path) -> bool:
    """Return whether the server was shut down in order: then it has removed the file it started with."""
    return not (home / "postgres/data/postmaster.pid").exists()


async def until(condition: Callable[[], object]) -> None:
    """Wait for something outside that nothing tells us of."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


async def fetchval(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_data_outlive_the_server(home: Path) -> None:
    async with running(home) as url:
        pid = server_of(home)
        await fetchval(url, "CREATE TABLE film AS SELECT 'Metropolis' AS title")
    assert is_stopped(home)
    async with running(home) as url:
        assert await fetchval(url, "SELECT title FROM film") == "Metropolis"
        assert server_of(home) != pid


async def test_the_database_speaks_unicode_and_the_role_has_no_power(home: Path) -> None:
    async with running(home) as url:
        assert (
            await fetchval(url, "SELECT lower('ÀÉ') || current_database() || current_user")
            == "àé" + 2 * "media_gateway"
        )
        assert await fetchval(url, "SHOW data_checksums") == "on"
        assert await fetchval(url, "SELECT '[1,2]'::vector <-> '[1,2]'") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetchval(url, "SELECT pg_read_file('PG_VERSION')")


async def test_sqlalchemy_takes_the_url(home: Path) -> None:
    async with running(home) as url:
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT current_database()")) == "media_gateway"
        await engine.dispose()


async def test_the_server_is_our_child_outside_our_session(home: Path) -> None:
    async with running(home):
        pid = server_of(home)
        assert os.getsid(pid) == pid  # Ctrl-C in the terminal does not reach it


async def test_the_last_to_leave_stops_the_server(home: Path) -> None:
    async with another_user(home) as first:
        url = await url_of(first)
        pid = server_of(home)
        async with running(home) as joined:
            assert joined == url
            assert server_of(home) == pid
            await leave(first)
            assert await fetchval(joined, "SELECT 1") == 1
            async with running(home) as again:  # within one process, too
                assert again == url
            assert await fetchval(joined, "SELECT 1") == 1
        assert is_stopped(home)


async def test_many_first_starts_at_once_make_one_server(home: Path) -> None:
    async with another_user(home) as one, another_user(home) as two, running(home) as url:
        assert await url_of(one) == await url_of(two) == url
        pid = server_of(home)
        await asyncio.gather(leave(one), leave(two))
        assert server_of(home) == pid
    assert is_stopped(home)


async def test_a_killed_server_comes_back_with_every_acknowledged_row(home: Path) -> None:
    async with running(home) as url:
        pid = server_of(home)
        await fetchval(url, "CREATE TABLE event (id int)")
        acknowledged = 0
        connection = await asyncpg.connect(url)
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            while True:
                await connection.execute("INSERT INTO event VALUES ($1)", acknowledged)
                acknowledged += 1
                if acknowledged == 100:
                    os.kill(pid, signal.SIGKILL)
                    os.kill(connection.get_server_pid(), signal.SIGKILL)
        connection.terminate()
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(asyncpg.PostgresError, OSError):
                    count = await fetchval(url, "SELECT count(*) FROM event")
                    break
                await asyncio.sleep(0.01)
        assert count in (acknowledged, acknowledged + 1)  # the one under way may have made it
        assert acknowledged >= 100
        assert server_of(home) != pid
    assert is_stopped(home)


async def test_the_server_of_a_killed_owner_is_joined(home: Path) -> None:
    async with another_user(home) as owner:
        url = await url_of(owner)
        pid = server_of(home)
        await fetchval(url, "CREATE TABLE film AS SELECT 'M' AS title")
        owner.kill()
        await owner.wait()
    async with running(home) as url:
        assert server_of(home) == pid
        assert await fetchval(url, "SELECT title FROM film") == "M"
    assert is_stopped(home)


async def test_start_after_everything_was_killed_and_the_process_id_is_taken(home: Path) -> None:
    async with another_user(home) as owner:
        url = await url_of(owner)
        await fetchval(url, "CREATE TABLE film AS SELECT 'M' AS title")
        owner.kill()
        await owner.wait()
    os.kill(server_of(home), signal.SIGKILL)
    file = home / "postgres/data/postmaster.pid"
    account = file.stat().st_uid
    stranger = await asyncio.create_subprocess_exec("sleep", "60", user=account)
    try:
        file.write_text("\n".join([str(stranger.pid), *file.read_text().splitlines()[1:]]) + "\n")
        async with running(home) as url:
            assert await fetchval(url, "SELECT title FROM film") == "M"
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


async def test_a_start_killed_half_way_leaves_nothing_in_the_way(home: Path) -> None:
    async with another_user(home) as owner:
        folder = home / "postgres"
        await until(lambda: list(folder.glob("data.new-*/PG_VERSION")))
        owner.kill()
        await owner.wait()
    async with running(home) as url:
        assert await fetchval(url, "SELECT 1") == 1
        assert not list(folder.glob("data.new-*"))


async def test_a_cancelled_start_leaves_nothing_running(home: Path) -> None:
    async def use() -> None:
        async with running(home):
            raise AssertionError("not reached")

    start = asyncio.create_task(use())
    await until(lambda: not is_stopped(home))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert is_stopped(home)


async def test_a_server_started_by_hand_is_left_alone(home: Path) -> None:
    async with running(home):
        pass
    here = place(home.resolve() / "postgres")
    log = home / "by-hand.log"
    with tempfile.TemporaryFile() as lock:
        by_hand = process.spawn(here, log, lock.fileno())
    try:
        await until(lambda: process.ready_sockets(here, by_hand))
        with pytest.raises(DatabaseUnavailable, match=f"started by hand .process {by_hand.pid}"):
            async with running(home):
                pass
        assert by_hand.poll() is None
    finally:
        by_hand.send_signal(signal.SIGINT)
        await asyncio.to_thread(by_hand.wait)
        if not here.sockets.is_relative_to(home):
            here.sockets.rmdir()


async def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 40)
    async with running(home) as url:
        assert await fetchval(url, "SELECT 1") == 1
        sockets = Path(parse_qs(urlsplit(url).query)["host"][0])
        assert not sockets.is_relative_to(tmp_path)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(str(sockets / SOCKET_NAME)) <= 103
    assert not sockets.exists()


async def test_a_folder_in_the_sockets_place_is_not_trusted(home: Path) -> None:
    async with running(home):
        pass
    elsewhere = place((home / "postgres").resolve()).sockets
    elsewhere.chmod(0o777)
    try:
        with pytest.raises(DatabasePermissionDenied, match="private folder"):
            async with running(home):
                pass
    finally:
        elsewhere.rmdir()


async def test_data_of_another_version_are_refused(home: Path) -> None:
    async with running(home):
        pass
    version = home / "postgres/data/PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(DatabaseVersionMismatch, match=r"PostgreSQL 17.* brings 18.*dump it") as caught:
        async with running(home):
            pass
    assert caught.value.code == "DATABASE_VERSION_MISMATCH"


async def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    async with running(home):
        pass
    (home / "postgres/data/postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(DatabaseUnavailable, match=r"configuration file .* contains errors; see .*postgres\.log"):
        async with running(home):
            pass


async def test_a_file_in_the_folders_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(DatabaseUnavailable, match="File exists"):
        async with running(tmp_path / "home"):
            pass


@as_user
async def test_a_folder_we_may_not_write_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DatabasePermissionDenied, match="Permission denied"):
        async with running(tmp_path / "home"):
            pass


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', DatabaseDiskFull),
        (
            'FATAL:  could not extend file "base/1": wrote only 4096 bytes\nHINT:  Check free disk space.',
            DatabaseDiskFull,
        ),
        ('FATAL:  could not open file "base/1": Permission denied', DatabasePermissionDenied),
        ("FATAL:  something else", DatabaseUnavailable),
    ],
)
def test_what_the_log_says_decides_the_error(tmp_path: Path, line: str, error: type[Exception]) -> None:
    log = tmp_path / "log"
    old = "FATAL: of yesterday, No space left on device\n"
    log.write_text(f"{old}{line}\nPANIC:  what came of it\nLOG:  database system is shut down\n")
    caught = process.failure(log, len(old))
    assert type(caught) is error
    assert line.splitlines()[0] in str(caught)


async def test_a_long_log_is_set_aside(home: Path) -> None:
    home.mkdir()
    (home / "postgres.log").write_bytes(b"x" * (process.LOG_SIZE_LIMIT + 1))
    async with running(home):
        assert (home / "postgres.log.1").stat().st_size == process.LOG_SIZE_LIMIT + 1
        assert b"ready to accept connections" in (home / "postgres.log").read_bytes()


@as_root
async def test_root_runs_it_unprivileged_where_only_root_can_go(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    async with running(private / "home") as url:
        assert await fetchval(url, "SELECT 1") == 1
        assert Path(f"/proc/{server_of(private / 'home')}").stat().st_uid != 0
        assert (private / "home/postgres/data").stat().st_uid != 0
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


@as_root
async def test_root_keeps_to_the_owner_of_the_data(home: Path) -> None:
    async with running(home):
        pass
    for path in [home / "postgres/data", *(home / "postgres/data").rglob("*")]:
        os.chown(path, 54321, -1)
    with pytest.raises(DatabasePermissionDenied, match="user id 54321, which has no account"):
        async with running(home):
            pass
