"""Hive Gateway in a process of its own."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.journeys.client import free_port

HERE = Path(__file__).parent
_HIVE = HERE / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js"


def missing() -> str | None:
    """Return why Hive Gateway cannot be run here; None when it can."""
    if shutil.which("node") is None:
        return "Node is not on PATH"
    if not _HIVE.exists():
        return "Hive Gateway is not installed: run `npm ci` in tests/peers"
    return None


@asynccontextmanager
async def hive_gateway(supergraph: Path) -> AsyncIterator[str]:
    """Run Hive Gateway on a supergraph; yield the URL of its GraphQL. Its log is beside the supergraph."""
    port = free_port()
    command = ["node", str(_HIVE), "supergraph", str(supergraph), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--config-path", str(HERE / "gateway.config.mjs")]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    log = supergraph.with_suffix(".log")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=HERE, env={**kept, "NODE_ENV": "production"}, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(90), httpx.AsyncClient(trust_env=False) as http:
            while True:
                assert process.returncode is None, log.read_text()
                try:
                    answer = await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
                    if answer.status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
