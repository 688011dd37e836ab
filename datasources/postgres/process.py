"""The embedded server as a process: creating its data directory, starting it, asking it, signalling it.

Nothing here knows who else uses the server; `datasources.postgres.embedded` calls these behind its locks.
"""

import asyncio
import errno
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from datasources.errors import (
    DatabaseDiskFull,
    DatabasePermissionDenied,
    DatabaseUnavailable,
    DatabaseVersionMismatch,
)
from datasources.postgres.placement import MAJOR, SOCKET_NAME, Placement, make_private

DATABASE = "media_gateway"
"""The database and the role that owns it. The role is no superuser: a hole in the gateway opens no shell."""
SUPERUSER = "postgres"
LOG_SIZE_LIMIT = 5_000_000
"""Bytes; a longer log is set aside as `postgres.log.1` at the next start."""
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # names the socket file; no port is opened
    "unix_socket_permissions": "0700",
    "cluster_name": DATABASE,  # seen in ps
    "shared_buffers": "128MB",
    "max_connections": "100",
    "synchronous_commit": "on",
    "jit": "off",  # compiling costs more than our short queries
    "io_method": "sync",  # three processes fewer; an embedded server's data sit in the page cache
    "max_wal_size": "512MB",
    "wal_level": "minimal",  # no replicas: COPY into a new table need not be logged twice
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",  # containers have 64 MB of /dev/shm, which parallel plans exceed
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

_POLL = 0.005  # seconds; the server is ready after some 20 ms


class Patience:
    """Time to wait for something that cannot be awaited: `while await patience.left(): …`."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._deadline = self._clock() + seconds
        self._first = True

    async def left(self) -> bool:
        """Return True at once the first time, later after some milliseconds, and False when the time is over."""
        if self._first:
            self._first = False
            return True
        await asyncio.sleep(_POLL)
        return self._clock() < self._deadline


def check_version(here: Placement) -> None:
    """Raise DatabaseVersionMismatch if there is a data directory of another major version of PostgreSQL."""
    if not here.data.exists():
        return
    version = (here.data / "PG_VERSION").read_text().strip()
    if version != str(MAJOR):
        raise DatabaseVersionMismatch(
            f"{here.data} was written by PostgreSQL {version}, this release brings {MAJOR}: dump it with the former "
            f"release and load it into a new folder, or move {here.data} away to start empty"
        )


async def create(here: Placement, log: Path, lock: int) -> None:
    """Create the data directory unless it exists: it is made under another name and renamed, so it is never half there.

    The descriptor `lock` is inherited, as in `spawn`.
    """
    if here.data.exists():
        return
    for leftover in here.data.parent.glob("data.new-*"):
        shutil.rmtree(leftover)
    new = here.data.with_name(f"data.new-{os.getpid()}")
    make_private(new, here.account)
    arguments = [
        *("--username", SUPERUSER, "--no-instructions"),
        *("--auth-local=trust", "--auth-host=reject"),  # the socket's folder is private; there is no other way in
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    written = _log_size(log)
    initdb = _start(here, "initdb", arguments, folder=new, log=log, lock=lock)
    try:
        await asyncio.to_thread(initdb.wait)
    finally:
        initdb.kill()  # nothing, unless we were cancelled
    if initdb.returncode != 0:
        raise failure(log, written)
    new.rename(here.data)


def spawn(here: Placement, log: Path, lock: int) -> subprocess.Popen[bytes]:
    """Start the server as our child in a session of its own: Ctrl-C in the terminal is for us, we stop the server last.

    The descriptor `lock` is inherited by it and all its processes. Raises DatabaseUnavailable if a server that was
    started by hand is using the data directory.
    """
    _clear_leftovers(here)
    sockets = str(here.sockets).replace('"', '""')
    settings = SETTINGS | {"unix_socket_directories": f'"{sockets}"'}
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return _start(here, "postgres", arguments, folder=here.data, log=log, lock=lock)


def rotate(log: Path) -> int:
    """Set a long log aside, replacing the one set aside before; return the size of the log that remains, in bytes."""
    if _log_size(log) > LOG_SIZE_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    return _log_size(log)


def ready_sockets(here: Placement, child: subprocess.Popen[bytes] | None) -> str | None:
    """Return the socket folder of a server that says it is ready in `postmaster.pid`; only of `child`, if given."""
    lines = _postmaster_file(here)
    if len(lines) < 8 or lines[7].strip() != "ready" or (child is not None and lines[0] != str(child.pid)):
        return None
    return lines[4]


def url(sockets: str, user: str = DATABASE, database: str = DATABASE) -> str:
    """Return a URL with the socket's folder in the query, where asyncpg and SQLAlchemy both read it."""
    return f"postgresql://{user}@/{database}?host={quote(sockets, safe='')}&port={SETTINGS['port']}"


