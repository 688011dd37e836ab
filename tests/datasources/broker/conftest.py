"""A real Redis server, started once per test process."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio


class RedisServer:
    """A redis-server on a Unix socket of its own, which tests may stop and start."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process and self._process.pid

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *("redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._folder)),
            *("--save", "", "--appendonly", "no"),
            stdout=subprocess.DEVNULL,
        )
        async with self.client() as client, asyncio.timeout(30):
            while True:
                with contextlib.suppress(redis.exceptions.ConnectionError):
                    await client.ping()
                    return
                await asyncio.sleep(0.005)

    async def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            await self._process.wait()
            self._process = None

    def client(self) -> redis.asyncio.Redis:
        """A client that sees the server from outside; it does not retry."""
        return redis.asyncio.Redis.from_url(self.url, retry=None, decode_responses=True)


@contextlib.asynccontextmanager
async def started() -> AsyncIterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="mg-redis-") as folder:  # pytest's own paths can be too long for a socket
        server = RedisServer(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


@pytest.fixture(scope="session")
async def redis_server() -> AsyncIterator[RedisServer]:
    """The server that all tests of this process share."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    async with started() as server:
        yield server


@pytest.fixture
async def own_redis_server() -> AsyncIterator[RedisServer]:
    """A server that a test may stop."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    async with started() as server:
        yield server
