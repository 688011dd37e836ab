"""Several worker processes on one address: they share the work, one is replaced, and all leave with their parent."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.journeys.client import Client, environment, program
from tests.journeys.processes import Running, running_redis, started
from tests.journeys.test_watchlist_on_two_devices import ADD, CHANGED, new_account, revision_of, some_titles

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not on PATH")
COUNT = 2


def children(process_id: int) -> set[int]:
    return {int(word) for word in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()}


def alive(process_id: int) -> bool:
    try:
        return bool(Path(f"/proc/{process_id}/cmdline").read_bytes())  # empty for one that only waits to be buried
    except OSError:
        return False


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.fixture
async def workers(demo_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(running_redis(tmp_path))
        settings = {"DATABASE_URL": demo_url, "REDIS_URL": redis, "DEMO_DATA": "false"}
        yield await stack.enter_async_context(started("serve", "--workers", str(COUNT), home=tmp_path, **settings))


async def test_what_one_worker_writes_another_tells(workers: Running) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        tv = await new_account(Client(workers.url, one))
        (title,) = await some_titles(tv, 1)
        since = await revision_of(tv)
        # A connection goes to any worker: with so many phones, some hear it from the one that did not write.
        phones = [await stack.enter_async_context(tv.subscribed(CHANGED, since=since)) for _ in range(12)]
        await tv.data(ADD, id=title["id"])
        heard = await asyncio.gather(*(following() for following in phones))
    assert {answer["data"]["watchlistChanged"]["title"]["id"] for answer in heard} == {title["id"]}


async def test_a_worker_that_dies_is_replaced(workers: Running) -> None:
    before = children(workers.process.pid)
    assert len(before) == COUNT
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    await until(lambda: len(children(workers.process.pid) - {victim}) == COUNT)

    async def answers() -> bool:
        async with httpx.AsyncClient(timeout=30) as http:
            return await Client(workers.url, http).ask("{ __typename }") == {"data": {"__typename": "Query"}}

    assert all(await asyncio.gather(*(answers() for _ in range(8))))


async def test_workers_do_not_outlive_their_parent(workers: Running) -> None:
    left = children(workers.process.pid)
    await workers.kill()
    await until(
        lambda: not any(Path(f"/proc/{one}/cmdline").read_bytes() for one in left if Path(f"/proc/{one}").exists())
    )


async def test_several_workers_need_redis(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *program(), "serve", "--workers", "2", env=environment(tmp_path), cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().splitlines()[-1].startswith("BAD_USER_INPUT Several workers tell each other")
