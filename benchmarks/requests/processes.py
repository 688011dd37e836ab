"""Starts what is compared and what it needs as processes of their own, and stops them with all they started."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

_GRACE_SECONDS = 5.0


class NotStartedError(RuntimeError):
    """A process ended or was silent for too long; the message has the end of what it printed."""


@asynccontextmanager
async def running(
    command: str, log: Path, ready: httpx.Request, environment: Mapping[str, str], seconds: float = 90
) -> AsyncIterator[None]:
    """Run a shell command in a process group of its own until the block ends.

    The block begins when the command answers `ready` with 200; raises NotStartedError when it does not.
    """
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_shell(
            f"exec {command}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        try:
            await _until_ready(process, ready, seconds, command)
        except NotStartedError as error:
            said = await asyncio.to_thread(log.read_text, "utf-8", "replace")
            raise NotStartedError(f"{error}\n{said[-2000:]}") from None
        yield
    finally:
        await _stop(process)


async def _until_ready(process: asyncio.subprocess.Process, ready: httpx.Request, seconds: float, what: str) -> None:
    async with httpx.AsyncClient(timeout=5) as http:
        try:
            async with asyncio.timeout(seconds):
                while process.returncode is None:
                    with suppress(httpx.HTTPError):
                        if (await http.send(ready)).status_code == httpx.codes.OK:
                            return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise NotStartedError(f"No answer from {what} for {seconds:.0f} s.") from None
    raise NotStartedError(f"Ended with {process.returncode}: {what}.")


async def _stop(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
