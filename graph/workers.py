"""Several processes that serve one address: each listens itself (SO_REUSEPORT), the kernel spreads the connections.

The parent opens what must exist once – the embedded PostgreSQL, the tables, the demo data, the signing key – then only
watches: a worker that dies is replaced, unless it dies young again and again.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic

from pydantic import SecretStr

from graph.app import access_tokens
from graph.lifespan import open_database, open_settings_sources
from graph.server import READY, address, shared_socket
from graph.settings import Settings

logger = logging.getLogger(__name__)

YOUNG_SECONDS = 10.0
"""A worker that lives shorter than this had no chance: its death counts."""
DEATHS = 3
"""Young deaths in a row after which all is stopped."""
FAREWELL_SECONDS = 15.0
"""How long a worker may take to stop."""


class WorkersUnavailable(Exception):
    """Several processes cannot serve together; the message says what to do."""


def run_workers(settings: Settings, count: int, arguments: list[str]) -> int:
    """Serve with `count` processes until told to stop; return the exit code.

    `arguments` are those of the command that each runs, but for address and number. Raises WorkersUnavailable,
    AddressUnavailable, and what opening the sources raises.
    """
    if settings.redis_url is None:
        raise WorkersUnavailable(
            "Several workers tell each other of changes over Redis: set REDIS_URL (redis://…), or serve with one."
        )
    if not hasattr(socket, "SO_REUSEPORT"):
        raise WorkersUnavailable("This system cannot share an address between processes: serve with one worker.")
    return asyncio.run(_Workers(settings, count, arguments).run())


class _Workers:
    """The parent of all workers."""

    def __init__(self, settings: Settings, count: int, arguments: list[str]) -> None:
        self._settings = settings
        self._count = count
        self._arguments = arguments
        self._stopping = asyncio.Event()
        self._ready = asyncio.Semaphore(0)
        self._deaths = 0

    async def run(self) -> int:
        """Open, serve, close; return 0, or 1 when the workers cannot live."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        async with self._opened() as environment:
            # Bound but not listening: it keeps the address, and the port where any was asked for.
            with shared_socket(self._settings.host, self._settings.port) as reserved:
                port = reserved.getsockname()[1]
                places = ["--host", self._settings.host, "--port", str(port), "--worker"]
                command = [sys.executable, "-m", "graph.cli", "serve", *self._arguments, *places]
                async with asyncio.TaskGroup() as group:
                    for _ in range(self._count):
                        group.create_task(self._keep_one(command, environment))
                    announcing = group.create_task(self._announce(port))
                    await self._stopping.wait()
                    announcing.cancel()
        return 1 if self._deaths >= DEATHS else 0

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Mapping[str, str]]:
        """Open what the workers share; yield their environment."""
        access_tokens(self._settings)
        async with open_database(self._settings) as url:
            known = {**os.environ, "DATABASE_URL": url}
            async with open_settings_sources(self._settings.model_copy(update={"database_url": SecretStr(url)})):
                pass  # the demo data is there now
            yield known

    async def _announce(self, port: int) -> None:
        for _ in range(self._count):
            await self._ready.acquire()
        url = address(self._settings.host, port)
        page = "" if self._settings.answers_introspection else "/graphql"
        print(f"Media Gateway is ready with {self._count} workers: {url}{page}", flush=True)

    async def _keep_one(self, command: list[str], environment: Mapping[str, str]) -> None:
        """Run one worker, and another in its place when it dies, until all is stopped."""
        while not self._stopping.is_set():
            born = monotonic()
            process = await asyncio.create_subprocess_exec(
                *command,
                env=environment,
                stdin=asyncio.subprocess.PIPE,  # never written to: its end tells the worker that we are gone
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us: we stop them in turn
            )
            listening = asyncio.create_task(self._listen(process))
            stopped = asyncio.create_task(self._stopping.wait())
            died = asyncio.create_task(process.wait())
            await asyncio.wait({stopped, died}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if self._stopping.is_set():
                await _end(process)
            else:
                self._count_death(process.returncode, young=monotonic() - born < YOUNG_SECONDS)
            await died
            await listening

    def _count_death(self, code: int | None, *, young: bool) -> None:
        logger.warning("a worker ended with code %s", code)
        self._deaths = self._deaths + 1 if young else 0
        if self._deaths >= DEATHS:
            logger.error("%d workers died young, one after the other: giving up", DEATHS)
            self._stopping.set()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 – it was asked for
        async for line in process.stdout:
            if line.decode().strip() == READY:
                self._ready.release()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to stop; end it where it does not."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