async def answers(sockets: str) -> bool:
    """Return whether the server with this socket folder lets us in; role and database are created the first time."""
    try:
        try:
            connection = await asyncpg.connect(url(sockets), timeout=5)
        except (asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError):
            await _furnish(sockets)
            return True
    except asyncpg.TooManyConnectionsError:
        return True
    except asyncpg.DiskFullError as error:
        raise DatabaseDiskFull(f"no room left for the database: free some space and start again ({error})") from error
    except PermissionError as error:
        raise DatabasePermissionDenied(f"the socket of PostgreSQL belongs to another account: {error}") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # starting, stopping, or left over from a dead one
        return False
    await connection.close()
    return True


def send_signal(here: Placement, child: subprocess.Popen[bytes] | None, number: signal.Signals) -> None:
    """Signal the server, our child or not."""
    if child is not None and child.poll() is None:
        child.send_signal(number)
        return
    lines = _postmaster_file(here)
    if not lines or not lines[0].isdigit():
        return
    # Sent by the server's own account: if the process id is somebody else's by now, root cannot hit it.
    subprocess.run(  # noqa: S603 – our own program, which returns at once
        [str(here.programs / "pg_ctl"), "kill", number.name.removeprefix("SIG"), lines[0]],
        capture_output=True,
        check=False,
        **_identity(here, here.data),
    )


def failure(log: Path, written: int) -> DatabaseUnavailable:
    """Return the error that tells why a program ended, by what it wrote to the log after the first `written` bytes."""
    with log.open("rb") as file:
        file.seek(written)
        text = file.read().decode(errors="replace")
    lines = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
    reason = (lines or text.splitlines()[-1:] or ["it ended without a word"])[0].strip()  # the first is the cause
    if any(words in text for words in ("No space left on device", "Disk quota exceeded", "Check free disk space")):
        return DatabaseDiskFull(f"no room left for the database: free some space and start again ({reason})")
    if "Permission denied" in text or "Operation not permitted" in text or "wrong ownership" in text:
        return DatabasePermissionDenied(f"PostgreSQL may not use its files: {reason}; see {log}")
    return DatabaseUnavailable(f"PostgreSQL did not start: {reason}; see {log}")


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn an OSError inside the block into the error of this package that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DatabaseDiskFull(f"no room left for the database in {folder}: free some space ({error})") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise DatabasePermissionDenied(
                f"the database in {folder} cannot be used: {error}; give this account access, choose another data "
                "folder, or set DATABASE_URL"
            ) from error
        raise DatabaseUnavailable(f"the database in {folder} cannot be used: {error}") from error


def _start(
    here: Placement, program: str, arguments: list[str], *, folder: Path, log: Path, lock: int
) -> subprocess.Popen[bytes]:
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        return subprocess.Popen(  # noqa: S603 – our own programs, our own arguments
            [str(here.programs / program), "-D", here.argument(folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(lock,),
            start_new_session=True,
            **_identity(here, folder),
        )


def _identity(here: Placement, folder: Path) -> dict[str, Any]:
    """Return how a program of the server is started: inside `folder`, as its account, with a plain environment."""
    account = here.account
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    return {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **identity}


def _log_size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _postmaster_file(here: Placement) -> list[str]:
    """Return the lines of postmaster.pid: process id, data, start, port, socket folder, address, memory, status."""
    try:
        return (here.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _clear_leftovers(here: Placement) -> None:
    """Put away what a killed server left behind. Call it only when no process of the server holds its lock.

    PostgreSQL refuses to start if the process id in a stale postmaster.pid is in use, and in containers it often is.
    The file is not removed, since by it PostgreSQL also finds shared memory that is still attached; it gets our process
    id, which PostgreSQL, being our child, knows not to be a server's (CreateLockFile in utils/init/miscinit.c).
    """
    file = here.data / "postmaster.pid"
    lines = _postmaster_file(here)
    if len(lines) > 4 and _is_listening(Path(lines[4]) / SOCKET_NAME):
        raise DatabaseUnavailable(
            f"{here.data} is in use by a PostgreSQL server that was started by hand (process {lines[0]}): stop it"
        )
    if lines:
        new = here.data.with_name("postmaster.pid.new")
        new.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        if here.account is not None:
            os.chown(new, here.account.uid, here.account.gid)
        new.replace(file)
    else:
        file.unlink(missing_ok=True)
    for name in (SOCKET_NAME, SOCKET_NAME + ".lock"):
        (here.sockets / name).unlink(missing_ok=True)


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


async def _furnish(sockets: str) -> None:
    """Create the role and its database. The database comes last, so that where it is, everything is.

    The vector extension goes into the template, as only a superuser may create it.
    """
    template = await asyncpg.connect(url(sockets, SUPERUSER, "template1"), timeout=5)
    try:
        await template.execute("CREATE EXTENSION IF NOT EXISTS vector")
    finally:
        await template.close()
    admin = await asyncpg.connect(url(sockets, SUPERUSER, "postgres"), timeout=5)
    try:
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", DATABASE):
            await admin.execute(f"CREATE ROLE {DATABASE} LOGIN")
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")
    finally:
        await admin.close()
