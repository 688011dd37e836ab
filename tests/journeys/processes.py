"""The product as operating system processes, started with its own command line."""

import asyncio
import signal
import socket
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.client import environment, program

START_SECONDS = 120
"""For a start on a busy machine, first use of a home included."""


@dataclass
class Running:
    """A server that said it is ready."""

    url: str
    process: Process

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """Ask it to end, as service managers do, unless it is gone already."""
        if self.process.returncode is None:
            self.process.terminate()
            assert await self.process.wait() in {0, -signal.SIGTERM}


async def start(*arguments: str, home: Path, port: int = 0, **variables: str) -> Running:
    """Start a server (`serve`, `subgraph NAME`, `gateway …`) and wait until it says where it is."""
    log = home / f"{'-'.join(word for word in arguments if not word.startswith('-'))}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *program(),
            *arguments,
            "--port",
            str(port),
            env=environment(home, **variables),
            cwd=home,
            stdout=PIPE,
            stderr=output,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            ready = (await process.stdout.readline()).decode()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if not ready:
        await process.wait()
        pytest.fail(log.read_text("utf-8")[-5000:])
    return Running(ready.split()[-1], process)


@asynccontextmanager
async def started(*arguments: str, home: Path, port: int = 0, **variables: str) -> AsyncIterator[Running]:
    """Start a server, and stop it after the block."""
    server = await start(*arguments, home=home, port=port, **variables)
    try:
        yield server
    finally:
        await server.stop()


@dataclass
class FourProcesses:
    """Four subgraphs, each a process, and a gateway that has nothing but their addresses: a fifth."""

    home: Path
    variables: Mapping[str, str]
    subgraphs: dict[str, Running] = field(default_factory=dict)
    gateway: Running | None = None

    @property
    def url(self) -> str:
        """Where the supergraph is."""
        assert self.gateway is not None
        return self.gateway.url

    async def start(self, names: list[str]) -> None:
        """Start the subgraphs all at once, then the gateway."""
        running = await asyncio.gather(*(self._subgraph(name) for name in names), return_exceptions=True)
        self.subgraphs = {
            name: one for name, one in zip(names, running, strict=True) if not isinstance(one, BaseException)
        }
        for one in running:
            if isinstance(one, BaseException):
                raise one
        urls = [f"--url={name}={one.url}/graphql" for name, one in self.subgraphs.items()]
        nowhere = self.home / "gateway"  # it has no use for a home
        nowhere.mkdir()
        self.gateway = await start("gateway", *urls, home=nowhere)

    async def kill(self, name: str) -> None:
        """End a subgraph without a warning."""
        await self.subgraphs[name].kill()

    async def revive(self, name: str) -> None:
        """Start a subgraph again where it was."""
        self.subgraphs[name] = await self._subgraph(name, self.subgraphs[name].port)

    async def stop(self) -> None:
        """End all."""
        for one in (self.gateway, *self.subgraphs.values()):
            if one is not None:
                await one.stop()

    async def _subgraph(self, name: str, port: int = 0) -> Running:
        return await start("subgraph", name, home=self.home, port=port, **self.variables)


@asynccontextmanager
async def running_redis(folder: Path) -> AsyncIterator[str]:
    """Run a Redis that keeps nothing; yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()
