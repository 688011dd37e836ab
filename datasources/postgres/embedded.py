"""PostgreSQL started by us from the programs in a Python wheel: nothing to install, nothing to configure.

    async with running(home) as url:  # postgresql://… for asyncpg; SQLAlchemy takes it as postgresql+asyncpg://…
        ...

One server per data folder, however many processes use it: the first one starts it as its child, the others join, the
last one to leave stops it. Three locks (flock: the kernel lets go of them for whoever is killed) say who may do what:

- `postgres.gate.lock`, exclusive: somebody is starting or stopping the server; everyone else waits.
- `postgres.users.lock`, shared: held by each user. Whoever leaves and then gets it exclusively was the last.
- `postgres.server.lock`, exclusive: inherited by the server and its children, so it is free exactly when no process of
  the server is left, whatever `postmaster.pid` says and whoever has that process id by now.

A server whose owner was killed keeps running and is joined by the next start. A server that was killed itself is
started again within a second by any process that uses it, and PostgreSQL recovers every acknowledged commit (fsync and
synchronous_commit stay on). It listens on a Unix socket in a private folder and nowhere else.

Files in the data folder: `postgres/data`, `postgres/run` (the socket, unless its path is too long), `postgres.log` and
the locks. What root does differently: `datasources.postgres.placement`.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from datasources.errors import DatabaseUnavailable
from datasources.postgres import process
from datasources.postgres.placement import Placement, place
from datasources.postgres.process import Patience, explained

logger = logging.getLogger(__name__)

_WATCH = 0.5
_WATCH_LIMIT = 30.0
"""Seconds between looks at the server: at first, and at most after it could not be started again."""
_SHUTDOWNS = ((signal.SIGINT, 1.0), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 0.5))
"""PostgreSQL's fast and immediate shutdown, then the end; each with its share of the stop timeout."""


@asynccontextmanager
async def running(data_home: Path, *, start_timeout: float = 60.0, stop_timeout: float = 20.0) -> AsyncIterator[str]:
    """Yield the URL of the database `media_gateway` in `data_home`, on a server that runs as long as anyone uses it.

    The first start creates the data directory (some 0.5 s), later ones take some 50 ms; `data_home` is created if
    missing. Timeouts are seconds. Raises DatabaseUnavailable or a child of it (version mismatch, permission denied,
    disk full) if there is no server to be had.
    """
    with explained(data_home):
        share = _Share(data_home, start_timeout, stop_timeout)
    try:
        yield await share.join()
    finally:
        await share.leave()


class _Lock:
    """An advisory lock on a file (flock(2)): gone with the last process that has it open."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self, operation: int) -> bool:
        """Take LOCK_EX or LOCK_SH, or convert to it; False at once, holding nothing, if somebody is in the way."""
        try:
            fcntl.flock(self.descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
            return False
        return True

    def close(self) -> None:
        """Close the file; the lock is gone unless a child has inherited it."""
        os.close(self.descriptor)


class _Share:
    """This process's share in the server of one data folder."""

    def __init__(self, home: Path, start_timeout: float, stop_timeout: float) -> None:
        home.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self._home = home.resolve()  # two names of one folder are one server
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._log = self._home / "postgres.log"
        self._users = _Lock(self._home / "postgres.users.lock")
        self._place: Placement | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def join(self) -> str:
        """Join the server, or start it, and return its URL."""
        async with self._gate(self._start_timeout):
            self._users.acquire(fcntl.LOCK_SH)  # it is taken exclusively only behind the gate: nobody is in the way
            url = await self._ensure_running()
        self._watcher = asyncio.create_task(self._watch(), name="postgres-watch")
        return url

    async def leave(self) -> None:
        """Leave the server, and stop it if nobody else uses it."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        try:
            if self._place is not None:
                async with self._gate(self._stop_timeout):
                    if self._users.acquire(fcntl.LOCK_EX):
                        await self._shut_down(self._place)
        except DatabaseUnavailable as error:
            logger.warning("PostgreSQL was left running: %s", error)
        finally:
            self._users.close()

    @asynccontextmanager
    async def _gate(self, seconds: float) -> AsyncIterator[None]:
        with explained(self._home):
            gate = _Lock(self._home / "postgres.gate.lock")
        try:
            patience = Patience(seconds)
            while await patience.left():
                if gate.acquire(fcntl.LOCK_EX):
                    break
            else:
                raise DatabaseUnavailable(
                    f"another process has been starting or stopping the database in {self._home} for {seconds:g} s: "
                    "wait for it, or end it"
                )
            yield
        finally:
            gate.close()

    async def _ensure_running(self) -> str:
        """Return the URL of the server once it answers, starting it if no process of it is left. Needs the gate."""
        with explained(self._home):
            self._place = here = place(self._home / "postgres")
            process.check_version(here)
        written: int | None = None  # bytes in the log when we started the server
        patience = Patience(self._start_timeout)
        while await patience.left():
            with explained(self._home):
                lock = self._claim()
                if lock is not None:
                    try:
                        if written is not None:
                            raise process.failure(self._log, written)
                        written = process.rotate(self._log)
                        await process.create(here, self._log, lock.descriptor)
                        self._child = process.spawn(here, self._log, lock.descriptor)
                    finally:
                        lock.close()
            sockets = process.ready_sockets(here, self._living_child())
            if sockets is not None and await process.answers(sockets):
                return process.url(sockets)
        raise DatabaseUnavailable(
            f"PostgreSQL did not answer within {self._start_timeout:g} s; it may still be recovering, see {self._log}"
        )

    def _claim(self) -> _Lock | None:
        """Return the server's lock, held, if no process of the server is left."""
        self._living_child()
        lock = _Lock(self._home / "postgres.server.lock")
        if lock.acquire(fcntl.LOCK_EX):
            return lock
        lock.close()
        return None

    def _living_child(self) -> subprocess.Popen[bytes] | None:
        """Return the server if it is our child and alive; polling also buries it if it is dead."""
        return self._child if self._child is not None and self._child.poll() is None else None

    async def _watch(self) -> None:
        """Start the server again whenever it is gone: it was killed then, since nobody stops a server in use."""
        pause = _WATCH
        while True:
            await asyncio.sleep(pause)
            try:
                with explained(self._home):
                    lock = self._claim()
                if lock is not None:
                    lock.close()
                    logger.error("PostgreSQL is gone; starting it again (see %s)", self._log)
                    async with self._gate(self._start_timeout):
                        await self._ensure_running()
                pause = _WATCH
            except DatabaseUnavailable as error:
                pause = min(2 * pause, _WATCH_LIMIT)
                logger.error("PostgreSQL could not be started again: %s", error)

    async def _shut_down(self, here: Placement) -> None:
        for number, share in _SHUTDOWNS:
            process.send_signal(here, self._living_child(), number)
            patience = Patience(self._stop_timeout * share)
            while await patience.left():
                with explained(self._home):
                    lock = self._claim()
                if lock is not None:
                    lock.close()
                    if here.sockets.parent != here.data.parent:
                        with contextlib.suppress(OSError):  # not ours to empty
                            here.sockets.rmdir()
                    return
            logger.warning("PostgreSQL did not stop on %s", number.name)
