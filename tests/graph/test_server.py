"""The server as a process: it says where it is, logs in one format, and stops when it is told to, quietly."""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from graph.server import address
from tests.journeys.client import environment, program

ROOT = Path(__file__).parents[2]
LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR) [\w.]+: .+")


@asynccontextmanager
async def serving(home: Path, *arguments: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start `media-gateway serve`; it is killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *program(),
        *(arguments or ("serve", "--port", "0")),
        cwd=home,
        env=environment(home, DEMO_DATA="false", PYTHONPATH=str(ROOT), **settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().rstrip("\n")


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, list[str]]:
    """Return the exit code, and what was written to standard output and to standard error since."""
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode().splitlines()


@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
async def test_it_says_where_it_is_and_stops_quietly(
    tmp_path: Path, database_url: str, told: signal.Signals, code: int
) -> None:
    async with serving(tmp_path, DATABASE_URL=database_url, LOG_LEVEL="DEBUG") as process:
        ready = await line_of(process)
        url = ready.removeprefix("Media Gateway is ready: ")
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url), ready
        async with httpx.AsyncClient() as http:
            assert "text/html" in (await http.get(url)).headers["content-type"], "the address to open"
            assert (await http.get(url + "/health/ready")).status_code == 200
        process.send_signal(told)
        returned, output, errors = await ended(process)
    assert returned == code
    assert output == "", "one line, no more"
    assert [line for line in errors if not LOGGED.fullmatch(line)] == []
    assert any(" uvicorn" in line for line in errors), "uvicorn's lines have the same format"


async def test_it_stops_with_sockets_open(tmp_path: Path, database_url: str) -> None:
    async with serving(tmp_path, DATABASE_URL=database_url) as process:
        url = (await line_of(process)).removeprefix("Media Gateway is ready: ")
        async with connect(url.replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"]) as ws:
            await ws.send('{"type": "connection_init"}')
            assert "connection_ack" in str(await ws.recv())
            process.send_signal(signal.SIGINT)
            returned, _, errors = await ended(process)
    assert returned == 130
    assert "Traceback" not in "\n".join(errors)


async def test_it_can_be_stopped_while_it_waits_for_its_database(tmp_path: Path) -> None:
    silent = await asyncio.start_server(lambda *_: asked.set(), "127.0.0.1", 0)
    asked = asyncio.Event()
    port = silent.sockets[0].getsockname()[1]
    async with silent, serving(tmp_path, DATABASE_URL=f"postgresql://me@127.0.0.1:{port}/x") as process:
        await asked.wait()
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(8):  # the database would be waited for longer
            returned, output, errors = await ended(process)
    assert (returned, output, errors) == (130, "", [])


async def test_a_port_that_is_taken_is_one_line(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with serving(tmp_path, "serve", "--port", port, DATABASE_URL=database_url) as process:
            returned, output, errors = await ended(process)
    assert (returned, output) == (1, "")
    (line,) = [line for line in errors if not LOGGED.fullmatch(line)]
    assert line.startswith(f"ADDRESS_UNAVAILABLE Nothing can listen on 127.0.0.1:{port}: it is in use")
    assert "--port" in line


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:4000"),
        ("0.0.0.0", "http://127.0.0.1:4000"),  # noqa: S104 – shown, not bound
        ("::", "http://[::1]:4000"),
        ("::1", "http://[::1]:4000"),
        ("media.example", "http://media.example:4000"),
    ],
)
def test_the_address_is_one_to_open(host: str, shown: str) -> None:
    assert address(host, 4000) == shown
